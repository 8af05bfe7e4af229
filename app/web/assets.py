"""Scripts and styles as written, under an address that holds the build: cached for ever, and never stale."""

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.build import STATIC
from app.typeface import FILE, Typeface

FALLBACK = "js/lifeline.js"
"""The address of the script for pages whose modules do not load. The same in all builds: during an upgrade servers of
two builds answer in turn."""
FALLBACK_FILE = "js/navigation/fallback.js"


class Assets(StaticFiles):
    def __init__(self, typeface: Typeface) -> None:
        super().__init__(directory=STATIC)
        self._typeface = typeface

    async def get_response(self, path: str, scope: Scope) -> Response:
        font = await self._typeface.font() if path == FILE else None
        if font is not None:
            response: Response = Response(font, media_type="font/woff2")
        else:
            response = await super().get_response(FALLBACK_FILE if path == FALLBACK else path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def fallback(_request: Request) -> Response:
    """Answer a page of another build."""
    return FileResponse(STATIC / FALLBACK_FILE)

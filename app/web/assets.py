"""Scripts and styles as written, under an address that holds the build: cached for ever, and never stale."""

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.build import STATIC

FALLBACK = "js/lifeline.js"
"""The address of the script for pages whose modules do not load. The same in all builds: during an upgrade servers of
two builds answer in turn."""
FALLBACK_FILE = "js/navigation/fallback.js"


class Assets(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(FALLBACK_FILE if path == FALLBACK else path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def fallback(_request: Request) -> Response:
    """Answer a page of another build."""
    return FileResponse(STATIC / FALLBACK_FILE)

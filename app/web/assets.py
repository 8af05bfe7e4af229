"""Scripts and styles as written, under an address that holds the build: cached for ever, and never stale."""

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.build import STATIC


class Assets(StaticFiles):
    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def lifeline(_request: Request) -> Response:
    """The script that rescues a page whose other scripts do not load. It is served for any build: during a deployment
    servers of two builds answer in turn."""
    return FileResponse(STATIC / "js" / "lifeline.js")

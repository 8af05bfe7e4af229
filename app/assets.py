"""Scripts and styles as written, under the name of their build: cached for ever, and never stale."""

from hashlib import sha256
from importlib import metadata
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"

_BUILD_LENGTH = 12


def build_id() -> str:
    """Return a name for this version of the product: it changes with any file that a browser sees the effect of."""
    digest = sha256()
    for folder in (ROOT / "app", STATIC, TEMPLATES):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:_BUILD_LENGTH]


def version() -> str:
    """Return the version that is installed; where a platform runs the files as they are, their build."""
    try:
        return metadata.version("deskboard")
    except metadata.PackageNotFoundError:
        return f"build {build_id()}"


async def lifeline(_request: Request) -> Response:
    """The script that saves a page whose others do not come, for any build: servers of two may answer in turn."""
    return FileResponse(STATIC / "js" / "lifeline.js")


class Assets(StaticFiles):
    """To be mounted under an address that holds the build."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

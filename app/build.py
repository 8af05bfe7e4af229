"""Which build and version of Deskboard this is."""

from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"

_BUILD_LENGTH = 12


@cache
def build_id() -> str:
    """Return a name for this state of the files: it changes with any file whose effect a browser sees."""
    digest = sha256()
    for folder in (ROOT / "app", STATIC, TEMPLATES):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:_BUILD_LENGTH]


def version() -> str:
    """Return the installed version; on a platform that runs the files without installing them, their build."""
    try:
        return metadata.version("deskboard")
    except metadata.PackageNotFoundError:
        return f"build {build_id()}"

"""What was measured, and on what."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import version

from app.store.embedded import server_binary

PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "websockets", "redis", "hiredis", "msgspec")


def versions() -> str:
    """Return a line on the machine, Python and its packages, and the store's server."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()} {platform.machine()}"
    return f"{machine}; Python {platform.python_version()}, {packages}; store: {_said_by(server_binary())}"


def node_version() -> str | None:
    """Return Node's version, or None: there is none here."""
    node = shutil.which("node")
    return None if node is None else _said_by(node)


def _said_by(program: str | os.PathLike[str], arguments: Sequence[str] = ("--version",)) -> str:
    return subprocess.run([program, *arguments], capture_output=True, check=True, text=True).stdout.strip()  # noqa: S603 programs we found ourselves

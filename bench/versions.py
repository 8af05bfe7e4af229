"""What was measured, and on what."""

import os
import platform
import subprocess
from importlib.metadata import version

from app.store.embedded import server_binary

PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "websockets", "redis", "hiredis", "msgspec")


def versions() -> str:
    """Return a line on the machine, Python and its packages, and the store's server."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()} {platform.machine()}"
    return f"{machine}; Python {platform.python_version()}, {packages}; store: {_said_by(server_binary())}"


def _said_by(program: os.PathLike[str]) -> str:
    return subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout.strip()  # noqa: S603 our own

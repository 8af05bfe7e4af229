"""Lua scripts as the store knows them: by the hash of their source."""

from hashlib import sha1
from pathlib import Path

import msgspec

_CHANGES = Path(__file__).with_name("changes.lua")


class Script(msgspec.Struct, frozen=True):
    source: str
    sha: str


def load_script(path: Path) -> Script:
    return _script(path.read_text())


def load_change_script(path: Path) -> Script:
    """Return a script that may call `append`: the one function that numbers changes on the stream."""
    return _script(_CHANGES.read_text() + path.read_text())


def _script(source: str) -> Script:
    return Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())

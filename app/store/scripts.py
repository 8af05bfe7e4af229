"""Lua scripts as the store knows them: by the hash of their source."""

from hashlib import sha1
from pathlib import Path

import msgspec

from app import bounds
from app.clock import SECOND
from app.store.schema import SCHEMA

_CHANGES = Path(__file__).with_name("changes.lua")


class Script(msgspec.Struct, frozen=True):
    source: str
    sha: str


def load_script(path: Path) -> Script:
    return _script(path.read_text())


def load_change_script(*paths: Path, **constants: int) -> Script:
    """Return one script of several parts that may call `append`, which numbers changes on the stream.

    `constants` are what the parts know by these names.
    """
    named = {"SCHEMA": SCHEMA, "CHANGES": bounds.CHANGES, "CHANGES_MS": bounds.CHANGES_SECONDS * SECOND, **constants}
    head = f"local {', '.join(named)} = {', '.join(map(str, named.values()))}\n"
    return _script(head + "".join(path.read_text() for path in (_CHANGES, *paths)))


def _script(source: str) -> Script:
    return Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())

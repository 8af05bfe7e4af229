"""Whom an export or an erasure is about, and where posts, paths and texts speak of them."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from app.deliveries.masked import SHOWN
from app.errors import DeskboardError
from app.records import Conversation, Person, Roster, Sale

KEY = re.compile(r"([a-z0-9]{1,50}-)?([0-9]{1,15}-)?[0-9]{1,15}")
"""Of an operator, as rosters and boards have it: `12`, `335-12`, `ha-335-12`."""


class UnknownPerson(DeskboardError):
    """The message says what was found and what is allowed."""


class Subject(msgspec.Struct, frozen=True):
    key: str
    """As in `ha-335-12`; less precise for someone whom the roster alone knows."""
    person: Person | None = None
    """As the roster has them."""

    @property
    def tenant(self) -> str:
        """As in `ha-335`; less precise, or empty, for someone whom the roster alone knows."""
        return self.key.rpartition("-")[0]

    @property
    def number(self) -> str:
        return self.key.rpartition("-")[2]

    @property
    def forms(self) -> list[str]:
        """Return the keys that a roster may have them under, the most precise first."""
        parts = self.key.split("-")
        return ["-".join(parts[place:]) for place in range(len(parts))]

    def owns(self, name: str) -> bool:
        """Whether a record or a conversation is of their tenant, by its name."""
        return name.partition(":")[2].startswith(f"{self.tenant}-")

    def is_in(self, record: Conversation | Sale) -> bool:
        """Whether a record of their tenant names them."""
        if isinstance(record, Sale):
            return record.last.operator == self.number
        owners = (record.close.operator if record.close else "", *(push.operator for push in record.pushes))
        return self.number in record.involved or self.number in owners

    def is_in_body(self, body: bytes) -> bool:
        """Whether a post may speak of them. In doubt it does: what is no JSON may be a part of it."""
        try:
            decoded = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self.is_in_text(body.decode(errors="replace"))
        if not isinstance(decoded, dict):
            return self.is_in_text(body.decode(errors="replace"))
        if any(self.is_named_in(value) for value in decoded.values() if isinstance(value, str)):
            return True  # in the comment of a visitor
        tenant = f"{decoded.get('platform', '')}-{decoded.get('clientId', '')}".lower()
        is_theirs = tenant == "-" or not self.tenant or f"-{tenant}".endswith(f"-{self.tenant}")
        return is_theirs and self.number in _values(decoded)

    def is_in_text(self, text: str) -> bool:
        return re.search(rf"(?<!\d){self.number}(?!\d)", text) is not None

    def is_in_path(self, path: str) -> bool:
        """Whether the address of a page is about them."""
        return self.key in path.split("/") or (path.startswith("/roster/") and path.split("/")[2] in self.forms)

    def is_named_in(self, text: str) -> bool:
        return self._name is not None and self._name.search(text) is not None

    def is_name(self, text: str) -> bool:
        """Whether a text is their name and nothing else."""
        return self._name is not None and self._name.fullmatch(text) is not None

    def unnamed(self, text: str) -> str:
        """Return a text without their name."""
        return self._name.sub("…", text) if self._name else text

    @property
    def _name(self) -> "re.Pattern[str] | None":
        name = self.person.name if self.person else ""
        # As whole words: Ana is in no banana.
        return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE) if name else None


def find_subject(asked: str, known: Collection[str], roster: Roster) -> Subject:
    """`known`: keys of operators of whom something is kept. Raises UnknownPerson."""
    if KEY.fullmatch(asked.lower()) is None:
        raise UnknownPerson(f"{asked[:60]!r} is no operator; allowed: a number, as in 12, 335-12 or ha-335-12")
    asked = asked.lower()  # as platforms are kept
    found = [asked] if asked.count("-") == 2 else sorted(key for key in known if f"-{key}".endswith(f"-{asked}"))
    if len(found) > 1:
        raise UnknownPerson(f"{asked} is several operators: {', '.join(found)}; name one of them in full")
    if not found and asked in roster.people:
        found = [asked]
    if not found:
        raise UnknownPerson(f"nothing is kept of {asked}; known operators: {_some(known) or 'none'}")
    return Subject(found[0], roster.find(found[0]))


def _some(known: Collection[str]) -> str:
    listed = sorted(known)
    return ", ".join(listed[:10]) + (f" and {len(listed) - 10} more" if len(listed) > 10 else "")


def _values(value: Any, *, is_shown: bool = False) -> Iterator[str]:
    """Yield the numbers and texts of a body that may name an operator."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _values(member, is_shown=name in SHOWN)
    elif isinstance(value, list):
        for member in value:
            yield from _values(member, is_shown=is_shown)
    elif not is_shown:
        yield str(value)

"""What the store keeps of an operator's presence on one UTC day: what app/merge/presence.lua noted of their events."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from app.clock import DAY, QUARTER

Kind = Literal["connect", "disconnect", "act", "close", "push", "available", "unavailable"]

_FIELD = re.compile(r"(?P<sign>[cd])(?P<at>\d+)|(?P<quarter>\d+)(?:(?P<state>[+-])(?P<channel>.*))?", re.DOTALL)
_SIGNS: Mapping[str, Kind] = {"c": "connect", "d": "disconnect"}
_KINDS: tuple[Kind, ...] = ("act", "close", "push")


class Evidence(NamedTuple):
    """Something that shows whether an operator was there."""

    at: int
    kind: Kind
    channel: str = ""
    """Of availability alone."""


def read_evidence(day: int, fields: Iterable[tuple[bytes, bytes]]) -> list[Evidence]:
    """Return what the fields of the day that begins at an instant say, oldest first; what no version of ours wrote is
    left out."""
    found: list[Evidence] = []
    for field, value in fields:
        match = _FIELD.fullmatch(field.decode(errors="replace"))
        if match is None:
            continue
        if match["sign"]:
            found.append(Evidence(day + int(match["at"]), _SIGNS[match["sign"]]))
            continue
        start = day + int(match["quarter"]) * QUARTER
        if match["state"] is None:
            for kind, instants in zip(_KINDS, value.split(b";"), strict=False):
                found += (Evidence(start + int(at), kind) for at in set(instants.split(b",")) if at)
        else:
            state: Kind = "available" if match["state"] == "+" else "unavailable"
            found += (Evidence(start + int(at), state, match["channel"]) for at in set(value.split(b",")) if at)
    return sorted(evidence for evidence in found if day <= evidence.at < day + DAY)

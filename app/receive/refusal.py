"""Why a post is not taken."""

from decimal import Decimal

import msgspec

FOUND_CHARACTERS = 100
NOTHING = "nothing"
"""Found where a field is missing. What is found in one is JSON, so it is never told like this."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Refusal(Exception):
    """Becomes the problem document of the answer. `field` as in `availabilities[0].channel`."""

    def __init__(self, status: int, detail: str, *, field: str = "", found: str = "", allowed: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.found = found[:FOUND_CHARACTERS]
        self.allowed = allowed
        self.type = ""
        """Of the event, where it is one of those that are known."""


def wrong(status: int, field: str, value: object, allowed: str) -> Refusal:
    found = shown(value)
    return Refusal(status, f"{field} is {found}; allowed: {allowed}", field=field, found=found, allowed=allowed)


def missing(status: int, field: str, allowed: str) -> Refusal:
    return Refusal(status, f"{field} is missing; allowed: {allowed}", field=field, found=NOTHING, allowed=allowed)


def shown(value: object) -> str:
    """Return a JSON value as it is told to a human: short, and harmless."""
    if isinstance(value, Decimal) and not value.is_finite():
        return "a number beyond all bounds"
    return _ENCODER.encode(value).decode()[:FOUND_CHARACTERS]

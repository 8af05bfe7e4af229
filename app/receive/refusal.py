"""Why a post is not taken."""

from decimal import Decimal

import msgspec

from app.deliveries.delivery import NOTHING
from app.errors import FOUND_CHARACTERS, InvalidPost

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def wrong(status: int, field: str, value: object, allowed: str) -> InvalidPost:
    found = shown(value)
    return InvalidPost(status, f"{field} is {found}; allowed: {allowed}", field=field, found=found, allowed=allowed)


def missing(status: int, field: str, allowed: str) -> InvalidPost:
    return InvalidPost(status, f"{field} is missing; allowed: {allowed}", field=field, found=NOTHING, allowed=allowed)


def shown(value: object) -> str:
    """Return a JSON value as it is told to a human: short, and harmless."""
    if isinstance(value, Decimal) and not value.is_finite():
        return "a number beyond all bounds"
    return _ENCODER.encode(value).decode()[:FOUND_CHARACTERS]

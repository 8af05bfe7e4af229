"""What is told about one post, beside its body: kept with the last deliveries, and counted."""

from typing import Literal

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    status: int
    verified: bool = False
    """Its signature was good."""
    outcome: Literal["refused", "unsigned"] | None = None
    """None: taken; whether it is a duplicate is for the store to say."""
    counter: Literal["unrecognised", "deprecated"] | None = None
    event: str = ""
    type: str = ""
    detail: str = ""
    field: str = ""
    found: str = ""
    allowed: str = ""
    address: str = ""
    path: str = ""

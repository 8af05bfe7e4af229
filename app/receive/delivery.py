"""What is told about one post, beside its body: kept with the last deliveries, and counted."""

from typing import Literal

import msgspec
from starlette.types import Scope


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    status: int
    verified: bool = False
    """Its signature was good."""
    outcome: Literal["refused", "unsigned"] | None = None
    """None: taken; whether it is a duplicate is for the store to say."""
    counter: Literal["unrecognised", "deprecated"] | None = None
    event: str = ""
    type: str = ""
    cause: str = ""
    """Of a refusal, in one word: see `InvalidPost.cause`."""
    detail: str = ""
    field: str = ""
    found: str = ""
    allowed: str = ""
    length: int = 0
    """Of its body in bytes, if that is not kept whole."""
    address: str = ""
    path: str = ""


def address_of(scope: Scope) -> str:
    """Return whose post it is, as far as the network knows."""
    client = scope.get("client")
    return client[0] if client else ""

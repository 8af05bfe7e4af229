"""What is recorded of one post beside its body."""

from typing import Literal

import msgspec
from starlette.types import Scope

NOTHING = "nothing"
"""`Delivery.found` where the field is missing. Values found are JSON, so none reads like this."""

Counter = Literal["unrecognised", "deprecated"]
"""What else a post is counted as."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    status: int
    verified: bool = False
    """The signature was good."""
    outcome: Literal["refused", "unsigned"] | None = None
    """None: accepted. The store decides whether it is a duplicate."""
    counter: Counter | None = None
    event: str = ""
    type: str = ""
    cause: str = ""
    """Of a refusal, in one word: see `InvalidPost.cause`."""
    detail: str = ""
    field: str = ""
    found: str = ""
    allowed: str = ""
    length: int = 0
    """Bytes of the body, if it is not kept whole."""
    address: str = ""
    path: str = ""

    @property
    def is_field_missing(self) -> bool:
        return self.found == NOTHING


def address_of(scope: Scope) -> str:
    """Return the sender's address, as far as the network knows it."""
    client = scope.get("client")
    return client[0] if client else ""

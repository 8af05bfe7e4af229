"""Signs what browsers keep for us, so that it comes back as it went. What is in it can be read by anybody."""

from hashlib import sha256
from typing import TypeVar

import msgspec
from itsdangerous import BadData, URLSafeSerializer

LONGEST_TOKEN = 4_096


class Sealed(msgspec.Struct, frozen=True):
    """What a token says. It may hold a secret, and is never shown."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


T = TypeVar("T", bound=Sealed)


def seal(value: Sealed, secret: str, purpose: str) -> str:
    """Return a token that only `unseal` with the same secret and purpose opens."""
    return str(_serializer(secret, purpose).dumps(msgspec.to_builtins(value)))


def unseal(token: str, secret: str, purpose: str, type_: type[T]) -> T | None:
    """Return what was sealed, or None: it was not by us, not for this, or not of this shape."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        return msgspec.convert(_serializer(secret, purpose).loads(token), type_)
    except (BadData, msgspec.ValidationError):
        return None


def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, purpose, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256})

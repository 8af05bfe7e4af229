"""Signed tokens that browsers keep for us: anyone can read one, only we can make one."""

from hashlib import sha256
from typing import TypeVar

import msgspec
from itsdangerous import BadData, URLSafeSerializer

LONGEST_TOKEN = 4_096


class SignedValue(msgspec.Struct, frozen=True):
    """The content of a token. It may hold a secret, which `repr` keeps out of logs."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


T = TypeVar("T", bound=SignedValue)


def sign(value: SignedValue, secret: str, purpose: str) -> str:
    """Return a token that only `verify` with the same secret and purpose accepts."""
    return str(_serializer(secret, purpose).dumps(msgspec.to_builtins(value)))


def verify(token: str, secret: str, purpose: str, type_: type[T]) -> T | None:
    """Return the value of a token, or None: not signed by us, for another purpose, or of another shape."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        return msgspec.convert(_serializer(secret, purpose).loads(token), type_)
    except (BadData, msgspec.ValidationError):
        return None


def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, purpose, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256})

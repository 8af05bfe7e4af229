"""Reads one header or cookie of a request as ASGI delivers it."""

from collections.abc import Sequence

from app.bounds import COOKIE_BYTES

RawHeaders = Sequence[tuple[bytes, bytes]]
"""Names in lower case, and values."""


def header_of(headers: RawHeaders, name: bytes) -> str | None:
    """Return the first header of a name in lower case, or None. Starlette's Headers take ten times as long."""
    for found, value in headers:
        if found == name:
            return value.decode("latin-1")
    return None


def cookie_of(headers: RawHeaders, name: str) -> str:
    """Return a cookie of ours; empty when it is absent, or too long to be ours.

    Starlette's `cookies` decode every quoted value that a client sends, which some versions of Python do in quadratic
    time (CVE-2024-7592). Ours are never quoted.
    """
    for found, value in headers:
        if found != b"cookie":
            continue
        for pair in value.split(b";"):
            key, _, content = pair.partition(b"=")
            if key.strip() == name.encode() and len(content) <= COOKIE_BYTES:
                return content.strip().decode("latin-1")
    return ""

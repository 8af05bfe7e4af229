"""iAdvize's signature: HMAC-SHA256 over the raw body, keyed with the secret token of the app or webhook as UTF-8."""

import hmac
from collections.abc import Sequence

HEADER = "x-iadvize-signature"
_SCHEME = "sha256="


def sign(body: bytes, secret: str) -> str:
    """Return the header's value for a body."""
    return _SCHEME + hmac.digest(secret.encode(), body, "sha256").hex()


def signature_fault(body: bytes, header: str | None, secrets: Sequence[str]) -> str | None:
    """Return what is wrong with a post's signature, or None. The algorithm is ours to choose, never the header's."""
    if not secrets:
        return "IADVIZE_SECRETS is not set on this server, so no post can be trusted: set it to the app's secret token"
    if header is None:
        return f"there is no {HEADER} header: iAdvize sends one with every webhook that has a secret token"
    if not header.startswith(_SCHEME):
        return f"the {HEADER} header does not start with {_SCHEME}"
    given = header.strip().encode()
    # Every secret is tried, so that the time taken does not tell which one was near.
    matches = [hmac.compare_digest(given, sign(body, secret).encode()) for secret in secrets]
    if not any(matches):
        return f"the {HEADER} header fits none of IADVIZE_SECRETS: check the app's secret token"
    return None

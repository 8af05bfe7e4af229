"""iAdvize's signature: HMAC-SHA256 over the raw body, keyed with the secret token of the app or webhook as UTF-8."""

import hmac
import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence

from app.bounds import ALTERED_BYTES, ALTERED_PER_SECOND

HEADER = "x-iadvize-signature"
_SCHEME = "sha256="
_GZIP = b"\x1f\x8b"
_GZIP_WBITS = 31


def sign(body: bytes, secret: str) -> str:
    """Return the header's value for a body."""
    return _SCHEME + hmac.digest(secret.encode(), body, "sha256").hex()


def signature_fault(body: bytes, header: str | None, secrets: Sequence[str]) -> str | None:
    """Return what is wrong with a post's signature, or None. The algorithm is ours to choose, never the header's."""
    if not secrets:
        return "IADVIZE_SECRETS is not set on this server, so no post can be trusted: set it to the app’s secret token"
    if header is None:
        return f"there is no {HEADER} header: iAdvize sends one with every webhook that has a secret token"
    if not header.startswith(_SCHEME):
        return f"the {HEADER} header does not start with {_SCHEME}"
    given = header.strip().encode()
    # Every secret is tried, so that the time taken does not tell which one was near.
    matches = [hmac.compare_digest(given, sign(body, secret).encode()) for secret in secrets]
    if not any(matches):
        return f"the {HEADER} header fits none of IADVIZE_SECRETS: check the app’s secret token"
    return None


class Alterations:
    """Finds what was changed on the way in posts whose signature fits no secret. They stay refused.

    Senders of such posts may be anyone, so only short bodies are examined, and only a few in a second.
    """

    def __init__(self, secrets: Sequence[str], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._secrets = secrets
        self._monotonic = monotonic
        self._second = 0
        self._examined = 0

    def find(self, body: bytes, header: str | None) -> str | None:
        """Return what was changed, as a sentence, or None."""
        if header is None or len(body) > ALTERED_BYTES or not self._may_examine():
            return None
        given = header.strip().lower().encode()
        for change, original in _originals(body):
            if any(hmac.compare_digest(given, sign(original, secret).encode()) for secret in self._secrets):
                return f"it would fit had nothing on the way {change}: pass posts on byte for byte"
        return None

    def _may_examine(self) -> bool:
        second = int(self._monotonic())
        if second != self._second:
            self._second, self._examined = second, 0
        self._examined += 1
        return self._examined <= ALTERED_PER_SECOND


def _originals(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what a body may have been before it was changed, each with the change."""
    yield "written the header in capitals", body
    if body.startswith(_GZIP):
        yield "compressed the body", _decompressed(body)
    yield "put a line break after the body", body.rstrip(b"\r\n")
    yield "cut the line break after the body", body + b"\n"
    for compact in _compact(body):
        yield "laid out the JSON of the body in another way", compact
        yield "laid out the JSON of the body in another way", compact.replace(b"/", b"\\/")  # as PHP writes it


def _compact(body: bytes) -> list[bytes]:
    """Return JSON without white space, with letters as they are and escaped; nothing for what is not JSON."""
    try:
        document = json.loads(body)
        texts = [json.dumps(document, ensure_ascii=is_ascii, separators=(",", ":")) for is_ascii in (False, True)]
    except (ValueError, RecursionError):
        return []
    return [text.encode(errors="surrogatepass") for text in texts]


def _decompressed(body: bytes) -> bytes:
    """Return what a compressed body holds, at most ALTERED_BYTES of it; nothing if it is broken."""
    try:
        return zlib.decompressobj(_GZIP_WBITS).decompress(body, ALTERED_BYTES)
    except zlib.error:
        return b""

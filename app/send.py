"""Posts a file of iAdvize bodies as iAdvize would: signed, one at a time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
import msgspec

from app.clock import instant, parse_instant
from app.receive.signature import HEADER, sign

TIMEOUT_SECONDS = 30
"""As long as iAdvize waits for an answer."""

_TIMES = ("createdAt", "sentAt", "receivedAt")


class Outcome(msgspec.Struct):
    """What became of the lines that were sent."""

    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    failures: list[str] = msgspec.field(default_factory=list)
    """One sentence for each line that was not taken, beginning with its number."""


def send(lines: Iterable[tuple[int, bytes]], url: str, secret: str) -> Outcome:
    """Post numbered bodies in their order; the first one that nobody answers ends it."""
    outcome = Outcome()
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        for number, body in lines:
            headers = {HEADER: sign(body, secret), "Content-Type": "application/json"}
            try:
                response = client.post(url, content=body, headers=headers)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = str(error).rstrip(".") or type(error).__name__
                outcome.failures.append(
                    f"line {number}: nobody answers at {url} ({reason}): is `deskboard run` running there? "
                    "Set PORT as for it, or give its address with --url."
                )
                break
            outcome.statuses[response.status_code] += 1
            if response.status_code != 204:
                outcome.failures.append(f"line {number}: {response.status_code} {_detail(response)}")
    return outcome


def moved_to_now(bodies: Sequence[bytes], now: int) -> list[bytes]:
    """Return the bodies with their times moved, all by as much, so that the newest createdAt is now.

    What is no event, or has a time that is none, is left as it is: the receiver says what is wrong with it.
    """
    events = [_fields(body) for body in bodies]
    newest = max((at for event in events if (at := _time(event, "createdAt")) is not None), default=now)
    return [_moved(body, event, now - newest) for body, event in zip(bodies, events, strict=True)]


def _moved(body: bytes, event: dict[str, Any], shift: int) -> bytes:
    moved = {name: instant(at + shift) for name in _TIMES if (at := _time(event, name)) is not None}
    return msgspec.json.encode(event | moved) if moved else body


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except (ValueError, RecursionError):
        return {}
    return fields


def _time(event: dict[str, Any], name: str) -> int | None:
    try:
        return parse_instant(event[name])
    except (KeyError, TypeError, ValueError):
        return None


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase

"""Posts a file of iAdvize bodies as iAdvize would: signed, one at a time."""

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import httpx
import msgspec

from app import lenient_json
from app.clock import instant, parse_instant
from app.errors import DeskboardError
from app.receive.signature import HEADER, sign

TIMEOUT_SECONDS = 30
"""As long as iAdvize waits for an answer."""

START_CHARACTERS = 40
"""Shown of a file that is not what it should be."""

# In the body as it is written, so that all else in it stays as it is.
_TIME = re.compile(rb'(?P<name>"(?:createdAt|sentAt|receivedAt)"\s*:\s*)"(?P<time>[^"\\]*)"')

Line = tuple[int, bytes]
"""Its number in the file, from 1, and the body on it."""


class NotJsonLinesError(DeskboardError):
    """The message says what the file is instead, in the middle of a sentence."""


class Outcome(msgspec.Struct):
    """What became of the lines that were sent."""

    statuses: Counter[int] = msgspec.field(default_factory=Counter)
    failures: list[str] = msgspec.field(default_factory=list)
    """One sentence for each line that was not taken, beginning with its number."""


def read_lines(content: bytes) -> list[Line]:
    """Return the bodies in a file of JSON lines: in UTF-8, or in another Unicode encoding as Windows writes it.

    Raises NotJsonLinesError. A line that is no JSON among others that are is the receiver's to refuse.
    """
    encoding = json.detect_encoding(content)
    if encoding not in ("utf-8", "utf-8-sig"):
        try:
            content = content.decode(encoding).encode()
        except UnicodeError:
            raise NotJsonLinesError(f"it looks like {encoding} and cannot be read as such") from None
    lines = [
        (number, line.removeprefix(codecs.BOM_UTF8).strip()) for number, line in enumerate(content.splitlines(), 1)
    ]
    lines = [(number, body) for number, body in lines if body]
    whole = _json(b"\n".join(body for _, body in lines))
    if isinstance(whole, list):
        raise NotJsonLinesError("it is one JSON array")
    if whole is not None and len(lines) > 1:
        raise NotJsonLinesError("it is one JSON value over several lines")
    if lines and not any(isinstance(_json(body), dict) for _, body in lines):
        raise NotJsonLinesError(f"no line of it is a JSON object; line {lines[0][0]} starts with {_start(lines[0][1])}")
    return lines


def _start(body: bytes) -> str:
    return json.dumps(body.decode(errors="replace")[:START_CHARACTERS])


def _json(body: bytes) -> Any:
    try:
        return lenient_json.decode(body)
    except (ValueError, RecursionError):
        return None


def send(lines: Iterable[Line], url: str, secret: str) -> Outcome:
    """Post numbered bodies in their order; the first one without an answer ends it."""
    outcome = Outcome()
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        for number, body in lines:
            headers = {HEADER: sign(body, secret), "Content-Type": "application/json"}
            try:
                response = client.post(url, content=body, headers=headers)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = str(error).rstrip(".") or type(error).__name__
                outcome.failures.append(
                    f"line {number}: nothing answers at {url} ({reason}): is `deskboard run` running there? "
                    "Set PORT as for it, or give its address with --url."
                )
                break
            outcome.statuses[response.status_code] += 1
            if response.status_code != 204:
                outcome.failures.append(f"line {number}: {response.status_code} {_detail(response)}")
    return outcome


def moved_to_now(bodies: Sequence[bytes], now: int) -> list[bytes]:
    """Return the bodies with their times moved, all by as much, so that the newest createdAt is now.

    A body without a createdAt that can be read is left as it is: the receiver says what is wrong with it.
    """
    times = [_time(_json(body)) for body in bodies]
    newest = max((at for at in times if at is not None), default=now)
    return [
        body if at is None else _TIME.sub(partial(_moved, now - newest), body)
        for body, at in zip(bodies, times, strict=True)
    ]


def _time(event: Any) -> int | None:
    try:
        return parse_instant(event["createdAt"])
    except (KeyError, TypeError, ValueError):
        return None


def _moved(shift: int, match: re.Match[bytes]) -> bytes:
    try:
        return match["name"] + msgspec.json.encode(instant(parse_instant(match["time"].decode()) + shift))
    except (ValueError, OverflowError):
        return match[0]


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase

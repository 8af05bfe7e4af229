"""Reads submitted forms, with and without a file, within bounds of size, fields and time."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import UploadFile
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.bounds import ROSTER_FORM_BYTES, UPLOAD_SECONDS
from app.errors import HttpError
from app.raw_headers import header_of
from app.state import Request

FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"
FORM_SECONDS = 10
FIELDS = 10

_WHOLE = re.compile(r"[0-9]{1,15}")


class FormBound:
    """An ASGI middleware for one route: a body that is too long is refused in words, announced or not."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        """`most`: bytes."""
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = parse_whole(header_of(scope["headers"], b"content-length") or "0")
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._most:
                raise self._refusal()
            return message

        if announced is None or announced > self._most:
            raise self._refusal()
        await self._app(scope, receive_bounded, send)

    def _refusal(self) -> HttpError:
        return HttpError(413, "refused.form-large", n=self._most)


def at_most(size: int) -> list[Middleware]:
    """Return what bounds the forms of a route, in bytes."""
    return [Middleware(FormBound, most=size)]


class Upload(msgspec.Struct, frozen=True):
    name: str
    content: bytes


class UploadForm(msgspec.Struct, frozen=True):
    fields: dict[str, str]
    """The last of each name."""
    file: Upload | None
    """None: no file was chosen."""


def parse_whole(text: str) -> int | None:
    """Return the whole number that a text says; None: it says none, or one of more than 15 digits."""
    return int(text) if _WHOLE.fullmatch(text) else None


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last of each name. Raises HttpError."""
    return dict(await read_fields(request, FIELDS))


async def read_fields(request: Request, fields: int) -> list[tuple[str, str]]:
    """Return the fields of a form in their order, of which several may have one name. Raises HttpError."""
    body = await _read_body(request, "", FORM_TYPE)
    try:
        return parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=fields)
    except ValueError:
        raise HttpError(400, "refused.form-fields", n=fields) from None


async def read_json(request: Request) -> dict[str, object]:
    """Return the members of a JSON object. Raises HttpError."""
    body = await _read_body(request, JSON_TYPE)
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "refused.json", reason=str(error)) from None
    if not isinstance(found, dict):
        raise HttpError(400, "refused.json-object")
    return found


async def read_upload(request: Request) -> UploadForm:
    """Return a form with a file. Raises HttpError."""
    async with (
        _whole_within(UPLOAD_SECONDS),
        request.form(max_files=1, max_fields=FIELDS, max_part_size=ROSTER_FORM_BYTES) as form,
    ):
        file = None
        for value in form.values():
            if isinstance(value, UploadFile) and value.filename:
                file = Upload(value.filename, await value.read())
        return UploadForm({name: value for name, value in form.items() if isinstance(value, str)}, file)


async def _read_body(request: Request, *allowed: str) -> bytes:
    """`allowed`: media types; the last one is named where it is none of them."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in allowed:
        raise HttpError(415, "refused.form-type", found=f"{media_type[:100]!r}", allowed=allowed[-1])
    async with _whole_within(FORM_SECONDS):
        return await request.body()


@asynccontextmanager
async def _whole_within(seconds: int) -> AsyncIterator[None]:
    """Raises HttpError for a body that is late, or breaks off."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise HttpError(408, "refused.form-late", n=seconds) from None
    except ClientDisconnect:
        raise HttpError(400, "refused.form-broken") from None

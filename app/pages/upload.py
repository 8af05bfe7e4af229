"""Forms that bring a file along."""

import asyncio

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from app.bounds import ROSTER_FORM_BYTES, UPLOAD_SECONDS
from app.errors import HttpError
from app.state import Request

FIELDS = 10


class Upload(msgspec.Struct, frozen=True):
    """`name`: what the file is called where it comes from."""

    name: str
    content: bytes


class UploadForm(msgspec.Struct, frozen=True):
    fields: dict[str, str]
    """The last of each name."""
    file: Upload | None
    """None: no file was chosen."""


async def upload_form_of(request: Request) -> UploadForm:
    """Return a form that was sent. Raises HttpError."""
    try:
        async with (
            asyncio.timeout(UPLOAD_SECONDS),
            request.form(max_files=1, max_fields=FIELDS, max_part_size=ROSTER_FORM_BYTES) as form,
        ):
            file = None
            for value in form.values():
                if isinstance(value, UploadFile) and value.filename:
                    file = Upload(value.filename, await value.read())
            return UploadForm({name: value for name, value in form.items() if isinstance(value, str)}, file)
    except TimeoutError:
        raise HttpError(408, "refused.form-late", n=UPLOAD_SECONDS) from None
    except ClientDisconnect:
        raise HttpError(400, "refused.form-broken") from None

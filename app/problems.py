"""Errors as RFC 9457 problem documents: what is wrong, where, what was found, what is allowed."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

RETRY_AFTER_SECONDS = 10


class Refused(HTTPException):
    """An error that is told in the language of whoever reads it."""

    def __init__(self, status: int, key: str, headers: Mapping[str, str] | None = None, **values: object) -> None:
        """`key`: its sentence in the catalogue of words; `values`: what its places are filled with."""
        super().__init__(status, key, headers)
        self.key = key
        self.values = values


class Problem(msgspec.Struct, frozen=True):
    """The body of an error. `field`, `found` (100 characters at most) and `allowed` come with 400 and 422."""

    title: str
    status: int
    detail: str
    field: str = ""
    """Empty: it is about no field, and the three are left out."""
    found: str = ""
    allowed: str = ""


def problem(status: int, detail: str, *, field: str = "", found: str = "", allowed: str = "") -> Problem:
    return Problem(HTTPStatus(status).phrase, status, detail, field, found, allowed)


def problem_response(error: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "title": error.title, "status": error.status, "detail": error.detail}
    if error.field:
        body |= {"field": error.field, "found": error.found, "allowed": error.allowed}
    return Response(msgspec.json.encode(body), error.status, headers, media_type="application/problem+json")

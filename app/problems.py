"""Errors as RFC 9457 problem documents: what is wrong, where, what was found, what is allowed."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.responses import Response

RETRY_AFTER_SECONDS = 10


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an error. `field`, `found` (100 characters at most) and `allowed` come with 400 and 422 alone."""

    title: str
    status: int
    detail: str
    field: str = ""
    found: str = ""
    allowed: str = ""


def problem(status: int, detail: str, *, field: str = "", found: str = "", allowed: str = "") -> Problem:
    return Problem(HTTPStatus(status).phrase, status, detail, field, found, allowed)


def problem_response(error: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = {"type": "about:blank", **msgspec.to_builtins(error)}
    return Response(msgspec.json.encode(body), error.status, headers, media_type="application/problem+json")

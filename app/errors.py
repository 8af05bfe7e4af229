"""The tree of errors that Deskboard raises, and how they are reported over HTTP: RFC 9457 problem documents.

An error stands here so that every step may catch what another raises; one that carries parts of a step stays there.
"""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

RETRY_AFTER_SECONDS = 10
FOUND_CHARACTERS = 100


class DeskboardError(Exception):
    """The root of all errors that Deskboard raises itself."""


class SettingsError(DeskboardError):
    """One line for each setting that is wrong: its name, what was found, what is allowed."""


class StoreUnavailable(DeskboardError):
    """The store does not answer, or refuses writes for now. The message says which."""


class EmbeddedStoreError(DeskboardError):
    """The embedded store cannot run. The message says what was found and what to do."""


class SpoolError(DeskboardError):
    """The spool takes nothing now. The message says why."""


class ListenError(DeskboardError):
    """The address cannot be listened on. The message says why and what to do."""


class ProcessFailed(DeskboardError):
    """The process stopped by itself and is to be restarted."""


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """What people wrote breaks a rule: a definition of a board, a mark, or a line of a CSV file of people.

    `rule` names a sentence in the catalogue of words, in the section `definition`, `mark` or `fault`; members that the
    sentence does not need are empty.
    """

    rule: str
    line: int = 0
    field: str = ""
    """As in `limits.csat.watch`; the column of a CSV file."""
    found: str = ""
    allowed: str = ""

    @property
    def key(self) -> str:
        """Of the field that a form or a file has: `limits`."""
        return self.field.partition(".")[0]


class InputError(DeskboardError):
    """Everything that is wrong with what people wrote. Nothing of it was taken."""

    def __init__(self, mistakes: list[Mistake], more: int = 0) -> None:
        """`more`: the number of mistakes beyond those listed."""
        super().__init__(", ".join(f"{mistake.field}: {mistake.rule}" for mistake in mistakes))
        self.mistakes = mistakes
        self.more = more


class BoardFileError(DeskboardError):
    """A file of boards is wrong: a sentence for each mistake, with its line and key."""


_CAUSES = {400: "format", 415: "content-type", 422: "field"}


class InvalidPost(DeskboardError):
    """A post that is answered with 4xx, or 503 in doubt of our clock. `field` as in `availabilities[0].channel`."""

    def __init__(self, status: int, detail: str, *, field: str = "", found: str = "", allowed: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.found = found[:FOUND_CHARACTERS]
        self.allowed = allowed
        self.type = ""
        self.cause = _CAUSES.get(status, "")
        """In one word, as walls say it: format, content-type, field, customers or clock."""


class RateLimited(DeskboardError):
    def __init__(self, retry_after: int) -> None:
        """`retry_after`: seconds from now."""
        super().__init__(f"too many attempts: try again in {retry_after} s")
        self.retry_after = retry_after


class ScreenError(DeskboardError):
    """What was asked of a screen cannot be done. `key` and `values` are its sentence in the catalogue of words."""

    def __init__(self, field: str, key: str, status: int = 422, **values: object) -> None:
        """`field`: the one of the form that is wrong."""
        super().__init__(key)
        self.field = field
        self.key = key
        self.values = values
        self.status = status


class HttpError(DeskboardError, HTTPException):
    """An HTTP error whose detail is shown in the reader's language."""

    def __init__(self, status: int, key: str, headers: Mapping[str, str] | None = None, **values: object) -> None:
        """`key`: its sentence in the catalogue of words; `values`: what fills its placeholders. Among them may be
        `field`, `found` and `allowed`, which a problem document names besides."""
        HTTPException.__init__(self, status, key, headers)
        self.key = key
        self.values = values


class Problem(msgspec.Struct, frozen=True):
    """An error as programs get it. `field`, `found` (100 characters at most) and `allowed` come with 400 and 422."""

    status: int
    detail: str
    field: str = ""
    """Empty: the error is not about a field, and the three are left out."""
    found: str = ""
    allowed: str = ""

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        title = HTTPStatus(self.status).phrase
        body = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        if self.field:
            body |= {"field": self.field, "found": self.found, "allowed": self.allowed}
        return Response(msgspec.json.encode(body), self.status, headers, media_type="application/problem+json")

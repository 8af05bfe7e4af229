"""What is logged: one line each, that a program can split, and that a terminal does not obey."""

import io
import logging
import re
from collections.abc import Iterator

import pytest

from app.log import configure_logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    root.handlers, root.level = handlers, level


def test_a_line_says_when_how_bad_where_and_what(lines: io.StringIO) -> None:
    logging.getLogger("app.merge").warning("%d posts", 3, extra={"status": 422, "reason": 'says "no" to a=b'})
    assert re.fullmatch(
        r'at=\d{4}-\d\d-\d\dT[\d:.]+Z level=warning logger=app\.merge event="3 posts" '
        r'status=422 reason="says \\"no\\" to a=b"\n',
        lines.getvalue(),
    )


def test_whatever_is_logged_stays_one_line(lines: io.StringIO) -> None:
    try:
        raise LookupError("one\ntwo")
    except LookupError:
        logging.getLogger("app").exception("first\nsecond\x1b[2J\r\u202e")
    assert lines.getvalue().count("\n") == 1
    assert "first\\nsecond" in lines.getvalue()
    assert "LookupError" in lines.getvalue()
    assert re.search(r"[\x1b\r\u202e]", lines.getvalue()) is None


def test_debugging_and_the_servers_chatter_are_left_out(lines: io.StringIO) -> None:
    logging.getLogger("app").debug("thinking")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert lines.getvalue() == ""

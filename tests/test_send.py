"""What `deskboard send` makes of a file, before anything is sent."""

import json

import pytest

from app.cli.post_lines import NotJsonLinesError, moved_to_now, read_lines
from app.clock import HOUR, MINUTE, SECOND, instant, parse_instant
from tests.support import bodies
from tests.support.assemble import NOW, encode

ONE, TWO = (
    encode(bodies.connected(12, NOW)),
    encode(bodies.answered("c", NOW, satisfactionComment="très bien \U0001f600")),
)
LINES = [(1, ONE), (2, TWO)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_may_come_from_windows(encoding: str, end: str) -> None:
    text = ONE.decode() + end + TWO.decode() + end
    assert read_lines(text.encode(encoding)) == LINES


def test_files_with_a_mark_may_be_put_one_behind_the_other() -> None:
    file = (ONE.decode() + "\r\n").encode("utf-8-sig")
    assert read_lines(file + file) == [(1, ONE), (2, ONE)]


def test_lines_keep_their_numbers_and_their_bytes() -> None:
    assert read_lines(b"\n" + ONE + b"\n \n\xff no json\n") == [(2, ONE), (4, b"\xff no json")]
    assert read_lines(b"") == read_lines(b"\r\n\n") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps([json.loads(ONE)]).encode(), "one JSON array"),
        (json.dumps([json.loads(ONE)] * 3, indent=2).encode("utf-16"), "one JSON array"),
        (b"[\n" + ONE + b",\n" + TWO + b"\n]\n", "one JSON array"),
        (json.dumps(json.loads(ONE), indent=2).encode(), "over several lines"),
        (json.dumps(json.loads(ONE), indent=2).encode() * 2, "no line of it is a JSON object"),
        (b"id,name\n12,Ana M.\n", 'line 1 starts with "id,name"'),
        (b"\n5\n", 'line 2 starts with "5"'),
        (b"\x1f\x8b" + bytes(range(14, 200)), "no line of it is a JSON object"),
        (b"\xff\xfe{\x00a", "utf-16"),
    ],
)
def test_a_file_that_is_no_json_lines_gets_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(NotJsonLinesError) as caught:
        read_lines(content)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


def test_as_now_moves_times_however_they_are_written() -> None:
    texts = ("2026-11-22T12:07Z[Etc/UTC]", "2026-11-22 14:06:00.123456789+02", "2026-11-22T12:05+01:00[Europe/Paris]")
    posted = [encode(bodies.connected(12, NOW, createdAt=text, sentAt=text)) for text in texts]
    moved = [json.loads(body) for body in moved_to_now(posted, NOW + HOUR)]
    shown = [parse_instant(body["createdAt"]) - NOW for body in moved]
    assert shown == [HOUR, HOUR - MINUTE + 123, -2 * MINUTE]
    assert [body["sentAt"] for body in moved] == [body["createdAt"] for body in moved]


def test_as_now_changes_nothing_but_times() -> None:
    rest = (
        rb', "amount" : 300.20000000000005,"n":1e999,"text":"\ud83d, \"sentAt\":\"2026-11-22T12:07Z\"","sentAt":"soon"}'
    )
    (moved,) = moved_to_now([b'{"createdAt": "2026-11-22T12:07Z"' + rest], NOW + SECOND)
    assert moved == b'{"createdAt": "%s"' % instant(NOW + SECOND).encode() + rest


def test_a_time_that_would_leave_the_calendar_stays() -> None:
    old = b'{"createdAt":"0001-01-01T00:00Z"}'
    ahead = b'{"createdAt":"2126-01-01T00:00Z"}'
    assert moved_to_now([old, ahead], NOW)[0] == old

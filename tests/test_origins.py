"""Which origins and hosts are the same site."""

import pytest
from starlette.requests import HTTPConnection

from app.access.origins import is_same_origin


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        ("https://board.example", "board.example", True),
        ("https://board.example", "board.example:443", True),
        ("http://board.example", "board.example:80", True),
        ("https://board.example", "board.example:80", True),
        ("https://board.example:443", "board.example", True),
        ("https://Board.Example", "bOARD.example:443", True),
        ("https://board.example:8443", "board.example", True),
        ("https://board.example:8443", "board.example:8443", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://[::1]", "[::1]", True),
        ("https://evil.example", "board.example", False),
        ("https://board.example.evil.example", "board.example", False),
        ("https://evilboard.example", "board.example", False),
        ("https://board.example:8443", "board.example:9443", False),
        ("https://board.example:8443", "board.example:443", False),
        ("https://board.example", "board.example:8443", False),
        ("https://board.example@evil.example", "board.example", False),
        ("https://board.example/", "board.example", False),
        ("ftp://board.example", "board.example", False),
        ("board.example", "board.example", False),
        ("null", "null", False),
        ("null", "board.example", False),
        ("https://", "", False),
        ("https://[", "[", False),
        ("https://board.example:", "board.example:", False),
        ("https://board.example:99999999", "board.example:99999999", False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_origin_matches_host_of_the_same_site(kind: str, origin: str, host: str, is_ours: bool) -> None:
    assert said(kind, origin=origin, host=host) is is_ours
    assert said(kind, origin=origin, host="proxy.internal:8000", forwarded_host=host) is is_ours


def test_sec_fetch_site_precedes_origin() -> None:
    assert said(origin="https://board.example", host="proxy.internal", site="same-origin") is True
    assert said(origin="https://board.example", host="board.example", site="cross-site") is False
    assert said(origin="https://board.example", host="board.example", site="same-site") is False
    assert said(origin="https://board.example", host="board.example", site="none") is True
    assert said(host="board.example") is None
    assert said(host="board.example", site="none") is None


def said(
    kind: str = "http", *, origin: str = "", host: str = "", site: str = "", forwarded_host: str = ""
) -> bool | None:
    headers = {b"origin": origin, b"host": host, b"sec-fetch-site": site}
    raw = [(name, value.encode()) for name, value in headers.items() if value]
    return is_same_origin(HTTPConnection({"type": kind, "headers": raw, "forwarded_host": forwarded_host}))

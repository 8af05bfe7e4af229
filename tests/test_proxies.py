"""Address and scheme of the client behind trusted proxies."""

import logging
from typing import Any

import pytest
from starlette.types import Scope

from app.web.proxies import Proxies

PEER = ("10.0.0.7", 4711)


async def seen(count: int, *headers: tuple[str, str], kind: str = "http") -> tuple[str, str]:
    """Return the client's address and the scheme that the application sees."""
    scopes: list[Scope] = []

    async def app(scope: Scope, _receive: Any, _send: Any) -> None:
        scopes.append(scope)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scheme = "http" if kind == "http" else "ws"
    await Proxies(app, count)({"type": kind, "headers": raw, "client": PEER, "scheme": scheme}, None, None)  # type: ignore[arg-type]
    return scopes[0]["client"][0], scopes[0]["scheme"]


FOR, PROTO = "x-forwarded-for", "x-forwarded-proto"


@pytest.mark.parametrize(
    ("count", "headers", "expected"),
    [
        (0, [(FOR, "203.0.113.9"), (PROTO, "https")], ("10.0.0.7", "http")),
        (1, [], ("10.0.0.7", "http")),
        (1, [(FOR, "203.0.113.9"), (PROTO, "https")], ("203.0.113.9", "https")),
        (1, [(FOR, "8.8.8.8, 203.0.113.9"), (PROTO, "http, https")], ("203.0.113.9", "https")),
        (1, [(FOR, "8.8.8.8"), (FOR, "203.0.113.9")], ("203.0.113.9", "http")),
        (2, [(FOR, "8.8.8.8, 203.0.113.9, 10.0.0.2"), (PROTO, "http, https, http")], ("203.0.113.9", "https")),
        (2, [(FOR, "203.0.113.9, 10.0.0.2"), (PROTO, "https")], ("203.0.113.9", "https")),
        (2, [(FOR, "203.0.113.9")], ("10.0.0.7", "http")),
        (1, [(FOR, "203.0.113.9:5678")], ("203.0.113.9", "http")),
        (1, [(FOR, "[2001:DB8::1]:5678")], ("2001:db8::1", "http")),
        (1, [(FOR, "2001:db8::1")], ("2001:db8::1", "http")),
        (1, [(FOR, "::ffff:203.0.113.9")], ("203.0.113.9", "http")),
        (1, [(FOR, "[::ffff:203.0.113.9]:5678")], ("203.0.113.9", "http")),
        (1, [(FOR, "unknown"), (PROTO, "gopher")], ("10.0.0.7", "http")),
        (1, [(FOR, ""), (PROTO, "")], ("10.0.0.7", "http")),
        (1, [(FOR, "fe80::1%<b>")], ("10.0.0.7", "http")),
        (1, [(FOR, "<script>")], ("10.0.0.7", "http")),
    ],
)
async def test_trusted_entries_count_from_the_right(
    count: int, headers: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    assert await seen(count, *headers) == expected


async def test_forwarded_scheme_of_a_socket_is_wss() -> None:
    assert await seen(1, (PROTO, "https"), kind="websocket") == ("10.0.0.7", "wss")
    assert await seen(1, (PROTO, "http"), kind="websocket") == ("10.0.0.7", "ws")


async def test_unexpected_proxy_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def app(_scope: Scope, _receive: Any, _send: Any) -> None:
        pass

    proxies = Proxies(app, 0)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            headers = [(b"x-forwarded-for", b"203.0.113.9")]
            await proxies({"type": "http", "headers": headers, "client": PEER}, None, None)  # type: ignore[arg-type]
    assert caplog.text.count("TRUSTED_PROXIES") == 1

"""Our own webhook goes to the address that was looked at, and to no other; its answer is hardly read."""

import asyncio
import ipaddress
import ssl

import httpx
import pytest
import trustme

from app.alerts import webhook
from app.alerts.addresses import HostRefused, is_public, resolve
from app.alerts.apprise_sender import AppriseSender
from app.alerts.channel import Channel
from app.alerts.messages import MessageWriter
from app.alerts.messenger import Messenger
from app.alerts.webhook import HttpSender, signature_headers
from app.clock import wall_clock
from tests.support.receivers import SECRET, Post, receiver, verified

SEVERAL = [
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", SEVERAL)
def test_addresses_of_this_machine_and_its_networks_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


def test_other_addresses_are() -> None:
    for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"):
        assert is_public(ipaddress.ip_address(address))


async def test_a_name_that_leads_into_a_private_network_is_refused() -> None:
    with pytest.raises(HostRefused, match="private network"):
        await resolve("localhost", 443, allows_private=False)
    with pytest.raises(HostRefused, match="not known"):
        await resolve("no-such-host.invalid", 443, allows_private=True)
    assert await HttpSender(allows_private=False).post("https://localhost/hook", b"{}", {}) == (
        "its host is in a private network: see ALERT_PRIVATE_HOSTS"
    )


async def test_a_name_is_looked_up_once_and_its_certificate_is_that_of_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who controls a name could lead a second look elsewhere; the certificate is checked for the name all the same."""
    looked_up: list[str] = []

    async def look_up(host: str, _port: int, *, allows_private: bool) -> str:
        looked_up.append(host)
        return "127.0.0.1"

    monkeypatch.setattr(webhook, "resolve", look_up)
    authority, seen = trustme.CA(), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    for certified, reason in (("ops.example.org", ""), ("other.example.org", "it cannot be connected to")):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(certified).configure_cert(context)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        http = HttpSender(allows_private=False)
        trusted = ssl.create_default_context()
        authority.configure_trust(trusted)
        monkeypatch.setattr(httpx, "create_ssl_context", lambda trusted=trusted: trusted)
        assert await http.post(f"https://ops.example.org:{port}/hook?a=1", b"{}", {}) == reason
        server.close()
    assert looked_up == ["ops.example.org"] * 2
    assert len(seen) == 1
    assert seen[0].startswith("POST /hook?a=1 HTTP/1.1\r\n")
    assert "host: ops.example.org:" in seen[0].lower()


async def test_no_redirect_is_followed_and_a_long_answer_is_not_read() -> None:
    async with receiver() as ops:
        http = HttpSender(allows_private=True)
        assert await http.post(ops.url, b'{"a":1}', {}) == ""
        ops.manner = "redirects"
        assert await http.post(ops.url, b"{}", {}) == "it answered 307, and redirects are not followed"
        ops.manner = "fails"
        assert await http.post(ops.url, b"{}", {}) == "it answered 500"
        ops.manner = "hangs-up"
        assert (await http.post(ops.url, b"{}", {})).startswith("it hung up")
        assert ops.tries == 4
    assert await http.post(ops.url, b"{}", {}) == "it cannot be connected to"


async def test_a_receiver_that_does_not_answer_is_left_after_a_while(caplog: pytest.LogCaptureFixture) -> None:
    class Hurried(Messenger):
        deadline_seconds = 0.2

    async with receiver() as ops:
        ops.manner = "hangs"
        writer = MessageWriter(lambda _: None, lambda _: "", lambda *_: "", "https://board.example.org", "UTC")
        messenger = Hurried(writer, HttpSender(allows_private=True), AppriseSender(allows_private=True), lambda: 0)
        channel = Channel(name="ops", kind="webhook", url=f"{ops.url}/hook-SECRET")
        assert await messenger.test(channel) == "it did not answer in time"
    assert "SECRET" not in caplog.text
    assert Messenger.deadline_seconds == 15


def test_a_signature_is_what_its_receivers_check() -> None:
    now = wall_clock()
    body = b'{"type":"test"}'
    headers = signature_headers("msg_1", now, body, SECRET.removeprefix("whsec_"))
    assert verified(Post("/", headers, body)) == {"type": "test"}
    assert "webhook-signature" not in signature_headers("msg_1", now, body, "")

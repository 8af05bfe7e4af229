"""Receivers of alerts on this machine: one of webhooks that can be slow, down or wrong, and a mail server."""

import asyncio
import base64
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec
from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook

from tests.support.server import eventually

SECRET = "whsec_" + base64.b64encode(b"twenty-four-bytes-secret").decode()
Manner = Literal["takes", "fails", "hangs", "hangs-up", "redirects"]


class Post(msgspec.Struct):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = msgspec.json.decode(self.body)
        return event


class Receiver:
    """An HTTP server, as its `manner` is."""

    def __init__(self) -> None:
        self.manner: Manner = "takes"
        self.posts: list[Post] = []
        """Those that it took."""
        self.tries = 0
        self.url = ""
        self.on_post: Callable[[], None] = lambda: None
        """Is called before a post is answered."""

    @property
    def steps(self) -> list[str]:
        return [post.event["type"] for post in self.posts]

    async def until(self, is_right: Callable[[list[Post]], bool]) -> list[Post]:
        async def look() -> list[Post]:
            return self.posts

        return await eventually(look, is_right)

    async def tried(self, times: int) -> None:
        async def look() -> int:
            return self.tries

        await eventually(look, lambda tries: tries >= times)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.tries += 1
            manner = self.manner
            if manner == "hangs":
                await asyncio.sleep(3_600)
            if manner == "takes":
                self.on_post()
                self.posts.append(Post(first.split()[1], headers, body))
            answers = {
                "takes": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000,
                "fails": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
                "redirects": f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {self.url}/other\r\n\r\n".encode(),
            }
            writer.write(answers.get(manner, b""))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver(port: int = 0) -> AsyncIterator[Receiver]:
    found = Receiver()
    server = await asyncio.start_server(found.serve, "127.0.0.1", port)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()


def verified(post: Post, secret: str = SECRET) -> dict[str, Any]:
    """Return what a post says, as a receiver that checks its signature reads it."""
    event: dict[str, Any] = Webhook(secret).verify(post.body, post.headers)
    return event


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        """Subject and text of each."""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 as aiosmtpd calls it
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = message.get_body(("plain",))
        self.mails.append((str(message["subject"]), "" if part is None else str(part.get_content()).strip()))
        return "250 taken"


@asynccontextmanager
async def mail_server(port: int) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mailbox, hostname="mail"), "127.0.0.1", port)
    try:
        yield mailbox
    finally:
        server.close()

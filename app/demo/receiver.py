"""A receiver of alerts for the demo: it takes webhooks as one of your own would, and hands on what they say."""

import asyncio
import base64
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from app.alerts.webhook import signature_headers

NAME = "this terminal"
BODY_BYTES = 65_536
PATIENCE_SECONDS = 10
TAKEN, REFUSED = "204 No Content", "401 Unauthorized"

Listener = Callable[[dict[str, Any]], None]
"""Is given the body of each message."""


@asynccontextmanager
async def receiving(listen: Listener) -> AsyncIterator[dict[str, Any]]:
    """Receive messages on this machine; yields the channel that leads here, as ALERT_CHANNELS would have it."""
    secret = base64.b64encode(secrets.token_bytes(24)).decode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status = await _take(reader, secret, listen)
                writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        except (TimeoutError, OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # it is sent again
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield {"name": NAME, "url": f"http://127.0.0.1:{port}/", "secret": f"whsec_{secret}"}
    finally:
        server.close()


async def _take(reader: asyncio.StreamReader, secret: str, listen: Listener) -> str:
    """Return the status of the answer. Raises ValueError for what is no request of ours."""
    _, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    length = int(headers.get("content-length", "0"))
    if not 0 < length <= BODY_BYTES:
        raise ValueError(length)
    body = await reader.readexactly(length)
    at = int(headers.get("webhook-timestamp", "0")) * 1000
    expected = signature_headers(headers.get("webhook-id", ""), at, body, secret)["webhook-signature"]
    if not hmac.compare_digest(headers.get("webhook-signature", ""), expected):
        return REFUSED
    listen(msgspec.json.decode(body))
    return TAKEN


def message_lines(message: dict[str, Any]) -> list[str]:
    """Return what is printed of a message."""
    lines = [str(message["text"])]
    if "acknowledge" in message and message["type"] != "episode.acknowledged":
        lines.append(f"I take care of it: {message['acknowledge']}")
    return lines

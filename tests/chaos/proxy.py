"""Stands between the web processes and their store, and does to their connections what networks do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

CHUNK_BYTES = 65_536

Replies = Literal["pass", "hold", "drop", "cut"]
"""What becomes of replies: `drop` leaves the client waiting, `cut` ends the connection in a reply's stead."""


class _Link:
    """One connection, from a web process to the store."""

    def __init__(self, client: asyncio.StreamWriter, store: asyncio.StreamWriter) -> None:
        self.client = client
        self.store = store
        self.said = b""
        """The start of its last requests: enough to tell what it is used for."""
        self.is_spoiled = False
        """Something of what it should have brought was dropped."""

    def cut(self) -> None:
        for side in (self.client, self.store):
            side.transport.abort()


class Proxy:
    def __init__(self, store_port: int) -> None:
        self._store_port = store_port
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._replies: Replies = "pass"
        self._concerned = b""
        self._last_for = b""
        self._passing, self._asking = asyncio.Event(), asyncio.Event()
        self._passing.set()
        self._asking.set()
        self.port = 0

    def cut(self) -> None:
        """End every connection there is."""
        for link in list(self._links):
            link.cut()

    def lead_to(self, store_port: int) -> None:
        """Bring all clients to another store."""
        self._store_port = store_port
        self.cut()

    def lead_to_after_reply(self, store_port: int, command: bytes) -> None:
        """Bring all clients to another store: those used for a command as soon as they had their reply."""
        self._store_port = store_port
        self._last_for = command
        for link in list(self._links):
            if command not in link.said:
                link.cut()

    def treat_replies(self, replies: Replies, command: bytes) -> None:
        """From now on do this to the replies on connections that are used for a command."""
        self._concerned = command
        self._replies = replies
        (self._passing.clear if replies == "hold" else self._passing.set)()

    def hold_requests(self) -> None:
        """From now on nothing that is asked comes to the store."""
        self._asking.clear()

    def pass_on(self) -> None:
        """Be no hindrance any more."""
        self._asking.set()
        self._replies = "pass"
        self._passing.set()
        for link in list(self._links):
            if link.is_spoiled:
                link.cut()

    def close(self) -> None:
        self.cut()
        for task in self._tasks:
            task.cancel()

    async def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            store_reader, store_writer = await asyncio.open_connection("127.0.0.1", self._store_port)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, store_writer)
        self._links.add(link)
        try:
            requests = asyncio.create_task(self._bring_requests(link, reader))
            replies = asyncio.create_task(self._bring_replies(link, store_reader))
            self._tasks |= {requests, replies}
            await asyncio.wait({requests, replies}, return_when=asyncio.FIRST_COMPLETED)
            for task in (requests, replies):
                task.cancel()
            await asyncio.gather(requests, replies, return_exceptions=True)
            self._tasks -= {requests, replies}
        finally:
            self._links.discard(link)
            link.cut()

    async def _bring_requests(self, link: _Link, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                link.said = data[:100]
                await self._asking.wait()
                link.store.write(data)
                await link.store.drain()

    async def _bring_replies(self, link: _Link, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if self._concerned in link.said:
                    await self._passing.wait()
                    if self._replies == "cut":
                        return
                    if self._replies == "drop":
                        link.is_spoiled = True
                        continue
                link.client.write(data)
                await link.client.drain()
                if self._last_for and self._last_for in link.said:
                    link.client.write_eof()
                    self._last_for = b""
                    return


@asynccontextmanager
async def proxy_to(store_port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(store_port)
    server = await asyncio.start_server(proxy.lead, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.close()
        await server.wait_closed()

"""A peer that does not take what it is sent is given up, whatever was to become of its connection."""

import asyncio
import logging

from app import bounds
from app.metrics import SLOW_PEERS


class SendDeadline(asyncio.Protocol):
    """To be mixed into uvicorn's protocols.

    The transport tells of every byte that the peer made no room for: a backlog below a high-water mark would never be
    noticed, and a transport that is closed waits for its backlog for ever.
    """

    send_seconds = bounds.SEND_SECONDS
    send_bytes = bounds.SEND_BYTES
    flush_seconds = bounds.FLUSH_SECONDS

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    logger: logging.Logger

    _backlog = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_peer()

    def resume_writing(self) -> None:
        self._stop_waiting()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called by uvicorn for one connection after the other: one that fails must not end it for the rest."""
        try:
            # uvicorn would close once more a WebSocket whose peer sent its close and did not take ours.
            if not self.transport.is_closing():
                super().shutdown()  # type: ignore[misc]
        except Exception:
            self.logger.exception("a connection could not be shut down, and is cut")
            self.transport.abort()
        if self.transport.is_closing():
            self.flush()

    def flush(self) -> None:
        """Of a transport that was closed: have the peer take the rest now, or never."""
        self._abort_after(self.flush_seconds)

    def _wait_for_peer(self) -> None:
        self._backlog = self.transport.get_write_buffer_size()
        self._deadline = self.loop.call_later(self.send_seconds, self._look_at_backlog)

    def _look_at_backlog(self) -> None:
        # Nobody adds to it meanwhile but for a few control frames.
        if self._backlog - self.transport.get_write_buffer_size() >= self.send_bytes:
            self._wait_for_peer()
        else:
            SLOW_PEERS.inc()
            self._give_up()

    def _give_up(self) -> None:
        self.transport.abort()

    def _abort_after(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

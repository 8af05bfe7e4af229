"""Posts signed bodies as iAdvize does: a few at a time, at most three attempts each."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from queue import SimpleQueue
from urllib.parse import urlsplit

from app.receive.signature import HEADER, sign

CONNECTIONS = 8
TIMEOUT_SECONDS = 30
RETRY_AFTER_SECONDS = (10.0, 20.0)


class Sender:
    retry_after_seconds: tuple[float, ...] = RETRY_AFTER_SECONDS

    def __init__(self, url: str, secret: str) -> None:
        address = urlsplit(url)
        self._path = address.path
        self._secret = secret
        self._threads = ThreadPoolExecutor(CONNECTIONS, "post")
        # Kept open, and not httpx, which takes three times the CPU: the board runs on the same machine.
        self._connections: SimpleQueue[HTTPConnection] = SimpleQueue()
        for _ in range(CONNECTIONS):
            self._connections.put(HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS))

    def post(self, bodies: Iterable[bytes]) -> int:
        """Post bodies in no strict order; return the number lost once each is accepted or lost."""
        return sum(not is_accepted for is_accepted in self._threads.map(self._post, bodies))

    def close(self) -> None:
        self._threads.shutdown()
        for _ in range(CONNECTIONS):
            self._connections.get().close()

    def _post(self, body: bytes) -> bool:
        if self._is_accepted(body):
            return True
        for pause in self.retry_after_seconds:
            time.sleep(pause)
            if self._is_accepted(body):
                return True
        return False

    def _is_accepted(self, body: bytes) -> bool:
        connection = self._connections.get()
        try:
            for _ in range(2):  # the server may have closed an idle connection: open it again
                with suppress(OSError, HTTPException):
                    return self._answer(connection, body) // 100 == 2
                connection.close()
            return False
        finally:
            self._connections.put(connection)

    def _answer(self, connection: HTTPConnection, body: bytes) -> int:
        headers = {HEADER: sign(body, self._secret), "Content-Type": "application/json"}
        connection.request("POST", self._path, body, headers)
        with connection.getresponse() as response:
            response.read()
            return response.status

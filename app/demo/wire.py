"""Posts signed bodies as iAdvize does: a few at a time, and three times before an event is lost."""

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
AGAIN_AFTER_SECONDS = (10.0, 20.0)


class Wire:
    again_after_seconds: tuple[float, ...] = AGAIN_AFTER_SECONDS

    def __init__(self, url: str, secret: str) -> None:
        address = urlsplit(url)
        self._path = address.path
        self._secret = secret
        self._threads = ThreadPoolExecutor(CONNECTIONS, "post")
        # Kept, and not httpx's, which would be three times the work: the board wants the processor too.
        self._connections: SimpleQueue[HTTPConnection] = SimpleQueue()
        for _ in range(CONNECTIONS):
            self._connections.put(HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS))

    def post(self, bodies: Iterable[bytes]) -> int:
        """Post bodies, in no strict order; return how many are lost, once each is taken or lost."""
        return sum(not is_taken for is_taken in self._threads.map(self._post, bodies))

    def close(self) -> None:
        self._threads.shutdown()
        for _ in range(CONNECTIONS):
            self._connections.get().close()

    def _post(self, body: bytes) -> bool:
        if self._is_taken(body):
            return True
        for pause in self.again_after_seconds:
            time.sleep(pause)
            if self._is_taken(body):
                return True
        return False

    def _is_taken(self, body: bytes) -> bool:
        connection = self._connections.get()
        try:
            for _ in range(2):  # one that was quiet for long may be closed by now: it is opened anew
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

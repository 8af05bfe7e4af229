"""When each of many things expires: the next one is known without looking at the rest."""

import heapq

from app.clock import NEVER

_SLACK = 64


class ExpiryHeap:
    def __init__(self) -> None:
        self._expiries: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        """May hold outdated entries, which are skipped when they reach the top."""

    def put(self, key: str, expiry: int) -> None:
        if self._expiries.get(key) == expiry:
            return
        self._expiries[key] = expiry
        heapq.heappush(self._heap, (expiry, key))
        if len(self._heap) > 2 * len(self._expiries) + _SLACK:
            self._heap = [(expiry, key) for key, expiry in self._expiries.items()]
            heapq.heapify(self._heap)

    def drop(self, key: str) -> None:
        self._expiries.pop(key, None)

    def next(self) -> int:
        """Return when the next thing expires."""
        while self._heap and self._expiries.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else NEVER

    def expire(self, now: int) -> list[str]:
        """Return the keys of what expires by now, and drop them."""
        expired = []
        while self.next() <= now:
            _, key = heapq.heappop(self._heap)
            del self._expiries[key]
            expired.append(key)
        return expired

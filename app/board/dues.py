"""When each of many things is due: what is due next is known without a look at the rest."""

import heapq

FOREVER = 2**63
_SLACK = 64


class Dues:
    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        """Also what is no longer true: it is passed over once it has come to the top."""

    def put(self, key: str, due: int) -> None:
        if self._due.get(key) == due:
            return
        self._due[key] = due
        heapq.heappush(self._heap, (due, key))
        if len(self._heap) > 2 * len(self._due) + _SLACK:
            self._heap = [(due, key) for key, due in self._due.items()]
            heapq.heapify(self._heap)

    def drop(self, key: str) -> None:
        self._due.pop(key, None)

    def next(self) -> int:
        """Return when the next thing is due."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else FOREVER

    def take(self, now: int) -> list[str]:
        """Return the keys of what is due by now, and drop them."""
        taken = []
        while self.next() <= now:
            _, key = heapq.heappop(self._heap)
            del self._due[key]
            taken.append(key)
        return taken

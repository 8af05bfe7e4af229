"""Whether the store is up for this process: it can be read *and* takes writes. Only this module combines the two."""

from collections.abc import Callable

from app.merge.post_store import PostStore
from app.metrics import STORE_UP
from app.mirror.mirror import Mirror, State


class StoreStatus:
    def __init__(self, mirror: Mirror, post_store: PostStore) -> None:
        self._mirror = mirror
        self._post_store = post_store
        self._watchers: list[Callable[[], None]] = []
        self._last_state: State = self.state
        STORE_UP.set(self.state == "up")
        mirror.watch_state(self._look)
        post_store.watch_state(self._look)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a function when the state changes."""
        self._watchers.append(watcher)

    @property
    def state(self) -> State:
        return "up" if self._mirror.state == "up" and self._post_store.fault is None else "away"

    @property
    def fault(self) -> str:
        """The reason while the store is away, as far as it is known; else empty."""
        # A store that refuses writes can seem broken to the reader too: what it said to the writer is the reason.
        if self._post_store.fault is not None:
            return self._post_store.fault
        return self._mirror.fault if self._mirror.state == "away" else ""

    @property
    def current_at(self) -> int:
        """The instant up to which the records are complete: now, while the store is up."""
        current_at = self._mirror.current_at
        return current_at if self._post_store.fault is None else min(current_at, self._post_store.faulty_since)

    def _look(self) -> None:
        if self.state != self._last_state:
            self._last_state = self.state
            STORE_UP.set(self.state == "up")
            for watcher in self._watchers:
                watcher()

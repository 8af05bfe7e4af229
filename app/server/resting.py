"""HTTP connections by address, and those of them that wait for their peer to send a request."""

import logging
import math
import time
from collections import Counter, OrderedDict
from typing import Protocol

WARNING_SECONDS = 60

log = logging.getLogger(__name__)


class Resting(Protocol):
    def end_rest(self) -> None: ...


class Addresses:
    """Where there is no room for a newcomer, the connection that has rested longest makes it.

    To turn newcomers away instead would let one peer with many idle connections lock out everyone else.
    """

    def __init__(self, most_of_one: float = math.inf) -> None:
        """`most_of_one`: how many connections one address may have."""
        self._most_of_one = most_of_one
        self._connections = Counter[str]()
        self._resting: OrderedDict[Resting, str] = OrderedDict()
        self._resting_of: dict[str, OrderedDict[Resting, None]] = {}
        self._warned_at = -math.inf

    def has_too_many(self, address: str) -> bool:
        return self._connections[address] > self._most_of_one

    def add(self, address: str) -> None:
        self._connections[address] += 1

    def remove(self, address: str) -> None:
        self._connections[address] -= 1
        if not self._connections[address]:
            del self._connections[address]

    def rest(self, connection: Resting, address: str) -> None:
        """Note that a connection rests; one that did already keeps its place."""
        if connection not in self._resting:
            self._resting[connection] = address
            self._resting_of.setdefault(address, OrderedDict())[connection] = None

    def stir(self, connection: Resting) -> None:
        """Note that a connection does not rest."""
        address = self._resting.pop(connection, None)
        if address is not None:
            resting = self._resting_of[address]
            del resting[connection]
            if not resting:
                del self._resting_of[address]

    def make_room(self, address: str | None = None) -> bool:
        """Close the connection that has rested longest, of one address or of all; return whether there was one."""
        resting = self._resting if address is None else self._resting_of.get(address)
        if not resting:
            return False
        if time.monotonic() - self._warned_at > WARNING_SECONDS:
            self._warned_at = time.monotonic()
            log.warning("too many are connected %s: those that rest longest are closed", address or "in all")
        next(iter(resting)).end_rest()
        return True

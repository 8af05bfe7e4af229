"""Paired screens: each holds a token or link of its own, which opens its wall and nothing else.

The store keeps only the hash of a token's secret. The token is signed and describes its screen, so that a store that
came back empty gets its screens back.
"""

import hmac
import logging
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from app.access.credentials import Credentials
from app.access.display import DEFAULT_DISPLAY
from app.access.tokens import SignedValue
from app.bounds import SCREENS
from app.clock import DAY, Clock
from app.errors import ScreenError
from app.records import Display, Order, Screen, Turn

TOKEN_LIFE = 400 * DAY
"""The longest that browsers keep a cookie; every page load renews it. A revoked screen is remembered as long."""

_PURPOSE = "screen"

log = logging.getLogger(__name__)


class ScreenToken(SignedValue, frozen=True):
    secret: str
    name: str
    board: str
    until: int
    display: Display = msgspec.field(default=DEFAULT_DISPLAY, name="appearance")
    turns: tuple[Turn, ...] = ()

    @property
    def hash(self) -> str:
        return hash_of(self.secret)

    @property
    def id(self) -> str:
        return id_of(self.hash)


class LinkedScreen(msgspec.Struct, frozen=True):
    """A screen that opened by its link. All that is known of it is in its record."""

    hash: str
    """Of the link's token."""

    @property
    def id(self) -> str:
        return id_of(self.hash)


ScreenCredential = ScreenToken | LinkedScreen


class Screens:
    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock

    def paired(self) -> dict[str, Screen]:
        return {id_: screen for id_, screen in self._credentials.screens().items() if not screen.until}

    def find(self, id_: str) -> Screen | None:
        screen = self._credentials.screen(id_)
        return None if screen is None or screen.until else screen

    def name_of(self, id_: str) -> str:
        """Return a screen's name, also when it was revoked; empty: there is none."""
        screen = self._credentials.screen(id_)
        return "" if screen is None else screen.name

    def read(self, token: str) -> ScreenToken | None:
        """Return the content of a token while it is valid."""
        value = self._credentials.verify(token, _PURPOSE, ScreenToken)
        if value is None or self.is_revoked(value):
            return None
        if self._credentials.screen(value.id) is None:
            # A revoked screen would be known: the store lost this one, or this process has not read it yet.
            log.warning("the screen %r is restored from its token: the store does not know it", value.name)
            lost = Screen(
                name=value.name,
                board=value.board,
                turns=value.turns,
                display=value.display,
                hash=hash_of(value.secret),
                paired_at=self._clock(),
            )
            self._credentials.remember(record_name(value.id), lost)
        return value

    def is_revoked(self, credential: ScreenCredential) -> bool:
        """Whether its screen was revoked, or the token expired. A link, unlike a token, restores no lost screen."""
        is_link = isinstance(credential, LinkedScreen)
        if isinstance(credential, ScreenToken) and credential.until <= self._clock():
            return True
        screen = self._credentials.screen(credential.id)
        if screen is None:
            return is_link
        is_its_own = hmac.compare_digest(screen.hash, credential.hash) and screen.is_link is is_link
        return screen.until > 0 or not is_its_own

    def turns_of(self, credential: ScreenCredential) -> tuple[Turn, ...]:
        """Return the boards that a screen shows; empty: they are not known."""
        screen = self.find(credential.id) or credential
        return () if isinstance(screen, LinkedScreen) else turns_of(screen)

    def display_of(self, credential: ScreenCredential) -> Display:
        screen = self.find(credential.id) or credential
        return DEFAULT_DISPLAY if isinstance(screen, LinkedScreen) else screen.display

    def orders_of(self, credential: ScreenCredential) -> tuple[int, Order]:
        """Return the number of orders that a screen was given, and the last one."""
        screen = self.find(credential.id)
        return (0, Order.GO) if screen is None else (screen.orders, screen.order)

    def token_of(self, secret: str, screen: Screen) -> str:
        """Return a new token of a screen. Raises StoreUnavailable."""
        return self._sign(ScreenToken(secret, screen.name, screen.board, self._expiry(), screen.display, screen.turns))

    def renew(self, token: ScreenToken) -> str:
        """Return a new token of the screen as it is now. Raises StoreUnavailable."""
        screen = self.find(token.id)
        if screen is None:
            return self._sign(replace(token, until=self._expiry()))
        return self.token_of(token.secret, screen)

    def check_room(self) -> None:
        """Raises ScreenError when there are as many screens as may be."""
        if len(self.paired()) >= SCREENS:
            raise ScreenError("code", "screens.fault-screens", n=SCREENS)

    async def add(
        self,
        hash_: str,
        name: str,
        turns: Sequence[Turn],
        display: Display = DEFAULT_DISPLAY,
        *,
        is_link: bool = False,
    ) -> None:
        """Raises ScreenError, StoreUnavailable."""
        screen = Screen(
            name=name, **_boards(turns), display=display, hash=hash_, paired_at=self._clock(), is_link=is_link
        )
        async with self._credentials.adding:
            self.check_room()
            record = record_name(id_of(hash_))
            await self._credentials.change(record, Screen, lambda found: screen if found is None else None)

    async def set_display(self, id_: str, display: Display) -> None:
        """Raises ScreenError, StoreUnavailable."""
        await self._order(id_, Order.RELOAD, display=display)

    async def move(self, id_: str, turns: Sequence[Turn]) -> None:
        """Raises ScreenError, StoreUnavailable."""
        await self._order(id_, Order.GO, **_boards(turns))

    async def reload(self, id_: str) -> None:
        """Raises ScreenError, StoreUnavailable."""
        await self._order(id_, Order.RELOAD)

    async def revoke(self, id_: str) -> None:
        """Raises ScreenError."""
        screen = self.find(id_)
        if screen is None:
            raise _no_screen()
        await self._credentials.revoke(record_name(id_), replace(screen, until=self._expiry()))

    def _sign(self, token: ScreenToken) -> str:
        return self._credentials.sign(token, _PURPOSE)

    def _expiry(self) -> int:
        return self._clock() + TOKEN_LIFE

    async def _order(self, id_: str, order: Order, **changes: Any) -> None:
        def ordered(screen: Screen | None) -> Screen:
            if screen is None or screen.until:
                raise _no_screen()
            return replace(screen, order=order, orders=screen.orders + 1, **changes)

        await self._credentials.change(record_name(id_), Screen, ordered)


def _no_screen() -> ScreenError:
    return ScreenError("action", "screens.fault-gone", 404)


def turns_of(screen: Screen | ScreenToken) -> tuple[Turn, ...]:
    """Return the boards that a screen shows, one or several."""
    return screen.turns or (Turn(screen.board),)


def _boards(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return the members of a screen that say its boards."""
    return {"board": turns[0].board, "turns": tuple(turns) if len(turns) > 1 else ()}


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def id_of(hash_: str) -> str:
    return hash_[:16]


def record_name(id_: str) -> str:
    return f"screen:{id_}"

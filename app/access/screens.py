"""Screens that are paired: each known by a token of its own, which opens its wall and nothing else.

Only the hash of a token's secret is stored. The token is signed and says what the screen was, so that a store that came
back empty takes its screens back.
"""

import hmac
import logging
from hashlib import sha256

from msgspec.structs import replace

from app.access.seal import Sealed, seal, unseal
from app.access.standing import Standing, StandingRecord
from app.clock import DAY, Clock
from app.errors import ScreenError, StoreUnavailable
from app.records import Appearance, Order, Screen

TOKEN_LIFE = 400 * DAY
"""As long as browsers keep a cookie; every load of the page renews it. A revoked screen is remembered as long."""

_PURPOSE = "screen"

USUAL = Appearance()

log = logging.getLogger(__name__)


class Token(Sealed, frozen=True):
    """What a paired screen holds."""

    secret: str
    name: str
    board: str
    until: int
    appearance: Appearance = Appearance()

    @property
    def id(self) -> str:
        return id_of(hash_of(self.secret))


class Screens:
    def __init__(self, standing: Standing, clock: Clock) -> None:
        self._standing = standing
        self._clock = clock

    def paired(self) -> dict[str, Screen]:
        """Return the screens that are paired, by id."""
        return {id_: screen for id_, screen in self._standing.screens().items() if not screen.until}

    def find(self, id_: str) -> Screen | None:
        """Return a screen that is paired."""
        screen = self._standing.screen(id_)
        return None if screen is None or screen.until else screen

    def read(self, token: str) -> Token | None:
        """Return what a token says, or None: it was never one, or its screen was revoked."""
        signing = self._standing.keys
        opened = unseal(token, signing.secret, _PURPOSE, Token) if signing else None
        if opened is None or self.is_over(opened):
            return None
        if self._standing.screen(opened.id) is None:
            # Revoked screens are remembered: the store lost this one, or this process has not heard of it yet.
            log.warning("the screen %r is taken back by its token: the store does not know it", opened.name)
            lost = Screen(
                name=opened.name,
                board=opened.board,
                appearance=opened.appearance,
                hash=hash_of(opened.secret),
                paired_at=self._clock(),
            )
            self._standing.remember(name_of(opened.id), lost)
        return opened

    def is_over(self, token: Token) -> bool:
        """Whether its screen was revoked."""
        screen = self._standing.screen(token.id)
        if screen is None:
            return token.until <= self._clock()
        is_its_own = hmac.compare_digest(screen.hash, hash_of(token.secret))
        return token.until <= self._clock() or screen.until > 0 or not is_its_own

    def board_of(self, token: Token) -> str:
        """Return the id of the board that a screen shows now."""
        screen = self.find(token.id)
        return token.board if screen is None else screen.board

    def appearance_of(self, token: Token) -> Appearance:
        """Return how a screen's wall is to look."""
        screen = self.find(token.id)
        return token.appearance if screen is None else screen.appearance

    def orders_of(self, token: Token) -> tuple[int, Order]:
        """Return how many orders a screen was given, and the last one."""
        screen = self.find(token.id)
        return (0, Order.GO) if screen is None else (screen.orders, screen.order)

    def token_of(self, secret: str, screen: Screen) -> str:
        """Return a fresh token of a screen. Raises StoreUnavailable."""
        return self._write(Token(secret, screen.name, screen.board, self._expiry(), screen.appearance))

    def renew(self, token: Token) -> str:
        """Return a fresh token of the screen as it is now. Raises StoreUnavailable."""
        screen = self.find(token.id)
        return (
            self._write(replace(token, until=self._expiry())) if screen is None else self.token_of(token.secret, screen)
        )

    def _write(self, token: Token) -> str:
        signing = self._standing.keys
        if signing is None:
            raise StoreUnavailable("it was not reached yet")
        return seal(token, signing.secret, _PURPOSE)

    def _expiry(self) -> int:
        return self._clock() + TOKEN_LIFE

    async def add(self, hash_: str, name: str, board: str, appearance: Appearance = USUAL) -> None:
        """Pair a screen. Raises StoreUnavailable."""
        screen = Screen(name=name, board=board, appearance=appearance, hash=hash_, paired_at=self._clock())
        await self._standing.change(name_of(id_of(hash_)), lambda found: screen if found is None else None)

    async def dress(self, id_: str, appearance: Appearance) -> None:
        """Have a screen's wall look otherwise. Raises ScreenError, StoreUnavailable."""
        await self._order(id_, Order.RELOAD, appearance=appearance)

    async def move(self, id_: str, board: str) -> None:
        """Raises ScreenError, StoreUnavailable."""
        await self._order(id_, Order.GO, board=board)

    async def reload(self, id_: str) -> None:
        """Raises ScreenError, StoreUnavailable."""
        await self._order(id_, Order.RELOAD)

    async def revoke(self, id_: str) -> None:
        """Raises ScreenError."""
        screen = self.find(id_)
        if screen is None:
            raise _no_screen()
        await self._standing.withdraw(name_of(id_), replace(screen, until=self._clock() + TOKEN_LIFE))

    async def _order(self, id_: str, order: Order, **changes: str | Appearance) -> None:
        def ordered(found: StandingRecord | None) -> Screen:
            screen = found or self.find(id_)
            if not isinstance(screen, Screen) or screen.until:
                raise _no_screen()
            return replace(screen, order=order, orders=screen.orders + 1, **changes)

        await self._standing.change(name_of(id_), ordered)


def _no_screen() -> ScreenError:
    return ScreenError("action", "screens.fault-gone", 404)


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def id_of(hash_: str) -> str:
    return hash_[:16]


def name_of(id_: str) -> str:
    return f"screen:{id_}"

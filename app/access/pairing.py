"""From a code on a TV to a paired screen: the TV shows it, a supervisor enters it (as the device flow of RFC 8628).

The TV is given a secret with its code, and the store its hash. The secret becomes that of the screen's token.
"""

import asyncio
import secrets
from typing import Any

from redis.asyncio import Redis

from app.access.attempts import CODES, CODES_IN_ALL, WRONG_CODES, Attempts, network_of
from app.access.screens import USUAL, Screens, hash_of, id_of, name_of
from app.access.seal import Sealed, seal, unseal
from app.access.sessions import Session
from app.access.standing import Standing, standing_record
from app.bounds import PERSON_CHARACTERS, SCREENS
from app.clock import MINUTE, Clock
from app.errors import ScreenError, StoreUnavailable
from app.names import clean_name, code_point, refused_in, visible
from app.records import Appearance, Screen
from app.store import keys
from app.store.connection import asking

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
"""Of 20 consonants, as RFC 8628 advises: no words, no letter that looks like a digit. 25 billion codes."""
CODE_LIFE = 10 * MINUTE

_PURPOSE = "pairing"


class Claim(Sealed, frozen=True):
    """What a TV holds while it shows a code."""

    secret: str
    code: str
    until: int


class Pairing:
    def __init__(self, store: Redis, standing: Standing, screens: Screens, attempts: Attempts, clock: Clock) -> None:
        self._store = store
        self._standing = standing
        self._screens = screens
        self._attempts = attempts
        self._clock = clock
        self._listeners: set[asyncio.Event] = set()
        standing.watch(self._tell)

    async def new_claim(self, address: str) -> Claim:
        """Return a claim whose code can be entered from now on. Raises RateLimited, StoreUnavailable."""
        await self._attempts.count(CODES, network_of(address))
        await self._attempts.count(CODES_IN_ALL)
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        claim = Claim(secrets.token_urlsafe(24), code, self._clock() + CODE_LIFE)
        with asking():
            # Should the code be another TV's at this moment, that one shows a new code before long.
            await self._store.set(_key(claim.code), hash_of(claim.secret), px=CODE_LIFE)
        return claim

    def write(self, claim: Claim) -> str:
        """Return what the TV keeps of its claim. Raises StoreUnavailable."""
        signing = self._standing.keys
        if signing is None:
            raise StoreUnavailable("it was not reached yet")
        return seal(claim, signing.secret, _PURPOSE)

    def read(self, text: str) -> Claim | None:
        """Return the claim of a TV, or None: it was never one."""
        signing = self._standing.keys
        return unseal(text, signing.secret, _PURPOSE, Claim) if signing else None

    async def look(self, claim: Claim) -> Screen | Claim | None:
        """Return the screen that a claim became, itself while its code can be entered, or None.

        Raises StoreUnavailable.
        """
        hash_ = hash_of(claim.secret)
        name = name_of(id_of(hash_))
        with asking():
            # Of the store itself: it may have been paired by another process just now.
            found: Any = await self._store.mget(keys.PREFIX + name, _key(claim.code))
        paired, waiting = found
        screen = standing_record(name, paired)
        if isinstance(screen, Screen):
            return None if screen.until else screen
        return claim if waiting == hash_.encode() and claim.until > self._clock() else None

    async def settles(self, claim: Claim, seconds: float) -> bool:
        """Wait until a claim's code is of no more use, some seconds at most; return whether it is.

        Raises StoreUnavailable.
        """
        if await self.look(claim) is not claim:
            return True
        news = asyncio.Event()
        self._listeners.add(news)
        try:
            async with asyncio.timeout(seconds):
                while not self._is_paired(claim):
                    await news.wait()
                    news.clear()
        except TimeoutError:
            pass
        finally:
            self._listeners.discard(news)
        return self._is_paired(claim) or claim.until <= self._clock()

    async def pair(self, session: Session, code: str, name: str, board: str, appearance: Appearance = USUAL) -> None:
        """Make the TV that shows a code a screen. Raises ScreenError, RateLimited, StoreUnavailable."""
        name = checked_name(name)
        if len(self._screens.paired()) >= SCREENS:
            raise ScreenError("code", "screens.fault-screens", n=SCREENS)
        await self._attempts.count(WRONG_CODES, session.id)
        hash_ = await self._take(code)
        if hash_ is None:
            raise ScreenError("code", "screens.fault-code")
        await self._attempts.forgive(WRONG_CODES, session.id)
        await self._screens.add(hash_, name, board, appearance)

    def _is_paired(self, claim: Claim) -> bool:
        return self._screens.find(id_of(hash_of(claim.secret))) is not None

    def _tell(self) -> None:
        for news in self._listeners:
            news.set()

    async def _take(self, code: str) -> str | None:
        """Return the hash that belongs to a code, once."""
        letters = "".join(letter for letter in code[: LENGTH * 4].upper() if letter.isalnum())
        if len(letters) != LENGTH or not set(letters) <= set(LETTERS):
            return None
        with asking():
            taken: Any = await self._store.getdel(_key(letters))
        return taken.decode() if taken else None


def checked_name(text: str) -> str:
    """Return a screen's name. Raises ScreenError."""
    name = clean_name(" ".join(text.split()))
    if not name:
        raise ScreenError("name", "screens.fault-no-name")
    if refused := refused_in(name):
        raise ScreenError("name", "screens.fault-name-invisible", found=visible(name[:20]), code=code_point(refused))
    if len(name) > PERSON_CHARACTERS:
        raise ScreenError("name", "screens.fault-name", length=len(name), n=PERSON_CHARACTERS)
    return name


def _key(code: str) -> str:
    return f"{keys.PREFIX}code:{code}"


def shown(code: str) -> str:
    """Return a code as people read it, in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"

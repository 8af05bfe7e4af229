"""Pairs screens: a TV shows a code, a supervisor enters it (as in the device flow of RFC 8628).

The TV gets a secret with its code, the store the secret's hash. The secret becomes that of the screen's token.
"""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.access.credentials import Credentials
from app.access.display import DEFAULT_DISPLAY
from app.access.rate_limits import CODES, CODES_IN_ALL, FIRST_CODES_IN_ALL, WRONG_CODES, RateLimits, site_of
from app.access.screens import Screens, hash_of, id_of, record_name
from app.access.sessions import Session
from app.access.tokens import SignedValue
from app.bounds import FIRST_CODES, PERSON_CHARACTERS
from app.clock import MINUTE, Clock
from app.errors import ScreenError
from app.name_text import clean_name, code_point, refused_in, visible
from app.records import Display, Screen, Turn, stored_record
from app.store import keys
from app.store.client import store_errors
from app.store.put import put_record

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
"""Of 20 consonants, as RFC 8628 advises: no words, no letter that looks like a digit. 25 billion codes."""
CODE_LIFE = 10 * MINUTE

_PURPOSE = "pairing"


class PairingClaim(SignedValue, frozen=True):
    """What a TV holds while it shows a code."""

    secret: str
    code: str
    until: int


class Pairing:
    def __init__(
        self, store: Redis, credentials: Credentials, screens: Screens, rate_limits: RateLimits, clock: Clock
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._screens = screens
        self._rate_limits = rate_limits
        self._clock = clock
        self._waiting: set[asyncio.Event] = set()
        credentials.watch(lambda *_: self._wake())

    async def new_claim(self, address: str) -> PairingClaim:
        """Return a claim whose code can be entered from now on. Raises RateLimited, StoreUnavailable."""
        site = site_of(address)
        await self._rate_limits.hit(CODES, site)
        is_first = await self._rate_limits.used(CODES, site) <= FIRST_CODES
        await self._rate_limits.hit(FIRST_CODES_IN_ALL if is_first else CODES_IN_ALL)
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        claim = PairingClaim(secrets.token_urlsafe(24), code, self._clock() + CODE_LIFE)
        with store_errors():
            # In the unlikely case that another TV shows this code now, that one gets a new code within seconds.
            await self._store.set(_key(claim.code), hash_of(claim.secret), px=CODE_LIFE)
        return claim

    def sign(self, claim: PairingClaim) -> str:
        """Return the token that the TV keeps. Raises StoreUnavailable."""
        return self._credentials.sign(claim, _PURPOSE)

    def read(self, token: str) -> PairingClaim | None:
        """Return the claim of a TV, or None: we did not sign the token."""
        return self._credentials.verify(token, _PURPOSE, PairingClaim)

    async def look_up(self, claim: PairingClaim) -> Screen | PairingClaim | None:
        """Return the screen that a claim became, the claim while its code can be entered, or None.

        Raises StoreUnavailable.
        """
        hash_ = hash_of(claim.secret)
        name = record_name(id_of(hash_))
        with store_errors():
            # From the store, not the mirror: another process may have paired it just now.
            found: Any = await self._store.mget(keys.PREFIX + name, _key(claim.code))
        paired, waiting = found
        screen = stored_record(name, paired, (Screen,))
        if screen is not None:
            return None if screen.until else screen
        return claim if waiting == hash_.encode() and claim.until > self._clock() else None

    async def wait_until_paired(self, claim: PairingClaim, seconds: float) -> bool:
        """Wait, for `seconds` at most, until a claim is paired or expires; return whether it did.

        Raises StoreUnavailable.
        """
        if await self.look_up(claim) is not claim:
            return True
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            async with asyncio.timeout(seconds):
                while not self._is_paired(claim):
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(changed)
        return self._is_paired(claim) or claim.until <= self._clock()

    async def pair(
        self, session: Session, code: str, name: str, turns: Sequence[Turn], display: Display = DEFAULT_DISPLAY
    ) -> str:
        """Make the TV that shows a code a screen, and return its id.

        Raises ScreenError, RateLimited, StoreUnavailable.
        """
        name = parse_name(name)
        self._screens.check_room()
        await self._rate_limits.hit(WRONG_CODES, session.id)
        hash_ = await self._redeem(code)
        if hash_ is None:
            raise ScreenError("code", "screens.fault-code")
        await self._rate_limits.reset(WRONG_CODES, session.id)
        await self._screens.add(hash_, name, turns, display)
        return id_of(hash_)

    def _is_paired(self, claim: PairingClaim) -> bool:
        return self._screens.find(id_of(hash_of(claim.secret))) is not None

    def _wake(self) -> None:
        for changed in self._waiting:
            changed.set()

    async def _redeem(self, code: str) -> str | None:
        """Return the hash that belongs to a code, once."""
        letters = "".join(letter for letter in code[: LENGTH * 4].upper() if letter.isalnum())
        if len(letters) != LENGTH or not set(letters) <= set(LETTERS):
            return None
        with store_errors():
            hash_: Any = await self._store.getdel(_key(letters))
        return hash_.decode() if hash_ else None


async def rehearse_pairing(store: Redis, now: int) -> None:
    """Pair, see and forget a made-up screen, under keys of its own. Raises RedisError, OSError."""
    name, code, seen = "screen:rehearsal", keys.REHEARSAL + "code", keys.REHEARSAL + "seen"
    screen = msgspec.json.encode(Screen(name="", board="", hash="", paired_at=now, until=now + CODE_LIFE))
    try:
        await store.set(code, b"", px=CODE_LIFE)
        await store.mget(keys.REHEARSAL + name, code)
        await store.getdel(code)
        await store.get(keys.REHEARSAL + name)
        for _ in range(2):
            await put_record(store, now, name, screen, until=now + CODE_LIFE, index="screen", prefix=keys.REHEARSAL)
        await store.hset(seen, mapping={"rehearsal": b""})
        await store.hmget(seen, ["rehearsal"])
        await store.hdel(seen, "rehearsal")
    finally:
        names = (name, "index:screen", "changes", "meta", "code", "seen")
        await store.delete(*(keys.REHEARSAL + name for name in names))


def parse_name(text: str) -> str:
    """Return a screen's name. Raises ScreenError."""
    name = clean_name(" ".join(text.split()))
    if not name:
        raise ScreenError("name", "screens.fault-no-name")
    if refused := refused_in(name):
        raise ScreenError("name", "screens.fault-name-invisible", found=visible(name[:20]), code=code_point(refused))
    if len(name) > PERSON_CHARACTERS:
        raise ScreenError("name", "screens.fault-name", length=len(name), n=PERSON_CHARACTERS)
    return name


def format_code(code: str) -> str:
    """Return a code as people read it, in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def _key(code: str) -> str:
    return f"{keys.PREFIX}code:{code}"

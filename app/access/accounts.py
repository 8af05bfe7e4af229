"""People who may log in: by invitation, with a password of their own, or by the company's identity provider."""

import asyncio
import hmac
import re
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, cast

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec.structs import replace

from app.access.credentials import Credentials
from app.access.identity_provider import Role
from app.bounds import ACCOUNTS
from app.clock import DAY, HOUR, Clock
from app.errors import InputError, Mistake
from app.name_text import clean_name, refused_in
from app.records import ACCOUNT_KIND, Account
from app.settings import GUESSABLE_PASSWORD, PASSWORD_CHARACTERS, guess_score

INVITATION_LIFE = 24 * HOUR
REMOVED_KNOWN = 400 * DAY
"""How long a removal is remembered, so that an older copy of the store does not revive the account."""
LONGEST_PASSWORD = 200
NAME_CHARACTERS, MAIL_CHARACTERS = 100, 254
ROLES: tuple[Role, ...] = ("admin", "lead", "viewer")

_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_HASHER = PasswordHasher()
_UNKNOWN = f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}${'A' * 22}${'A' * 43}"
"""Verified where there is no account, so that the answer takes as long. No password has this hash."""


class Rights(msgspec.Struct, frozen=True):
    """What a person may do."""

    role: Role
    teams: frozenset[str] = frozenset()
    """Of a lead: whose boards they lead; empty: all."""

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    @property
    def is_lead(self) -> bool:
        """Whether they lead something: everything, or some teams."""
        return self.role != "viewer"

    @property
    def leads_everything(self) -> bool:
        return self.is_admin or (self.role == "lead" and not self.teams)

    def leads(self, board_teams: frozenset[str]) -> bool:
        """Whether they lead a board. `board_teams`: those that it is narrowed to; empty: it is not."""
        return self.leads_everything or (self.role == "lead" and bool(board_teams) and board_teams <= self.teams)


EVERYTHING = Rights("admin")
"""Of those who log in with the deployment's own password, or the link that a demo prints."""


class Accounts:
    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock
        self._hashing = asyncio.Semaphore(1)  # each takes 64 MB

    def all(self) -> dict[str, Account]:
        """Return the accounts by id, without removed ones."""
        return {id_: account for id_, account in self._credentials.accounts().items() if not account.until}

    def find(self, id_: str) -> Account | None:
        account = self._credentials.account(id_)
        return None if account is None or account.until else account

    def is_removed(self, id_: str) -> bool:
        account = self._credentials.account(id_)
        return account is not None and account.until > 0

    def rights_of(self, id_: str) -> Rights | None:
        """Return what an account may do; None: it was removed, or is not known."""
        account = self.find(id_)
        return None if account is None else Rights(account.role, frozenset(account.teams))

    def reset_at(self, id_: str) -> int:
        """Return when an account's password was last taken away, in ms; 0: never."""
        account = self.find(id_)
        return account.reset_at if account else 0

    @property
    def has_passwords(self) -> bool:
        return any(not account.issuer for account in self.all().values())

    async def invite(self, name: str, mail: str, role: str, teams: Sequence[str], made_by: str) -> tuple[str, str]:
        """Return the id of a new account and the token of its invitation. Raises InputError, StoreUnavailable."""
        account, mistakes = _account(name, mail, role, teams)
        id_, token = secrets.token_hex(8), secrets.token_urlsafe(32)
        async with self._credentials.adding:
            if account.mail.casefold() in {other.mail.casefold() for other in self.all().values() if not other.issuer}:
                mistakes.append(Mistake(rule="known", field="mail", found=account.mail))
            if len(self.all()) >= ACCOUNTS:
                mistakes.append(Mistake(rule="many", field="mail", allowed=str(ACCOUNTS)))
            if mistakes:
                raise InputError(mistakes)
            made = replace(account, made_by=made_by, made_at=self._clock(), **self._invitation(token))
            await self._credentials.change(_record_name(id_), Account, lambda found: made if found is None else None)
        return id_, f"{id_}.{token}"

    async def change(self, id_: str, role: str, teams: Sequence[str]) -> None:
        """Give an account another role. Raises InputError, KeyError, StoreUnavailable."""
        account = self._invited_account(id_)
        changed, mistakes = _account(account.name, account.mail, role, teams)
        if mistakes:
            raise InputError(mistakes)
        await self._update(id_, role=changed.role, teams=changed.teams)

    async def reset(self, id_: str) -> str:
        """Remove an account's password; return the token of an invitation to set another. Raises KeyError.

        Its sessions end: the password may have been another's.
        """
        self._invited_account(id_)
        token = secrets.token_urlsafe(32)
        await self._update(id_, password="", reset_at=self._clock(), **self._invitation(token))
        return f"{id_}.{token}"

    async def remove(self, id_: str) -> None:
        """Its sessions end at once. Raises KeyError."""
        account = self.find(id_)
        if account is None:
            raise KeyError(id_)
        removed = replace(account, password="", invitation="", until=self._clock() + REMOVED_KNOWN)
        await self._credentials.revoke(_record_name(id_), removed)

    def removed_of_company(self) -> dict[str, Account]:
        """Return, by id, the removed accounts that the identity provider would let in."""
        return {
            id_: account for id_, account in self._credentials.accounts().items() if account.until and account.issuer
        }

    async def readmit(self, id_: str) -> None:
        """Let the identity provider decide again on an account that was removed; sessions before that stay over.

        Raises KeyError, StoreUnavailable.
        """
        removed = self.removed_of_company()[id_]

        def readmitted(stored: Account | None) -> Account | None:
            known = stored or removed
            if not known.until:
                return None
            readmissions = max(known.readmissions, removed.readmissions) + 1
            return replace(known, until=0, reset_at=self._clock(), readmissions=readmissions)

        await self._credentials.change(_record_name(id_), Account, readmitted)

    def invited(self, token: str) -> tuple[str, Account] | None:
        """Return the account of an invitation while it is valid."""
        id_, _, secret = token.partition(".")
        account = self.find(id_)
        if account is None or not account.invitation or account.invited_until <= self._clock():
            return None
        return (id_, account) if hmac.compare_digest(account.invitation, _hash(secret)) else None

    async def accept(self, token: str, password: str) -> str | None:
        """Set the password of an invitation; return the account's id, or None: the invitation is no longer valid.

        Raises InputError, StoreUnavailable.
        """
        found = self.invited(token)
        if found is None:
            return None
        id_, account = found
        _check_password(password, account)
        hashed = await self._hashed(password)
        spent = False

        def spend(stored: Account | None) -> Account | None:
            nonlocal spent
            # If two people open the same link at once, only one sets the password.
            spent = stored is not None and stored.invitation == account.invitation and not stored.until
            if stored is None or not spent:
                return None
            return replace(stored, password=hashed, invitation="", invited_until=0, changes=stored.changes + 1)

        await self._credentials.change(_record_name(id_), Account, spend)
        return id_ if spent else None

    async def check(self, mail: str, password: str) -> str | None:
        """Return the id of the account with this address and password."""
        wanted = mail.strip().casefold()
        found = ((id_, one) for id_, one in self.all().items() if one.mail.casefold() == wanted and not one.issuer)
        id_, account = next(found, ("", None))
        hashed = account.password if account is not None and account.password else _UNKNOWN
        is_right = await self._verified(hashed, password)
        return id_ if is_right and account is not None and account.password else None

    async def note_log_in(self, id_: str, account: Account) -> None:
        """Store what the identity provider says of a person. Raises InputError (too many), StoreUnavailable."""

        def noted(stored: Account | None) -> Account | None:
            if stored is None:
                return replace(account, made_at=self._clock())
            said = replace(stored, name=account.name, mail=account.mail, role=account.role, teams=account.teams)
            return None if stored.until or said == stored else replace(said, changes=stored.changes + 1)

        async with self._credentials.adding:
            if self.find(id_) is None and len(self.all()) >= ACCOUNTS:
                raise InputError([Mistake(rule="many", allowed=str(ACCOUNTS))])
            await self._credentials.change(_record_name(id_), Account, noted)

    def _invited_account(self, id_: str) -> Account:
        """Return an account of Deskboard's own: the identity provider decides on the others. Raises KeyError."""
        account = self.find(id_)
        if account is None or account.issuer:
            raise KeyError(id_)
        return account

    def _invitation(self, token: str) -> dict[str, Any]:
        return {"invitation": _hash(token), "invited_until": self._clock() + INVITATION_LIFE}

    async def _update(self, id_: str, **members: Any) -> None:
        def updated(stored: Account | None) -> Account:
            if stored is None or stored.until:
                raise KeyError(id_)
            return replace(stored, changes=stored.changes + 1, **members)

        await self._credentials.change(_record_name(id_), Account, updated)

    async def _hashed(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def _verified(self, hashed: str, password: str) -> bool:
        if len(password) > LONGEST_PASSWORD:
            return False
        async with self._hashing:
            return await asyncio.to_thread(_is_password, hashed, password)


def _is_password(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _check_password(password: str, account: Account) -> None:
    """Raises InputError."""
    length = len(password)
    if not PASSWORD_CHARACTERS <= length <= LONGEST_PASSWORD:
        allowed = f"{PASSWORD_CHARACTERS}–{LONGEST_PASSWORD}"
        raise InputError([Mistake(rule="length", field="password", found=str(length), allowed=allowed)])
    own = (account.name, account.mail, account.mail.partition("@")[0])
    if guess_score(password, (*own, *re.findall(r"\w{3,}", " ".join(own)))) <= GUESSABLE_PASSWORD:
        raise InputError([Mistake(rule="weak", field="password")])


def mistakes_in(account: Account) -> list[Mistake]:
    """Return what is wrong with an account that a file brings."""
    name, mail = account.name, account.mail
    if account.issuer and len(name) <= NAME_CHARACTERS and len(mail) <= MAIL_CHARACTERS:
        name, mail = "-", "-@-.-"  # an identity provider calls people as it likes
    _, mistakes = _account(name, mail, account.role, account.teams)
    return mistakes


def _account(name: str, mail: str, role: str, teams: Sequence[str]) -> tuple[Account, list[Mistake]]:
    name, mail = clean_name(name), mail.strip()
    teams = tuple(dict.fromkeys(clean_name(team) for team in teams if team.strip()))
    mistakes = []
    if not name or len(name) > NAME_CHARACTERS or refused_in(name):
        mistakes.append(Mistake(rule="name", field="name", found=name[:50], allowed=str(NAME_CHARACTERS)))
    if not _MAIL.fullmatch(mail) or len(mail) > MAIL_CHARACTERS:
        mistakes.append(Mistake(rule="mail", field="mail", found=mail[:50], allowed=str(MAIL_CHARACTERS)))
    if role not in ROLES:
        mistakes.append(Mistake(rule="role", field="role", found=role[:50], allowed=", ".join(ROLES)))
    if teams and role != "lead":
        mistakes.append(Mistake(rule="teams", field="teams", found=", ".join(teams)[:50]))
    return Account(name=name, mail=mail, role=cast("Role", role), teams=teams), mistakes


def _hash(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()


def _record_name(id_: str) -> str:
    return f"{ACCOUNT_KIND}:{id_}"

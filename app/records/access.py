"""Who may look, and how much of names they see."""

from enum import StrEnum
from typing import ClassVar, Literal

import msgspec

from app.access.identity_provider import Role


class Keys(msgspec.Struct, frozen=True):
    """What cookies are signed with, and which sessions are good."""

    secret: str
    sessions: str
    """The generation of sessions that is good now."""
    number: int
    """How many generations were ended."""
    made_at: int
    until: ClassVar[int] = 0

    def __repr__(self) -> str:
        return f"Keys(number={self.number})"


class EndedSession(msgspec.Struct, frozen=True):
    """A session that was logged out: every copy of its cookie is invalid."""

    until: int
    """When the cookie would have expired by itself, in ms."""


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person who may log in."""

    name: str
    mail: str
    role: Role
    teams: tuple[str, ...] = ()
    """Of a lead: whose boards they lead; empty: all."""
    issuer: str = ""
    """The identity provider that they log in with; empty: a password of their own."""
    password: str = ""
    """Its hash; empty: none was set yet."""
    invitation: str = ""
    """The hash of a link that sets the password; empty: there is none."""
    invited_until: int = 0
    made_by: str = ""
    made_at: int = 0
    changes: int = 0
    """How often it was changed."""
    reset_at: int = 0
    """When its password was last taken away: sessions that began before are over."""
    readmissions: int = 0
    """How often it was let in again after a removal."""
    until: int = 0
    """Not 0: it was removed, and this must be known until then, in ms."""


class Order(StrEnum):
    GO = "go"
    RELOAD = "reload"


class Display(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a wall is shown on a screen."""

    inches: float = 55
    """Of the screen's diagonal."""
    metres: float = 5
    """To those who read it."""
    language: str = ""
    """Empty: the browser's."""
    scheme: Literal["dark", "light"] = "dark"
    dim: str = ""
    """Hours of the board's day in which it is dimmed, as in `20-7`; empty: none."""
    sound: Literal["off", "alarms"] = "off"


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """A board that a screen shows, and for how long at a time."""

    board: str
    seconds: int = 30


class Screen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    board: str
    """The first of its boards."""
    turns: tuple[Turn, ...] = ()
    """Several boards in turns; empty: `board` alone."""
    display: Display = msgspec.field(default=Display(), name="appearance")
    hash: str
    """Of the secret in the screen's token."""
    paired_at: int
    is_link: bool = msgspec.field(default=False, name="link")
    """Opened by a screen link, and not paired by a code: `hash` is that of the link's token."""
    orders: int = 0
    """How many it was given: a socket that knows fewer has to tell it the last one."""
    order: Order = Order.GO
    until: int = 0
    """Not 0: it was revoked, and this must be known until its token has expired, in ms."""


class PrivacyRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of what admins chose."""

    sums: bool = False
    """Nothing but sums of at least five people, for everyone."""
    names: dict[str, str] = {}
    """By role, where a board says nothing else."""
    author: str
    at: int
    """When it was written, in ms."""
    until: int = 0

"""Alerts: episodes of limits and troubles, channels that are told of them, and silences."""

from typing import Literal

import msgspec

Level = Literal["watch", "alarm"]
Step = Literal["watch", "alarm", "reminder", "acknowledged", "ended"]
"""The part of an episode that a channel is told."""
Outcome = Literal["waiting", "held", "delivered", "given_up", "dropped"]
"""Of a message. `held`: by quiet hours, a silence, or because the figure crosses its limit again and again; `dropped`:
it was held until it was of no use."""
End = Literal["", "over", "hours", "removed"]
"""Why an episode ended: all is well, the board's hours ended, or the limit, board or screen was removed."""


class Acknowledgement(msgspec.Struct, frozen=True, omit_defaults=True):
    at: int
    by: str = ""
    note: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of an episode to one channel."""

    channel: str
    step: Step
    n: int
    """Of the step, in its episode: with the channel, the key of the message."""
    due: int
    """When it was to be sent first, in ms."""
    outcome: Outcome = "waiting"
    at: int = 0
    """When its outcome came, or while it waits when it last failed."""
    reason: str = ""
    """Why it is held, or why the last try failed."""
    value: float | None = None
    since: int = 0
    """When it had crossed the threshold of this step; 0: as the episode has it."""
    limit: float | None = None
    """That threshold."""


class Episode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One passage of a limit, or of a trouble of the deployment, from watch or alarm back to ok. It names no one but
    who acknowledged it."""

    version: int
    """When it was written, in ms: the highest is the newest."""
    until: int = 0
    """When it is forgotten; 0: it is open."""
    board: str = ""
    """Empty: a trouble of the deployment."""
    figure: str
    """Of a trouble its kind, as in `none_taken`; `screen_away:<id>` names the screen."""
    level: Level
    """Where it is now; when it ended, the worst that it reached."""
    worst_level: Level
    began: int
    """When the figure crossed the first threshold, in ms."""
    since: int
    """When it crossed that of its level."""
    limit: float | None = None
    """The threshold of its level."""
    value: float | None = None
    worst: float | None = None
    """The value furthest on the bad side; ages in seconds."""
    is_below: bool = False
    """The limit is passed from above."""
    cause: str = ""
    """Of a trouble, as its message says it."""
    ended: int = 0
    """0: it is open."""
    end: End = ""
    acknowledged: Acknowledgement | None = None
    is_seen_told: bool = False
    """Channels were told of the acknowledgement, or are about to be."""
    steps: int = 0
    reminders: int = 0
    """How many were due."""
    told: tuple[Told, ...] = ()

    @property
    def subject(self) -> tuple[str, str]:
        """The board and the figure: at most one episode of them is open."""
        return self.board, self.figure


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Holds back messages for a while; episodes go on."""

    version: int
    until: int
    """When it is forgotten."""
    at: int
    ends: int
    board: str = ""
    """Empty: all boards."""
    figure: str = ""
    """Empty: all figures."""
    by: str = ""

    def covers(self, board: str, figure: str) -> bool:
        return self.board in ("", board) and self.figure in ("", figure)


class StoredChannel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A channel that people made."""

    version: int
    until: int = 0
    """Not 0: it was removed, and this is known until then."""
    name: str
    encrypted: str = msgspec.field(name="sealed")
    """Its address and secret."""
    kind: str
    """As in `slack`; `webhook`: our own."""
    host: str = ""
    """Of a webhook: the only part of its address that is shown."""
    is_signed: bool = False
    is_pending: bool = True
    """No test message went through yet."""
    boards: tuple[str, ...] = ()
    """Empty: all."""
    levels: tuple[Level, ...] = ("alarm",)
    quiet_hours: tuple[str, ...] = ()
    language: str = "en"
    weekly: bool = False
    by: str = ""
    at: int = 0

    def __repr__(self) -> str:
        return f"StoredChannel(name={self.name!r})"

"""What is wrong with records that people wrote into a file for `deskboard import`: pages could not show them, or they
would let in the wrong people."""

import re
import tomllib
from collections import Counter

from app.access.accounts import mistakes_in
from app.access.display import parse_display
from app.access.pairing import parse_name
from app.access.privacy import RECORD_NAME as PRIVACY_NAME
from app.access.privacy import wrong_levels
from app.access.screens import id_of, turns_of
from app.alerts.channels import mistakes_in_stored
from app.alerts.channels import record_name as channel_name
from app.bounds import (
    ACCOUNTS,
    ALERT_CHANNELS,
    BOARDS,
    MARK_CHARACTERS,
    MARKS,
    PEOPLE,
    SCREEN_BOARDS,
    SCREENS,
    TURN_SECONDS,
)
from app.clock import DAY
from app.definitions.parse import parse_board
from app.definitions.toml import write_toml
from app.errors import DeskboardError, InputError, Mistake, ScreenError
from app.personal_data.subject import KEY
from app.records import (
    ACCOUNT_KIND,
    CHANNEL_KIND,
    MARK_KIND,
    PRIVACY_KIND,
    ROSTER_NAME,
    Account,
    BoardRecord,
    Mark,
    PrivacyRecord,
    Record,
    Roster,
    Screen,
    StoredChannel,
    kind_of,
    thing_of,
)
from app.roster.parse import parse_person
from app.words.words import words_in

MOST = {
    "board": BOARDS,
    "screen": SCREENS,
    ACCOUNT_KIND: ACCOUNTS,
    MARK_KIND: MARKS,
    CHANNEL_KIND: ALERT_CHANNELS,
    PRIVACY_KIND: 1,
}
"""The kinds of records in a file, and of how many there is room; what was removed takes none."""
_TYPES = (Roster, BoardRecord, Screen, Account, Mark, PrivacyRecord, StoredChannel)
_IDS = {"screen": r"[0-9a-f]{16}", ACCOUNT_KIND: r"[0-9a-f]{16}", MARK_KIND: r"[0-9a-f]{12}"}
_HASH = re.compile(r"[0-9a-f]{64}")
_TIMES = ("at", "made_at", "paired_at", "reset_at", "version", "moment")
_COUNTS = ("changes", "readmissions", "orders")
_AHEAD = 2 * DAY
"""A mark may be of tomorrow, and another machine's clock may be ahead."""
_LONGEST = 4_000 * DAY
"""What is kept for a time is kept no longer: marks as long as the sums of days."""


class SetUpError(DeskboardError):
    """A file is wrong. The message names the line, what was found and what is allowed."""


def check_name(name: str) -> None:
    """Raises SetUpError."""
    if name != ROSTER_NAME and kind_of(name) not in MOST:
        allowed = ", ".join((ROSTER_NAME, *(f"{kind}:..." for kind in MOST)))
        raise SetUpError(f"name is {name[:50]!r}; allowed: {allowed}")
    pattern = _IDS.get(kind_of(name))
    if pattern and not re.fullmatch(pattern, thing_of(name)):
        raise SetUpError(f"name is {name[:50]!r}; allowed behind the colon: {pattern}")


def check_record(name: str, record: Record, now: int) -> None:
    """Raises SetUpError."""
    if not isinstance(record, _TYPES):
        raise SetUpError(f"{name[:50]!r} holds something else")
    _check_numbers(record, now)
    try:
        sentences = _faults(name, record)
    except ScreenError as error:
        sentences = [words_in("en").say(error.key, **error.values)]
    if sentences:
        raise SetUpError("; ".join(sentences))


class Room:
    """What the lines above have taken of what may be there once, or in a bounded number."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._mails: set[str] = set()

    def take(self, name: str, record: Record) -> None:
        """Raises SetUpError."""
        if mail := mail_of(record):
            if mail in self._mails:
                raise SetUpError(f"mail is {mail!r}, which a line above has too; allowed: each once")
            self._mails.add(mail)
        kind = kind_of(name)
        if kind in MOST and not _is_removed(record):
            self._counts[kind] += 1
            if self._counts[kind] > MOST[kind]:
                raise SetUpError(f"there are more than {MOST[kind]} of {kind}:...; allowed: {MOST[kind]}")


def mail_of(record: Record) -> str:
    """Return the address by which a person with a password of their own logs in; empty for any other record."""
    if isinstance(record, Account) and not record.issuer and not record.until:
        return record.mail.casefold()
    return ""


def _is_removed(record: Record) -> bool:
    # Every mark has an end: that of its day.
    return record.is_removed if isinstance(record, Mark) else getattr(record, "until", 0) > 0


def _check_numbers(record: Record, now: int) -> None:
    """Raises SetUpError for times and counts that nothing of ours wrote."""
    bounds = dict.fromkeys(_TIMES, now + _AHEAD) | dict.fromkeys(_COUNTS, 10**9) | {"until": now + _LONGEST}
    for field, most in bounds.items():
        found = getattr(record, field, 0)
        if not 0 <= found <= most:
            raise SetUpError(f"{field} is {str(found)[:30]}; allowed: 0 to {most}")


def _faults(name: str, record: Record) -> list[str]:
    """Return a sentence for each fault. Raises ScreenError."""
    match record:
        case Roster():
            return _roster_faults(record)
        case BoardRecord():
            return _board_faults(name, record)
        case Screen():
            return _screen_faults(name, record)
        case Account():
            return _sentences("people.fault-", mistakes_in(record))
        case Mark() if len(record.text) > MARK_CHARACTERS:
            return [f"text has {len(record.text)} characters; allowed: {MARK_CHARACTERS}"]
        case PrivacyRecord() if name != PRIVACY_NAME:
            return [f"name is {name[:50]!r}; allowed: {PRIVACY_NAME}"]
        case PrivacyRecord():
            return _sentences("definition.", wrong_levels(record.names))
        case StoredChannel() if name != channel_name(record.name):
            return [f"name is {name[:50]!r}; allowed for the channel {record.name[:50]!r}: {channel_name(record.name)}"]
        case StoredChannel():
            return _sentences("entry.", mistakes_in_stored(record))
    return []


def _roster_faults(roster: Roster) -> list[str]:
    if len(roster.people) > PEOPLE:
        return [f"people are {len(roster.people)}; allowed: {PEOPLE}"]
    for key, person in roster.people.items():
        if KEY.fullmatch(key) is None:
            return [f"people.{key[:50]} is no operator; allowed: a number, as in 12, 335-12 or ha-335-12"]
        try:
            # Of someone who was erased nothing but the team is left.
            parse_person(key, {"name": person.name or "-", "team": person.team, "kind": person.kind})
        except InputError as error:
            return [f"people.{key}: {sentence}" for sentence in _sentences("fault.", error.mistakes)]
    return []


def _board_faults(name: str, record: BoardRecord) -> list[str]:
    try:
        (table,) = tomllib.loads(write_toml({thing_of(name): record.config}))["boards"]
        parse_board(table)
    except InputError as error:
        return _sentences("definition.", error.mistakes)
    return []


def _screen_faults(name: str, screen: Screen) -> list[str]:
    """Raises ScreenError."""
    parse_name(screen.name)
    display = screen.display
    parse_display(
        {
            "inches": str(display.inches),
            "metres": str(display.metres),
            "language": display.language,
            "dim": display.dim,
        }
    )
    if not _HASH.fullmatch(screen.hash) or id_of(screen.hash) != thing_of(name):
        return [f"hash is {screen.hash[:80]!r}; allowed: 64 of 0-9 and a-f, of which the first 16 are the screen's id"]
    turns, (least, most) = turns_of(screen), TURN_SECONDS
    if len(turns) > SCREEN_BOARDS or not all(least <= turn.seconds <= most for turn in turns):
        return [f"turns are {len(turns)}; allowed: {SCREEN_BOARDS}, each of {least} to {most} seconds"]
    return []


def _sentences(prefix: str, mistakes: list[Mistake]) -> list[str]:
    """`prefix`: of the messages in the catalogue of words."""
    return [
        f"{one.field}: {words_in('en').say(prefix + one.rule, column=one.field, found=one.found, allowed=one.allowed)}"
        for one in mistakes
    ]

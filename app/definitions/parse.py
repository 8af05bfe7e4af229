"""Checks the definition of a board, as TOML or a form gives it, and says of every field what is wrong."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from app.board.names import NAMES_LEVELS
from app.bounds import (
    BOARD_LIMITS,
    BOARD_LIST_ENTRIES,
    BOARD_TITLE_CHARACTERS,
    LARGEST_ID,
    NAME_CHARACTERS,
    PERSON_CHARACTERS,
)
from app.definitions.hours import parse_hours
from app.errors import DeskboardError, InputError, Mistake
from app.figures import CHOOSABLE, SAMPLED, is_choosable, sense_of
from app.name_text import clean_name, refused_in, visible
from app.records import BoardConfig, Limit
from app.settings import parse_time_zone

ALL, ALL_TITLE = "all", "All projects"
"""The board that always exists, and what it is called until it is changed. What belongs to it is everything."""
CHANNELS_TILE = "channels"
ROLES = ("lead", "viewer")
LONGEST_SECONDS = 86_400
FOUND_CHARACTERS = 100

_ID = re.compile(r"[a-z0-9-]{1,40}")
_FILTER = ("projects", "channels", "teams")
_FIELDS = ("id", "title", *_FILTER, "time_zone", "tiles", "limits", "hours", "closed", "names")
_LIMIT_FIELDS = ("watch", "alarm", "sense", "for", "clear_for", "margin", "min_n")

Entry = TypeVar("Entry")


def parse_board(values: Mapping[str, Any]) -> tuple[str, BoardConfig]:
    """Return the id and the rest of a board. Raises InputError."""
    parser = _Parser(values)
    parsed = parser.parse()
    if parser.mistakes:
        raise InputError(parser.mistakes)
    return parsed


class _WrongError(DeskboardError):
    """Raised for a single value; the parser collects them into one InputError."""

    def __init__(self, rule: str, found: object = "", allowed: str = "") -> None:
        self.rule = rule
        self.found = visible(str(found))[:FOUND_CHARACTERS]
        self.allowed = allowed


class _Parser:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.mistakes: list[Mistake] = []

    def parse(self) -> tuple[str, BoardConfig]:
        for name in self._values.keys() - set(_FIELDS):
            self._add(name, _WrongError("unknown", name, ", ".join(_FIELDS)))
        id_ = self._one("id", _board_id, "")
        if id_ == ALL:
            for name in _FILTER:
                if self._values.get(name):
                    self._add(name, _WrongError("all-filter", self._values[name]))
        return id_, BoardConfig(
            title=self._one("title", _title, ""),
            projects=self._list("projects", _project),
            channels=self._list("channels", _channel),
            teams=self._list("teams", _team),
            time_zone=self._one("time_zone", _zone, "") if self._values.get("time_zone", "") != "" else "",
            tiles=self._list("tiles", _tile),
            limits=self._limits(),
            hours=self._list("hours", _hours),
            closed=self._list("closed", _date),
            names=self._names(),
        )

    def _one(self, field: str, parse: Callable[[object], Entry], default: Entry) -> Entry:
        try:
            if self._values.get(field, "") == "":
                raise _WrongError("missing")
            return parse(self._values[field])
        except _WrongError as error:
            self._add(field, error)
            return default

    def _list(self, field: str, parse: Callable[[object], Entry]) -> tuple[Entry, ...]:
        """Return the entries in their order, each once."""
        values = self._values.get(field, [])
        if not isinstance(values, list):
            self._add(field, _WrongError("list", values))
            return ()
        if len(values) > BOARD_LIST_ENTRIES:
            self._add(field, _WrongError("many", len(values), str(BOARD_LIST_ENTRIES)))
            return ()
        entries: dict[Entry, None] = {}
        for value in values:
            try:
                entries[parse(value)] = None
            except _WrongError as error:
                self._add(field, error)
        return tuple(entries)

    def _table(self, field: str, values: object) -> Mapping[str, Any]:
        if isinstance(values, Mapping):
            return values
        self._add(field, _WrongError("table", values))
        return {}

    def _limits(self) -> dict[str, Limit]:
        table, limits = self._table("limits", self._values.get("limits", {})), {}
        if len(table) > BOARD_LIMITS:
            self._add("limits", _WrongError("many", len(table), str(BOARD_LIMITS)))
            return {}
        for figure, values in table.items():
            if is_choosable(figure):
                limits[figure] = self._limit(figure, f"limits.{figure}", values)
            else:
                self._add("limits", _WrongError("figure", figure, ", ".join(CHOOSABLE)))
        return limits

    def _limit(self, figure: str, field: str, values: object) -> Limit:
        table = self._table(field, values)
        for name in table.keys() - set(_LIMIT_FIELDS):
            self._add(field, _WrongError("unknown", name, ", ".join(_LIMIT_FIELDS)))

        def read(name: str, parse: Callable[[object], Entry]) -> Entry | None:
            try:
                return parse(table[name]) if name in table else None
            except _WrongError as error:
                self._add(f"{field}.{name}", error)
                return None

        if isinstance(values, Mapping) and not table.keys() & {"watch", "alarm"}:
            self._add(field, _WrongError("limit-empty"))
        limit = Limit(
            watch=read("watch", _number),
            alarm=read("alarm", _number),
            sense=read("sense", _sense),
            lasts=read("for", _seconds),
            clear_for=read("clear_for", _seconds),
            margin=read("margin", _margin),
            min_n=read("min_n", _whole),
        )
        self._check_limit(figure, field, limit, table)
        return limit

    def _check_limit(self, figure: str, field: str, limit: Limit, table: Mapping[str, Any]) -> None:
        sense = limit.sense or sense_of(figure)
        if not sense and "sense" not in table:
            self._add(f"{field}.sense", _WrongError("sense", figure))
        if limit.watch is not None and limit.alarm is not None:
            is_beyond = limit.watch > limit.alarm if sense == "above" else limit.watch < limit.alarm
            if sense and is_beyond:
                self._add(f"{field}.watch", _WrongError("beyond", table["watch"], str(table["alarm"])))
        if limit.min_n is not None and figure not in SAMPLED:
            self._add(f"{field}.min_n", _WrongError("unsampled", figure, ", ".join(SAMPLED)))

    def _names(self) -> dict[str, str]:
        names = {}
        for role, level in self._table("names", self._values.get("names", {})).items():
            if role not in ROLES:
                self._add("names", _WrongError("choice", role, ", ".join(ROLES)))
            elif level not in NAMES_LEVELS:
                self._add(f"names.{role}", _WrongError("choice", level, ", ".join(NAMES_LEVELS)))
            else:
                names[role] = level
        return names

    def _add(self, field: str, error: _WrongError) -> None:
        self.mistakes.append(Mistake(field=field, rule=error.rule, found=error.found, allowed=error.allowed))


def _board_id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _WrongError("id", value)
    return value


def _text(value: object, longest: int, rule: str) -> str:
    text = clean_name(value) if isinstance(value, str) else ""
    if not isinstance(value, str) or len(text) > longest or refused_in(text):
        raise _WrongError(rule, value, str(longest))
    return text


def _title(value: object) -> str:
    title = _text(value, BOARD_TITLE_CHARACTERS, "text")
    if not title:
        raise _WrongError("missing")
    return title


def _team(value: object) -> str:
    return _text(value, PERSON_CHARACTERS, "team")


def _project(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_ID)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_ID:
        raise _WrongError("project", value)
    return value


def _channel(value: object) -> str:
    """Return a channel as the receiver spells it."""
    channel = value.strip().replace("\\", "").upper() if isinstance(value, str) else ""
    if not channel or len(channel) > NAME_CHARACTERS or not channel.isprintable():
        raise _WrongError("channel", value, str(NAME_CHARACTERS))
    return channel


def _zone(value: object) -> str:
    try:
        return parse_time_zone(str(value))
    except ValueError:
        raise _WrongError("time-zone", value) from None


def _tile(value: object) -> str:
    if not isinstance(value, str) or not (value == CHANNELS_TILE or is_choosable(value)):
        raise _WrongError("figure", value, ", ".join((*CHOOSABLE, CHANNELS_TILE)))
    return value


def _hours(value: object) -> str:
    try:
        parse_hours(str(value))
    except ValueError:
        raise _WrongError("hours", value) from None
    return " ".join(str(value).split())


def _date(value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise _WrongError("date", value) from None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_ID:
        raise _WrongError("number", value)
    return value


def _margin(value: object) -> float:
    margin = _number(value)
    if margin < 0:
        raise _WrongError("number", value)
    return margin


def _whole(value: object, largest: int = LARGEST_ID) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise _WrongError("whole", value, str(largest))
    return value


def _seconds(value: object) -> int:
    return _whole(value, LONGEST_SECONDS)


def _sense(value: object) -> Any:
    if value not in ("above", "below"):
        raise _WrongError("choice", value, "above, below")
    return value

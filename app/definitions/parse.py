"""Checks the definition of a board, as TOML or a form gives it, and says of every field what is wrong."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from app.board.names import NAMES_LEVELS
from app.bounds import (
    BOARD_LIMITS,
    BOARD_LIST_ENTRIES,
    BOARD_TITLE_CHARACTERS,
    LARGEST_ID,
    NAME_CHARACTERS,
    PERSON_CHARACTERS,
)
from app.definitions.fields import Entry, Fields, WrongValue, one_of
from app.definitions.hours import hours_entry
from app.errors import InputError
from app.figures import CHOOSABLE, OF_A_CHANNEL, SAMPLED, sense_of
from app.name_text import clean_name, refused_in
from app.records import BoardConfig, Limit
from app.settings import parse_time_zone

ALL, ALL_TITLE = "all", "All projects"
"""The board that always exists, and what it is called until it is changed. What belongs to it is everything."""
CHANNELS_TILE = "channels"
ROLES = ("lead", "viewer")
SENSES: tuple[Literal["above", "below"], ...] = ("above", "below")
LONGEST_SECONDS = 86_400

_ID = re.compile(r"[a-z0-9-]{1,40}")
_AMBIGUOUS = re.compile(r"[-−]?\d{1,3}(?:,\d{3})+")
_FILTER = ("projects", "channels", "teams")
_FIELDS = ("id", "title", *_FILTER, "time_zone", "tiles", "limits", "hours", "closed", "names")
_LIMIT_FIELDS = ("watch", "alarm", "sense", "for", "clear_for", "margin", "min_n")


def parse_board(values: Mapping[str, Any]) -> tuple[str, BoardConfig]:
    """Return the id and the rest of a board. Raises InputError."""
    parser = _Parser(values)
    parsed = parser.parse()
    if parser.mistakes:
        raise InputError(parser.mistakes)
    return parsed


class _Parser(Fields):
    def parse(self) -> tuple[str, BoardConfig]:
        self.refuse_others(self.values, _FIELDS)
        id_ = self.one("id", _board_id, "")
        if id_ == ALL:
            for name in _FILTER:
                if self.values.get(name):
                    self.add(name, WrongValue("all-filter", self.values[name]))
        return id_, BoardConfig(
            title=self.one("title", _title, ""),
            projects=self.list("projects", _project, BOARD_LIST_ENTRIES),
            channels=self.list("channels", _channel, BOARD_LIST_ENTRIES),
            teams=self.list("teams", _team, BOARD_LIST_ENTRIES),
            time_zone=self.one("time_zone", _zone, "", is_needed=False),
            tiles=self.list("tiles", _tile, BOARD_LIST_ENTRIES),
            limits=self._limits(),
            hours=self.list("hours", hours_entry, BOARD_LIST_ENTRIES),
            closed=self.list("closed", _date, BOARD_LIST_ENTRIES),
            names=self._names(),
        )

    def _table(self, field: str, values: object) -> Mapping[str, Any]:
        if isinstance(values, Mapping):
            return values
        self.add(field, WrongValue("table", values))
        return {}

    def _limits(self) -> dict[str, Limit]:
        table, limits = self._table("limits", self.values.get("limits", {})), {}
        if len(table) > BOARD_LIMITS:
            self.add("limits", WrongValue("many", len(table), str(BOARD_LIMITS)))
            return {}
        for name, values in table.items():
            try:
                figure = _figure(name)
            except WrongValue as error:
                self.add("limits", error)
                continue
            if figure in limits:
                self.add("limits", WrongValue("twice", figure))
            limits[figure] = self._limit(figure, f"limits.{name}", values)
        return limits

    def _limit(self, figure: str, field: str, values: object) -> Limit:
        table = self._table(field, values)
        self.refuse_others(table, _LIMIT_FIELDS, field)

        def read(name: str, parse: Callable[[object], Entry]) -> Entry | None:
            try:
                return parse(table[name]) if name in table else None
            except WrongValue as error:
                self.add(f"{field}.{name}", error)
                return None

        if isinstance(values, Mapping) and not table.keys() & {"watch", "alarm"}:
            self.add(field, WrongValue("limit-empty"))
        limit = Limit(
            watch=read("watch", _number),
            alarm=read("alarm", _number),
            sense=read("sense", one_of(SENSES)),
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
            self.add(f"{field}.sense", WrongValue("sense", figure))
        if limit.watch is not None and limit.alarm is not None:
            is_beyond = limit.watch > limit.alarm if sense == "above" else limit.watch < limit.alarm
            if sense and is_beyond:
                self.add(f"{field}.watch", WrongValue("beyond", table["watch"], str(table["alarm"])))
        if limit.min_n is not None and figure not in SAMPLED:
            self.add(f"{field}.min_n", WrongValue("unsampled", figure, ", ".join(SAMPLED)))

    def _names(self) -> dict[str, str]:
        names = {}
        for role, level in self._table("names", self.values.get("names", {})).items():
            if role not in ROLES:
                self.add("names", WrongValue("choice", role, ", ".join(ROLES)))
            elif level not in NAMES_LEVELS:
                self.add(f"names.{role}", WrongValue("choice", level, ", ".join(NAMES_LEVELS)))
            else:
                names[role] = level
        return names


def is_ambiguous(text: str) -> bool:
    """Whether it is a number to some and another to others, as `1,800`, which is 1800 or 1.8."""
    return _AMBIGUOUS.fullmatch(text) is not None


def _not_read(value: object, rule: str, allowed: str = "") -> WrongValue:
    return WrongValue("comma" if isinstance(value, str) and is_ambiguous(value) else rule, value, allowed)


def _board_id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise WrongValue("id", value)
    return value


def _text(value: object, longest: int, rule: str) -> str:
    text = clean_name(value) if isinstance(value, str) else ""
    if not isinstance(value, str) or len(text) > longest or refused_in(text):
        raise WrongValue(rule, value, str(longest))
    return text


def _title(value: object) -> str:
    title = _text(value, BOARD_TITLE_CHARACTERS, "text")
    if not title:
        raise WrongValue("missing")
    return title


def _team(value: object) -> str:
    return _text(value, PERSON_CHARACTERS, "team")


def _project(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_ID)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_ID:
        raise WrongValue("project", value)
    return value


def _channel(value: object) -> str:
    """Return a channel as the receiver spells it."""
    channel = value.replace("\\", "").strip().upper() if isinstance(value, str) else ""
    if not channel or len(channel) > NAME_CHARACTERS or refused_in(channel):
        raise WrongValue("channel", value, str(NAME_CHARACTERS))
    return channel


def _zone(value: object) -> str:
    try:
        return parse_time_zone(str(value))
    except ValueError:
        raise WrongValue("time-zone", value) from None


def _tile(value: object) -> str:
    return CHANNELS_TILE if value == CHANNELS_TILE else _figure(value, (*CHOOSABLE, CHANNELS_TILE))


def _figure(value: object, allowed: Sequence[str] = CHOOSABLE) -> str:
    """Return a figure that can be chosen, its channel as the receiver spells it."""
    if isinstance(value, str) and value in CHOOSABLE:
        return value
    kind, _, channel = str(value).partition(":")
    if kind not in OF_A_CHANNEL or not channel.strip():
        raise WrongValue("figure", value, ", ".join(allowed))
    return f"{kind}:{_channel(channel)}"


def _date(value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise WrongValue("date", value) from None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_ID:
        raise _not_read(value, "number")
    return value


def _margin(value: object) -> float:
    margin = _number(value)
    if margin < 0:
        raise WrongValue("margin", value)
    return margin


def _whole(value: object, largest: int = LARGEST_ID) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise _not_read(value, "whole", str(largest))
    return value


def _seconds(value: object) -> int:
    return _whole(value, LONGEST_SECONDS)

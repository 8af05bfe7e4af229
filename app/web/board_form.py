"""The form of a board's definition: what its fields show, and what they say as TOML would."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from app.board.names import NAMES_LEVELS
from app.definitions.parse import CHANNELS_TILE, ROLES, is_ambiguous
from app.errors import InputError, Mistake
from app.figures import CHOOSABLE, OF_A_CHANNEL, figure_of, is_choosable
from app.records import DOCUMENTED_CHANNELS, BoardConfig
from app.view.format import Format
from app.view.limits import AGES
from app.view.wall import label_of

MEMBERS = ("watch", "alarm", "sense", "for", "clear_for", "margin", "min_n")
ID_CHARACTERS = 40
SPARE_LIMITS, TILES = 3, 8
"""Empty rows for more limits, and rows for tiles."""

Fields = Sequence[tuple[str, str]]
"""The fields of a form in their order; several may have the same name."""


class LimitRow(msgspec.Struct, frozen=True):
    figure: str = ""
    members: dict[str, str] = {}


class BoardForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the fields show."""

    id: str = ""
    title: str = ""
    projects: str = ""
    channels: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    time_zone: str = ""
    tiles: tuple[str, ...] = ()
    limits: tuple[LimitRow, ...] = ()
    hours: str = ""
    closed: str = ""
    names: Mapping[str, str] = {}
    """By role; empty: what the deployment has."""
    version: str = ""


class Choice(NamedTuple):
    key: str
    name: str


def form_of(config: BoardConfig, version: str = "") -> BoardForm:
    limits: dict[str, dict[str, object]] = msgspec.to_builtins(config.limits)
    return BoardForm(
        title=config.title,
        projects=", ".join(map(str, config.projects)),
        channels=config.channels,
        teams=config.teams,
        time_zone=config.time_zone,
        tiles=config.tiles,
        limits=tuple(
            LimitRow(figure, {name: _written(value) for name, value in limit.items()})
            for figure, limit in limits.items()
        ),
        hours="\n".join(config.hours),
        closed="\n".join(config.closed),
        names=config.names,
        version=version,
    )


def form_in(fields: Fields) -> BoardForm:
    form = dict(fields)
    return BoardForm(
        id=form.get("id", "").strip(),
        title=form.get("title", ""),
        projects=form.get("projects", ""),
        channels=tuple(_all(fields, "channels", ",")),
        teams=(*_all(fields, "teams", "\n"), *([""] if form.get("no_team") else [])),
        time_zone=form.get("time_zone", "").strip(),
        tiles=tuple(_all(fields, "tiles", ",")),
        limits=tuple(_limit_rows(fields)),
        hours=form.get("hours", ""),
        closed=form.get("closed", ""),
        names={role: form[f"names_{role}"] for role in ROLES if form.get(f"names_{role}")},
        version=form.get("version", ""),
    )


def values_of(form: BoardForm) -> dict[str, Any]:
    """Return what a form says as TOML would. Raises InputError."""
    limits: dict[str, dict[str, object]] = {}
    for row in form.limits:
        if row.figure in limits:
            raise InputError([Mistake(field="limits", rule="twice", found=row.figure)])
        limits[row.figure] = {name: _read(name, text) for name, text in row.members.items()}
    return {
        "id": form.id,
        "title": form.title,
        "projects": _split(form.projects, ","),
        "channels": list(form.channels),
        "teams": list(form.teams),
        "time_zone": form.time_zone,
        "tiles": list(form.tiles),
        "limits": limits,
        "hours": _split(form.hours, "\n"),
        "closed": _split(form.closed, "\n"),
        "names": dict(form.names),
    }


def id_from(title: str) -> str:
    """Return the id of a board whose title says nothing else: `Lille, chat` becomes `lille-chat`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:ID_CHARACTERS].rstrip("-")


def figure_choices(board: BoardForm, form: Format) -> list[Choice]:
    """Return the figures that a limit can watch, by name: those of the whole board, then those of each channel."""
    channels = dict.fromkeys((*DOCUMENTED_CHANNELS, *board.channels))
    keys = [*CHOOSABLE, *(f"{kind}:{channel}" for kind in OF_A_CHANNEL for channel in channels)]
    chosen = [*board.tiles, *(row.figure for row in board.limits)]
    keys += [key for key in chosen if key not in (*keys, CHANNELS_TILE)]
    return [Choice(key, _name_of(key, form)) for key in keys]


def tile_choices(board: BoardForm, form: Format) -> list[Choice]:
    return [*figure_choices(board, form), Choice(CHANNELS_TILE, form.say("tile.channels"))]


def channel_choices(board: BoardForm, form: Format) -> list[Choice]:
    """Return the documented channels, by name, and any other that was chosen."""
    keys = dict.fromkeys((*DOCUMENTED_CHANNELS, *board.channels))
    return [Choice(key, form.channel(key)) for key in keys]


def names_choices(form: Format) -> list[Choice]:
    return [Choice(level, form.say(f"names.{level}")) for level in NAMES_LEVELS]


def _name_of(key: str, form: Format) -> str:
    """Return what a figure is called, with the unit of its limits; one that does not exist is its key."""
    if not is_choosable(key):
        return key
    figure, label = figure_of(key), label_of(key, form)
    unit = "s" if figure.form in AGES else figure.unit
    return f"{label} ({unit})" if unit else label


def _limit_rows(fields: Fields) -> list[LimitRow]:
    columns = {name: [value.strip() for key, value in fields if key == f"limit_{name}"] for name in MEMBERS}
    figures = [value for key, value in fields if key == "limit_figure"]
    rows = []
    for figure, *members in zip_longest(figures, *(columns[name][: len(figures)] for name in MEMBERS), fillvalue=""):
        given = {name: text for name, text in zip(MEMBERS, members, strict=True) if text}
        if figure:
            rows.append(LimitRow(figure, given))
    return rows


def _read(name: str, text: str) -> object:
    """Return the number that a field holds, or its text, which the check of definitions refuses with its name."""
    if name == "sense" or is_ambiguous(text):
        return text
    try:
        number = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _written(value: object) -> str:
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _all(fields: Fields, name: str, separator: str) -> list[str]:
    return [part for key, text in fields if key == name for part in _split(text, separator)]


def _split(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]

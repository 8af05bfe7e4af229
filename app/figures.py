"""The catalogue: every number of a board, once. Pages, the live hash and the docs take their numbers from here."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from app.json_object import Json

# fmt: off
Form = Literal[
    "number", "score", "whole", "signed", "signed_whole", "money", "rounded", "currency",
    "seconds", "age", "time", "text", "gaps",
]
# fmt: on
"""How a value reads: app/view/format.py has a method for each."""
View = Literal["wall", "floor"]
BOTH: tuple[View, ...] = ("wall", "floor")
FLOOR: tuple[View, ...] = ("floor",)
WALL: tuple[View, ...] = ("wall",)

_NOTHING: Json = {}


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    path: tuple[str, ...]
    """Where the document has its value. A value that cannot be computed is absent there."""
    form: Form
    unit: str = ""
    meaning: str = ""
    """The message `meaning.<meaning>` says what it counts."""
    sample: tuple[str, ...] = ()
    """Where the document has the number of answers behind it."""
    bad: Literal["above", "below", ""] = ""
    """On which side of a limit it is bad; empty: that depends."""
    views: tuple[View, ...] = ()
    live: str = ""
    """Its field in the live hash."""

    def value(self, document: Mapping[str, Any]) -> object:
        return value_at(document, self.path)


def value_at(document: Mapping[str, Any], path: tuple[str, ...]) -> object:
    """Return the value at a path, None where there is none."""
    if len(path) == 2:
        return document.get(path[0], _NOTHING).get(path[1])
    for name in path[:-1]:
        document = document.get(name, _NOTHING)
    return document.get(path[-1])


def _figure(
    key: str,
    path: str,
    form: Form = "number",
    *,
    sample: str = "",
    unit: str = "",
    meaning: str = "",
    bad: Literal["above", "below", ""] = "",
    views: tuple[View, ...] = (),
    live: str = "",
) -> Figure:
    return Figure(
        key=key,
        path=tuple(path.split(".")),
        form=form,
        sample=tuple(sample.split(".")) if sample else (),
        unit=unit,
        meaning=meaning,
        bad=bad,
        views=views,
        live=live,
    )


_CSAT_ANSWERS, _NPS_ANSWERS = "satisfaction.csat.responses", "satisfaction.nps.responses"

FIGURES = (
    _figure("connected", "operators.connected", meaning="connected", bad="below", views=BOTH, live="connected"),
    _figure(
        "unverified",
        "operators.unverified",
        meaning="unverified",
        bad="above",
        views=BOTH,
        live="connected:unverified",
    ),
    _figure("taking", "operators.taking", meaning="taking", bad="below", views=BOTH),
    _figure("not_taking", "operators.not_taking", meaning="not-taking", bad="above", views=WALL),
    _figure("not_here", "operators.not_here", meaning="not-here", views=FLOOR),
    _figure("gone", "operators.gone", meaning="gone", views=FLOOR),
    _figure("bots", "operators.bots", meaning="bots", views=FLOOR),
    _figure("open", "conversations.open", meaning="open", bad="above", views=BOTH, live="open"),
    _figure("open:unverified", "conversations.unverified", meaning="open-unverified", views=BOTH),
    _figure(
        "open_per_taking",
        "conversations.open_per_taking",
        "score",
        meaning="open-per-taking",
        bad="above",
        views=WALL,
    ),
    _figure(
        "oldest_onsite",
        "conversations.onsite.oldest_open_at",
        "age",
        meaning="oldest",
        bad="above",
        views=BOTH,
    ),
    _figure("started", "conversations.started", meaning="started", views=BOTH),
    _figure("closed", "conversations.closed", meaning="closed", views=BOTH),
    _figure("transferred", "conversations.transferred", meaning="transferred", bad="above", views=WALL),
    _figure(
        "median_onsite",
        "conversations.onsite.median_duration_seconds",
        "seconds",
        meaning="median",
        sample="conversations.onsite_durations",
        bad="above",
        views=WALL,
    ),
    _figure(
        "csat",
        "satisfaction.csat.score",
        "score",
        unit="%",
        meaning="csat",
        sample=_CSAT_ANSWERS,
        bad="below",
        views=BOTH,
        live="csat",
    ),
    _figure(
        "csat_average",
        "satisfaction.csat.average",
        "score",
        meaning="csat-average",
        sample=_CSAT_ANSWERS,
        bad="below",
        views=WALL,
    ),
    _figure("responses", _CSAT_ANSWERS, meaning="responses", views=BOTH, live="csat:responses"),
    _figure(
        "nps",
        "satisfaction.nps.score",
        "signed",
        meaning="nps",
        sample=_NPS_ANSWERS,
        bad="below",
        views=WALL,
        live="nps",
    ),
    _figure("nps:responses", _NPS_ANSWERS, views=WALL, live="nps:responses"),
    _figure("sales", "sales.amount", "money", meaning="sales", views=WALL),
    _figure("transactions", "sales.transactions", meaning="transactions", views=WALL),
    _figure("delivery:last", "delivery.last_event_at", "time", meaning="last", views=FLOOR),
    *(
        _figure(f"delivery:{name}", f"delivery.{name}", meaning=name, views=FLOOR)
        for name in ("accepted", "duplicates", "refused", "unsigned", "unrecognised", "deprecated", "spooled")
    ),
    _figure("delivery:gaps", "delivery.gaps", "gaps", meaning="gaps", views=FLOOR),
)

BY_KEY = {figure.key: figure for figure in FIGURES}


CHOOSABLE = (
    *("connected", "taking", "not_taking", "unverified", "open", "open_per_taking", "oldest_onsite"),
    *("started", "closed", "transferred", "median_onsite"),
    *("csat", "csat_average", "nps", "responses", "sales", "transactions"),
)
"""What a tile shows and a limit can watch; besides, for each channel, `open:<CHANNEL>` and `oldest:<CHANNEL>`."""
SAMPLED = ("csat", "csat_average", "nps", "median_onsite")
"""Rates and medians: of little worth while they stand on few."""
OF_A_CHANNEL = ("open", "oldest")


def figure_of(key: str) -> Figure:
    kind, _, channel = key.partition(":")
    if not channel:
        return BY_KEY[key]
    return open_of(channel) if kind == "open" else oldest_of(channel)


def is_choosable(key: str) -> bool:
    kind, _, channel = key.partition(":")
    return key in CHOOSABLE or (kind in OF_A_CHANNEL and channel != "")


def sense_of(key: str) -> Literal["above", "below", ""]:
    """Return on which side of a limit a choosable figure is bad by nature; empty: that depends."""
    return figure_of(key).bad


def open_of(channel: str) -> Figure:
    """Return the figure of a channel: there is one for each that is open, named as it comes."""
    return Figure(
        key=f"open:{channel}",
        path=("conversations", "open_by_channel", channel),
        form="number",
        meaning="channels",
        bad="above",
        views=WALL,
        live=f"open:{channel}",
    )


def oldest_of(channel: str) -> Figure:
    """Return the figure of a channel's oldest open conversation."""
    return Figure(
        key=f"oldest:{channel}",
        path=("conversations", "oldest_by_channel", channel),
        form="age",
        bad="above",
        views=WALL,
    )


def live_values(document: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Return the fields of the live hash; what cannot be computed has none."""
    channels = map(open_of, document["conversations"]["open_by_channel"])
    for figure in (*FIGURES, *channels):
        value = figure.value(document) if figure.live else None
        if value is not None:
            yield figure.live, value

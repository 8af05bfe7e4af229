"""The table of operators: what each row says, which are asked for, and in which order.

static/js/operator-rows.js has the same rules for a page that is open.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from app.board.figures import Json
from app.pages.floor_query import STANDINGS, FloorQuery
from app.pages.reading import DASH, Reading, is_few, look_up
from app.records import ONSITE

ACTS = {
    "user.connected": "connected",
    "visitor.updated": "visitor",
    "user.availability.updated": "available",
    "v2.conversation.closed": "closed",
}
"""The event types that are acts, by what is said of them."""

_MARKS = re.compile("[\u0300-\u036f]")


class OperatorRow(NamedTuple):
    key: str
    label: str
    operator: Json
    """As in the document."""
    standing: str
    """One of STANDINGS."""
    open: int
    oldest: str | None
    """When the oldest of their open onsite conversations began: off-site ones live for days, and are no alarm."""

    @property
    def available(self) -> list[str]:
        return [channel for channel, is_available in self.operator["available"].items() if is_available]

    @property
    def needs_attention(self) -> bool:
        """Whether visitors wait for somebody who may not be there."""
        return self.open > 0 and self.standing in ("unverified", "gone")


def operator_rows(document: Json, reading: Reading) -> list[OperatorRow]:
    oldest = oldest_onsite(document["conversations"]["by_id"])
    return [
        OperatorRow(
            key,
            name_of(key, operator, reading),
            operator,
            "bot" if operator["kind"] == "bot" else operator["presence"],
            sum(operator["open"].values()),
            oldest.get(key),
        )
        for key, operator in document["operators"]["by_id"].items()
    ]


def oldest_onsite(conversations: Json) -> dict[str, str]:
    """Return when the oldest certain onsite conversation of each operator was opened."""
    oldest: dict[str, str] = {}
    for conversation in conversations.values():
        if conversation["channel"] in ONSITE and not conversation.get("unverified"):
            operator, opened_at = conversation["operator"], conversation["opened_at"]
            oldest[operator] = min(opened_at, oldest.get(operator, opened_at))
    return oldest


def name_of(key: str, operator: Json | None, reading: Reading) -> str:
    """Return the name of an operator, or the number of one that the roster does not know."""
    name: str | None = operator.get("name") if operator else None
    return name or reading.words.say("floor.operator", number=key.rpartition("-")[2])


def shown_rows(rows: Iterable[OperatorRow], query: FloorQuery) -> list[OperatorRow]:
    """Return the rows that are asked for, in the order that is asked for."""
    by_name = sorted((row for row in rows if is_asked_for(row, query)), key=_name_order)
    if not query.sort:
        return sorted(by_name, key=_attention_order)
    value = VALUES[query.column]
    known = [row for row in by_name if value(row) is not None]
    unknown = [row for row in by_name if value(row) is None]
    known.sort(key=value, reverse=query.sort.startswith("-"))
    return known + unknown


def is_asked_for(row: OperatorRow, query: FloorQuery) -> bool:
    sought = folded(query.q)
    return (
        query.presence in ("", row.standing)
        and query.team in ("", row.operator.get("team", ""))
        and (not query.channel or query.channel in row.available or query.channel in row.operator["open"])
        and (sought in folded(row.label) or str(row.operator["id"]).startswith(sought))
    )


def folded(text: str) -> str:
    """Return a text as it is searched for and sorted: without accents and capitals."""
    return _MARKS.sub("", unicodedata.normalize("NFD", text)).lower()


def _attention_order(row: OperatorRow) -> tuple[bool, bool, str]:
    """Who may not be there and has conversations; then the longest open onsite; the rest by name, as they come."""
    return not row.needs_attention, row.oldest is None, row.oldest or ""


def _name_order(row: OperatorRow) -> tuple[bool, bytes, int, str]:
    name = row.operator.get("name")
    return name is None, _text_order(name or ""), row.operator["id"], row.key


def _text_order(text: str) -> bytes:
    return folded(text).encode("utf-16-be", "surrogatepass")  # as JavaScript compares


def _text_value(member: str) -> Callable[[OperatorRow], Any]:
    return lambda row: _text_order(row.operator[member]) if row.operator.get(member) else None


def _age_value(since: str | None) -> float | None:
    return None if since is None else -datetime.fromisoformat(since).timestamp()


VALUES: dict[str, Callable[[OperatorRow], Any]] = {
    "name": _text_value("name"),
    "team": _text_value("team"),
    "presence": lambda row: STANDINGS.index(row.standing),
    "state": lambda row: _age_value(row.operator.get("since")),
    "open": lambda row: row.open,
    "oldest": lambda row: _age_value(row.oldest),
    "available": lambda row: len(row.available) if row.operator["available"] else None,
    "started": lambda row: row.operator["received"],
    "closed": lambda row: row.operator["closed"],
    "csat": lambda row: look_up(row.operator, "csat.score"),
}
"""What each column is sorted by; a row without a value comes last, whichever way."""


def operator_texts(row: OperatorRow, reading: Reading) -> dict[str, str]:
    """Return what the cells of a row say, by their names."""
    operator, say = row.operator, reading.words.say
    responses = look_up(operator, "csat.responses")
    return {
        "name": row.label,
        "team": operator.get("team", DASH),
        "presence": say(f"standing.{row.standing}"),
        "since": _since(operator, reading),
        "act": _last_act(operator, reading),
        "state": reading.age(operator.get("since")),
        "open": reading.number(row.open),
        "channels": " · ".join(
            f"{channel_name(channel, reading)}\N{NO-BREAK SPACE}{reading.number(count)}"
            for channel, count in operator["open"].items()
        ),
        "open-of": say("floor.open-of", name=row.label),
        "oldest": reading.age(row.oldest),
        "available": _availability(row, reading),
        "started": reading.number(operator["received"]),
        "closed": reading.number(operator["closed"]),
        "csat": reading.score(look_up(operator, "csat.score")),
        "responses": "" if responses is None else say("floor.answers", n=responses),
    }


def has_few_answers(row: OperatorRow) -> bool:
    return is_few(look_up(row.operator, "csat.responses"))


def _since(operator: Json, reading: Reading) -> str:
    """Return when the presence began, as far as that is known."""
    if "since" in operator:
        time = reading.time_of_day(operator["since"])
        return reading.words.say(f"evidence.{operator['presence']}", time=time)
    return "" if operator["presence"] == "gone" else reading.words.say("evidence.unseen")


def _last_act(operator: Json, reading: Reading) -> str:
    """Return what they were last seen doing, and when."""
    act = operator.get("last_act")
    if act is None:
        return reading.words.say("evidence.none")
    return reading.words.say(f"act.{ACTS.get(act['event'], 'other')}", age=reading.age(act["at"]))


def channel_name(channel: str, reading: Reading) -> str:
    """Return what a channel is called: one that is not documented as it comes."""
    return reading.words.say(f"channel.{channel}") if reading.words.has(f"channel.{channel}") else channel


def _availability(row: OperatorRow, reading: Reading) -> str:
    if not row.operator["available"]:
        return DASH
    names = [channel_name(channel, reading) for channel in row.available]
    return ", ".join(names) if names else reading.words.say("floor.unavailable")

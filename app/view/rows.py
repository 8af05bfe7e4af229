"""What the rows of a floor say, and the values by which they are found and sorted."""

from typing import NamedTuple

from app.board.scores import Json
from app.clock import parse_instant
from app.figures import value_at
from app.records import ONSITE
from app.view.format import AGE, DASH, Format, Text, is_few
from app.view.letters import folded
from app.view.query import STANDINGS

ACTS = {
    "user.connected": "connected",
    "visitor.updated": "visitor",
    "user.availability.updated": "available",
    "v2.conversation.closed": "closed",
}
"""The event types that are acts, by what is said of them."""

SIDES = ("onsite", "offsite", "unverified")
"""Ages of the three are never mixed."""

Row = Json
"""`cells`: texts by name; beside them the values that a row is found and sorted by, and what it looks like."""


class Operator(NamedTuple):
    """What a row is made of."""

    document: Json
    oldest: str | None
    """When the oldest of their open onsite conversations began: off-site ones live for days, and are no alarm."""
    values: Json
    """What their row has beside its texts."""


def operator_of(key: str, document: Json, oldest: str | None) -> Operator:
    standing = "bot" if document["kind"] == "bot" else document["presence"]
    count = sum(document["open"].values())
    is_urgent = count > 0 and standing in ("unverified", "gone")
    available = _available(document)
    values: Json = {
        "standing": standing,
        "id": str(document["id"]),
        "order": _order(key, document),
        "sort": _sort_values(document, oldest, standing, count, available, is_urgent),
    }
    channels = sorted({*available, *document["open"]})
    if "team" in document:
        values["team"] = document["team"]
    if channels:
        values["channels"] = channels
    if is_urgent:
        values["urgent"] = True
    if is_few(value_at(document, ("csat", "responses"))):
        values["few"] = True
    return Operator(document, oldest, values)


def operator_row(key: str, operator: Operator, form: Format) -> Row:
    name = name_of(key, operator.document, form)
    return {
        **operator.values,
        "cells": _operator_cells(name, operator, form),
        "of": form.say("floor.of", name=name),
        "found": folded(name),
    }


def conversation_row(key: str, conversation: Json, owner: Json | None, form: Format) -> Row:
    return {
        "cells": {
            "channel": form.channel(conversation["channel"]),
            "operator": name_of(conversation["operator"], owner, form),
            "age": form.age_since(conversation["opened_at"]),
            "opened": form.time_of_day(conversation["opened_at"]),
            "transfers": form.number(conversation["transfers"]),
        },
        "side": _side(conversation),
        "operator": conversation["operator"],
        "order": f"{conversation['opened_at']} {key}",
    }


def name_of(key: str, operator: Json | None, form: Format) -> str:
    """Return the name of an operator, or the number of one that the roster does not know."""
    name: str | None = operator.get("name") if operator else None
    return name or form.say("floor.operator", number=key.rpartition("-")[2])


def is_onsite(conversation: Json) -> bool:
    """Whether it is a certain onsite one."""
    return conversation["channel"] in ONSITE and not conversation.get("unverified")


def _side(conversation: Json) -> str:
    if conversation.get("unverified"):
        return "unverified"
    return "onsite" if conversation["channel"] in ONSITE else "offsite"


def _operator_cells(name: str, operator: Operator, form: Format) -> dict[str, Text]:
    document, say = operator.document, form.say
    responses = value_at(document, ("csat", "responses"))
    return {
        "name": name,
        "team": document.get("team", DASH),
        "presence": say(f"standing.{operator.values['standing']}"),
        "since": _since(document, form),
        "act": _last_act(document, form),
        "state": form.age_since(document.get("since")),
        "open": form.number(operator.values["sort"]["open"]),
        "channels": " · ".join(
            f"{form.channel(channel)}\N{NO-BREAK SPACE}{form.number(number)}"
            for channel, number in document["open"].items()
        ),
        "open-of": say("floor.open-of", name=name),
        "oldest": form.age_since(operator.oldest),
        "available": _availability(document, form),
        "started": form.number(document["received"]),
        "closed": form.number(document["closed"]),
        "csat": form.score(value_at(document, ("csat", "score"))),
        "responses": "" if responses is None else say("floor.answers", n=responses),
    }


def _sort_values(
    document: Json, oldest: str | None, standing: str, count: int, available: list[str], is_urgent: bool
) -> Json:
    """Return what each column is sorted by; a row without a value comes last, whichever way."""
    values = {
        # Who may not be there and has conversations; then the longest open onsite; the rest as their names come.
        "attention": f"{'0' if is_urgent else '1'}{oldest or '~'}",
        "name": folded(document["name"]) if document.get("name") else None,
        "team": folded(document["team"]) if document.get("team") else None,
        "presence": STANDINGS.index(standing),
        "state": _age_value(document.get("since")),
        "open": count,
        "oldest": _age_value(oldest),
        "available": len(available) if document["available"] else None,
        "started": document["received"],
        "closed": document["closed"],
        "csat": value_at(document, ("csat", "score")),
    }
    return {column: value for column, value in values.items() if value is not None}


def _order(key: str, document: Json) -> str:
    """Return by which rows stand that have the same value in a column: by name, then number."""
    name = document.get("name")
    return f"{folded(name) if name else chr(0xFFFF)}\t{document['id']:012d}\t{key}"


def _age_value(since: str | None) -> int | None:
    return None if since is None else -parse_instant(since)


def _since(document: Json, form: Format) -> str:
    """Return when the presence began, as far as that is known."""
    if "since" in document:
        time = form.time_of_day(document["since"])
        return form.say(f"evidence.{document['presence']}", time=time)
    return "" if document["presence"] == "gone" else form.say("evidence.unseen")


def _last_act(document: Json, form: Format) -> Text:
    """Return what they were last seen doing, and when."""
    act = document.get("last_act")
    if act is None:
        return form.say("evidence.none")
    return {"text": form.say(f"act.{ACTS.get(act['event'], 'other')}", age=AGE), "at": act["at"]}


def _available(document: Json) -> list[str]:
    return [channel for channel, is_available in document["available"].items() if is_available]


def _availability(document: Json, form: Format) -> str:
    if not document["available"]:
        return DASH
    return ", ".join(map(form.channel, _available(document))) or form.say("floor.unavailable")

"""What the rows of a floor say, and the values by which they are found and sorted."""

from typing import NamedTuple

from app.board.scores import Json
from app.clock import parse_instant
from app.figures import value_at
from app.records import ONSITE
from app.view.derived import Derived, changed_members
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
    """What a row is made of, the same in all languages."""

    source: Json
    """Their row in the document, with their `key`, and as `oldest` when the oldest of their open onsite conversations
    began: off-site ones live for days, and are no alarm."""
    document: Json
    before: Json
    """The source before this one, which it differs from in the members `changed`; empty: there was none."""
    changed: frozenset[str]
    values: Json
    """What their row has beside its texts."""
    sort: Json
    """What each column is sorted by; a row without a value comes last, whichever way."""


def operator_of(key: str, document: Json, oldest: str | None, known: Operator | None) -> Operator:
    """`known`: what was made of the operator before; the same again if nothing changed."""
    if known is not None and known.document is document and known.source.get("oldest") == oldest:
        return known
    source = {**document, "key": key} if oldest is None else {**document, "key": key, "oldest": oldest}
    if known is None:
        return Operator(source, document, {}, frozenset(), OPERATOR_VALUES.find(source), OPERATOR_SORT.find(source))
    changed = changed_members(known.source, source)
    values = OPERATOR_VALUES.update(known.values, changed, source)
    sort = OPERATOR_SORT.update(known.sort, changed, source)
    return Operator(source, document, known.source, changed, values, sort)


def operator_row(operator: Operator, form: Format, known: tuple[Operator, Row] | None = None) -> Row:
    """`known`: what was rendered of the operator before, and the row."""
    source = operator.source
    if known is None:
        cells = OPERATOR_CELLS.find(source, form)
    else:
        last, row = known
        is_next = operator.before is last.source
        changed = operator.changed if is_next else changed_members(last.source, source)
        cells = OPERATOR_CELLS.update(row["cells"], changed, source, form)
    name = cells["name"]
    return {
        **operator.values,
        "sort": operator.sort,
        "cells": cells,
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


def _standing(source: Json) -> str:
    return "bot" if source["kind"] == "bot" else str(source["presence"])


def _open(source: Json) -> int:
    return sum(source["open"].values())


def _is_urgent(source: Json) -> bool:
    """Who may not be there and has conversations."""
    return _open(source) > 0 and _standing(source) in ("unverified", "gone")


def _order(source: Json) -> str:
    """Return by which rows stand that have the same value in a column: by name, then number."""
    name = source.get("name")
    return f"{folded(name) if name else chr(0xFFFF)}\t{source['id']:012d}\t{source['key']}"


def _own_name(source: Json, form: Format) -> str:
    return name_of(source["key"], source, form)


def _responses(source: Json) -> int | None:
    responses: int | None = source["csat"]["responses"] if "csat" in source else None
    return responses


def _answers(source: Json, form: Format) -> str:
    responses = _responses(source)
    return "" if responses is None else form.say("floor.answers", n=responses)


def _open_by_channel(source: Json, form: Format) -> str:
    return " · ".join(
        f"{form.channel(channel)}\N{NO-BREAK SPACE}{form.number(number)}" for channel, number in source["open"].items()
    )


def _age_value(since: str | None) -> int | None:
    return None if since is None else -parse_instant(since)


def _since(source: Json, form: Format) -> str:
    """Return when the presence began, as far as that is known."""
    if "since" in source:
        time = form.time_of_day(source["since"])
        return form.say(f"evidence.{source['presence']}", time=time)
    return "" if source["presence"] == "gone" else form.say("evidence.unseen")


def _last_act(source: Json, form: Format) -> Text:
    """Return what they were last seen doing, and when."""
    act = source.get("last_act")
    if act is None:
        return form.say("evidence.none")
    return {"text": form.say(f"act.{ACTS.get(act['event'], 'other')}", age=AGE), "at": act["at"]}


def _available(source: Json) -> list[str]:
    return [channel for channel, is_available in source["available"].items() if is_available]


def _availability(source: Json, form: Format) -> str:
    if not source["available"]:
        return DASH
    return ", ".join(map(form.channel, _available(source))) or form.say("floor.unavailable")


OPERATOR_VALUES = Derived(
    {
        "standing": ("kind presence", _standing),
        "id": ("id", lambda source: str(source["id"])),
        "order": ("name id key", _order),
        "team": ("team", lambda source: source.get("team")),
        "channels": ("available open", lambda source: sorted({*_available(source), *source["open"]}) or None),
        "urgent": ("open kind presence", lambda source: _is_urgent(source) or None),
        "few": ("csat", lambda source: is_few(_responses(source)) or None),
    }
)

OPERATOR_SORT = Derived(
    {
        # Who may not be there and has conversations; then the longest open onsite; the rest as their names come.
        "attention": (
            "open kind presence oldest",
            lambda source: f"{'0' if _is_urgent(source) else '1'}{source.get('oldest', '~')}",
        ),
        "name": ("name", lambda source: folded(source["name"]) if source.get("name") else None),
        "team": ("team", lambda source: folded(source["team"]) if source.get("team") else None),
        "presence": ("kind presence", lambda source: STANDINGS.index(_standing(source))),
        "state": ("since", lambda source: _age_value(source.get("since"))),
        "open": ("open", _open),
        "oldest": ("oldest", lambda source: _age_value(source.get("oldest"))),
        "available": ("available", lambda source: len(_available(source)) if source["available"] else None),
        "started": ("received", lambda source: source["received"]),
        "closed": ("closed", lambda source: source["closed"]),
        "csat": ("csat", lambda source: value_at(source, ("csat", "score"))),
    }
)

OPERATOR_CELLS = Derived(
    {
        "name": ("name key", _own_name),
        "team": ("team", lambda source, form: source.get("team", DASH)),
        "presence": ("kind presence", lambda source, form: form.say(f"standing.{_standing(source)}")),
        "since": ("since presence", _since),
        "act": ("last_act", _last_act),
        "state": ("since", lambda source, form: form.age_since(source.get("since"))),
        "open": ("open", lambda source, form: form.number(_open(source))),
        "channels": ("open", _open_by_channel),
        "open-of": ("name key", lambda source, form: form.say("floor.open-of", name=_own_name(source, form))),
        "oldest": ("oldest", lambda source, form: form.age_since(source.get("oldest"))),
        "available": ("available", _availability),
        "started": ("received", lambda source, form: form.number(source["received"])),
        "closed": ("closed", lambda source, form: form.number(source["closed"])),
        "csat": ("csat", lambda source, form: form.score(value_at(source, ("csat", "score")))),
        "responses": ("csat", _answers),
    }
)

"""Who is there, as far as events show it: a row for each operator, and the counts of them.

Presence depends on now, so it is computed here and stored nowhere.
"""

from collections import Counter
from enum import StrEnum
from typing import NamedTuple

from app.board.conversations import OpenConversation
from app.board.definition import PresenceLimits
from app.board.figures import Json, csat_share
from app.instants import DAY, instant
from app.records import Kind, Operator, Person, Roster, key_of
from app.tally import CLOSED, STARTED, Sums

LISTED_FOR = DAY
"""An operator stays on the list this long after the last that was heard of them."""
FOREVER = 2**63


class Presence(StrEnum):
    CONNECTED = "connected"
    UNVERIFIED = "unverified"
    GONE = "gone"


class Row(NamedTuple):
    """`document` is None when the operator is not listed; all of it holds until the instant `due`."""

    document: Json | None
    presence: Presence
    kind: Kind
    due: int


def presence_of(operator: Operator, now: int, limits: PresenceLimits) -> tuple[Presence, int]:
    """Return an operator's presence, and the instant at which time alone will change it."""
    came, left, act = operator.came, key_of(operator.left), operator.act
    if came is None or came.key <= left or now >= came.at + limits.gone_after:
        return Presence.GONE, FOREVER
    gone_at = came.at + limits.gone_after
    if act is None or act.key <= left or now >= act.at + limits.unverified_after:
        return Presence.UNVERIFIED, gone_at
    return Presence.CONNECTED, min(gone_at, act.at + limits.unverified_after)


def row_of(
    key: str,
    operator: Operator,
    owned: list[OpenConversation],
    roster: Roster,
    today: Sums,
    now: int,
    limits: PresenceLimits,
) -> Row:
    """`owned`: the open conversations last pushed to them. `today`: their own sums of the board's day."""
    presence, due = presence_of(operator, now, limits)
    certain = [conversation for conversation in owned if now < conversation.unverified_from]
    heard = max((moment.at for moment in (operator.left, operator.came, operator.act) if moment), default=-FOREVER)
    heard_until = heard + LISTED_FOR + 1
    due = min([due, *(c.unverified_from for c in certain), *([heard_until] if now < heard_until else [])])
    person = roster.find(key) or Person("")
    if presence is Presence.GONE and not certain and now >= heard_until:
        return Row(None, presence, person.kind, due)
    document = _who(key, person) | _presence_document(operator, presence) | _work(certain, today)
    return Row(document, presence, person.kind, due)


def _who(key: str, person: Person) -> Json:
    _platform, client, number = key.split("-")
    names = {"name": person.name, "team": person.team}
    known = {name: value for name, value in names.items() if value}
    return {"id": int(number), "client": int(client), "kind": person.kind.value, **known}


def _presence_document(operator: Operator, presence: Presence) -> Json:
    document: Json = {"presence": presence.value}
    since = _since(operator, presence)
    if since is not None:
        document["since"] = instant(since)
    if operator.act is not None:
        document["last_act"] = {"at": instant(operator.act.at), "event": operator.act.event}
    known = {} if presence is Presence.GONE else operator.available
    document["available"] = {channel: moment.available for channel, moment in sorted(known.items())}
    return document


def _work(certain: list[OpenConversation], today: Sums) -> Json:
    document: Json = {
        "open": dict(sorted(Counter(conversation.channel for conversation in certain).items())),
        "started": today[STARTED],
        "closed": today[CLOSED],
    }
    csat = csat_share(today)
    if csat["responses"]:
        document["csat"] = csat
    return document


def _since(operator: Operator, presence: Presence) -> int | None:
    """When the present state began, as far as it is known."""
    if presence is not Presence.GONE:
        return operator.connects[0].at if operator.connects else None
    if key_of(operator.came) <= key_of(operator.left):
        return operator.left.at if operator.left else None
    return max(moment.at for moment in (operator.came, operator.act) if moment)


def operators_document(rows: dict[str, Row]) -> Json:
    counts: Counter[Presence] = Counter()
    available: Counter[str] = Counter()
    bots = 0
    by_id: Json = {}
    for key, row in rows.items():
        if row.document is None:
            continue
        by_id[key] = row.document
        if row.kind is Kind.BOT:
            bots += row.presence is not Presence.GONE
            continue
        counts[row.presence] += 1
        if row.presence is Presence.CONNECTED:
            available.update(channel for channel, is_available in row.document["available"].items() if is_available)
    return {
        **{presence.value: counts[presence] for presence in Presence},
        "bots": bots,
        "available": dict(sorted(available.items())),
        "by_id": by_id,
    }

"""Entries of the log of posts as rows, for the pages /events and /."""

from urllib.parse import quote

import msgspec
from markupsafe import Markup

from app.clock import instant
from app.deliveries.filter import Outcome
from app.deliveries.log import LogEntry
from app.deliveries.summary import BodySummary, summarize
from app.errors import InvalidPost, StoreUnavailable
from app.receive.validation import decode_event
from app.records import RETENTION, ROSTER_NAME, Roster, operator_key
from app.state import State
from app.web.english import in_language
from app.web.event_words import event_words
from app.words.words import Words

OPERATORS_LISTED = 3
OUTCOMES: dict[str, Outcome] = {
    "taken": "accepted",
    "again": "duplicates",
    "refused": "refused",
    "unsigned": "unsigned",
}
"""Query parameter -> name in the log."""

_REFUSALS = {400: "400", 401: "401", 404: "404", 405: "404", 415: "415", 422: "422"}


class NamedOperator(msgspec.Struct, frozen=True):
    id: str
    name: str
    short: str
    """Without the id, if there is a name."""


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """Members that are not known are empty."""

    name: str
    """Path segment behind /events/."""
    at: str
    outcome: str
    """A query parameter of OUTCOMES."""
    word: str
    status: int
    type: str = ""
    sentence: str = ""
    """What the event says."""
    operators: list[NamedOperator] = []
    more_operators: int = 0
    conversation: str = ""
    address: str = ""
    path: str = ""
    why: str = ""
    """Why it was refused, or a remark on one that was accepted."""

    @property
    def is_refused(self) -> bool:
        return self.outcome in ("refused", "unsigned")


class LatestRows(msgspec.Struct, frozen=True):
    has_begun: bool
    """An event was accepted at least once."""
    rows: list[DeliveryRow]


async def latest_rows(state: State, words: Words) -> LatestRows | None:
    """Return the latest deliveries; None while the store is away."""
    if state["mirror"].state == "away":
        return None  # without waiting for another timeout
    try:
        latest = await state["deliveries"].latest()
    except StoreUnavailable:
        return None
    # The first page shows nothing of a body, and a type only when it is a known one.
    rows = [
        msgspec.structs.replace(delivery_row(entry, state, words), type=entry.delivery.type, sentence="")
        for entry in latest.entries
    ]
    return LatestRows(latest.has_begun, rows)


def delivery_row(entry: LogEntry, state: State, words: Words) -> DeliveryRow:
    delivery = entry.delivery
    summary = summarize(entry.body) or BodySummary()
    return DeliveryRow(
        name=str(entry.cursor),
        at=instant(entry.at),
        outcome=_parameter_of(entry.outcome),
        word=_outcome_word(entry.outcome, delivery.status, words),
        status=delivery.status,
        type=delivery.type or summary.type,
        sentence=_sentence(entry, state, words),
        operators=[_named(state, words, summary.tenant, id_) for id_ in summary.operators[:OPERATORS_LISTED]],
        more_operators=max(0, len(summary.operators) - OPERATORS_LISTED),
        conversation=summary.conversation,
        address=delivery.address,
        path=delivery.path,
        why=_why(entry, words),
    )


def _sentence(entry: LogEntry, state: State, words: Words) -> str:
    """Return what an accepted event says, empty if that is no more known: long bodies are cut."""
    if entry.outcome not in ("accepted", "duplicates"):
        return ""
    try:
        event = decode_event(entry.body, entry.at + RETENTION)
    except InvalidPost:
        return ""

    def name_of(operator: int) -> Markup:
        named = _named(state, words, event.tenant, str(operator))
        link = Markup('<a class="name" dir="auto" href="/events?id={}">{}</a>')
        return link.format(quote(named.id), named.short)

    return event_words(event, name_of, words, state["settings"].currency)


def _parameter_of(outcome: Outcome) -> str:
    return next(name for name, logged in OUTCOMES.items() if logged == outcome)


def _outcome_word(outcome: Outcome, status: int, words: Words) -> str:
    if outcome in ("refused", "unsigned"):
        return words.say("refusal." + _REFUSALS.get(status, "other"))
    return words.say("outcome." + _parameter_of(outcome))


def _why(entry: LogEntry, words: Words) -> str:
    """Never contains the value found, which may be what a customer wrote."""
    delivery = entry.delivery
    if delivery.counter:
        return words.say("remark." + delivery.counter)
    if entry.outcome == "duplicates":
        return words.say("remark.duplicate")
    if not delivery.field:
        return in_language(delivery.detail, words)
    sentence = "events.missing" if delivery.is_field_missing else "events.wrong"
    return words.say(sentence, field=delivery.field, allowed=in_language(delivery.allowed, words))


def _named(state: State, words: Words, tenant: str, operator: str) -> NamedOperator:
    roster = state["mirror"].records.get(ROSTER_NAME)
    key = operator_key(tenant, operator) if tenant and operator.isascii() and operator.isdigit() else ""
    person = roster.find(key) if key and isinstance(roster, Roster) else None
    if person is None or not person.name:
        numbered = words.say("events.operator", id=operator)
        return NamedOperator(key or operator, numbered, numbered)
    return NamedOperator(key, words.say("events.named", name=person.name, id=operator), person.name)

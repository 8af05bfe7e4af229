"""Entries of the log of posts as rows, for the pages /events and /."""

from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup, escape
from msgspec.structs import replace

from app.board.day import local_date
from app.board.names import Naming
from app.clock import instant
from app.deliveries.filter import Outcome
from app.deliveries.log import LogEntry
from app.deliveries.masked import MASK, masked_body, masked_delivery
from app.deliveries.summary import BodySummary, summarize
from app.errors import InvalidPost, StoreUnavailable
from app.receive.validation import decode_event
from app.records import RETENTION, operator_key
from app.state import State
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
    """By which their events are found; empty: they are not to be found by it."""
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


async def latest_rows(state: State, words: Words, naming: Naming) -> LatestRows | None:
    """Return the latest deliveries; None while the store is away."""
    if state["mirror"].state == "away":
        return None  # without waiting for another timeout
    try:
        latest = await state["deliveries"].latest()
    except StoreUnavailable:
        return None
    # The first page shows nothing of a body, and a type only when it is a known one.
    rows = [
        replace(delivery_row(entry, state, words, naming), type=entry.delivery.type, sentence="")
        for entry in latest.entries
    ]
    return LatestRows(latest.has_begun, rows)


def masked_for(entry: LogEntry, naming: Naming) -> LogEntry:
    """Return an entry of the log as those see it who see this much of names."""
    if naming.level == "full":
        return entry
    return replace(entry, body=masked_body(entry.body), delivery=masked_delivery(entry.delivery))


def delivery_row(entry: LogEntry, state: State, words: Words, naming: Naming) -> DeliveryRow:
    delivery = entry.delivery
    summary = summarize(entry.body) or BodySummary()
    day = local_date(entry.at, ZoneInfo(state["settings"].time_zone))
    operators = () if naming.level == "sums" else summary.operators
    return DeliveryRow(
        name=str(entry.cursor),
        at=instant(entry.at),
        outcome=_parameter_of(entry.outcome),
        word=_outcome_word(entry.outcome, delivery.status, words),
        status=delivery.status,
        type=delivery.type or summary.type,
        sentence=_sentence(entry, state, words, naming, day),
        operators=[_named(state, words, naming, day, summary.tenant, id_) for id_ in operators[:OPERATORS_LISTED]],
        more_operators=max(0, len(operators) - OPERATORS_LISTED),
        conversation=summary.conversation,
        address=delivery.address,
        path=delivery.path,
        why=_why(masked_for(entry, naming), words),
    )


def _sentence(entry: LogEntry, state: State, words: Words, naming: Naming, day: str) -> str:
    """Return what an accepted event says; empty: its body was too long to be kept whole."""
    if entry.outcome not in ("accepted", "duplicates"):
        return ""
    try:
        event = decode_event(entry.body, entry.at + RETENTION)
    except InvalidPost:
        return ""

    def name_of(operator: int) -> Markup:
        named = _named(state, words, naming, day, event.tenant, str(operator))
        if naming.level == "sums":
            return escape(named.short)
        if not named.id:
            return Markup('<span class="name" dir="auto">{}</span>').format(named.short)
        link = Markup('<a class="name" dir="auto" href="/events?id={}">{}</a>')
        return link.format(quote(named.id), named.short)

    said = event_words(event, name_of, words, state["settings"].currency)
    return said[:1].upper() + said[1:] if naming.level == "sums" else said


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
        return words.from_english(delivery.detail)
    sentence = "events.missing" if delivery.is_field_missing else "events.wrong"
    return words.say(sentence, field=delivery.field, allowed=words.from_english(delivery.allowed))


def _named(state: State, words: Words, naming: Naming, day: str, tenant: str, operator: str) -> NamedOperator:
    if naming.level == "sums":
        someone = words.say("events.someone")
        return NamedOperator("", someone, someone)
    key = operator_key(tenant, operator) if tenant and operator.isascii() and operator.isdigit() else ""
    person = state["mirror"].roster.find(key) if key else None
    if naming.level != "full":
        shown = naming.show(key, person, day) if key else None
        name = MASK if shown is None else shown.name or words.say("events.operator", id=shown.number)
        return NamedOperator("", name, name)
    if person is None or not person.name:
        numbered = words.say("events.operator", id=operator)
        return NamedOperator(key or operator, numbered, numbered)
    return NamedOperator(key, words.say("events.named", name=person.name, id=operator), person.name)

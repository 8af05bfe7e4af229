"""/events: the last deliveries, taken and refused, to be searched and to be opened as they came.

The one page beside the floor that shows what customers wrote. What is sought stands in the address: it can be sent.
"""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from app.bounds import DELIVERIES, DELIVERIES_HOURS, ID_CHARACTERS, SOUGHT_CHARACTERS, UNSIGNED
from app.clock import SECOND, instant, parse_instant
from app.errors import HttpError, StoreUnavailable
from app.merge.last_deliveries import Found, KeptDelivery, Position, position_of
from app.merge.outline import Outline, outline_of
from app.merge.sought import Outcome, Sought
from app.pages.layout import Fault, Piece, as_it_came, lay_out
from app.pages.moments import Moments
from app.pages.setup import TICKED
from app.pages.template import page, store_away, words_for
from app.pages.verdicts import refusal_of
from app.receive.delivery import Delivery
from app.receive.refusal import NOTHING
from app.records import ROSTER_NAME, Roster, operator_key
from app.state import Request, State
from app.words.words import Words

OUTCOMES: dict[str, Outcome] = {
    "taken": "accepted",
    "again": "duplicates",
    "refused": "refused",
    "unsigned": "unsigned",
}
"""By their name in the address: what the store calls them."""
COUNTERS = ("deprecated", "unrecognised")
EXAMPLE_TIME = "2026-11-24T14:30"
FIELDS = ("outcome", "type", "id", "text", "since", "until")
OPERATORS_LISTED = 3


class Named(msgspec.Struct, frozen=True):
    id: str
    name: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery in a few words. What is not known is empty."""

    name: str
    at: str
    outcome: str
    """As in the address."""
    word: str
    status: int
    type: str
    operators: list[Named]
    more_operators: int
    conversation: str
    address: str
    path: str
    why: str
    """Why it was refused, or what there is to say of it all the same."""


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a delivery."""

    row: Row
    field: str
    is_missing: bool
    found: str
    allowed: str
    outline: Outline
    has_body: bool
    kept: int
    length: int
    """Of the body as it came, in bytes; `kept` of them are here."""
    layout: list[Piece]
    raw: list[Piece]


async def search(request: Request) -> Response:
    given = request.query_params
    if any(not value for value in given.values()):
        # A form sends its empty fields along: what stands in the address is what was asked.
        return RedirectResponse(_address([(name, value) for name, value in given.multi_items() if value]), 303)
    state = request.state
    words, zone = words_for(request), state["settings"].time_zone
    sought, errors = _sought(given, words, ZoneInfo(zone))
    before = position_of(given.get("before", ""))
    found = await _search(state, sought, before) if not errors else None
    older = found.older if found else None
    return page(
        request,
        "events.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        supervisor=True,
        form={field: given.get(field, "")[:SOUGHT_CHARACTERS] for field in FIELDS},
        errors=errors,
        is_search=any(field in given for field in FIELDS),
        outcomes=OUTCOMES,
        types=TICKED,
        counters=COUNTERS,
        hours=DELIVERIES_HOURS,
        most=DELIVERIES,
        most_unsigned=UNSIGNED,
        moment=Moments(words, zone),
        zone=zone,
        now=instant(state["clock"]()),
        rows=[_row(state, words, delivery) for delivery in found.deliveries] if found else [],
        found=found,
        older=_address([*_without_before(given), ("before", str(older))]) if older else "",
        older_at=instant(older.ms) if older else "",
        newest=_address(_without_before(given)) if before else "",
        here_again=_address(given.multi_items()),
    )


async def show(request: Request) -> Response:
    delivery = await _open(request)
    state = request.state
    about = delivery.about
    fault = Fault(about.field, about.found)
    is_json = about.field != "body" and about.status != HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    return page(
        request,
        "event.html",
        supervisor=True,
        moment=Moments(words_for(request), state["settings"].time_zone),
        zone=state["settings"].time_zone,
        event=Whole(
            row=_row(state, words_for(request), delivery),
            field=about.field,
            is_missing=about.found == NOTHING,
            found=about.found,
            allowed=about.allowed,
            outline=outline_of(delivery.body) or Outline(),
            has_body=delivery.position.is_signed,
            kept=len(delivery.body),
            length=about.length or len(delivery.body),
            layout=lay_out(delivery.body, fault) if is_json else [],
            raw=as_it_came(delivery.body, fault, is_cut=delivery.is_cut),
        ),
    )


async def download(request: Request) -> Response:
    """The body of a delivery, byte for byte. Never shown by a browser, whatever it is."""
    delivery = await _open(request)
    if not delivery.position.is_signed:
        raise HttpError(404, "event.no-body")
    headers = {"Content-Disposition": f'attachment; filename="delivery-{delivery.position}.json"'}
    return Response(delivery.body, headers=headers, media_type="application/octet-stream")


async def _open(request: Request) -> KeptDelivery:
    position = position_of(request.path_params["event"])
    state = request.state
    try:
        delivery = await state["last_deliveries"].open(position) if position else None
    except StoreUnavailable as away:
        raise store_away(away) from away
    if delivery is None:
        raise HttpError(404, "event.gone", hours=DELIVERIES_HOURS, most=DELIVERIES)
    return delivery


async def _search(state: State, sought: Sought, before: Position | None) -> Found:
    try:
        if state["mirror"].state == "away":
            raise StoreUnavailable(state["mirror"].fault)  # nobody waits until it is found away once more
        return await state["last_deliveries"].search(sought, before)
    except StoreUnavailable as away:
        raise store_away(away) from away


def _sought(given: QueryParams, words: Words, zone: ZoneInfo) -> tuple[Sought, dict[str, str]]:
    """Return what is sought, and by field what is wrong with it."""
    errors: dict[str, str] = {}
    texts = {field: given.get(field, "") for field in FIELDS}
    for field, characters in {"type": ID_CHARACTERS, "id": ID_CHARACTERS, "text": SOUGHT_CHARACTERS}.items():
        if len(texts[field]) > characters:
            errors[field] = words.say("events.too-long", found=len(texts[field]), allowed=characters)
    if texts["outcome"] not in ("", *OUTCOMES):
        errors["outcome"] = words.say("events.no-outcome", allowed=", ".join(OUTCOMES))
    spans: dict[str, int | None] = {}
    for field in ("since", "until"):
        try:
            spans[field] = _instant(texts[field], zone, is_end=field == "until") if texts[field] else None
        except ValueError:
            errors[field] = words.say("events.no-time", example=EXAMPLE_TIME)
    if errors:
        return Sought(), errors
    outcome = OUTCOMES.get(texts["outcome"])
    return Sought(outcome=outcome, type=texts["type"], id=texts["id"].strip(), text=texts["text"], **spans), {}


def _instant(text: str, zone: ZoneInfo, *, is_end: bool) -> int:
    """Return a time of the zone's clocks in ms; as an end, that of its minute or second. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    seconds = 1 if text.count(":") > 1 else 60
    ms = parse_instant(moment.isoformat(timespec="milliseconds"))
    return ms + seconds * SECOND if is_end else ms


def _row(state: State, words: Words, delivery: KeptDelivery) -> Row:
    about = delivery.about
    outline = outline_of(delivery.body) or Outline()
    outcome = next(name for name, kept in OUTCOMES.items() if kept == delivery.outcome)
    return Row(
        name=str(delivery.position),
        at=instant(delivery.at),
        outcome=outcome,
        word=_word(words, outcome, about.status),
        status=about.status,
        type=about.type or outline.type,
        operators=[_named(state, words, outline.tenant, id_) for id_ in outline.operators[:OPERATORS_LISTED]],
        more_operators=max(0, len(outline.operators) - OPERATORS_LISTED),
        conversation=outline.conversation,
        address=about.address,
        path=about.path,
        why=_why(words, about),
    )


def _word(words: Words, outcome: str, status: int) -> str:
    if outcome in ("refused", "unsigned"):
        return refusal_of(status, words)
    return words.say("outcome." + outcome)


def _why(words: Words, about: Delivery) -> str:
    """Return what there is to say of a delivery, without what was found in it."""
    if about.counter:
        return words.say("remark." + about.counter)
    if not about.field:
        return _english(about.detail)
    said = "events.missing" if about.found == NOTHING else "events.wrong"
    return words.say(said, field=about.field, allowed=_english(about.allowed))


def _english(text: str) -> str:
    """Return what the receiver says, which is told to programs too, and so is English everywhere."""
    return Markup('<span lang="en">{}</span>').format(text) if text else ""


def _named(state: State, words: Words, tenant: str, operator: str) -> Named:
    roster = state["mirror"].records.get(ROSTER_NAME)
    key = operator_key(tenant, operator) if tenant and operator.isascii() and operator.isdigit() else ""
    person = roster.find(key) if key and isinstance(roster, Roster) else None
    if person is None or not person.name:
        return Named(key or operator, words.say("events.operator", id=operator))
    return Named(key, words.say("events.named", name=person.name, id=operator))


def _without_before(given: QueryParams) -> list[tuple[str, str]]:
    return [(name, value) for name, value in given.multi_items() if name != "before"]


def _address(parameters: list[tuple[str, str]]) -> str:
    return f"/events?{urlencode(parameters)}" if parameters else "/events"

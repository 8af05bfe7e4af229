"""/events: search of the log of posts, and a page for each delivery.

Apart from the floor, the only pages that show what customers wrote.
"""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from app.bounds import DELIVERIES, DELIVERIES_HOURS, ID_CHARACTERS, SOUGHT_CHARACTERS, UNSIGNED
from app.clock import SECOND, instant
from app.definitions.parse import ALL
from app.deliveries.body import as_received, lay_out
from app.deliveries.filter import DeliveryFilter, time_span
from app.deliveries.log import Cursor, LogEntry, Page, parse_cursor
from app.deliveries.summary import BodySummary, summarize
from app.errors import HttpError, StoreUnavailable
from app.state import Request, State, delivery_of, naming_for
from app.web.delivery_rows import OUTCOMES, delivery_row, masked_for
from app.web.render import page, words_for
from app.web.setup import TICKED
from app.words.words import Words

COUNTERS = ("deprecated", "unrecognised")
EXAMPLE_DAY, EXAMPLE_TIME = "2026-11-24", "2026-11-24T14:30"
FIELDS = ("outcome", "type", "id", "text", "since", "until")


async def search(request: Request) -> Response:
    given = request.query_params
    if any(not value for value in given.values()):
        # Forms send empty fields along: redirect to the address of what was asked.
        return RedirectResponse(_address([(name, value) for name, value in given.multi_items() if value]), 303)
    state = request.state
    words, zone = words_for(request), state["settings"].time_zone
    wanted, errors = _filter(given, words, ZoneInfo(zone))
    naming = naming_for(request, ALL)
    wanted = replace(wanted, is_masked=naming.level != "full")
    before = parse_cursor(given.get("before", ""))
    found = await _search(state, wanted, before) if not errors else None
    older = found.older if found else None
    return page(
        request,
        "events.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        form=_form(given, wanted, ZoneInfo(zone)),
        errors=errors,
        is_search=any(field in given for field in FIELDS),
        is_masked=wanted.is_masked,
        outcomes=OUTCOMES,
        counts=_counts(state),
        types=TICKED,
        counters=COUNTERS,
        hours=DELIVERIES_HOURS,
        most=DELIVERIES,
        most_unsigned=UNSIGNED,
        zone=zone,
        now=instant(state["clock"]()),
        rows=[delivery_row(entry, state, words, naming) for entry in found.entries] if found else [],
        found=found,
        older=_address([*_without_before(given), ("before", str(older))]) if older else "",
        older_at=instant(older.ms) if older else "",
        newest=_address(_without_before(given)) if before else "",
        here_again=_address(given.multi_items()),
    )


def _counts(state: State) -> dict[str, int]:
    """Return how many posts of today were not taken, by the outcome of a search that finds them."""
    delivery = delivery_of(state)
    if delivery is None:
        return {}
    return {"refused": delivery["refused"] + delivery["unsigned"], "unsigned": delivery["unsigned"]}


async def show(request: Request) -> Response:
    state, naming = request.state, naming_for(request, ALL)
    whole = await _open(request)
    entry = masked_for(whole, naming)
    delivery = entry.delivery
    is_json = delivery.field != "body" and delivery.status != HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    return page(
        request,
        "event.html",
        zone=state["settings"].time_zone,
        event={
            "row": delivery_row(whole, state, words_for(request), naming),
            "field": delivery.field,
            "is_missing": delivery.is_field_missing,
            "found": delivery.found,
            "allowed": words_for(request).from_english(delivery.allowed),
            "summary": summarize(entry.body) or BodySummary(),
            "has_body": entry.cursor.is_signed,
            "is_masked": naming.level != "full",
            "kept": len(entry.body),
            "length": delivery.length or len(entry.body),
            "layout": lay_out(entry.body, delivery) if is_json else [],
            "raw": as_received(entry.body, delivery, is_truncated=entry.is_truncated),
        },
    )


async def download(request: Request) -> Response:
    """The body, byte for byte, as a type that no browser displays."""
    entry = masked_for(await _open(request), naming_for(request, ALL))
    if not entry.cursor.is_signed:
        raise HttpError(404, "event.no-body")
    headers = {"Content-Disposition": f'attachment; filename="delivery-{entry.cursor}.json"'}
    return Response(entry.body, headers=headers, media_type="application/octet-stream")


async def _open(request: Request) -> LogEntry:
    cursor = parse_cursor(request.path_params["event"])
    state = request.state
    entry = await state["deliveries"].open(cursor) if cursor else None
    if entry is None:
        raise HttpError(404, "event.gone", hours=DELIVERIES_HOURS, most=DELIVERIES)
    return entry


async def _search(state: State, wanted: DeliveryFilter, before: Cursor | None) -> Page:
    if state["mirror"].state == "away":
        raise StoreUnavailable(state["mirror"].fault)  # without waiting for another timeout
    return await state["deliveries"].search(wanted, before)


def _filter(given: QueryParams, words: Words, zone: ZoneInfo) -> tuple[DeliveryFilter, dict[str, str]]:
    """Return the filter, and by field what is wrong with it."""
    errors: dict[str, str] = {}
    texts = {field: given.get(field, "") for field in FIELDS}
    for field, characters in {"type": ID_CHARACTERS, "id": ID_CHARACTERS, "text": SOUGHT_CHARACTERS}.items():
        if len(texts[field]) > characters:
            errors[field] = words.say("events.too-long", found=len(texts[field]), allowed=characters)
    if texts["outcome"] not in ("", *OUTCOMES):
        errors["outcome"] = words.say("events.no-outcome", allowed=", ".join(OUTCOMES))
    times: dict[str, int | None] = {}
    for field, end in {"since": 0, "until": 1}.items():
        try:
            times[field] = time_span(texts[field], zone)[end] if texts[field] else None
        except ValueError:
            errors[field] = words.say("events.no-time", day=EXAMPLE_DAY, time=EXAMPLE_TIME)
    if errors:
        return DeliveryFilter(), errors
    outcome = OUTCOMES.get(texts["outcome"])
    since, until = times["since"], times["until"]
    return DeliveryFilter(
        outcome=outcome, type=texts["type"], id=texts["id"].strip(), text=texts["text"], since=since, until=until
    ), {}


def _form(given: QueryParams, wanted: DeliveryFilter, zone: ZoneInfo) -> dict[str, str]:
    """Return what the form shows: times as local ones, since a browser empties a field that has a day or an offset."""
    form = {field: given.get(field, "")[:SOUGHT_CHARACTERS] for field in FIELDS}
    if wanted.since is not None:
        form["since"] = _local(wanted.since, zone)
    if wanted.until is not None:
        # The last minute or second that is included.
        is_minute = wanted.until % (60 * SECOND) == 0
        form["until"] = _local(wanted.until - (60 * SECOND if is_minute else 1), zone)
    return form


def _local(ms: int, zone: ZoneInfo) -> str:
    local = datetime.fromtimestamp(ms // SECOND, zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"


def _without_before(given: QueryParams) -> list[tuple[str, str]]:
    return [(name, value) for name, value in given.multi_items() if name != "before"]


def _address(parameters: list[tuple[str, str]]) -> str:
    return f"/events?{urlencode(parameters)}" if parameters else "/events"

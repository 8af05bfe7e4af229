"""/me/{token}: what is known of an operator, for themselves; and the page on which a lead makes the link to it."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from app.access.own_pages import PATH
from app.access.principals import LinkedOperator
from app.board.day import day_before, day_of, local_date
from app.board.definition import BoardDefinition
from app.clock import DAY, instant, parse_instant
from app.comment_history import Written
from app.definitions.parse import ALL
from app.errors import HttpError
from app.publish.audience import Audience
from app.records import RETENTION, Person
from app.state import Request, board_of, names_for
from app.store.client import store_errors
from app.view.dates import short_date
from app.view.format import Format
from app.view.people_page import COLUMNS, Lane, people_page
from app.web.auth import principal_of
from app.web.authors import author_of
from app.web.forms import read_form
from app.web.not_here import operator_of
from app.web.qr_code import qr_code
from app.web.render import page, words_for


async def show(request: Request) -> Response:
    principal, state, words = principal_of(request), request.state, words_for(request)
    assert isinstance(principal, LinkedOperator)  # noqa: S101 the policy of this route admits no one else
    publisher = state["boards"].find(ALL)
    assert publisher is not None  # noqa: S101 it is never removed
    definition, operator = publisher.definition, principal.key
    form = Format(words, definition.time_zone)
    view = publisher.render(Audience(ALL, "floor", "full", words.language))
    person = state["mirror"].roster.find(operator) or Person("")
    written = [each for each in await state["comments"].all() if each.owner == operator]
    return page(
        request,
        "own_page.html",
        words=words,
        form=form,
        at=instant(state["store_status"].current_at),
        person=person,
        key=operator,
        row=view["operators"].get(operator),
        days=await _days(request, definition, operator, form),
        columns=COLUMNS,
        comments=[_comment(each, form) for each in written],
        people_days=state["settings"].people_days,
        record_days=RETENTION // DAY,
        history_days=state["settings"].history_days,
    )


async def link(request: Request) -> Response:
    """Show the link to an operator's own page, make one, or end it."""
    state, publisher, shown = request.state, board_of(request), request.path_params["person"]
    board, own_pages = publisher.definition.id, state["access"].own_pages
    operator = operator_of(request, publisher, shown) if names_for(request, board) == "full" else None
    if operator is None:
        raise HttpError(404, "absence.no-operator", found=f"{shown!r:.100}")
    if request.method == "POST":
        return await _change_link(request, operator)
    own_page = own_pages.page_of(operator)
    token = own_pages.token_of(operator, own_page) if own_page else ""
    address = f"{state['settings'].external_url}{PATH}/{token}"
    form = Format(words_for(request), publisher.definition.time_zone)
    return page(
        request,
        "own_page_link.html",
        form=form,
        board=board,
        key=operator,
        person=state["mirror"].roster.find(operator) or Person(""),
        own_page=own_page,
        address=address,
        qr=qr_code(address) if own_page else "",
        made_at=instant(own_page.at) if own_page else "",
        until=instant(own_page.until) if own_page else "",
        has_public_url=state["settings"].public_url is not None,
    )


async def _change_link(request: Request, operator: str) -> Response:
    own_pages, author = request.state["access"].own_pages, author_of(request)
    match (await read_form(request)).get("action", ""):
        case "make":
            await own_pages.make(operator, author)
        case "end":
            await own_pages.end(operator, author)
        case action:
            raise HttpError(422, "refused.action", field="action", found=f"{action!r:.50}", allowed="make, end")
    return RedirectResponse(request.url.path, 303)


async def _days(request: Request, definition: BoardDefinition, operator: str, form: Format) -> list[tuple[str, Lane]]:
    """Return the dates of which something is kept, newest first, each with its lane. Raises StoreUnavailable."""
    state, now = request.state, request.state["clock"]()
    zone, found = ZoneInfo(definition.time_zone), []
    window = day_of(now, zone)
    with store_errors():
        while (day := await state["people_days"].day(definition, window, now, operator)) is not None:
            lanes = people_page(day, form).lanes
            if lanes:
                found.append((_date_of(window.start, form), lanes[0]))
            window = day_before(window, zone)
    return found


def _comment(written: Written, form: Format) -> Mapping[str, str]:
    entry = written.entry
    score = form.number(entry["csat"]) if "csat" in entry else ""
    time = f"{_date_of(parse_instant(entry['at']), form)} {form.time_of_day(entry['at'])}"
    return {"time": time, "score": score, "text": entry["text"]}


def _date_of(at: int, form: Format) -> str:
    return short_date(date.fromisoformat(local_date(at, ZoneInfo(form.zone))), form.words)

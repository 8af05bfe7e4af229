"""The bar above the pages of people who logged in: where it leads, and whether posts come in."""

from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from app.clock import DAY, instant
from app.definitions.parse import ALL
from app.state import Request, State
from app.view.alerts import undelivered
from app.view.format import Format
from app.view.staleness import Troubles, trouble_at
from app.web.auth import sees_alerts_of, user_of
from app.web.next_page import HOME, own_page
from app.words.words import LANGUAGES, Words, words_in

BAR_PAGES = {
    "wall": "/wall/{board}",
    "floor": "/floor/{board}",
    "comments": "/comments/{board}",
    "days": "/days/{board}",
    "alerts": "/alerts",
    "events": "/events",
    "screens": "/screens",
    "roster": "/roster",
    "boards": "/boards",
    "people": "/people",
}
"""Pages that the bar leads to, in its order. Most are for those who lead everything."""
OF_ALL = ("wall", "days")
OF_BOARD_LEADS = ("floor", "comments")
OF_LEADS = ("alerts",)
OF_ADMINS = ("people",)


class Frame(NamedTuple):
    board: str
    """Whose wall and floor the bar leads to."""
    links: list[tuple[str, str]]
    languages: list[tuple[str, str]]
    pulse: Mapping[str, str]
    is_admin: bool
    leads: bool
    """Whether the user leads the board, and so sees its people."""


def frame_of(request: Request, words: Words) -> Frame:
    user, board = user_of(request), _board_of(request)
    return Frame(
        board,
        [(name, path.format(board=board)) for name, path in BAR_PAGES.items() if _may_open(request, name, board)],
        _languages(request),
        _pulse_for(request, words),
        is_admin=user.rights.is_admin,
        leads=request.state["access"].principals.may_see(user, board, "floor"),
    )


def _pulse_for(request: Request, words: Words) -> Mapping[str, str]:
    """Return what the bar says: how posts come in, and whether messages of alerts that the user sees did not arrive."""
    return {**pulse_of(request.state, words), "undelivered": _undelivered(request, words)}


def _undelivered(request: Request, words: Words) -> str:
    episodes, earliest = request.state["alerts"].episodes, request.state["clock"]() - DAY
    recent = takewhile(lambda episode: episode.ended > earliest, episodes.recent().values())
    found = (*episodes.open().values(), *recent)
    count = undelivered(episode for episode in found if sees_alerts_of(request, episode.board))
    return words.say("alerts.undelivered", n=count) if count else ""


def pulse_of(state: State, words: Words) -> Mapping[str, str]:
    """Return the state of the deployment, `live` or a trouble, and how long ago a post was last taken."""
    board, store = state["boards"].find(ALL), state["store_status"]
    if board is None or not state["mirror"].loaded or store.state == "away":
        return _pulse("store-away", words.say("band.store-away"))
    form, document = Format(words, board.definition.time_zone), board.document()
    at, last = instant(store.current_at), document["delivery"].get("last_accepted_at")
    trouble = trouble_at({"troubles": Troubles(form).find(document)}, at)
    if trouble is not None:
        return _pulse(trouble["state"], trouble["words"])
    if last is None:
        return _pulse("waiting", words.say("pulse.waiting"))
    age = form.span(last, at)
    return _pulse("live", words.say("pulse.last", age=age), age)


def _pulse(state: str, text: str, short: str = "") -> Mapping[str, str]:
    """`short`: what phones have room for."""
    return {"state": state, "text": text, "short": short or text}


async def show_pulse(request: Request) -> Response:
    """Answer the bar of a page that is open: what it says by now."""
    language = request.query_params.get("lang", "")
    found = _pulse_for(request, words_in(language if language in LANGUAGES else LANGUAGES[0]))
    return Response("\n".join(found.values()), media_type="text/plain")


def _board_of(request: Request) -> str:
    asked = request.path_params.get("board", "")
    boards = request.state["boards"]
    return asked if boards.find(asked) is not None else ALL


def _may_open(request: Request, name: str, board: str) -> bool:
    user, principals = user_of(request), request.state["access"].principals
    if name in OF_BOARD_LEADS:
        return principals.may_see(user, board, "floor")
    if name == "roster":
        return principals.sees_roster(user)
    if name in OF_ADMINS:
        return user.rights.is_admin
    if name in OF_LEADS:
        return user.rights.is_lead
    return name in OF_ALL or user.rights.leads_everything


def _languages(request: Request) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = own_page(request.url.path) or HOME  # of an error page it may be `//host`, which is another site
    return [(language, f"{path}?{urlencode([*kept, ('lang', language)])}") for language in LANGUAGES]

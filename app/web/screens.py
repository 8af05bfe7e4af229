"""/screens: all wall screens, and what a supervisor can change about them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from itertools import zip_longest

from starlette.responses import RedirectResponse, Response

from app.access.display import DEFAULT_DISPLAY, parse_display
from app.access.last_seen import Status
from app.access.screens import turns_of
from app.bounds import SCREEN_BOARDS, TURN_SECONDS
from app.clock import MINUTE, SECOND, instant
from app.errors import RETRY_AFTER_SECONDS, RateLimited, ScreenError, StoreUnavailable
from app.json_object import Json
from app.records import Screen, Turn
from app.state import Request, State
from app.view.format import Format
from app.view.legibility import ARC_LEAST, arc_of, plan_for
from app.web.auth import user_of
from app.web.forms import parse_whole, read_fields
from app.web.render import page, titled_boards, words_for
from app.words.words import Words

ACTIONS = {"move": "moved", "display": "set", "reload": "reloaded", "revoke": "revoked"}
"""What a form asks for, and what the page then says was done."""
FIELDS = 10 + 2 * SCREEN_BOARDS
AWAY_AFTER = 10 * MINUTE
"""A TV that was switched off for the night is away too; a restart or a lost Wi-Fi is over before."""
CODE_CHARACTERS = 20
"""More than a code has, which a QR code's address brings along."""
AGAIN = {"Retry-After": str(RETRY_AFTER_SECONDS)}
SPARE_TURNS = 3
"""Rows for more boards that a form has; its script adds others."""


async def show(request: Request) -> Response:
    if request.method != "POST":
        return await _page(request, form={"code": request.query_params.get("code", "")[:CODE_CHARACTERS]})
    fields = await read_fields(request, FIELDS)
    form = dict(fields)
    code, name = form.get("code", ""), form.get("name", "")
    try:
        turns = _parse_turns(request, fields)
        display = parse_display(form)
        if form.get("link"):
            token = await request.state["access"].links.add(name, turns, display)
            return await _page(request, link=f"{_screen_url(request)}#{token}")
        session = user_of(request).session
        id_ = await request.state["access"].pairing.pair(session, code, name, turns, display)
    except ScreenError as error:
        return await _page(request, error.status, _fault(request, error), form, turns=_turns_of(fields))
    except RateLimited as error:
        message = words_for(request).say("screens.fault-too-many", n=error.retry_after)
        headers = {"Retry-After": str(error.retry_after)}
        return await _page(request, 429, {"field": "code", "message": message}, form, headers, turns=_turns_of(fields))
    except StoreUnavailable as error:
        return await _page(request, 503, _away_fault(request, error, "form"), form, AGAIN, turns=_turns_of(fields))
    return RedirectResponse(f"/screens?paired={id_}#screen-{id_}", 303)


async def change(request: Request) -> Response:
    screens = request.state["access"].screens
    id_ = request.path_params["screen"]
    fields = await read_fields(request, FIELDS)
    form = dict(fields)
    action = form.get("action", "")
    try:
        match action:
            case "move":
                await screens.move(id_, _parse_turns(request, fields))
            case "display":
                await screens.set_display(id_, parse_display(form))
            case "reload":
                await screens.reload(id_)
            case "revoke":
                await screens.revoke(id_)
                with suppress(StoreUnavailable):  # a leftover that is never read
                    await request.state["access"].last_seen.forget(id_)
            case _:
                found, allowed = f"{action!r:.50}", ", ".join(ACTIONS)
                raise ScreenError("action", "screens.fault-action", found=found, allowed=allowed)
    except ScreenError as error:
        return await _page(request, error.status, _fault(request, error, "action"))
    except StoreUnavailable as error:
        return await _page(request, 503, _away_fault(request, error, "action"), headers=AGAIN)
    return RedirectResponse(f"/screens?{ACTIONS[action]}={id_}#screen-{id_}", 303)


async def _page(
    request: Request,
    status: int = HTTPStatus.OK,
    error: Json | None = None,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    link: str = "",
    turns: Sequence[tuple[str, str]] = (),
) -> Response:
    """`link`: a screen link that was made just now, and is never shown again. `turns`: as the form had them."""
    state = request.state
    screens = state["access"].screens.paired()
    statuses = await _statuses(state, screens)
    words = words_for(request)
    boards = titled_boards(state, words)
    titles = {id_: record.config.title for id_, record in state["catalogue"].records.items()}
    titles |= {board.id: board.title for board in boards}
    ordered = sorted(screens.items(), key=lambda item: (item[1].name.casefold(), item[0]))
    rows = [_row(state, titles, id_, screen, statuses, words) for id_, screen in ordered]
    return page(
        request,
        "screens.html",
        status,
        headers,
        boards=boards,
        screens=rows,
        store_away=statuses is None,
        zone=state["settings"].time_zone,
        default_display=DEFAULT_DISPLAY,
        screen_url=_screen_url(request),
        link=link,
        done=_done(request, {row["id"]: row for row in rows}),
        error=error,
        form=form or {},
        turns=turns,
        seconds=Turn("").seconds,
        spare_turns=SPARE_TURNS,
    )


def _done(request: Request, rows: Mapping[str, Json]) -> tuple[str, Json | None]:
    """Return what was just done, and to which screen, if it is still there; empty where nothing was."""
    for deed, id_ in request.query_params.items():
        row = rows.get(id_)
        if (deed == "revoked" and row is None) or (deed in ("paired", "moved", "set", "reloaded") and row is not None):
            return deed, row
    return "", None


async def _statuses(state: State, screens: Iterable[str]) -> dict[str, Status] | None:
    """Return the status of screens by id, None if the store cannot be asked."""
    if state["store_status"].fault:
        return None  # without waiting for another timeout
    try:
        return await state["access"].last_seen.statuses(screens)
    except StoreUnavailable:
        return None


def _screen_url(request: Request) -> str:
    return f"{request.state['settings'].external_url}{request.app.url_path_for('screen')}"


def _row(
    state: State,
    titles: Mapping[str, str],
    id_: str,
    screen: Screen,
    statuses: Mapping[str, Status] | None,
    words: Words,
) -> Json:
    """`titles`: of the boards that are shown, and of archived ones."""
    status = (statuses or {}).get(id_) or Status(is_connected=False)
    inches, metres = screen.display.inches, screen.display.metres
    return {
        "id": id_,
        "name": screen.name,
        "turns": [(turn.board, turn.seconds) for turn in turns_of(screen)],
        "boards": [
            _board_shown(state, titles, turn if screen.turns else Turn(turn.board, 0)) for turn in turns_of(screen)
        ],
        "connected": None if statuses is None else status.is_connected,
        "seen": instant(status.at) if status.at else "",
        "build": status.build,
        "is_current": status.build == state["build"],
        "resolution": status.resolution,
        "sound": status.sound if status.is_connected and screen.display.sound == "alarms" else "",
        "is_link": screen.is_link,
        "display": screen.display,
        "away": _away_of(state, status, words),
        "is_legible": arc_of(plan_for(inches, metres), inches, metres) >= ARC_LEAST,
    }


def _away_of(state: State, status: Status, words: Words) -> str:
    away = state["clock"]() - status.at
    is_long = status.at and not status.is_connected and away >= AWAY_AFTER
    return Format(words, "UTC").duration(away // SECOND) if is_long else ""


def _board_shown(state: State, titles: Mapping[str, str], turn: Turn) -> Json:
    title, is_gone = titles.get(turn.board, turn.board), state["boards"].find(turn.board) is None
    return {"title": title, "seconds": turn.seconds, "is_gone": is_gone}


def _turns_of(fields: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the boards of a form, each with its seconds; rows in which no board was chosen are left out."""
    boards = [value for name, value in fields if name == "board"]
    seconds = [value.strip() for name, value in fields if name == "seconds"]
    pairs = zip_longest(boards, seconds[: len(boards)], fillvalue="")
    return [(board, seconds) for board, seconds in pairs if board]


def _parse_turns(request: Request, fields: Sequence[tuple[str, str]]) -> list[Turn]:
    """Raises ScreenError."""
    turns = _turns_of(fields) or [("", "")]
    if len(turns) > SCREEN_BOARDS:
        raise ScreenError("board", "screens.fault-boards", found=len(turns), n=SCREEN_BOARDS)
    boards = request.state["boards"].ids
    for board, _ in turns:
        if board not in boards:
            raise ScreenError("board", "screens.fault-board", found=f"{board!r:.100}", allowed=", ".join(boards))
    if len(turns) == 1:
        return [Turn(turns[0][0])]
    return [Turn(board, _parse_seconds(seconds)) for board, seconds in turns]


def _parse_seconds(text: str) -> int:
    """Raises ScreenError."""
    least, most = TURN_SECONDS
    if not text:
        return Turn("").seconds
    seconds = parse_whole(text)
    if seconds is None or not least <= seconds <= most:
        raise ScreenError("board", "screens.fault-seconds", found=repr(text[:20]), least=least, most=most)
    return seconds


def _away_fault(request: Request, error: StoreUnavailable, field: str) -> Json:
    words = words_for(request)
    return {"field": field, "message": words.say("screens.fault-away", reason=words.from_english(error))}


def _fault(request: Request, error: ScreenError, field: str = "") -> Json:
    return {"field": field or error.field, "message": words_for(request).say(error.key, **error.values)}

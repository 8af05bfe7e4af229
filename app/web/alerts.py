"""/alerts and /acknowledge/{token}: open and recent episodes, who acknowledged them, their messages, and silences.

A lead of teams has what is of the boards that they lead.
"""

from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from app.alerts.channels import NoSuchChannel
from app.alerts.episodes import NoSuchAlert, TooManySilences
from app.board.day import day_of
from app.board.definition import BoardDefinition
from app.bounds import EPISODES_LISTED, NOTE_CHARACTERS, PERSON_CHARACTERS, SILENCES
from app.clock import instant
from app.errors import HttpError
from app.json_object import Json
from app.records import Episode, Silence
from app.state import Request, State, board_of, check_loaded
from app.view.alerts import EpisodeRow, episode_row
from app.view.format import Format, format_in
from app.view.limits import SEVERITY
from app.view.wall import label_of
from app.web.alert_channels import channel_rows
from app.web.auth import sees_alerts_of, user_of
from app.web.authors import account_name, author_in, own_name, remembering
from app.web.board_form import Choice
from app.web.forms import read_fields, read_form
from app.web.render import page, titled_boards, words_for
from app.words.words import Words

FLOOR_FIELDS = 100
"""A box for each limit of a board, and the rest."""
MINUTES = (30, 60, 120, 240, 480, 24 * 60, 7 * 24 * 60)
"""For how long a silence may be asked for."""


async def show(request: Request) -> Response:
    check_loaded(request)
    return _page(request)


async def acknowledge(request: Request) -> Response:
    """Take care of an episode, as the person whose name the form says."""
    form, episodes, id_ = await read_form(request), request.state["alerts"].episodes, request.path_params["episode"]
    episode = episodes.find(id_)
    try:
        if episode is not None:
            _check_seen(request, episode.board)
        await episodes.acknowledge(id_, author_in(request, form), form.get("note", ""))
    except NoSuchAlert:
        raise HttpError(404, "refused.no-alert") from None
    return remembering(request, RedirectResponse("/alerts", 303), form.get("by", ""))


async def acknowledge_by_link(request: Request) -> Response:
    """What a message was about, and a button that takes care of it. No log-in: the link is the right to that alone.

    Chats open links to show a preview, so only the button acts.
    """
    check_loaded(request)
    token = request.path_params["token"]
    linked = request.state["alerts"].links.read(token)
    if linked is None:
        raise HttpError(404, "refused.no-alert")
    if request.method != "POST":
        (row,) = rows_of(request.state, {linked.id: linked.episode}, words_for(request))
        return page(
            request,
            "acknowledge.html",
            row=row,
            by=own_name(request),
            note_characters=NOTE_CHARACTERS,
            name_characters=PERSON_CHARACTERS,
        )
    form = await read_form(request)
    try:
        await request.state["alerts"].episodes.acknowledge(linked.id, form.get("by", ""), form.get("note", ""))
    except NoSuchAlert:
        raise HttpError(404, "refused.no-alert") from None
    return remembering(request, RedirectResponse(request.url.path, 303), form.get("by", ""))


async def take_care(request: Request) -> Response:
    """Take care of those limits of a board that the form of its floor ticks; what is over by now is left out."""
    board, episodes = board_of(request).definition.id, request.state["alerts"].episodes
    fields = await read_fields(request, FLOOR_FIELDS)
    form = dict(fields)
    for found in filter(None, [episodes.open_of(board, figure) for name, figure in fields if name == "figure"]):
        with suppress(NoSuchAlert):
            await episodes.acknowledge(found[0], author_in(request, form), form.get("note", ""))
    return remembering(request, RedirectResponse(f"/floor/{board}", 303), form.get("by", ""))


async def test_channel(request: Request) -> Response:
    """Send a channel a test message, which it needs before it gets alarms, and report the result."""
    state, name = request.state, (await read_form(request)).get("of", "")
    channel = state["alerts"].channels.find(name)
    if channel is None:
        raise HttpError(404, "refused.no-channel", found=f"{name!r:.100}")
    reason = await state["alerts"].messenger.test(channel)
    try:
        if not reason and channel.state == "pending":
            await state["alerts"].channels.mark_ready(name)
    except NoSuchChannel:
        pass  # it was removed meanwhile
    return _page(request, tested=name, reason=reason)


async def silence(request: Request) -> Response:
    """Begin a silence, or end one."""
    form, episodes = await read_form(request), request.state["alerts"].episodes
    try:
        if "end" in form:
            found = episodes.silences().get(form["end"])
            if found is not None:
                _check_seen(request, found.board)
            await episodes.end_silence(form["end"])
        else:
            board, figure, minutes = _parse_silence(request, form)
            await episodes.silence(board, figure, minutes, author_in(request, form))
    except NoSuchAlert:
        pass  # it ended meanwhile
    except TooManySilences:
        raise HttpError(422, "refused.many-silences", n=SILENCES) from None
    return remembering(request, RedirectResponse("/alerts#silences", 303), form.get("by", ""))


def seen_by(request: Request, episodes: Mapping[str, Episode]) -> dict[str, Episode]:
    return {id_: episode for id_, episode in episodes.items() if sees_alerts_of(request, episode.board)}


def _check_seen(request: Request, board: str) -> None:
    """Raises HttpError."""
    if not sees_alerts_of(request, board):
        raise HttpError(403, "refused.other-board")


def rows_of(
    state: State, episodes: Mapping[str, Episode], words: Words, most: int = EPISODES_LISTED
) -> list[EpisodeRow]:
    """Return the first episodes in words, each in the time zone of its board."""
    zones = {board.id: board.time_zone for board in state["boards"].definitions}
    titles = {board.id: board.title for board in titled_boards(state, words)}
    default, now = state["settings"].time_zone, state["clock"]()
    return [
        episode_row(
            id_,
            episode,
            titles.get(episode.board, episode.board) or _screen_of(state, episode),
            format_in(words.language, zones.get(episode.board, default)),
            now,
        )
        for id_, episode in islice(episodes.items(), most)
    ]


def _screen_of(state: State, episode: Episode) -> str:
    """Return the name of the screen that an episode is about; empty: it is about none, or one that is gone."""
    screen = state["access"].screens.find(episode.figure.partition(":")[2])
    return screen.name if screen else ""


def _page(request: Request, tested: str = "", reason: str = "") -> Response:
    """`tested`: a channel that was sent a test message; `reason`: why it did not arrive."""
    state, words, rights = request.state, words_for(request), user_of(request).rights
    form = Format(words, state["settings"].time_zone)
    episodes, boards = state["alerts"].episodes, _boards_seen(request)
    rows = rows_of(state, seen_by(request, episodes.open()), words)
    figures = dict.fromkeys(figure for board in boards for figure in board.config.limits)
    return page(
        request,
        "alerts.html",
        open=sorted(rows, key=lambda row: SEVERITY.index(row.state)),
        recent=rows_of(state, seen_by(request, episodes.recent()), words),
        silences=_silence_rows(request, form),
        channels=channel_rows(state, words) if rights.leads_everything else [],
        tested=tested,
        reason=reason,
        in_alarm=any(row.state == "alarm" for row in rows),
        boards=[Choice(board.id, board.title) for board in boards],
        figures=[Choice(figure, label_of(figure, form)) for figure in figures],
        spans=[Choice(str(minutes), form.duration(minutes * 60)) for minutes in MINUTES],
        by=own_name(request),
        account=account_name(request),
        leads_everything=rights.leads_everything,
        may_change_channels=rights.is_admin,
        note_characters=NOTE_CHARACTERS,
        name_characters=PERSON_CHARACTERS,
        can_add=state["alerts"].channels.can_add,
    )


def _boards_seen(request: Request) -> list[BoardDefinition]:
    boards = titled_boards(request.state, words_for(request))
    return [board for board in boards if sees_alerts_of(request, board.id)]


def _silence_rows(request: Request, form: Format) -> list[Json]:
    """Those of all boards hold messages of each one back: all see them, and who leads everything lifts them."""
    titles = {board.id: board.title for board in titled_boards(request.state, form.words)}
    now = request.state["clock"]()
    return [
        {
            "id": id_,
            "what": _covered(found, titles, form),
            "until": _until(found.ends, now, form),
            "by": found.by,
            "may_lift": sees_alerts_of(request, found.board),
        }
        for id_, found in request.state["alerts"].episodes.silences().items()
        if not found.board or sees_alerts_of(request, found.board)
    ]


def _covered(silence: Silence, titles: Mapping[str, str], form: Format) -> str:
    board = titles.get(silence.board, silence.board) or form.say("alerts.all-boards")
    return f"{board} · {label_of(silence.figure, form)}" if silence.figure else board


def _until(ends: int, now: int, form: Format) -> str:
    """Return a time of today, or one of another day with its day."""
    time = form.time_of_day(instant(ends))
    is_today = ends in day_of(now, ZoneInfo(form.zone))
    return time if is_today else form.say("past.moment", day=form.day(ends), time=time)


def _parse_silence(request: Request, form: Mapping[str, str]) -> tuple[str, str, int]:
    """Return the board, the figure and the minutes of a form. Raises HttpError."""
    definitions = _boards_seen(request)
    board, figure, minutes = form.get("board", ""), form.get("figure", ""), form.get("minutes", "")
    boards = {each.id for each in definitions} | ({""} if sees_alerts_of(request, "") else set())
    figures = {"", *(name for each in definitions for name in each.config.limits)}
    for field, found, allowed in (
        ("board", board, boards),
        ("figure", figure, figures),
        ("minutes", minutes, set(map(str, MINUTES))),
    ):
        if found not in allowed:
            raise HttpError(
                422, "refused.silence", field=field, found=f"{found!r:.100}", allowed=", ".join(sorted(allowed))
            )
    return board, figure, int(minutes)

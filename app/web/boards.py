"""/boards, /new-board and /boards/{board}: the boards that people made, their definitions and their versions."""

from collections.abc import Mapping
from http import HTTPStatus

from msgspec.structs import replace
from starlette.responses import RedirectResponse, Response

from app.access.display import DEFAULT_DISPLAY
from app.board.names import FEWEST_PEOPLE
from app.bounds import BOARDS
from app.clock import instant
from app.definitions.parse import ALL, ROLES, parse_board
from app.definitions.toml import sentence_of, write_toml
from app.errors import HttpError, InputError, Mistake
from app.publish.board_catalogue import FIRST_LIMITS, WHOLE
from app.records import BoardConfig, BoardRecord, Conversation
from app.state import Request, State, board_of
from app.view.format import Format
from app.web.auth import user_of
from app.web.authors import author_of
from app.web.board_form import (
    SPARE_LIMITS,
    TILES,
    BoardForm,
    LimitRow,
    channel_choices,
    figure_choices,
    form_in,
    form_of,
    id_from,
    names_choices,
    tile_choices,
    values_of,
)
from app.web.forms import parse_whole, read_fields
from app.web.headers import FRAMED
from app.web.render import page, title_of, titled_boards, words_for, worst_states
from app.web.wall import wall_page
from app.words.words import Words

FIELDS = 4_000
"""A box for each of 400 teams, and the members of some hundred limits."""
PROJECTS_LISTED = 20


async def show(request: Request) -> Response:
    state, words = request.state, words_for(request)
    catalogue, titled = state["catalogue"], titled_boards(state, words)
    boards = [
        {
            "id": board.id,
            "title": board.title,
            "part": _part_of(board.config, Format(words, board.time_zone)),
            "is_of_file": catalogue.origin_of(board.id) == "file",
            "has_limits": bool(board.config.limits),
        }
        for board in titled
    ]
    return page(
        request,
        "boards.html",
        boards=boards,
        worst=worst_states(request, words),
        done=_done(request, {board.id: board.title for board in titled}),
        hidden=catalogue.hidden,
        archived=[(id_, each.config.title, instant(each.until)) for id_, each in _archived(state).items()],
    )


def _done(request: Request, titles: Mapping[str, str]) -> tuple[str, str, str]:
    """Return what was just done, to which board, and its title; empty where nothing was."""
    for deed, id_ in request.query_params.items():
        if deed in ("saved", "tested") and id_ in titles:
            return deed, id_, titles[id_]
        if deed == "was-archived" and id_ in _archived(request.state):
            return deed, id_, _archived(request.state)[id_].config.title
    return "", "", ""


async def create(request: Request) -> Response:
    if request.method != "POST":
        copied = _config_of(request.state, request.query_params.get("from", ""))
        return await _page(request, "", form_of(copied or BoardConfig(title="", limits=FIRST_LIMITS)))
    fields = await read_fields(request, FIELDS)
    form = form_in(fields)
    if dict(fields).get("action") == "preview":
        return await _preview(request, form)
    try:
        id_, config = parse_board(values_of(replace(form, id=form.id or id_from(form.title))))
        _check_new(request.state, id_)
    except InputError as error:
        has_title = bool(form.title.strip())
        mistakes = [
            replace(one, rule="no-id-in-title") if has_title and (one.field, one.rule) == ("id", "missing") else one
            for one in error.mistakes
        ]
        return await _page(request, "", form, mistakes, HTTPStatus.UNPROCESSABLE_ENTITY)
    return await _save(request, id_, config, form, page_id="", replaces=0)


async def edit(request: Request) -> Response:
    state, id_ = request.state, request.path_params["board"]
    if id_ in state["catalogue"].files:
        return _file_page(request, id_)
    record = state["catalogue"].records.get(id_)
    config = record.config if record else WHOLE if id_ == ALL else None
    if config is None:
        raise HttpError(404, "refused.no-board", found=f"{id_!r:.100}", allowed=", ".join(state["boards"].ids))
    if request.method != "POST":
        return await _page(request, id_, form_of(config, _version_of(record)))
    fields = await read_fields(request, FIELDS)
    form, action = form_in(fields), dict(fields).get("action", "save")
    match action:
        case "preview":
            return await _preview(request, replace(form, id=id_))
        case "archive" if id_ != ALL:
            return await _archive(request, id_, config)
        case "bring-back":
            return await _save(request, id_, config, form_of(config, _version_of(record)), page_id=id_)
        case "restore":
            return await _restore(request, id_, dict(fields).get("number", ""))
    if form.version != _version_of(record):
        return await _changed_meanwhile(request, id_, form)
    try:
        _, changed = parse_board({**values_of(form), "id": id_})
    except InputError as error:
        return await _page(request, id_, form, error.mistakes, HTTPStatus.UNPROCESSABLE_ENTITY)
    return await _save(request, id_, changed, form, page_id=id_, replaces=record.at if record else 0)


async def test_alarm(request: Request) -> Response:
    """Show a board's first limit in alarm for half a minute, to see on its screens that it works."""
    state, board = request.state, board_of(request).definition.id
    change = await state["limit_monitor"].test(board)
    await state["mirror"].reaches(change)
    return RedirectResponse(f"/boards?tested={board}", 303)


async def _changed_meanwhile(request: Request, id_: str, form: BoardForm) -> Response:
    version = _version_of(request.state["catalogue"].records.get(id_))
    return await _page(request, id_, replace(form, version=version), [], HTTPStatus.CONFLICT)


async def _preview(request: Request, form: BoardForm) -> Response:
    """Return the wall of a definition that is not saved, or what is wrong with it, for a frame on its form."""
    state, words = request.state, words_for(request)
    shown = replace(form, id=form.id or "preview", title=form.title.strip() or words.say("boards.new-title"))
    try:
        id_, config = parse_board(values_of(shown))
    except InputError as error:
        faults = [_sentence(one, words) for one in error.mistakes]
        return page(request, "board_faults.html", 422, FRAMED, has_bar=False, faults=faults)
    definition = state["catalogue"].definition_of(id_, config)
    publisher = await state["boards"].rehearse(replace(definition, title=title_of(definition, words)))
    return wall_page(request, publisher, DEFAULT_DISPLAY, is_preview=True)


def _file_page(request: Request, id_: str) -> Response:
    """A board of a file: read, copied and duplicated, but not changed here."""
    if request.method != "GET":
        raise HttpError(403, "refused.file-board", id=id_)
    config = request.state["catalogue"].files[id_]
    return page(request, "board_file.html", board=id_, title=config.title, toml=write_toml({id_: config}))


def _check_new(state: State, id_: str) -> None:
    """Raises InputError."""
    catalogue = state["catalogue"]
    shown = state["boards"].ids
    if id_ in {ALL, *catalogue.files, *catalogue.records}:
        raise InputError([Mistake(field="id", rule="taken", found=id_)])
    if len(shown) >= BOARDS:
        raise InputError([Mistake(field="id", rule="many-boards", found="", allowed=str(BOARDS))])


async def _restore(request: Request, id_: str, number: str) -> Response:
    versions, place = await request.state["board_records"].versions(id_), parse_whole(number)
    if place is None or place >= len(versions):
        return RedirectResponse(f"/boards/{id_}", 303)  # it went while this page was open
    config = versions[place].config
    record = request.state["catalogue"].records.get(id_)
    return await _save(request, id_, config, form_of(config, _version_of(record)), page_id=id_)


async def _save(
    request: Request, id_: str, config: BoardConfig, form: BoardForm, *, page_id: str, replaces: int | None = None
) -> Response:
    """`form`, `page_id`: what is shown again when there is no room for the board, or it is another one by now."""
    if not user_of(request).rights.is_admin:
        # Whose names are seen is for admins to say: leads would choose for themselves.
        known = request.state["catalogue"].records.get(id_)
        config = replace(config, names=known.config.names if known else {})
    try:
        change = await request.state["board_records"].put(id_, config, author_of(request), replaces)
    except InputError as error:
        return await _page(request, page_id, form, error.mistakes, HTTPStatus.UNPROCESSABLE_ENTITY)
    if change is not None:
        return await _follow(request.state, change, f"/boards?saved={id_}#board-{id_}")
    if page_id:
        return await _changed_meanwhile(request, id_, form)
    mistake = Mistake(field="id", rule="taken", found=id_)
    return await _page(request, page_id, form, [mistake], HTTPStatus.UNPROCESSABLE_ENTITY)


async def _archive(request: Request, id_: str, config: BoardConfig) -> Response:
    change = await request.state["board_records"].archive(id_, config, author_of(request))
    return await _follow(request.state, change, f"/boards?was-archived={id_}")


async def _follow(state: State, change: int | None, address: str) -> Response:
    """Redirect to the list once this process shows what was written."""
    await state["mirror"].reaches(change)
    await state["catalogue"].apply()
    return RedirectResponse(address, 303)


async def _page(
    request: Request, id_: str, form: BoardForm, errors: list[Mistake] | None = None, status: int = HTTPStatus.OK
) -> Response:
    """`id_`: empty for a new board."""
    state, words = request.state, words_for(request)
    said = Format(words, state["settings"].time_zone)
    versions = await state["board_records"].versions(id_) if id_ else []
    record = state["catalogue"].records.get(id_)
    config = _config_of(state, id_)
    faults: dict[str, list[str]] = {}
    for error in errors or []:
        faults.setdefault(error.key, []).append(_sentence(error, words))
    return page(
        request,
        "board.html",
        status,
        board=id_,
        form=form,
        limits=[*form.limits, *(LimitRow() for _ in range(SPARE_LIMITS))],
        tiles=[*form.tiles, *[""] * max(2, TILES - len(form.tiles))],
        figures=figure_choices(form, said),
        tile_figures=tile_choices(form, said),
        channels=channel_choices(form, said),
        levels=names_choices(said),
        roles=ROLES,
        fewest=FEWEST_PEOPLE,
        teams=sorted({*state["mirror"].roster.teams, *form.teams} - {""}, key=str.casefold),
        projects=_projects_seen(state),
        faults=faults,
        wrong={error.field for error in errors or []},
        is_changed=status == HTTPStatus.CONFLICT,
        is_archived=bool(record and record.until),
        can_be_narrowed=id_ != ALL,
        zone=state["settings"].time_zone,
        toml=write_toml({id_: config}) if config and id_ else "",
        versions=[
            {"number": number, "at": instant(version.at), "author": version.author, "is_archived": bool(version.until)}
            for number, version in enumerate(versions)
        ],
    )


def _sentence(error: Mistake, words: Words) -> str:
    sentence = sentence_of(error, words.language)
    return f"{error.field}: {sentence}" if "." in error.field else sentence


def _projects_seen(state: State) -> list[str]:
    """Return the projects of the conversations that this process knows, PROJECTS_LISTED at most."""
    records = state["mirror"].records.values()
    seen = {record.project for record in records if isinstance(record, Conversation) and record.project}
    return sorted(seen, key=lambda id_: (len(id_), id_))[:PROJECTS_LISTED]


def _archived(state: State) -> dict[str, BoardRecord]:
    return {id_: record for id_, record in state["catalogue"].records.items() if record.until}


def _config_of(state: State, id_: str) -> BoardConfig | None:
    """Return the definition of a board that is shown."""
    published = state["boards"].find(id_)
    return published.definition.config if published else None


def _version_of(record: BoardRecord | None) -> str:
    return str(record.at) if record else ""


def _part_of(config: BoardConfig, form: Format) -> str:
    """Return what a board is narrowed to, in words; empty: nothing."""
    parts = {
        "projects": [str(project) for project in config.projects],
        "channels": [form.channel(channel) for channel in config.channels],
        "teams": [team or form.say("boards.no-team") for team in config.teams],
    }
    return " · ".join(
        form.say("boards.part", what=form.say(f"boards.{name}"), which=", ".join(part))
        for name, part in parts.items()
        if part
    )

"""/boards, /new-board and /boards/{board}: the boards that people made, their definitions and their versions."""

import tomllib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response

from app.bounds import BOARDS
from app.clock import instant
from app.definitions.parse import ALL, parse_board
from app.definitions.toml import sentence_of, write_limits
from app.errors import HttpError, InputError, Mistake, StoreUnavailable
from app.publish.board_catalogue import FIRST_LIMITS, WHOLE
from app.records import BoardConfig, BoardRecord
from app.state import Request, State
from app.web.forms import read_form
from app.web.render import LocalTime, page, store_unavailable, titled_boards, words_for

AUTHOR = "supervisor"
"""Until people have accounts."""
FIELDS = 20
OWN_CHANGE_DEADLINE_SECONDS = 0.5

Form = Mapping[str, str]


class BoardRow(msgspec.Struct, frozen=True):
    id: str
    title: str
    part: str
    """What it is narrowed to; empty: nothing."""
    is_of_file: bool
    has_limits: bool


class VersionRow(msgspec.Struct, frozen=True):
    number: int
    """0: the newest."""
    at: str
    author: str
    is_archived: bool


async def show(request: Request) -> Response:
    state, words = request.state, words_for(request)
    catalogue = state["catalogue"]
    boards = [
        BoardRow(
            board.id,
            board.title,
            _part_of(board.config),
            catalogue.origin_of(board.id) == "file",
            bool(board.config.limits),
        )
        for board in titled_boards(state, words)
    ]
    return page(
        request,
        "boards.html",
        supervisor=True,
        local_time=_local_time(request),
        boards=boards,
        hidden=catalogue.hidden,
        archived=[(id_, each.config.title, instant(each.until)) for id_, each in _archived(state).items()],
    )


async def create(request: Request) -> Response:
    if request.method != "POST":
        copied = _config_of(request.state, request.query_params.get("from", ""))
        config = copied or BoardConfig(title="", limits=FIRST_LIMITS)
        return await _page(request, "", {"id": "", **_form_of(config)})
    form = await read_form(request, FIELDS)
    try:
        id_, config = parse_board(_values_of(form, {}))
        _check_new(request.state, id_)
    except InputError as error:
        return await _page(request, "", form, error.mistakes, HTTPStatus.UNPROCESSABLE_ENTITY)
    return await _save(request, id_, config)


async def edit(request: Request) -> Response:
    state, id_ = request.state, request.path_params["board"]
    record = state["catalogue"].records.get(id_)
    config = record.config if record else WHOLE if id_ == ALL else None
    if config is None or id_ in state["catalogue"].files:
        raise HttpError(404, "refused.no-board", found=f"{id_!r:.100}", allowed=", ".join(_editable(state)))
    if request.method != "POST":
        return await _page(request, id_, {**_form_of(config), "version": _version_of(record)})
    form = await read_form(request, FIELDS)
    match form.get("action", "save"):
        case "archive" if id_ != ALL:
            return await _archive(request, id_, config)
        case "bring-back":
            return await _save(request, id_, config)
        case "restore":
            return await _restore(request, id_, form.get("number", ""))
    if form.get("version", "") != _version_of(record):
        kept = {**form, "version": _version_of(record)}
        return await _page(request, id_, kept, [], HTTPStatus.CONFLICT)
    try:
        _, changed = parse_board({**_values_of(form, config.names), "id": id_})
    except InputError as error:
        return await _page(request, id_, form, error.mistakes, HTTPStatus.UNPROCESSABLE_ENTITY)
    return await _save(request, id_, changed)


def _check_new(state: State, id_: str) -> None:
    """Raises InputError."""
    catalogue = state["catalogue"]
    shown = state["boards"].ids
    if id_ in {ALL, *catalogue.files, *catalogue.records}:
        raise InputError([Mistake(field="id", rule="taken", found=id_)])
    if len(shown) >= BOARDS:
        raise InputError([Mistake(field="id", rule="many", found=str(len(shown) + 1), allowed=str(BOARDS))])


async def _restore(request: Request, id_: str, number: str) -> Response:
    versions = await _versions(request.state, id_)
    if not (number.isascii() and number.isdigit() and int(number) < len(versions)):
        return RedirectResponse(f"/boards/{id_}", 303)  # it went while this page was open
    return await _save(request, id_, versions[int(number)].config)


async def _save(request: Request, id_: str, config: BoardConfig) -> Response:
    try:
        change = await request.state["board_store"].put(id_, config, AUTHOR)
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    return await _follow(request.state, change)


async def _archive(request: Request, id_: str, config: BoardConfig) -> Response:
    try:
        change = await request.state["board_store"].archive(id_, config, AUTHOR)
    except StoreUnavailable as error:
        raise store_unavailable(error) from error
    return await _follow(request.state, change)


async def _follow(state: State, change: int | None) -> Response:
    """Redirect to the list once this process shows what was written."""
    await state["mirror"].reaches(change or 0, OWN_CHANGE_DEADLINE_SECONDS)
    await state["catalogue"].apply()
    return RedirectResponse("/boards", 303)


async def _versions(state: State, id_: str) -> list[BoardRecord]:
    try:
        return await state["board_store"].versions(id_)
    except StoreUnavailable as error:
        raise store_unavailable(error) from error


async def _page(
    request: Request, id_: str, form: Form, errors: list[Mistake] | None = None, status: int = HTTPStatus.OK
) -> Response:
    """`id_`: empty for a new board."""
    state, words = request.state, words_for(request)
    versions = await _versions(state, id_) if id_ else []
    record = state["catalogue"].records.get(id_)
    return page(
        request,
        "board.html",
        status,
        supervisor=True,
        board=id_,
        form=form,
        faults={
            field: [
                f"{error.field}: {sentence_of(error, words.language)}"
                if "." in error.field
                else sentence_of(error, words.language)
                for error in errors or []
                if error.key == field
            ]
            for field in {error.key for error in errors or []}
        },
        is_changed=status == HTTPStatus.CONFLICT,
        is_archived=bool(record and record.until),
        can_be_narrowed=id_ != ALL,
        zone=state["settings"].time_zone,
        local_time=_local_time(request),
        versions=[
            VersionRow(number, instant(version.at), version.author, bool(version.until))
            for number, version in enumerate(versions)
        ],
    )


def _editable(state: State) -> list[str]:
    catalogue = state["catalogue"]
    return sorted({ALL, *catalogue.records} - catalogue.files.keys())


def _archived(state: State) -> dict[str, BoardRecord]:
    return {id_: record for id_, record in state["catalogue"].records.items() if record.until}


def _config_of(state: State, id_: str) -> BoardConfig | None:
    """Return the definition of a board that is shown."""
    published = state["boards"].find(id_)
    return published.definition.config if published else None


def _version_of(record: BoardRecord | None) -> str:
    return str(record.at) if record else ""


def _local_time(request: Request) -> LocalTime:
    return LocalTime(words_for(request), request.state["settings"].time_zone)


def _part_of(config: BoardConfig) -> str:
    return " · ".join(", ".join(map(str, part)) for part in (config.projects, config.channels, config.teams) if part)


def _form_of(config: BoardConfig) -> dict[str, str]:
    """Return a definition as the form's fields show it."""
    return {
        "title": config.title,
        "projects": ", ".join(map(str, config.projects)),
        "channels": ", ".join(config.channels),
        "teams": "\n".join(team for team in config.teams if team),
        "no_team": "1" if "" in config.teams else "",
        "time_zone": config.time_zone,
        "tiles": ", ".join(config.tiles),
        "limits": write_limits(config.limits),
        "hours": "\n".join(config.hours),
        "closed": "\n".join(config.closed),
    }


def _values_of(form: Form, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form says as TOML would. Raises InputError. `names`: what the form does not show."""
    try:
        limits = tomllib.loads(form.get("limits", ""))
    except tomllib.TOMLDecodeError as error:
        raise InputError([Mistake(field="limits", rule="toml", found=str(error)[:100])]) from None
    return {
        "id": form.get("id", "").strip(),
        "title": form.get("title", ""),
        "projects": _split(form.get("projects", ""), ","),
        "channels": _split(form.get("channels", ""), ","),
        "teams": _split(form.get("teams", ""), "\n") + ([""] if form.get("no_team") else []),
        "time_zone": form.get("time_zone", "").strip(),
        "tiles": _split(form.get("tiles", ""), ","),
        "limits": limits,
        "hours": _split(form.get("hours", ""), "\n"),
        "closed": _split(form.get("closed", ""), "\n"),
        "names": dict(names),
    }


def _split(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]

"""/alerts/channels: the channels of alerts that people make, change, test and remove."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from app.alerts.channel import LEVELS, NAME_CHARACTERS, Channel, sentence_of
from app.alerts.channels import NoSecretKey, NoSuchChannel
from app.alerts.services import FIXED_HOSTS
from app.board.day import day_of
from app.clock import instant
from app.errors import HttpError, InputError
from app.json_object import Json
from app.records import Told
from app.state import Request, State
from app.view.alerts import has_failed
from app.view.format import Format
from app.web.authors import author_of
from app.web.forms import read_fields
from app.web.render import page, titled_boards, words_for
from app.words.words import LANGUAGES, Words

FIELDS = 200
"""A box for each of 100 boards, and the rest."""


class ChannelForm(NamedTuple):
    """What the fields show."""

    name: str = ""
    url: str = ""
    secret: str = ""
    boards: tuple[str, ...] = ()
    levels: tuple[str, ...] = ("alarm",)
    quiet_hours: str = ""
    language: str = LANGUAGES[0]
    weekly: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """As ALERT_CHANNELS has them."""
        given = {"url": self.url.strip(), "secret": self.secret.strip()}
        hours = [line for line in self.quiet_hours.splitlines() if line.strip()]
        lists = {"boards": list(self.boards), "levels": list(self.levels), "quiet_hours": hours}
        return self._asdict() | given | lists


def channel_rows(state: State, words: Words) -> list[Json]:
    titles = {board.id: board.title for board in titled_boards(state, words)}
    form, last, now = Format(words, state["settings"].time_zone), _last_messages(state), state["clock"]()
    channels = state["alerts"].channels.all()
    return [channel_row(channel, titles, last.get(channel.name), form, now) for channel in channels]


def channel_row(channel: Channel, titles: Mapping[str, str], last: Told | None, form: Format, now: int) -> Json:
    """`titles`: of boards, by their ids; `last`: the message of which there was news last."""
    say = form.say
    state: str = channel.state
    if state == "ready" and last is not None and has_failed(last):
        state = "failing"
    words = say(f"alerts.channel-{state}")
    if state == "ready" and last is not None:
        midnight = day_of(now, ZoneInfo(form.zone)).start
        words = say("alerts.channel-told", at=form.moment(instant(last.at), midnight))
    kind = (
        say("alerts.webhook", host=channel.host) if channel.is_webhook else FIXED_HOSTS.get(channel.kind, channel.kind)
    )
    return {
        "name": channel.name,
        "kind": kind,
        "boards": ", ".join(titles.get(board, board) for board in channel.boards),
        "levels": ", ".join(say(f"limit.{level}") for level in channel.levels),
        "language": say(f"language.{channel.language}"),
        "quiet_hours": ", ".join(channel.quiet_hours),
        "is_of_settings": channel.origin == "settings",
        "state": state,
        "words": words,
        "reason": last.reason if state == "failing" and last is not None else "",
        "is_unsigned": channel.is_webhook and not channel.is_signed,
    }


async def show(request: Request) -> Response:
    """The form of a new channel, or of one that people made, named in the address."""
    name = request.query_params.get("name", "")
    if request.method == "POST":
        return await _change(request)
    if not name:
        return _page(request, "", ChannelForm(language=words_for(request).language))
    channel = request.state["alerts"].channels.find(name)
    if channel is None or channel.origin != "page":
        raise HttpError(404, "refused.no-channel", found=f"{name!r:.100}")
    return _page(request, name, _form_of(channel))


async def _change(request: Request) -> Response:
    fields = await read_fields(request, FIELDS)
    given, channels = dict(fields), request.state["alerts"].channels
    name, form = given.get("of", ""), _form_in(fields)
    try:
        match given.get("action"):
            case "remove":
                await channels.remove(name)
            case _ if name:
                await channels.edit(name, form.values)
            case _:
                await channels.add(form.values, author_of(request))
    except InputError as error:
        faults: dict[str, list[str]] = {}
        for mistake in error.mistakes:
            faults.setdefault(mistake.field, []).append(sentence_of(mistake, words_for(request).language))
        return _page(request, name, form, faults)
    except NoSuchChannel:
        raise HttpError(404, "refused.no-channel", found=f"{name!r:.100}") from None
    except NoSecretKey:
        raise HttpError(409, "refused.no-secret-key") from None
    return RedirectResponse("/alerts#channels", 303)


def _page(request: Request, name: str, form: ChannelForm, faults: Mapping[str, list[str]] | None = None) -> Response:
    """`name`: of the channel that is changed; empty: a new one."""
    state, words = request.state, words_for(request)
    channel = state["alerts"].channels.find(name) if name else None
    return page(
        request,
        "alert_channel.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        channel=name,
        is_unreadable=channel is not None and channel.state == "unreadable",
        form=form,
        faults=faults or {},
        boards=titled_boards(state, words),
        levels=LEVELS,
        languages=LANGUAGES,
        services=list(FIXED_HOSTS.items()),
        name_characters=NAME_CHARACTERS,
        can_add=state["alerts"].channels.can_add,
        zone=state["settings"].time_zone,
    )


def _form_of(channel: Channel) -> ChannelForm:
    return ChannelForm(
        name=channel.name,
        boards=channel.boards,
        levels=channel.levels,
        quiet_hours="\n".join(channel.quiet_hours),
        language=channel.language,
        weekly=channel.weekly,
    )


def _form_in(fields: Sequence[tuple[str, str]]) -> ChannelForm:
    form = dict(fields)
    return ChannelForm(
        name=form.get("name", ""),
        url=form.get("url", ""),
        secret=form.get("secret", ""),
        boards=tuple(value for name, value in fields if name == "boards"),
        levels=tuple(value for name, value in fields if name == "levels"),
        quiet_hours=form.get("quiet_hours", ""),
        language=form.get("language", ""),
        weekly="weekly" in form,
    )


def _last_messages(state: State) -> dict[str, Told]:
    """Return the message of each channel of which there was news last, by the channel's name."""
    last: dict[str, Told] = {}
    episodes = state["alerts"].episodes
    for episode in episodes.all().values():
        for told in episode.told:
            if told.at and (told.channel not in last or last[told.channel].at < told.at):
                last[told.channel] = told
    return last

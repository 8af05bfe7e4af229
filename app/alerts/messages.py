"""The text and JSON of messages, written when they are sent: records hold facts, and no names."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from app.alerts.channel import Channel
from app.board.definition import BoardDefinition
from app.clock import HOUR, SECOND, instant
from app.figures import figure_of, value_at
from app.json_object import Json
from app.limits.document_part import plain
from app.records import ONSITE, Episode, Step, Told
from app.view.format import Format, board_title, format_in
from app.view.limits import value_text

SOME_HOURS = 20 * HOUR
"""An instant further back is said with its day."""


class BoardNow(NamedTuple):
    definition: BoardDefinition
    document: Json
    """With names as channels may have them."""


class Message(NamedTuple):
    """One step of an episode, for one channel."""

    id: str
    """Of the episode."""
    episode: Episode
    told: Told

    @property
    def episode_then(self) -> Episode:
        """The episode with the threshold of this step, though it may have moved on since."""
        told = self.told
        return replace(self.episode, since=told.since, limit=told.limit) if told.since else self.episode

    @property
    def key(self) -> tuple[str, str, int]:
        return self.id, self.told.channel, self.told.n


class Letter(NamedTuple):
    """What people get."""

    title: str
    body: str
    is_good: bool
    """It tells of ends alone."""


class MessageWriter:
    def __init__(
        self,
        find_board: Callable[[str], BoardNow | None],
        screen_name: Callable[[str], str],
        link_of: Callable[[str, str], str],
        site: str,
        time_zone: str,
    ) -> None:
        """`link_of`: where an episode is acknowledged, by its id and the channel's name. `site`: our own address."""
        self._find_board = find_board
        self._screen_name = screen_name
        self._link_of = link_of
        self._site = site
        self._time_zone = time_zone

    def webhook(self, message: Message, channel: Channel, now: int) -> bytes:
        """Return the body of our own webhook. What does not apply is absent."""
        episode, told = message.episode_then, message.told
        is_over = told.step == "ended"
        body: dict[str, Any] = {
            "type": f"episode.{told.step}",
            "episode": message.id,
            "figure": episode.figure,
            "state": _state_at(episode, told.step),
            "since": instant(episode.since),
            "text": self.text(message, channel, now),
            "link": self.link(episode),
        }
        if episode.board:
            body["board"] = episode.board
        for name, value in (("value", told.value), ("limit", episode.limit), ("worst", episode.worst)):
            if value is not None:
                body[name] = plain(value)
        if is_over:
            body["ended"] = instant(episode.ended)
        elif _is_stored(episode):
            body["acknowledge"] = self._link_of(message.id, channel.name)
        return msgspec.json.encode(body)

    def webhook_test(self, channel: Channel) -> bytes:
        text = format_in(channel.language, self._time_zone).say("alert.test", channel=channel.name)
        return msgspec.json.encode({"type": "test", "text": text, "link": f"{self._site}/alerts"})

    def letter(self, messages: Sequence[Message], channel: Channel, now: int) -> Letter:
        """Return one message to people of several steps. Of an episode that ended meanwhile only the end is told."""
        ended = {message.id for message in messages if message.told.step == "ended"}
        shown = [message for message in messages if message.told.step == "ended" or message.id not in ended]
        form = format_in(channel.language, self._time_zone)
        blocks = [self._block(message, channel, form, now) for message in shown]
        title = self._title(shown[0], form) if len(shown) == 1 else form.say("alert.several", n=len(shown))
        return Letter(title, "\n\n".join(blocks), all(message.told.step == "ended" for message in shown))

    def test(self, channel: Channel) -> Letter:
        form = format_in(channel.language, self._time_zone)
        body = f"{form.say('alert.test', channel=channel.name)}\n{self._site}/alerts"
        return Letter(form.say("alert.test-title"), body, is_good=True)

    def text(self, message: Message, channel: Channel, now: int) -> str:
        episode = message.episode_then
        board = self._find_board(episode.board) if episode.board else None
        form = self._form(channel, board)
        if not episode.board:
            return self._trouble(episode, message.told, form, now)
        sentences = [_sentence(episode, message.told, _title_of(episode, board, form), form, now)]
        if board is not None and message.told.step != "ended":
            sentences += _context(episode.figure, board, form)
        return " ".join(sentences)

    def link(self, episode: Episode) -> str:
        return f"{self._site}/floor/{episode.board}" if episode.board else f"{self._site}/alerts"

    def _block(self, message: Message, channel: Channel, form: Format, now: int) -> str:
        lines = [self.text(message, channel, now), form.say("alert.see", link=self.link(message.episode))]
        is_asked = message.told.step in ("watch", "alarm", "reminder") and message.episode.acknowledged is None
        if is_asked and _is_stored(message.episode):
            lines.append(form.say("alert.take-care", link=self._link_of(message.id, channel.name)))
        return "\n".join(lines)

    def _title(self, message: Message, form: Format) -> str:
        episode, step = message.episode, message.told.step
        if not episode.board:
            return form.say(f"headline.{step}", subject="Deskboard")
        board = self._find_board(episode.board)
        return form.say(f"headline.{step}", subject=_title_of(episode, board, form))

    def _trouble(self, episode: Episode, told: Told, form: Format, now: int) -> str:
        kind, _, screen = episode.figure.partition(":")
        values = {"time": _time(episode.since, form, now), "why": _cause(episode, form)}
        if screen:
            values["screen"] = self._screen_name(screen) or screen
        if told.step == "ended":
            span = _span(episode.since, episode.ended, form)
            return form.say(f"trouble.{kind.replace('_', '-')}-ended", span=span, **values)
        said = form.say(f"trouble.{kind.replace('_', '-')}", **values)
        if told.step == "acknowledged":
            return form.say("alert.acknowledged", who=_who(episode, form), what=said)
        return form.say("alert.reminder", what=said) if told.step == "reminder" else said

    def _form(self, channel: Channel, board: BoardNow | None) -> Format:
        return format_in(channel.language, self._time_zone if board is None else board.definition.time_zone)


def figure_words(figure: str, form: Format) -> str:
    """Return what a figure is called within a sentence."""
    kind, _, channel = figure.partition(":")
    if channel:
        whole = f"longest.{channel}"
        if kind == "oldest" and form.words.has(whole):
            return _within_a_sentence(form.say(whole))
        return form.say(f"alarmed.{kind}-of", channel=form.channel(channel))
    return form.say(f"alarmed.{kind.replace('_', '-')}")


def _within_a_sentence(title: str) -> str:
    return title[0].lower() + title[1:]


def _sentence(episode: Episode, told: Told, title: str, form: Format, now: int) -> str:
    what = _what(episode, told, title, form, now)
    match told.step:
        case "acknowledged":
            return form.say("alert.acknowledged", who=_who(episode, form), what=what)
        case "reminder":
            return form.say("alert.reminder", what=what)
        case "watch":
            return form.say("alert.watch", what=what)
        case "ended":
            return _end(episode, told, title, form)
        case _:
            return what


def _what(episode: Episode, told: Told, title: str, form: Format, now: int) -> str:
    values = {
        "board": title,
        "figure": figure_words(episode.figure, form),
        "limit": value_text(episode.figure, episode.limit, form),
        "time": _time(episode.since, form, now),
    }
    if told.value is None:
        return form.say("alert.alarm-unmeasured", **values)
    return form.say("alert.alarm", value=value_text(episode.figure, told.value, form), **values)


def _end(episode: Episode, told: Told, title: str, form: Format) -> str:
    figure = figure_words(episode.figure, form)
    span = _span(episode.since, episode.ended, form)
    if episode.end in ("hours", "removed"):
        return form.say(f"ending.{episode.end}", board=title, figure=figure, span=span)
    values = {"board": title, "figure": figure, "span": span}
    if episode.worst is None:
        return form.say("alert.ended-unmeasured", **values)
    values["worst"] = value_text(episode.figure, episode.worst, form)
    if told.value is None:
        return form.say("alert.ended-gone", **values)
    return form.say("alert.ended", value=value_text(episode.figure, told.value, form), **values)


def _context(figure: str, board: BoardNow, form: Format) -> list[str]:
    """Return what else helps at a glance: who has the oldest conversation, or how many take any."""
    document, (kind, _, channel) = board.document, figure.partition(":")
    if kind.startswith("oldest"):
        return _owner_of_oldest(channel, board, form)
    if kind in ("open", "open_per_taking"):
        return [form.say("alert.taking", n=document["operators"]["taking"])]
    if kind in ("connected", "taking", "not_taking"):
        return [form.say("alert.open", n=document["conversations"]["open"])]
    sample = figure_of(figure).sample
    answers = value_at(document, sample) if sample and kind != "median_onsite" else None
    return [form.say("alert.answers", n=answers)] if isinstance(answers, int) else []


def _owner_of_oldest(channel: str, board: BoardNow, form: Format) -> list[str]:
    conversations = [
        conversation
        for conversation in board.document["conversations"]["by_id"].values()
        if "unverified" not in conversation
        and (conversation["channel"] == channel if channel else conversation["channel"] in ONSITE)
    ]
    oldest: Json = min(conversations, key=lambda conversation: str(conversation["opened_at"]), default={})
    row = board.document["operators"]["by_id"].get(oldest.get("operator"))
    if row is None or not row.get("name"):
        return []
    return [form.say("alert.owner", name=row["name"], n=sum(row["open"].values()))]


def _is_stored(episode: Episode) -> bool:
    """Whether there is a record to acknowledge: an alert about the store itself is sent from memory."""
    return episode.version > 0


def _state_at(episode: Episode, step: Step) -> str:
    """Return where the figure was at a step, though it may have moved on since."""
    if step == "ended":
        return "ok"
    return step if step in ("watch", "alarm") else episode.level


def _title_of(episode: Episode, board: BoardNow | None, form: Format) -> str:
    if board is None:
        return episode.board
    return board_title(board.definition.id, board.definition.title, form.words)


def _who(episode: Episode, form: Format) -> str:
    seen = episode.acknowledged
    return seen.by if seen is not None and seen.by else form.say("alert.someone")


def _cause(episode: Episode, form: Format) -> str:
    key = f"cause.{episode.cause}"
    return form.say(key) if form.words.has(key) else episode.cause


def _time(at: int, form: Format, now: int) -> str:
    if now - at < SOME_HOURS:
        return form.time_of_day(instant(at))
    return form.moment(instant(at), now - SOME_HOURS)


def _span(since: int, until: int, form: Format) -> str:
    seconds = max(0, until - since) // SECOND
    return form.say("age.seconds", n=seconds) if seconds < 60 else form.duration(seconds)

"""Channels that are told of episodes: what each says of itself, as ALERT_CHANNELS or people on a page give it."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from app.alerts.services import WEBHOOK, AddressRefused, kind_of_address
from app.bounds import ALERT_ADDRESS_CHARACTERS, ALERT_CHANNELS, BOARD_LIST_ENTRIES, BOARDS
from app.definitions.fields import Fields, WrongValue, one_of
from app.definitions.hours import hours_entry
from app.errors import InputError, Mistake, SettingsError
from app.name_text import clean_name, refused_in
from app.records import Level
from app.settings import Settings
from app.words.words import LANGUAGES, words_in

NAME_CHARACTERS = 40
FEWEST_SECRET_BYTES = 16
SETTING = "ALERT_CHANNELS"
LEVELS: tuple[Level, ...] = get_args(Level)

State = Literal["ready", "pending", "unreadable"]
"""`pending`: no test message went through yet. `unreadable`: SECRET_KEY was changed, and its address is to be entered
again."""

_FIELDS = ("name", "url", "secret", "boards", "levels", "quiet_hours", "language", "weekly")
_BOARD = re.compile(r"[a-z0-9-]{1,40}")


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str
    """As in `slack`; `webhook`: our own."""
    url: str = ""
    """It holds secrets, and is shown to no one. Empty while it is unreadable."""
    secret: str = ""
    """Base64, of webhooks that are signed."""
    boards: tuple[str, ...] = ()
    """Empty: all."""
    levels: tuple[Level, ...] = ("alarm",)
    quiet_hours: tuple[str, ...] = ()
    language: str = LANGUAGES[0]
    weekly: bool = False
    """It gets the weekly report."""
    host: str = ""
    """Of a webhook: the only part of its address that is shown."""
    is_signed: bool = False
    origin: Literal["settings", "page"] = "settings"
    state: State = "ready"
    by: str = ""
    """Who made it on a page."""

    def __repr__(self) -> str:
        return f"Channel(name={self.name!r}, kind={self.kind!r})"

    @property
    def is_webhook(self) -> bool:
        return self.kind == WEBHOOK

    def hears(self, board: str, level: Level) -> bool:
        """Whether it gets messages of a board at a level. Troubles of the deployment have no board, and go to all."""
        return not board or (level in self.levels and (not self.boards or board in self.boards))


def parse_channel(values: Mapping[str, Any], *, on_page: bool, allows_private: bool) -> Channel:
    """Return a channel. Raises InputError, whose mistakes are sentences of the section `entry`."""
    parser = _Parser(values)
    channel = parser.parse(on_page=on_page, allows_private=allows_private)
    if parser.mistakes:
        raise InputError(parser.mistakes)
    return channel


def mistakes_beside_address(values: Mapping[str, Any]) -> list[Mistake]:
    """Return what is wrong with a channel whose address cannot be read."""
    parser = _Parser({name: values[name] for name in _FIELDS if name in values})
    parser.parse(on_page=True, allows_private=False)
    return [mistake for mistake in parser.mistakes if mistake.field != "url"]


def read_channels(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels of ALERT_CHANNELS. Raises SettingsError, a sentence for each mistake."""
    if not settings.alert_channels.strip():
        return ()
    try:
        found = msgspec.json.decode(settings.alert_channels)
    except ValueError as error:  # it never repeats what it read
        raise SettingsError(f"{SETTING} is no JSON: {error}") from None
    if not isinstance(found, list) or not all(isinstance(values, Mapping) for values in found):
        raise SettingsError(
            f'{SETTING} is no list of channels: write it like [{{"name": "ops", "url": "https://..."}}]'
        )
    if len(found) > ALERT_CHANNELS:
        raise SettingsError(f"{SETTING} has {len(found)} channels: {ALERT_CHANNELS} are allowed")
    channels: dict[str, Channel] = {}
    sentences: list[str] = []
    for number, values in enumerate(found):
        try:
            channel = parse_channel(values, on_page=False, allows_private=settings.alert_private_hosts)
            if channel.name in channels:
                raise InputError([Mistake(rule="repeated", field="name", found=channel.name)])
            channels[channel.name] = channel
        except InputError as error:
            sentences += [f"{SETTING}[{number}].{one.field}: {sentence_of(one)}" for one in error.mistakes]
    if sentences:
        raise SettingsError("\n".join(sentences))
    return tuple(channels.values())


def sentence_of(error: Mistake, language: str = LANGUAGES[0]) -> str:
    """Return what is wrong with a field, and what is allowed."""
    return words_in(language).say(f"entry.{error.rule}", found=error.found, allowed=error.allowed)


class _Parser(Fields):
    def parse(self, *, on_page: bool, allows_private: bool) -> Channel:
        self.refuse_others(self.values, _FIELDS)
        name = self.one("name", _name, "")
        url = self.one("url", _text_of_address, "")
        kind = self._kind(url, on_page=on_page, allows_private=allows_private) if url else ""
        secret = self.one("secret", _secret, "", is_needed=False)
        if secret and kind and kind != WEBHOOK:
            self.add("secret", WrongValue("secret-kind", allowed="https://"))
        return Channel(
            name=name,
            kind=kind,
            url=url,
            secret=secret,
            boards=self.list("boards", _board, BOARDS),
            levels=self.list("levels", one_of(LEVELS), len(LEVELS)) or ("alarm",),
            quiet_hours=self.list("quiet_hours", hours_entry, BOARD_LIST_ENTRIES),
            language=self.one("language", one_of(LANGUAGES), LANGUAGES[0], is_needed=False),
            weekly=self.one("weekly", _yes_or_no, False, is_needed=False),
            host=_host_shown(url) if kind == WEBHOOK else "",
            is_signed=bool(secret),
            origin="page" if on_page else "settings",
            state="pending" if on_page else "ready",
        )

    def _kind(self, url: str, *, on_page: bool, allows_private: bool) -> str:
        try:
            return kind_of_address(url, on_page=on_page, allows_private=allows_private)
        except AddressRefused as error:
            self.mistakes.append(Mistake(rule=error.rule, field="url", found=error.found, allowed=error.allowed))
            return ""


def _name(value: object) -> str:
    name = clean_name(value) if isinstance(value, str) else ""
    if not name or len(name) > NAME_CHARACTERS or refused_in(name):
        raise WrongValue("name", value, str(NAME_CHARACTERS))
    return name


def _text_of_address(value: object) -> str:
    if not isinstance(value, str) or len(value) > ALERT_ADDRESS_CHARACTERS:
        raise WrongValue("address")  # it may be a secret, and is not repeated
    return value.strip()


def _secret(value: object) -> str:
    text = value.strip().removeprefix("whsec_") if isinstance(value, str) else ""
    try:
        secret = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        secret = b""
    if len(secret) < FEWEST_SECRET_BYTES:
        raise WrongValue("secret", allowed=str(FEWEST_SECRET_BYTES))
    return base64.b64encode(secret).decode()


def _board(value: object) -> str:
    if not isinstance(value, str) or not _BOARD.fullmatch(value):
        raise WrongValue("board", value)
    return value


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise WrongValue("choice", value, "true, false")


def _host_shown(url: str) -> str:
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    return authority.rpartition("@")[2]

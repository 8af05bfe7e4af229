"""Everything a host decides, read once from the environment: typed, or refused with a sentence that says so."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from zxcvbn import zxcvbn

from app.access.api_tokens import ApiToken, parse_api_tokens
from app.access.identity_provider import IdentityProvider, Role, parse_grants
from app.bounds import LONGEST_HISTORY_DAYS
from app.errors import SettingsError
from app.store.address import parse_address

T = TypeVar("T")

DEFAULT_PORT = 8000
PASSWORD_CHARACTERS, SECRET_KEY_CHARACTERS, PROXIES = 12, 16, 10
LEAST_PEOPLE_DAYS, MOST_PEOPLE_DAYS = 9, 31
"""Records live nine days, whatever is set."""
LEAST_HISTORY_DAYS = 10
"""Last week's day is looked at, and days are counted again for nine days."""
GUESSABLE = 1
"""`guess_score` of what falls to less than a million guesses: too few for any secret."""
GUESSABLE_PASSWORD = 2
"""Of what falls to less than a hundred million: a log-in page under attack answers a million in a day."""
SCORED_CHARACTERS = 72
"""zxcvbn takes no more."""

_PLATFORM_URLS = {
    "HEROKU_APP_DEFAULT_DOMAIN_NAME": "https://{}",
    "RENDER_EXTERNAL_URL": "{}",
    "FLY_APP_NAME": "https://{}.fly.dev",
}
"""What each platform says of a site's address. Heroku says it once `runtime-dyno-metadata` is enabled."""
_SITE = re.compile(
    r"(?P<site>https?://(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?)/?",
    re.IGNORECASE | re.ASCII,
)

_GRANTS: Mapping[str, Role] = {"OIDC_ADMINS": "admin", "OIDC_LEADS": "lead", "OIDC_VIEWERS": "viewer"}
_NEVER_REPEATED = ("REDIS_URL", "SECRET_KEY", "ADMIN_PASSWORD", "API_TOKENS", "HEARTBEAT_URL", "OIDC_CLIENT_SECRET")
"""Settings that are secrets, or may hold one: errors do not show what was found."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    port: int | None
    """None: unset, so only this machine is served."""
    redis_url: str | None
    """None: the embedded store."""
    redis_tls_verify: Literal["full", "none"]
    data_dir: Path
    iadvize_secrets: tuple[str, ...]
    time_zone: str
    currency: str
    api_tokens: tuple[ApiToken, ...]
    secret_key: str | None
    """None: made once and kept in the store."""
    admin_password: str | None
    """None: there is no log-in."""
    public_url: str | None
    """Without a path or slash at its end. None: neither PUBLIC_URL nor the platform names one."""
    public_url_variable: str
    """Which variable named it; empty: none."""
    trusted_proxies: int
    """How many proxies of ours a request passes: that many last entries of its X-Forwarded-* are trusted."""
    presence_unverified_after: int
    """Seconds, as `presence_gone_after`."""
    presence_gone_after: int
    privacy: Literal["names", "sums"] = "names"
    """`sums`: nothing but sums of at least five people is shown, whatever admins choose."""
    history_days: int = 400
    """How long the sums of a day are kept."""
    people_days: int = 9
    """How long it is kept when operators were there, and what they did."""
    boards_file: Path | None = None
    """None: no file defines boards."""
    boards: str = ""
    """Boards as TOML."""
    alert_channels: str = ""
    """Channels that are told of alerts, as JSON."""
    alert_private_hosts: bool = False
    """Whether those may be in private networks, and without TLS."""
    heartbeat_url: str | None = None
    """None: no heartbeat is sent to another site."""
    identity_provider: IdentityProvider | None = None
    """None: no one logs in with one."""

    def __repr__(self) -> str:
        return f"Settings(port={self.port}, data_dir={str(self.data_dir)!r})"  # the rest is secret, or of little use

    @property
    def store_directory(self) -> Path:
        """Where the embedded store lives."""
        return self.data_dir / "store"

    @property
    def spool_directory(self) -> Path:
        """Where posts wait while the store is away."""
        return self.data_dir / "spool"

    @property
    def url(self) -> str:
        """Where this machine reaches its own Deskboard."""
        return f"http://127.0.0.1:{DEFAULT_PORT if self.port is None else self.port}"

    @property
    def external_url(self) -> str:
        """Where others reach it. Never taken from a request, whose Host anyone may invent."""
        return self.public_url or self.url


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings of an environment. Raises SettingsError, which names every one that is wrong."""
    errors: list[str] = []

    def read(name: str, default: T, parse: Callable[[str], T]) -> T:
        text = environment.get(name, "").strip()
        if not text:
            return default
        if not text.isprintable():
            errors.append(f"{name} holds characters that are no text: set it in UTF-8, without line breaks")
            return default
        try:
            return parse(text)
        except ValueError as error:
            found = "" if name in _NEVER_REPEATED else f" is {text!r}, which"
            errors.append(f"{name}{found} {error}")
            return default

    public_url = read("PUBLIC_URL", None, _public_url)
    platform_variable, platform_url = (None, None) if public_url else _platform_url(environment)
    settings = Settings(
        port=read("PORT", None, _whole_number("port", 1, 65_535)),
        redis_url=read("REDIS_URL", None, _redis_url),
        redis_tls_verify=read("REDIS_TLS_VERIFY", "full", _tls_verify),
        data_dir=read("DATA_DIR", Path("var"), Path),
        iadvize_secrets=read("IADVIZE_SECRETS", (), _list),
        time_zone=read("TIME_ZONE", "UTC", parse_time_zone),
        currency=read("CURRENCY", "EUR", _currency),
        api_tokens=read("API_TOKENS", (), parse_api_tokens),
        secret_key=read("SECRET_KEY", None, _secret_key),
        admin_password=read("ADMIN_PASSWORD", None, _password),
        public_url=public_url or platform_url,
        public_url_variable="PUBLIC_URL" if public_url else platform_variable or "",
        trusted_proxies=read("TRUSTED_PROXIES", 0, _whole_number("number of proxies", 0, PROXIES)),
        presence_unverified_after=read("PRESENCE_UNVERIFIED_AFTER", 4 * 3600, _seconds),
        presence_gone_after=read("PRESENCE_GONE_AFTER", 14 * 3600, _seconds),
        privacy=read("PRIVACY", "names", _privacy),
        history_days=read(
            "HISTORY_DAYS", 400, _whole_number("number of days", LEAST_HISTORY_DAYS, LONGEST_HISTORY_DAYS)
        ),
        people_days=read("PEOPLE_DAYS", 9, _whole_number("number of days", LEAST_PEOPLE_DAYS, MOST_PEOPLE_DAYS)),
        boards_file=read("BOARDS_FILE", None, Path),
        boards=environment.get("BOARDS", ""),
        alert_channels=environment.get("ALERT_CHANNELS", ""),
        alert_private_hosts=read("ALERT_PRIVATE_HOSTS", False, _yes_or_no),
        heartbeat_url=read("HEARTBEAT_URL", None, _heartbeat_url),
        identity_provider=_provider(environment, read, errors),
    )
    if errors:
        raise SettingsError("\n".join(errors))
    return settings


def _provider(
    environment: Mapping[str, str], read: Callable[[str, Any, Callable[[str], Any]], Any], errors: list[str]
) -> IdentityProvider | None:
    """Return the identity provider; its settings come together or not at all."""
    issuer = read("OIDC_ISSUER", "", _issuer)
    client_id, client_secret = (read(name, "", str) for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"))
    grants = [grant for name, role in _GRANTS.items() for grant in read(name, (), partial(parse_grants, role))]
    named = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": client_id, "OIDC_CLIENT_SECRET": client_secret}
    if not any(environment.get(name, "").strip() for name in (*named, *_GRANTS, "OIDC_ROLES_CLAIM")):
        return None
    errors += [
        f"{name} is not set: an identity provider needs it" for name in named if not environment.get(name, "").strip()
    ]
    if not grants and not any(error.startswith("OIDC_") for error in errors):
        errors.append(
            f"none of {', '.join(_GRANTS)} is set: no one could log in; "
            "set roles or groups as the provider names them, mail addresses, or @example.org for all of a domain"
        )
    return IdentityProvider(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        roles_claim=read("OIDC_ROLES_CLAIM", "", str),
        grants=tuple(grants),
    )


def _issuer(text: str) -> str:
    url = urlsplit(text)
    is_local = url.hostname in ("localhost", "127.0.0.1", "::1")
    if url.scheme not in ("https", "http") or not url.hostname or (url.scheme == "http" and not is_local) or url.query:
        raise ValueError(
            "is no issuer: set the address that the provider calls itself by, as https://login.example.org"
        )
    if url.hostname == "login.microsoftonline.com" and url.path.lower().split("/")[1:2] in (
        ["common"],
        ["organizations"],
        ["consumers"],
    ):
        raise ValueError(
            "is the issuer of all tenants: set your own, as https://login.microsoftonline.com/<tenant id>/v2.0"
        )
    return text


def _whole_number(what: str, least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"is no {what}: set a whole number from {least} to {most}")
        return int(text)

    return parse


def _redis_url(text: str) -> str:
    parse_address(text)
    return text


def _tls_verify(text: str) -> Literal["full", "none"]:
    if text == "full":
        return "full"
    if text == "none":
        return "none"
    raise ValueError("is not allowed: set full, or none for a self-signed certificate")


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _secret_key(text: str) -> str:
    if len(text) < SECRET_KEY_CHARACTERS:
        raise ValueError(f"is too short: set at least {SECRET_KEY_CHARACTERS} random characters, or leave it unset")
    return text


def _password(text: str) -> str:
    advice = f"set {PASSWORD_CHARACTERS} characters or more, hard to guess, as four words that do not belong together"
    if len(text) < PASSWORD_CHARACTERS:
        raise ValueError(f"is too short: {advice}")
    if guess_score(text) <= GUESSABLE_PASSWORD:
        raise ValueError(f"is weak: {advice}")
    return text


def guess_score(secret: str, known: Iterable[str] = ()) -> int:
    """Return how hard a secret is to guess, from 0 to 4. `known`: what a guesser would try first."""
    score: int = zxcvbn(secret[:SCORED_CHARACTERS], user_inputs=["deskboard", "iadvize", *known])["score"]
    return score


def _public_url(text: str) -> str:
    if (url := _site_of(text)) is None:
        raise ValueError("is no address of a site: set one like https://board.example.org, without a path")
    return url


def _site_of(text: str) -> str | None:
    """Return a URL that names a site and nothing within it, without the slash at its end; None: it is another one."""
    match = _SITE.fullmatch(text)
    if match is None or (match["port"] and not 0 < int(match["port"]) < 65536):
        return None
    try:
        urlsplit(text)  # raises for a host in brackets that is no IPv6 address
    except ValueError:
        return None
    return match["site"].lower()


def _platform_url(environment: Mapping[str, str]) -> tuple[str, str] | tuple[None, None]:
    """Return the variable by which a platform names this site, and the site."""
    for variable, template in _PLATFORM_URLS.items():
        if text := environment.get(variable, "").strip():
            url = _site_of(template.format(text))
            if url is not None:  # one that cannot be read is the platform's fault, and stops no start
                return variable, url
    return None, None


def parse_time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise ValueError("is no time zone: set a name like Europe/Paris or UTC") from None
    if text not in _iana_zones():
        raise ValueError(
            "is a time zone of this machine alone, which no browser knows: set a name of the IANA database, "
            "like Europe/Paris or UTC"
        )
    return text


def _iana_zones() -> frozenset[str]:
    """Return the names of the IANA database that stand for a place or an offset."""
    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}  # the zone of a machine on which none was set


def _currency(text: str) -> str:
    if not (text.isascii() and text.isalpha() and text.isupper() and len(text) == 3):
        raise ValueError("is no currency: set the three capital letters of ISO 4217, like EUR")
    return text


def _yes_or_no(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("is not allowed: set 1, or 0, which is the same as unset")
    return text == "1"


def _privacy(text: str) -> Literal["names", "sums"]:
    if text == "sums":
        return "sums"
    raise ValueError("is not allowed: set sums, or leave it unset and choose at /people how names are shown")


def _heartbeat_url(text: str) -> str:
    try:
        url = urlsplit(text)
        has_host = bool(url.hostname) and url.port != 0
    except ValueError:
        has_host = False
    if not has_host or url.scheme not in ("http", "https") or " " in text:
        raise ValueError("is no address of a site: set one like https://hc-ping.com/...")
    return text


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 9 * 86_400):
        raise ValueError("is no whole number of seconds from 1 to 777600 (9 days)")
    return int(text)

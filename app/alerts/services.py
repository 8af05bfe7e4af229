"""Which services a channel may lead to, and what its address may say.

Apprise knows how to speak to them; any other https address is a receiver of our own webhook. Addresses hold secrets: no
message here repeats one.
"""

import ipaddress
import logging
import re
import warnings
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.alerts.addresses import is_public
from app.errors import DeskboardError

WEBHOOK = "webhook"

FIXED_HOSTS = {
    "slack": "Slack",
    "workflows": "Microsoft Teams",
    "gchat": "Google Chat",
    "discord": "Discord",
    "tgram": "Telegram",
    "webex": "Webex",
    "pover": "Pushover",
    "pagerduty": "PagerDuty",
    "opsgenie": "Opsgenie",
}
"""Schemas of services with a fixed host: people may enter them on a page. All others need ALERT_CHANNELS."""

_ALIASES = {"workflow": "workflows", "wxteams": "webex"}
_TEAMS_HOST = re.compile(r"[\w.-]+\.(?:logic\.azure\.(?:com|us|cn)|powerplatform\.(?:com|us|cn))")
_NATIVE = (
    (re.compile(r"hooks\.slack(?:-gov)?\.com"), "slack"),
    (_TEAMS_HOST, "workflows"),
    (re.compile(r"chat\.googleapis\.com"), "gchat"),
    (re.compile(r"(?:ptb\.|canary\.)?discord(?:app)?\.com"), "discord"),
    (re.compile(r"webexapis\.com|api\.ciscospark\.com"), "webex"),
)
"""Hosts of services whose own https addresses may be entered as they are: they do not take our webhook."""
_ALLOWED_OPTIONS = frozenset(("to", "thread", "topic", "region", "mode", "key", "token", "workspace", "sig", "id"))
_NATIVE_OPTIONS = frozenset(("key", "token", "sig", "sp", "sv", "api-version", "thread_id", "wait", "threadKey"))
"""What an address on a page may say behind its `?`: others of Apprise's read files of this machine, or turn off its
checks."""
_SCHEMA = re.compile(r"([a-z][a-z0-9]{1,24})://", re.IGNORECASE)


class AddressRefused(DeskboardError):
    """`rule` names a sentence in the catalogue of words, in the section `entry`."""

    def __init__(self, rule: str, found: str = "", allowed: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.found = found
        self.allowed = allowed


def kind_of_address(url: str, *, on_page: bool, allows_private: bool) -> str:
    """Return the service that an address leads to. Raises AddressRefused.

    `on_page`: people entered it, who need not be those who run this machine.
    """
    match = _SCHEMA.match(url)
    if match is None or not url.isprintable() or " " in url:
        raise AddressRefused("address")
    schema = match[1].lower()
    if schema not in ("http", "https"):
        return _kind_of_schema(schema, url, on_page=on_page, allows_private=allows_private)
    host = _host_of(url)
    native = next((kind for pattern, kind in _NATIVE if schema == "https" and pattern.fullmatch(host)), None)
    if native is not None:
        _check_apprise(url, native)
        if on_page:
            _check_options(url, _NATIVE_OPTIONS)
        return native
    if schema == "http" and not allows_private:
        raise AddressRefused("plain", "http://", "https://")
    _check_host(host, allows_private=allows_private)
    return WEBHOOK


def _kind_of_schema(schema: str, url: str, *, on_page: bool, allows_private: bool) -> str:
    kind = _ALIASES.get(schema, schema)
    if on_page and kind not in FIXED_HOSTS:
        raise AddressRefused("own-host", f"{schema}://", ", ".join(f"{name}://" for name in FIXED_HOSTS))
    plugin = _check_apprise(url, schema)
    if on_page:
        _check_options(url, _ALLOWED_OPTIONS)
        if kind == "workflows" and not _TEAMS_HOST.fullmatch(plugin.host):
            raise AddressRefused("teams-host", allowed="*.logic.azure.com, *.powerplatform.com")
    if kind not in FIXED_HOSTS:
        _check_own_host(schema, plugin, allows_private=allows_private)
    return kind


def _check_own_host(schema: str, plugin: Any, *, allows_private: bool) -> None:
    if allows_private:
        return
    secure, host = _secure_schema(plugin), plugin.host if isinstance(getattr(plugin, "host", None), str) else ""
    if secure and schema not in (secure, "mailto"):  # mailto turns TLS on by itself where a provider is known
        raise AddressRefused("plain", f"{schema}://", f"{secure}://")
    if host:
        _check_host(host, allows_private=False)


def _secure_schema(plugin: Any) -> str:
    found = getattr(plugin, "secure_protocol", None)
    names = (found,) if isinstance(found, str) else tuple(found or ())
    return str(names[0]) if names and getattr(plugin, "protocol", None) else ""


def _check_host(host: str, *, allows_private: bool) -> None:
    """A name is looked up when something is sent, and may lead elsewhere by then."""
    if not host:
        raise AddressRefused("address")
    if not allows_private and is_private_name(host):
        raise AddressRefused("private", host)


def is_private_name(host: str) -> bool:
    """Whether a host is known to be on this machine or in a private network."""
    try:
        return not is_public(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _check_options(url: str, allowed: frozenset[str]) -> None:
    for name in parse_qs(urlsplit(url).query, keep_blank_values=True):
        if name.lower() not in allowed and name not in allowed:
            raise AddressRefused("option", name[:40], ", ".join(sorted(allowed)))


def _check_apprise(url: str, schema: str) -> Any:
    plugin = instantiate(url)
    if plugin is None:
        raise AddressRefused("unreadable" if is_known(schema) else "schema", f"{schema}://")
    return plugin


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


@cache
def _apprise() -> Any:
    """Apprise takes a third of a second to import: only where there is a channel for it."""
    silence_logs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it still tries modules that Python is about to drop
        import apprise

        apprise.apprise.N_MGR.load_modules()  # type: ignore[no-untyped-call]
    return apprise


def silence_logs() -> None:
    """Apprise writes addresses into its log, and so does urllib3."""
    quiet = logging.getLogger("apprise")
    quiet.propagate = False
    quiet.setLevel(logging.CRITICAL + 1)  # whatever asks for more detail of the root
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)


def is_known(schema: str) -> bool:
    plugins = _apprise().apprise.N_MGR
    return schema in plugins


def instantiate(url: str) -> Any:
    """Return Apprise's service of an address, or None: it cannot be read. Nothing of it is kept on the disk."""
    apprise = _apprise()
    silence_logs()  # once more: others may have set up loggers since
    asset = apprise.AppriseAsset(
        app_id="Deskboard",
        app_desc="Deskboard",
        app_url="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        secure_logging=True,
        service_timeout=0,
        image_path_mask=False,
        pgp_autogen=False,
        pem_autogen=False,
        http_redirects=False,
    )
    return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def new_sender(service: Any) -> Any:
    """Return a sender of messages to a service."""
    sender = _apprise().Apprise()
    sender.add(service)
    return sender

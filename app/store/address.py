"""Where the store is: REDIS_URL, read once and refused in words that name no password."""

import re
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

PORT, SENTINEL_PORT = 6379, 26379
FORMS = (
    "redis://:password@host:6379/0, rediss:// for TLS (valkey:// and valkeys:// mean the same), unix:///path, "
    "redis+sentinel://host1,host2,host3/name or redis+cluster://host1,host2,host3; write / ? # @ within a password as "
    "%2F %3F %23 %40"
)
TEXT_OPTIONS = ("client_name", "sentinel_password", "sentinel_username")
FILE_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
OPTIONS = ("db", "protocol", *TEXT_OPTIONS, *FILE_OPTIONS)
"""What may stand behind `?`: nothing that changes how replies are read or how long they are waited for."""

_SCHEME = re.compile(r"(redis|valkey)(s?)(?:\+(sentinel|cluster))?")
_OPTION_NAME = re.compile(r"[a-z_]{1,40}")

Kind = Literal["unix", "server", "cluster", "sentinel"]


class Node(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class StoreAddress(msgspec.Struct, frozen=True, kw_only=True):
    kind: Kind
    path: str = ""
    """Of a Unix socket."""
    nodes: tuple[Node, ...] = ()
    """The server, nodes of the cluster, or the sentinels."""
    primary: str = ""
    """Name by which the sentinels know it."""
    tls: bool = False
    username: str | None = None
    password: str | None = None
    database: int = 0
    options: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"StoreAddress({self})"  # without the passwords

    def __str__(self) -> str:
        if self.kind == "unix":
            return f"unix://{self.path}"
        scheme = ("rediss" if self.tls else "redis") + ("" if self.kind == "server" else f"+{self.kind}")
        names = [self.primary] if self.primary else []
        path = "/".join([*names, str(self.database)] if self.database else names)
        return f"{scheme}://{','.join(map(str, self.nodes))}{'/' if path else ''}{path}"

    @property
    def secrets(self) -> list[str]:
        return [secret for secret in (self.password, self.options.get("sentinel_password")) if secret]


def parse_address(text: str) -> StoreAddress:
    """Return the address of a store. Raises ValueError, which repeats nothing that may be a password."""
    try:
        url = urlsplit(text)
    except ValueError:
        raise ValueError(f"is no address of a Redis: set one like {FORMS}") from None
    options = _options(url.query)
    database = _database(options.pop("db", ""))
    account, _, location = url.netloc.rpartition("@")
    username, _, password = account.partition(":")
    scheme = _SCHEME.fullmatch(url.scheme)
    if url.scheme == "unix" and url.path.startswith("/"):
        kind: Kind = "unix"
        nodes: tuple[Node, ...] = ()
        primary = ""
    elif scheme is not None and location:
        kind = "server" if scheme[3] is None else "sentinel" if scheme[3] == "sentinel" else "cluster"
        nodes = _nodes(location, SENTINEL_PORT if kind == "sentinel" else PORT)
        primary, in_path = _path(kind, unquote(url.path.strip("/")))
        database = database or in_path
    else:
        raise ValueError(f"is no address of a Redis: set one like {FORMS}")
    if kind == "server" and len(nodes) > 1:
        raise ValueError(
            "names several hosts: say what they are, sentinels (redis+sentinel://host1,host2/name) or nodes of one "
            "cluster (redis+cluster://host1,host2)"
        )
    tls = scheme is not None and bool(scheme[2])
    _check_fit(kind, tls, options)
    return StoreAddress(
        kind=kind,
        path=unquote(url.path) if kind == "unix" else "",
        nodes=nodes,
        primary=primary,
        tls=tls,
        username=unquote(username) or None,
        password=unquote(password) or None,
        database=database,
        options=options,
    )


def _path(kind: Kind, path: str) -> tuple[str, int]:
    """Return the primary's name and the number of the database."""
    if kind != "sentinel":
        return "", _database(path)
    primary, _, database = path.partition("/")
    if not primary:
        raise ValueError("lacks the primary's name behind the sentinels: redis+sentinel://host1,host2,host3/name")
    return primary, _database(database)


def _database(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError("ends in no number of a database: end it with one, like /0, or leave it out")
    return int(text or 0)


def _nodes(location: str, default_port: int) -> tuple[Node, ...]:
    nodes = []
    for each in location.split(","):
        try:
            node = urlsplit(f"//{each.strip()}")
            host, port = node.hostname, node.port
        except ValueError:
            host, port = None, None
        if not host or port == 0:
            raise ValueError(f"is no address of a Redis, as it names no host, or a wrong port: set one like {FORMS}")
        nodes.append(Node(host, port or default_port))
    return tuple(nodes)


def _options(query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    if "@" in query:
        raise ValueError("has a ? before its host: write / ? # @ within a password as %2F %3F %23 %40")
    for part in query.split("&") if query else ():
        name, is_option, _ = part.partition("=")
        if not (is_option and _OPTION_NAME.fullmatch(name)):
            raise ValueError(
                f"has something behind ? that is no option: allowed are {', '.join(OPTIONS)}, each name=value"
            )
        if name == "ssl_cert_reqs":
            raise ValueError("has ssl_cert_reqs behind ?: set REDIS_TLS_VERIFY to full or none instead")
        if name not in OPTIONS or name in options:
            found = "twice" if name in options else "which is not allowed"
            raise ValueError(f"has {name!r} behind ?, {found}: allowed are {', '.join(OPTIONS)}, each once")
        ((_, value),) = parse_qsl(part, keep_blank_values=True)
        _check_option(name, value)
        options[name] = value
    return options


def _check_option(name: str, value: str) -> None:
    if name == "protocol" and value not in ("2", "3"):
        raise ValueError("has a protocol behind ? that is not allowed: set 3, or 2 for a proxy that knows no HELLO")
    if name == "client_name" and not (value.isascii() and value.isprintable() and value and " " not in value):
        raise ValueError("has a client_name behind ? that Redis takes none of: set ASCII letters without spaces")
    if name in FILE_OPTIONS and not Path(value).is_file():
        raise ValueError(f"has {name}={value!r} behind ?, and there is no such file: set the path of a PEM file")


def _check_fit(kind: Kind, tls: bool, options: dict[str, str]) -> None:
    for name in options:
        if name.startswith("ssl_") and not tls:
            raise ValueError(f"has {name} behind ?, but no TLS: begin it with rediss://")
        if name.startswith("sentinel_") and kind != "sentinel":
            raise ValueError(f"has {name} behind ?, but no sentinels: begin it with redis+sentinel://")
    if "ssl_keyfile" in options and "ssl_certfile" not in options:
        raise ValueError("has ssl_keyfile behind ? without ssl_certfile: set both")

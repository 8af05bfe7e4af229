"""REDIS_URL: what is taken, and what is refused in a sentence that tells no password."""

from pathlib import Path

import pytest

from app.store.address import Node, parse_address

ONE = (Node("host", 6379),)
THREE = (Node("h1", 26379), Node("h2", 7000), Node("::1", 26379))


@pytest.mark.parametrize(
    ("url", "kind", "nodes", "tls", "database"),
    [
        ("redis://host", "server", ONE, False, 0),
        ("redis://host/", "server", ONE, False, 0),
        ("redis://host?db=4", "server", ONE, False, 4),
        ("rediss://user:secret@host:6380/2", "server", (Node("host", 6380),), True, 2),
        ("valkey://host/1", "server", ONE, False, 1),
        ("valkeys://:secret@[2001:db8::1]:7000", "server", (Node("2001:db8::1", 7000),), True, 0),
        ("unix:///run/redis.sock?db=3", "unix", (), False, 3),
        ("redis+sentinel://h1,h2:7000,[::1]/floor", "sentinel", THREE, False, 0),
        ("rediss+sentinel://:secret@h1,h2:7000,[::1]/floor/5", "sentinel", THREE, True, 5),
        ("valkeys+sentinel://h1,h2:7000,[::1]/floor?sentinel_password=secret", "sentinel", THREE, True, 0),
        ("redis+cluster://a,b:7000", "cluster", (Node("a", 6379), Node("b", 7000)), False, 0),
        ("valkey+cluster://a,b:7000", "cluster", (Node("a", 6379), Node("b", 7000)), False, 0),
    ],
)
def test_addresses_of_every_kind_are_taken(
    url: str, kind: str, nodes: tuple[Node, ...], tls: bool, database: int
) -> None:
    address = parse_address(url)
    assert (address.kind, address.nodes, address.tls, address.database) == (kind, nodes, tls, database)
    assert address.primary == ("floor" if kind == "sentinel" else "")
    assert "secret" not in f"{address} {address!r}"
    assert parse_address(str(address)).nodes == nodes


def test_names_and_passwords_may_hold_any_character() -> None:
    address = parse_address("redis+sentinel://us%2Fer:p%40ss%3F%2Cw@h1,h2/floor?sentinel_password=a%26b")
    assert (address.username, address.password) == ("us/er", "p@ss?,w")
    assert address.secrets == ["p@ss?,w", "a&b"]
    assert [node.host for node in address.nodes] == ["h1", "h2"]


def test_options_that_change_no_reply_are_taken(tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.touch()
    address = parse_address(f"rediss://host?client_name=board&protocol=2&ssl_ca_certs={certificate}")
    assert address.options == {"client_name": "board", "protocol": "2", "ssl_ca_certs": str(certificate)}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://host?decode_responses=true", "'decode_responses'"),
        ("redis://host?socket_timeout=1", "allowed are db, protocol, client_name"),
        ("redis://host?db=1&db=2", "twice"),
        ("redis://host?db=one", "number of a database"),
        ("redis://host/one", "number of a database"),
        ("redis://host?protocol=4", "set 3, or 2"),
        ("redis://host?client_name=", "client_name"),
        ("redis://host?client_name=a%0d%0ab", "client_name"),
        ("rediss://host?ssl_cert_reqs=none", "REDIS_TLS_VERIFY"),
        ("rediss://host?ssl_ca_certs=/no/such.pem", "no such file"),
        ("rediss://host?ssl_keyfile=/etc/hostname", "ssl_certfile"),
        ("redis://host?ssl_ca_certs=/etc/hostname", "rediss://"),
        ("redis://host?sentinel_password=secret", "redis+sentinel://"),
        ("redis://:secret?word@host", "%3F"),
        ("redis://:pass?secret=word@host", "%3F"),
        ("redis://:pass?SECRET=word@host", "%3F"),
        ("redis://:pa#secret@host", "%23"),
        ("redis://:pa/secret@host", "%2F"),
        ("redis://host?SECRET", "no option"),
        ("redis://h1,h2", "redis+cluster://host1,host2"),
        ("redis+sentinel://h1,h2", "name"),
        ("redis+sentinel://h1,h2/", "name"),
        ("redis+sentinel://h1,h2/floor/one", "number of a database"),
        ("redis+sentinel://h1,:26379/floor", "no host"),
        ("redis+cluster://h1:port", "wrong port"),
        ("redis+sentinels://h1/floor", "set one like"),
        ("unix:secret", "set one like"),
        ("redis://[::1", "set one like"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse_address(url)
    assert words in str(refused.value)
    assert "secret" not in str(refused.value).lower()
    assert "\n" not in str(refused.value)

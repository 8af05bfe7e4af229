"""What the log says of a store that is away: why, once for each reason, and never a word of a post."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trustme

from app.clock import wall_clock
from app.store.embedded import embedded_store
from tests.support.bodies import answered, pushed
from tests.support.redis_servers import SERVERS, redis_server
from tests.support.server import Site, eventually, free_port, running
from tests.test_procfile import store_behind_tls

WORDS = "giraffe"
"""Of a customer."""


@asynccontextmanager
async def behind_tls(tmp_path: Path) -> AsyncIterator[tuple[int, Path]]:
    """Give the port of a store behind TLS, and the file of the authority that signed for it."""
    authority, file = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    async with (
        embedded_store(tmp_path / "store") as url,
        store_behind_tls(url.removeprefix("unix://"), authority) as port,
    ):
        yield port, file


async def logged_while_away(caplog: pytest.LogCaptureFixture, url: str) -> list[str]:
    """Run a process whose store is away until it has tried several times; return what it warned of."""
    caplog.set_level(logging.DEBUG, "app")
    async with running(url):
        for logger in ("app.mirror", "app.merge"):
            await eventually(partial(messages, caplog, logger, logging.DEBUG), lambda said: len(said) > 2)
        return [*await messages(caplog, "app.mirror"), *await messages(caplog, "app.merge")]


async def messages(caplog: pytest.LogCaptureFixture, logger: str, level: int = logging.WARNING) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(logger) and record.levelno >= level and "the store" in record.getMessage()
    ]


async def post_words(site: Site) -> None:
    now = wall_clock()
    await site.post_all([pushed(WORDS, 1, now), answered(WORDS, now, satisfactionComment=WORDS)])


async def test_a_store_that_refuses_connections_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    read, written = await logged_while_away(caplog, f"redis://127.0.0.1:{free_port()}")
    for message in (read, written):
        assert "refused" in message


async def test_a_host_name_that_is_wrong_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    read, written = await logged_while_away(caplog, "redis://no-such-host.invalid")
    for message in (read, written):
        assert "no-such-host.invalid" in message
        assert "Name or service not known" in message or "name resolution" in message


async def test_a_certificate_of_an_unknown_authority_is_told_once(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with behind_tls(tmp_path) as (port, _):
        for message in await logged_while_away(caplog, f"rediss://localhost:{port}"):
            assert "unable to get local issuer certificate" in message


async def test_a_certificate_of_another_name_is_told_once(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    async with behind_tls(tmp_path) as (port, file):
        for message in await logged_while_away(caplog, f"rediss://127.0.0.1:{port}?ssl_ca_certs={file}"):
            assert "IP address mismatch" in message


async def test_an_authority_of_ones_own_is_trusted_where_its_file_is_named(tmp_path: Path) -> None:
    async with (
        behind_tls(tmp_path) as (port, file),
        running(f"rediss://localhost:{port}?ssl_ca_certs={file}") as site,
    ):
        await post_words(site)
        await eventually(site.document, lambda document: document["conversations"]["open"] == 1)


async def test_every_new_reason_of_an_outage_is_told_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "app")
    async with redis_server(SERVERS["redis 7"]()) as server, running(server.url()) as site:
        await server.restart("--rename-command", "EVALSHA", "", "--rename-command", "EVAL", "")
        await post_words(site)
        await until_told(caplog, "unknown command")
        await server.restart("--maxmemory", "1")
        await until_told(caplog, "maxmemory")
        await server.restart()
        await until_told(caplog, "takes posts again, after", logging.INFO)
        await eventually(site.document, lambda document: bool(document["satisfaction"]["comments"]))
    assert WORDS not in caplog.text


async def until_told(caplog: pytest.LogCaptureFixture, words: str, level: int = logging.WARNING) -> None:
    look = partial(messages, caplog, "app.merge", level)
    await eventually(look, lambda said: any(words in message for message in said))

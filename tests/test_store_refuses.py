"""A store that refuses writes, for whatever reason and in whatever words, is unavailable: no event is blamed for it, no
post is lost or counted twice, and every surface says so until the store takes posts again.
"""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError

from app.cli.check.finding import Level
from app.cli.check.store import store_findings
from app.clock import wall_clock
from app.store.client import connect
from app.store.embedded import embedded_store
from tests.support.bodies import connected
from tests.support.redis_servers import SERVERS, USER, USER_PASSWORD, RedisServer, redis_server
from tests.support.server import BEARER, Peer, Site, eventually, running, settings
from tests.test_metrics import samples_of

Step = Callable[[RedisServer], Awaitable[object]]
Server = Callable[[], Path]

BEFORE, DURING = 3, 5
"""Posts."""
AT_A_TIME = 12
MISSING_DATABASE = 20


@dataclass(frozen=True)
class Fault:
    impose: Step
    lift: Step
    words: str
    """In the reason that is told, by every version: a regular expression."""
    user: str = ""


@dataclass
class Outcome:
    answers: list[tuple[int, str]] = field(default_factory=list)
    told: dict[str, bool] = field(default_factory=dict)
    """By surface."""
    reason: str = ""
    wrong: list[str] = field(default_factory=list)
    """What `check` says."""
    after: dict[str, object] = field(default_factory=dict)


def command(*words: str) -> Step:
    return lambda server: server.admin.execute_command(*words)


def option(name: str, bad: str, good: str, words: str) -> Fault:
    return Fault(command("CONFIG", "SET", name, bad), command("CONFIG", "SET", name, good), words)


def denied(*commands: str) -> Fault:
    impose, lift = ([f"{sign}{name}" for name in commands] for sign in "-+")
    words = "permission|can't run"
    return Fault(command("ACL", "SETUSER", USER, *impose), command("ACL", "SETUSER", USER, *lift), words, USER)


async def break_snapshots(server: RedisServer) -> None:
    await server.admin.config_set("save", "3600 1000000")
    shutil.rmtree(server.data)
    await server.admin.bgsave()
    await eventually(server.admin.info, lambda info: info["rdb_last_bgsave_status"] == "err")


async def begin_endless_script(server: RedisServer) -> None:
    _, server.endless = await asyncio.open_unix_connection(server.path)
    server.endless.write(b"EVAL 'while true do end' 0\r\n")

    async def is_busy() -> bool:
        try:
            return not await server.admin.ping()
        except RedisError as error:
            return "BUSY" in str(error)

    await eventually(is_busy, bool)


async def begin_without_scripts(server: RedisServer) -> None:
    await server.restart("--rename-command", "EVALSHA", "", "--rename-command", "EVAL", "")


FAULTS: Mapping[str, Fault] = {
    "OOM": option("maxmemory", "1", "0", "maxmemory"),
    "READONLY": Fault(command("REPLICAOF", "127.0.0.1", "1"), command("REPLICAOF", "NO", "ONE"), "read only replica"),
    "NOREPLICAS": option("min-replicas-to-write", "1", "0", "good replicas"),
    "MISCONF": Fault(break_snapshots, command("CONFIG", "SET", "save", ""), "RDB snapshots"),
    "NOPERM EVALSHA": denied("evalsha", "eval"),
    "NOPERM TIME": denied("time"),
    "NOPERM XADD": denied("xadd"),
    "BUSY": Fault(begin_endless_script, command("SCRIPT", "KILL"), "script"),
    "unknown command": Fault(begin_without_scripts, RedisServer.restart, "unknown command"),
}
ADVICE = {
    "OOM": "make room",
    "READONLY": "to the primary",
    "NOREPLICAS": "bring its replicas back",
    "MISCONF": "repair its snapshots",
    "NOPERM EVALSHA": "allow its user the commands",
    "NOPERM TIME": "allow its user the commands",
    "NOPERM XADD": "allow its user the commands",
    "BUSY": "SCRIPT KILL",
    "unknown command": "not renamed away",
}
"""What `check` says to do."""
Outcomes = Mapping[tuple[str, str], Outcome | BaseException]
"""By server and fault."""


def numbered(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [connected(number, wall_clock() - number) for number in range(start, start + count)]


async def trial(binary: Path, fault: Fault) -> Outcome:
    outcome = Outcome()
    async with redis_server(binary) as server:
        await server.admin.execute_command("ACL", "SETUSER", USER, "on", f">{USER_PASSWORD}", "~*", "&*", "+@all")
        url = server.url(fault.user)
        async with running(url) as site:
            await site.post_all(numbered(BEFORE))
            await eventually(site.document, lambda document: document["operators"]["connected"] == BEFORE)
            await site.log_in()
            async with site.socket() as connection:
                peer = Peer(connection)
                await fault.impose(server)
                await post(site, outcome, numbered(2, start=BEFORE))
                await until_store_is(peer, "away")
                await post(site, outcome, numbered(DURING - 2, start=BEFORE + 2))
                await peer.until("delivery.spooled", DURING)
                await note_what_is_told(site, peer, outcome)
                outcome.reason = await reason(site, fault)
                findings = await store_findings(settings(REDIS_URL=url), url, wall_clock)
                outcome.wrong = [f"{each.found} -> {each.advice}" for each in findings if each.level is Level.WRONG]
                await fault.lift(server)
                await until_store_is(peer, "up")
                await peer.until("delivery.spooled", 0)
                await peer.until("operators.connected", BEFORE + DURING)
                delivery = (await site.document())["delivery"]
                outcome.after = {name: delivery[name] for name in ("accepted", "duplicates", "spooled")}
    return outcome


async def post(site: Site, outcome: Outcome, bodies: list[dict[str, Any]]) -> None:
    for body in bodies:
        answer = await site.post(body)
        outcome.answers.append((answer.status_code, answer.text))


async def until_store_is(peer: Peer, state: str) -> None:
    while (beat := await peer.frame())["type"] != "beat" or beat["store"] != state:
        pass


async def note_what_is_told(site: Site, peer: Peer, outcome: Outcome) -> None:
    waiting = f"{DURING} posts waiting since "
    for name in ("wall", "floor"):
        page = (await site.client.get(f"/{name}/all")).text
        assert 'state="store-away"' in page, page
        outcome.told[name] = waiting in page
    first_page = " ".join((await site.client.get("/")).text.split())
    outcome.told["/"] = f"{DURING} posts wait on this server’s disk until it is back, the first since " in first_page
    outcome.told["socket"] = peer.value("delivery.spooled_since") is not None


async def reason(site: Site, fault: Fault) -> str:
    """Wait until the store itself said why: while the machine is busy it may be late with its first answers."""

    async def look() -> str:
        return site.process.store_status.fault

    return await eventually(look, lambda told: re.search(fault.words, told) is not None)


async def all_trials(cells: Sequence[tuple[str, str]], servers: Mapping[str, Server] = SERVERS) -> Outcomes:
    """Try faults on servers, many at the same time: each mostly waits."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def in_turn(server: str, fault: str) -> Outcome:
        async with turns:
            return await trial(servers[server](), FAULTS[fault])

    trials = [in_turn(*cell) for cell in cells]
    return dict(zip(cells, await asyncio.gather(*trials, return_exceptions=True), strict=True))


def assert_is_bridged(outcome: Outcome | BaseException, fault: str) -> None:
    if isinstance(outcome, BaseException):
        raise outcome
    assert outcome.answers == [(204, "")] * DURING
    assert outcome.told == dict.fromkeys(("wall", "floor", "/", "socket"), True)
    assert re.search(FAULTS[fault].words, outcome.reason), outcome.reason
    assert "operator:" not in outcome.reason
    assert any(ADVICE[fault] in finding for finding in outcome.wrong), outcome.wrong
    assert outcome.after == {"accepted": BEFORE + DURING, "duplicates": 0, "spooled": 0}


CELLS = list(zip(cycle(SERVERS), FAULTS, strict=False))
"""Each fault on one make of the store: `make real` tries every fault on every make."""


@pytest.fixture(scope="module")
async def outcomes() -> Outcomes:
    return await all_trials(CELLS)


@pytest.mark.parametrize("cell", CELLS, ids=" ".join)
async def test_no_refusal_of_the_store_is_a_fault_of_the_event(outcomes: Outcomes, cell: tuple[str, str]) -> None:
    assert_is_bridged(outcomes[cell], cell[1])


@pytest.mark.parametrize("server_name", SERVERS)
async def test_a_database_that_is_not_there_is_bridged(server_name: str) -> None:
    async with redis_server(SERVERS[server_name]()) as server:
        url = server.url(database=MISSING_DATABASE)
        async with running(url) as site:
            outcome = Outcome()
            await post(site, outcome, numbered(DURING))
            assert outcome.answers == [(204, "")] * DURING
            answer = await site.client.get("/api/boards/all", headers=BEARER)
            assert (answer.status_code, "out of range" in answer.text) == (503, True), answer.text
            findings = await store_findings(settings(REDIS_URL=url), url, wall_clock)
            assert any("number of a database" in finding.advice for finding in findings)
            await server.restart("--databases", str(MISSING_DATABASE + 1))
            await eventually(
                lambda: site.client.get("/api/boards/all", headers=BEARER),
                lambda answer: answer.is_success and answer.json()["delivery"]["accepted"] == DURING,
            )


async def test_a_store_that_takes_no_writes_is_noticed_without_any_post(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, running(url) as site, site.socket() as connection:
        peer = Peer(connection)
        await peer.frame()
        store: Any = connect(url)
        await store.config_set("maxmemory", "1")
        await until_store_is(peer, "away")
        assert (await samples_of(site))["deskboard_store_up"] == 0
        posted_at = wall_clock()
        await site.post_all(numbered(2))
        await peer.until("delivery.spooled", 2)
        samples = await samples_of(site)
        assert samples["deskboard_spooled_posts"] == 2
        assert posted_at / 1000 - 1 < samples["deskboard_spooled_since_timestamp_seconds"] <= wall_clock() / 1000
        await store.config_set("maxmemory", "0")
        await until_store_is(peer, "up")
        await peer.until("delivery.spooled", 0)
        assert peer.value("delivery.spooled_since") is None
        samples = await samples_of(site)
        assert (samples["deskboard_store_up"], samples["deskboard_spooled_since_timestamp_seconds"]) == (1, 0)
        await store.aclose()

"""`deskboard check`: each thing that is wrong with a deployment is found, with what to do, and no secret is printed."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from redis import exceptions
from redis.exceptions import AskError, ClusterDownError, MovedError, NoPermissionError, RedisError, ResponseError

from app.cli.check.advice import advice
from app.cli.check.alerts import alert_findings, stored_channel_findings
from app.cli.check.finding import Finding, Level
from app.cli.check.host import (
    address_findings,
    disk_findings,
    presence_findings,
    proxies_findings,
    python_findings,
    secrets_findings,
    spool_findings,
    time_findings,
)
from app.cli.check.store import store_findings
from app.clock import DAY, SECOND, wall_clock
from app.merge.spool import QueuedPost, Spool
from app.store import keys
from app.store.client import connect, describe
from app.store.embedded import embedded_store
from tests.support.server import PASSWORD, SECRET, command, free_port, running, settings
from tests.test_procfile import store_behind_tls

STRONG = "b7d1f0c2a94e4d6f8a35"


def one(findings: Iterable[Finding], subject: str) -> Finding:
    """Return what is worst of what was found about a subject."""
    about = [finding for finding in findings if finding.subject == subject]
    assert about, subject
    return max(about, key=lambda finding: list(Level).index(finding.level))


@pytest.mark.parametrize(
    ("name", "value", "level", "found"),
    [
        ("IADVIZE_SECRETS", "", Level.WRONG, "every post is refused"),
        ("IADVIZE_SECRETS", "short", Level.WARNING, "easily guessed"),
        ("IADVIZE_SECRETS", "deskboarddeskboard", Level.WARNING, "easily guessed"),
        ("IADVIZE_SECRETS", f"{STRONG},short", Level.WARNING, "number 2 of 2"),
        ("IADVIZE_SECRETS", f"{STRONG},{STRONG}", Level.WARNING, "twice"),
        ("IADVIZE_SECRETS", STRONG, Level.WELL, "set"),
        ("IADVIZE_SECRETS", "the-secret-token-of-your-app", Level.WRONG, "example"),
        ("ADMIN_PASSWORD", "four words nobody guesses", Level.WRONG, "example"),
        ("API_TOKENS", "a-long-random-word", Level.WRONG, "example"),
        ("IADVIZE_SECRETS", f'"{STRONG}"', Level.WARNING, "it begins or ends with a quote"),
        ("IADVIZE_SECRETS", f"‘{STRONG}’", Level.WARNING, "it begins or ends with a quote"),
        ("IADVIZE_SECRETS", f"'{STRONG},{STRONG[::-1]}'", Level.WARNING, "number 1 of 2 begins or ends with a quote"),
        ("IADVIZE_SECRETS", f"{STRONG} {STRONG[::-1]}", Level.WARNING, "has white space within"),
        ("API_TOKENS", f"'{STRONG}'", Level.WARNING, "it begins or ends with a quote"),
        ("ADMIN_PASSWORD", f'"{PASSWORD}"', Level.WARNING, "stands in quotes"),
        ("ADMIN_PASSWORD", "", Level.WARNING, "there is no log-in"),
        ("ADMIN_PASSWORD", PASSWORD, Level.WELL, "set"),
        ("API_TOKENS", "letmein", Level.WARNING, "easily guessed"),
        ("SECRET_KEY", "deskboarddeskboard", Level.WARNING, "easily guessed"),
        ("SECRET_KEY", "", Level.WELL, "kept in the store"),
    ],
)
def test_secrets_are_weighed_and_never_told(name: str, value: str, level: Level, found: str) -> None:
    findings = list(secrets_findings(settings(**{name: value})))
    finding = one(findings, name)
    assert (finding.level, found in finding.found) == (level, True), finding
    assert bool(finding.advice) == (level is not Level.WELL)
    for secret in (STRONG, PASSWORD, SECRET, "letmein"):
        assert secret not in str(findings)


async def look(store_url: str, ahead: int = 0, **more: str) -> list[Finding]:
    return await store_findings(settings(REDIS_URL=store_url, **more), store_url, lambda: wall_clock() + ahead)


async def test_a_store_that_is_set_up_right_is_well(store: Any, store_url: str) -> None:
    await store.config_set("maxmemory", str(500 * 2**20))
    await store.hset(keys.META, mapping={"since": wall_clock() - 3 * DAY, "schema": 1})
    try:
        findings = await look(store_url)
        assert [finding for finding in findings if finding.level is not Level.WELL] == []
        assert "of data a day, which lives 9 days" in one(findings, "memory").found
    finally:
        await store.config_set("maxmemory", "0")


async def test_a_store_that_is_far_away_is_told(store: Any, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.check.store.SLOW_MS", -1)
    finding = one(await look(store_url), "store")
    assert (finding.level, "put it near this program" in finding.advice) == (Level.WARNING, True)


@pytest.mark.parametrize(
    ("option", "value", "subject", "level", "mend"),
    [
        ("maxmemory-policy", "volatile-lru", "maxmemory-policy", Level.WRONG, "noeviction"),
        ("appendonly", "no", "persistence", Level.WARNING, "appendonly yes"),
        ("maxclients", "15", "connections", Level.WARNING, "more"),
    ],
)
async def test_a_store_that_is_set_up_wrong_is_told_with_the_mend(
    tmp_path: Path, option: str, value: str, subject: str, level: Level, mend: str
) -> None:
    async with embedded_store(tmp_path) as url:
        store: Any = connect(url)
        await store.config_set(option, value)
        finding = one(await look(url), subject)
        assert (finding.level, mend in finding.advice) == (level, True), finding
        await store.aclose()


async def test_a_store_that_takes_nothing_is_wrong(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        store: Any = connect(url)
        await store.config_set("maxmemory", "1")
        assert one(await look(url), "store writes").level is Level.WRONG
        await store.config_set("maxmemory", "0")
        await store.execute_command("REPLICAOF", "127.0.0.1", "1")
        findings = await look(url)
        assert one(findings, "store role").level is Level.WRONG
        assert one(findings, "store writes").level is Level.WRONG
        await store.aclose()


async def test_a_store_that_fills_up_says_when(store: Any, store_url: str) -> None:
    used = (await store.info("memory"))["used_memory"]
    await store.setrange(f"{keys.PREFIX}ballast", 4 * 2**20, "x")  # no buffer of its size is freed later
    await store.hset(keys.META, "since", wall_clock() - DAY)
    await store.config_set("maxmemory", str(used + 25 * 2**20))
    try:
        finding = one(await look(store_url), "memory")
        assert finding.level is Level.WARNING
        assert "full in about" in finding.found
    finally:
        await store.config_set("maxmemory", "0")


async def test_a_store_that_is_nearly_full_is_wrong_however_long_it_has_counted(store: Any, store_url: str) -> None:
    # Made over there: one that is sent fills a buffer too, which the store frees while we look.
    await store.setrange(f"{keys.PREFIX}ballast", 4 * 2**20 - 1, b"x")
    used = (await store.info("memory"))["used_memory"]
    for counted in (0, 12 * DAY):
        await store.hset(keys.META, "since", wall_clock() - counted)
        await store.config_set("maxmemory", str(int(used * 1.02)))
        try:
            assert one(await look(store_url), "memory").level is Level.WRONG
        finally:
            await store.config_set("maxmemory", "0")


async def test_a_store_that_keeps_something_to_itself_is_told_with_the_rest(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url:
        store: Any = connect(url)
        await store.execute_command("ACL", "SETUSER", "guest", "on", ">zebra", "~*", "+@all", "-info")
        await store.aclose()
        findings = await look(url.replace("unix://", "unix://guest:zebra@"))
        assert one(findings, "store writes").level is Level.WELL
        assert (one(findings, "store info").level, "INFO" in one(findings, "store info").advice) == (
            Level.WARNING,
            True,
        )
        assert one(findings, "clock").level is Level.WELL, "the rest is looked at"
        refused = one(await look(url.replace("unix://", "unix://guest:giraffe@")), "store")
        assert (refused.level, "password" in refused.advice) == (Level.WRONG, True)


async def test_a_certificate_that_no_one_signed_is_told_with_the_setting_that_takes_it(tmp_path: Path) -> None:
    async with embedded_store(tmp_path) as url, store_behind_tls(url.removeprefix("unix://")) as port:
        refused = one(await look(f"rediss://127.0.0.1:{port}"), "store")
        assert (refused.level, "REDIS_TLS_VERIFY=none" in refused.advice) == (Level.WRONG, True)
        assert one(await look(f"rediss://127.0.0.1:{port}", REDIS_TLS_VERIFY="none"), "store").level is Level.WELL
        in_clear = one(await look(f"redis://127.0.0.1:{port}"), "store")
        assert (in_clear.level, "rediss://" in in_clear.advice) == (Level.WRONG, True)


@pytest.mark.parametrize(
    ("error", "todo"),
    [
        (MovedError("3999 127.0.0.1:6381"), "reach all nodes"),
        (AskError("3999 127.0.0.1:6381"), "cluster fix"),
        (ClusterDownError("Hash slot not served"), "lacks a node"),
        (
            exceptions.ConnectionError("no sentinel names a primary 'a' (s:26379: No such master with that name)"),
            "the name",
        ),
        (
            exceptions.ConnectionError("no sentinel names a primary 'a' (s:26379: Authentication required.)"),
            "sentinel_password",
        ),
        (exceptions.ConnectionError("no sentinel names a primary 'a' (s:26379: Error 111)"), "sentinels run"),
        (
            NoPermissionError("this user has no permissions to run the 'xadd' command", status_code="NOPERM"),
            "docs/hosting.md",
        ),
        (
            exceptions.ConnectionError(
                "[SSL: CERTIFICATE_VERIFY_FAILED] Hostname mismatch, certificate is not valid for 'a'."
            ),
            "name",
        ),
        (exceptions.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired (_ssl.c:1006)"), "renew"),
        (
            exceptions.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
            "REDIS_TLS_VERIFY=none",
        ),
        (exceptions.ConnectionError("Error -2 connecting to nowhere:6379. Name or service not known."), "host name"),
        (ResponseError("unknown command 'EVALSHA', with args beginning with: "), "Sentinel"),
    ],
)
def test_what_is_advised_fits_the_error(error: RedisError, todo: str) -> None:
    found = advice(error)
    assert todo in found
    assert "make room" not in found
    assert ("REDIS_TLS_VERIFY" in found) == ("self-signed" in str(error))


def test_an_unknown_command_is_told_without_what_was_sent() -> None:
    error = ResponseError("unknown command 'EVALSHA', with args beginning with: '1' 'operator:ha-335-12' ")
    assert describe(error) == "it takes nothing now: unknown command 'EVALSHA'"


@pytest.mark.parametrize("name", ["meta", "changes", "deliveries", "seen", "index:operator", "index:screen"])
async def test_a_key_that_another_program_wrote_is_wrong(store: Any, store_url: str, name: str) -> None:
    await store.set(keys.PREFIX + name, "of another program")
    finding = one(await store_findings(settings(REDIS_URL=store_url), store_url, wall_clock), "store reads")
    assert (finding.level, "no other program" in finding.advice) == (Level.WRONG, True)


async def test_records_of_another_version_are_told(store: Any, store_url: str) -> None:
    await store.hset(keys.META, "schema", 99)
    assert one(await look(store_url), "records").level is Level.WRONG


@pytest.mark.parametrize(
    ("ahead", "level"), [(0, Level.WELL), (10 * SECOND, Level.WARNING), (-90 * SECOND, Level.WRONG)]
)
async def test_two_clocks_that_differ_are_told(store: Any, store_url: str, ahead: int, level: Level) -> None:
    assert one(await look(store_url, ahead), "clock").level is level


async def test_a_store_that_answers_late_says_nothing_about_the_clock(
    store: Any, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, ask = 0, type(store).time

    async def answer_late(client: Any) -> Any:
        nonlocal late
        answer = await ask(client)
        late = 5 * SECOND
        return answer

    monkeypatch.setattr("redis.asyncio.Redis.time", answer_late)
    findings = await store_findings(settings(REDIS_URL=store_url), store_url, lambda: wall_clock() + late)
    assert one(findings, "clock").level is Level.WELL


async def test_a_store_that_does_not_answer_is_told_without_its_password() -> None:
    (finding,) = await look(f"redis://somebody:zebra@127.0.0.1:{free_port()}/0")
    assert (finding.level, finding.subject) == (Level.WRONG, "store")
    assert "zebra" not in str(finding)
    assert finding.advice


async def test_a_spool_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = one(await spool_findings(settings(DATA_DIR=str(tmp_path / "file")), {}), "spool")
    assert (finding.level, "DATA_DIR" in finding.advice) == (Level.WRONG, True)


async def test_posts_that_wait_in_a_spool_are_told(tmp_path: Path) -> None:
    left = Spool(tmp_path / "spool")
    await left.put([QueuedPost(1, b"", b"a post", b""), QueuedPost(2, b"", b"", b"")])
    findings = await spool_findings(settings(DATA_DIR=str(tmp_path)), {})
    assert [finding.found for finding in findings if finding.level is Level.WARNING] == ["1 posts wait in it"]
    await left.close()


async def test_a_look_at_the_spool_leaves_nothing_behind(tmp_path: Path) -> None:
    findings = await spool_findings(settings(DATA_DIR=str(tmp_path)), {"DYNO": "web.1"})
    assert "Heroku usually goes with the machine" in findings[-1].found
    assert list(tmp_path.iterdir()) == []


def test_a_router_that_no_one_trusts_is_told() -> None:
    assert one(proxies_findings(settings(), {"DYNO": "web.1"}), "TRUSTED_PROXIES").level is Level.WARNING
    trusting = settings(TRUSTED_PROXIES="1")
    assert one(proxies_findings(trusting, {"DYNO": "web.1"}), "TRUSTED_PROXIES").level is Level.WELL
    assert one(proxies_findings(settings(), {}), "TRUSTED_PROXIES").level is Level.WELL


@pytest.mark.parametrize(
    ("environment", "level", "found"),
    [
        ({}, Level.WELL, "not set: pages and messages name http://127.0.0.1:8000"),
        ({"PORT": "5000"}, Level.WARNING, "not set: pages and messages name http://127.0.0.1:5000"),
        ({"PORT": "5000", "PUBLIC_URL": "https://b.example"}, Level.WELL, "https://b.example"),
        ({"PORT": "5000", "FLY_APP_NAME": "b"}, Level.WELL, "not set: https://b.fly.dev, as FLY_APP_NAME says"),
    ],
)
def test_an_address_that_others_cannot_reach_is_told(environment: dict[str, str], level: Level, found: str) -> None:
    finding = one(address_findings(settings(**environment)), "PUBLIC_URL")
    assert (finding.level, finding.found.startswith(found)) == (level, True), finding


def test_a_store_on_a_disk_that_does_not_stay_is_told() -> None:
    assert one(disk_findings(settings(), {"DYNO": "web.1"}), "store").level is Level.WRONG
    assert one(disk_findings(settings(), {"FLY_APP_NAME": "board"}), "store").level is Level.WARNING
    assert list(disk_findings(settings(), {})) == []
    assert list(disk_findings(settings(REDIS_URL="redis://host"), {"DYNO": "web.1"})) == []


def test_operators_who_are_gone_before_they_are_unverified_are_told() -> None:
    for environment in (
        {"PRESENCE_UNVERIFIED_AFTER": "3600", "PRESENCE_GONE_AFTER": "3600"},
        {"PRESENCE_GONE_AFTER": "3600"},
        {"PRESENCE_UNVERIFIED_AFTER": "60000"},
    ):
        assert one(presence_findings(settings(**environment)), "PRESENCE_GONE_AFTER").level is Level.WARNING
    apart = settings(PRESENCE_UNVERIFIED_AFTER="3600", PRESENCE_GONE_AFTER="3601")
    assert list(presence_findings(apart)) == list(presence_findings(settings())) == []


def test_a_clock_of_long_ago_is_wrong() -> None:
    assert one(time_findings(settings(), 0), "clock").level is Level.WRONG
    assert all(finding.level is Level.WELL for finding in time_findings(settings(), wall_clock()))


@pytest.mark.parametrize(
    ("version", "is_patched", "is_named"),
    [
        ((3, 11, 9), False, True),
        ((3, 11, 2), True, False),
        ((3, 11, 10), False, False),
        ((3, 12, 5), False, True),
        ((3, 12, 6), False, False),
        ((3, 13, 0), False, False),
    ],
)
def test_a_python_that_a_cookie_can_halt_is_named(
    version: tuple[int, int, int], is_patched: bool, is_named: bool
) -> None:
    cookies = ModuleType("cookies")
    if is_patched:
        vars(cookies)["_unquote_sub"] = None
    assert ("CVE-2024-7592" in one(python_findings(version, cookies), "Python").found) == is_named


async def test_the_exit_status_says_whether_all_is_well(tmp_path: Path) -> None:
    status, output = await command("check", data_dir=tmp_path)
    assert (status, output.splitlines()[-1]) == (0, "All is well."), output
    assert "Python: " in output
    status, output = await command("check", data_dir=tmp_path, IADVIZE_SECRETS="")
    assert status == 1
    assert "wrong    IADVIZE_SECRETS: not set: every post is refused with 401\n         -> set it to" in output
    status, output = await command("check", data_dir=tmp_path, PORT="0", CURRENCY="euro")
    assert status == 1
    assert output.count("wrong    settings: ") == 2
    assert "Traceback" not in output


async def test_channels_are_named_and_their_addresses_never(store: Any, store_url: str) -> None:
    channels = [
        {"name": "ops", "url": "https://127.0.0.1/hook-PRIVATE", "secret": f"whsec_{'A' * 32}"},
        {"name": "bare", "url": "http://127.0.0.1/hook-PRIVATE"},
        {"name": "gone", "url": "https://no-such-host.invalid/hook-PRIVATE"},
        {"name": "team", "url": "slack://T00000000/B00000000/XXXXXXXXXXXXPRIVATEXXXXX"},
    ]
    more = {
        "ALERT_CHANNELS": json.dumps(channels),
        "ALERT_PRIVATE_HOSTS": "1",
        "HEARTBEAT_URL": "https://hc.example/PRIVATE",
    }
    findings = await alert_findings(settings(**more))
    assert one(findings, "ALERT_CHANNELS ops").found == "a webhook at 127.0.0.1, signed"
    assert "unsigned" in one(findings, "ALERT_CHANNELS bare").found
    assert one(findings, "ALERT_CHANNELS gone").level is Level.WRONG
    assert one(findings, "ALERT_CHANNELS team").found == "sends by slack"
    assert "PRIVATE" not in str(findings).replace("ALERT_PRIVATE_HOSTS", "")
    assert one(await alert_findings(settings()), "ALERT_CHANNELS").level is Level.WELL

    key = "a-secret-key-of-a-test"
    async with running(store_url, SECRET_KEY=key) as site:
        for name in ("ready", "pending"):
            await site.process.alerts.channels.add({"name": name, "url": "https://example.org/PRIVATE"}, "Ana M.")
        await site.process.alerts.channels.mark_ready("ready")
    findings = await stored_channel_findings(settings(SECRET_KEY=key), store)
    assert one(findings, "alert channel ready").found == "sends by webhook"
    assert "until a test message" in one(findings, "alert channel pending").found
    (ready, _) = await stored_channel_findings(settings(SECRET_KEY="another-key-of-a-test"), store)
    assert "another SECRET_KEY" in ready.found

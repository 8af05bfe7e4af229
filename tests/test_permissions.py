"""The least that a user of the store needs, as docs/hosting.md lists it: nothing else is ever asked of the store."""

import re
from pathlib import Path

from app.cli.check.finding import Level
from app.cli.check.store import store_findings
from app.clock import wall_clock
from app.records import BoardConfig
from tests.support.bodies import closed, connected, pushed, sold
from tests.support.redis_servers import SERVERS, USER, USER_PASSWORD, redis_server
from tests.support.server import BEARER, Peer, eventually, running, settings

HOSTING = (Path(__file__).parent.parent / "docs/hosting.md").read_text()


def least_rules() -> list[str]:
    """Return the rules of `ACL SETUSER` in docs/hosting.md."""
    found = re.search(r"ACL SETUSER deskboard on >a-password ((?:[^\n]+\n)(?: {10}[^\n]+\n)*)", HOSTING)
    assert found is not None
    return found[1].replace("\\\n", " ").split()


async def test_a_user_with_what_the_readme_lists_is_denied_nothing() -> None:
    async with redis_server(SERVERS["redis 7"]()) as server:
        await server.admin.execute_command("ACL", "SETUSER", USER, "on", f">{USER_PASSWORD}", *least_rules())
        url = server.url(USER)
        async with running(url) as site, site.socket() as connection:
            peer, now = Peer(connection), wall_clock()
            await site.post_all([connected(1, now), pushed("c", 1, now), sold("s", 1, now), closed("c", [1], now + 1)])
            await site.post(connected(-1, now))
            await site.client.post("/webhooks/iadvize", content=b"{}")
            await peer.until("operators.connected", 1)
            await site.log_in("no such password")
            await site.log_in()
            async with site.browser() as tv:
                screen = await site.pair(tv)
                assert (await tv.get("/wall/all")).status_code == 200
                for action in ("reload", "revoke"):
                    changed = await site.client.post(f"/screens/{screen}", data={"action": action})
                    assert changed.status_code == 303, changed.text
            roster = {"file": ("roster.csv", b"id,name\n1,Ana Example\n", "text/csv")}
            assert (await site.client.post("/roster", files=roster)).status_code < 400
            boards = site.process.board_records
            await boards.put("lille", BoardConfig(title="Lille"), "Ana Example")
            assert len(await boards.versions("lille")) == len(await boards.read()) == 1
            await boards.archive("lille", BoardConfig(title="Lille"), "Ana Example")
            assert (await site.client.post("/api/marks", json={"text": "mailing"})).status_code == 201
            for path in (
                "/",
                "/days/all",
                "/days/all?week=last",
                "/events",
                "/events?q=Ana",
                "/floor/all",
                "/screens",
                "/roster",
            ):
                assert (await site.client.get(path)).status_code == 200, path
            assert (await site.client.get("/health")).json() == {"status": "UP"}
            await server.admin.script_flush()
            site.process.resend.repeat()
            await site.post_all([connected(2, now)])
            await peer.until("operators.connected", 2)
            await site.client.post("/logout", data={"everywhere": "1"})
            await eventually(lambda: site.client.get("/api/boards/all", headers=BEARER), lambda now: now.is_success)
        findings = await store_findings(settings(REDIS_URL=url), url, wall_clock)
        assert [finding for finding in findings if finding.level is Level.WRONG] == []
        denied = {entry["object"] for entry in await server.admin.acl_log()}
        assert denied <= {"info", "config|get"}, "those that check alone asks, and does without"


FOR_ACCESS = (
    "evalsha",
    "script|load",
    "incrby",
    "ttl",
    "getdel",
    "mget",
    "eval",
    "hset",
    "hmget",
    "hdel",
    "zadd",
    "xadd",
    "multi",
    "xread",
    "xrevrange",
    "zrange",
)
"""Commands that log-ins, pairing or pages need, whether or not posts do."""


async def test_check_is_not_content_where_a_login_or_a_pairing_fails() -> None:
    async with redis_server(SERVERS["redis 7"]()) as server:
        for denied in ("", *FOR_ACCESS):
            rules = [*least_rules(), *([f"-{denied}"] if denied else [])]
            await server.admin.execute_command("ACL", "SETUSER", USER, "reset", "on", f">{USER_PASSWORD}", *rules)
            await server.admin.script_flush()
            url = server.url(USER)
            findings = await store_findings(settings(REDIS_URL=url), url, wall_clock)
            faults = {finding.subject for finding in findings if finding.level is Level.WRONG}
            assert bool(faults) == bool(denied), (denied, faults)
            assert await server.admin.keys("*rehearsal*") == [] or denied, "nothing of the rehearsal is left"

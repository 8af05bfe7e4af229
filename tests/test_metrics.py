"""What a process says of itself to Prometheus."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from app.clock import wall_clock
from app.store import keys
from tests.support.bodies import body, connected, pushed
from tests.support.server import BEARER, Peer, Site, eventually, running

Samples = dict[str, float]


async def samples_of(site: Site) -> Samples:
    """Return the samples by name and labels, as in `deskboard_posts_total{status=204,type=user.connected}`."""
    answer = await site.client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    samples = (sample for family in text_string_to_metric_families(answer.text) for sample in family.samples)
    return {_name(sample.name, sample.labels): sample.value for sample in samples}


def _name(name: str, labels: dict[str, str]) -> str:
    shown = ",".join(f"{label}={value}" for label, value in sorted(labels.items()))
    return f"{name}{{{shown}}}" if shown else name


async def test_posts_are_counted_by_type_and_answer(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        before = await samples_of(site)
        now = wall_clock()
        await site.post_all([connected(1, now), connected(2, now), body("user.teleported", now)])
        await site.post(pushed("c", 1, now, channel=""))
        await site.client.post("/webhooks/iadvize", content=b"{}")
        after = await samples_of(site)
        grown = {name: after[name] - before.get(name, 0) for name in after if name.startswith("deskboard_posts_total")}
        assert {name: count for name, count in grown.items() if count} == {
            "deskboard_posts_total{status=204,type=user.connected}": 2,
            "deskboard_posts_total{status=204,type=unrecognised}": 1,
            "deskboard_posts_total{status=422,type=refused}": 1,
            "deskboard_posts_total{status=401,type=refused}": 1,
        }
        merged = after["deskboard_merged_posts_total"] - before["deskboard_merged_posts_total"]
        assert merged >= 5
        assert after["deskboard_merge_seconds_count"] > before["deskboard_merge_seconds_count"]


async def test_the_state_of_the_process_is_told(store: Any, store_url: str) -> None:
    async with running(store_url) as site, site.socket(view="wall") as connection:
        peer = Peer(connection)
        await peer.frame()
        # Of other mirrors that this process has had it may tell until this one has looked.
        before = await eventually(
            lambda: samples_of(site), lambda samples: samples["deskboard_mirror_lag_changes"] == 0
        )
        assert before["deskboard_store_up"] == 1
        assert before["deskboard_spooled_posts"] == 0
        assert before["process_open_fds"] > 0
        assert before["deskboard_sockets{view=wall}"] == 1
        assert before["deskboard_frames_total{type=snapshot}"] >= 1
        await site.post_all([connected(1, wall_clock())])
        await peer.until("operators.connected", 1)
        frames = "deskboard_frames_total{type=patch}"
        assert (await samples_of(site))[frames] > before.get(frames, 0)
        await store.flushall()

        async def reconnects() -> float:
            return (await samples_of(site))["deskboard_store_reconnects_total"]

        await eventually(reconnects, lambda count: count == before["deskboard_store_reconnects_total"] + 1)


async def test_no_name_and_no_secret_is_told(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.post_all([connected(424242424242, wall_clock())])
        await store.hset(keys.META, "zebra", "1")
        text = (await site.client.get("/metrics", headers=BEARER)).text
        for word in ("424242424242", "zebra", BEARER["authorization"].split()[1]):
            assert word not in text

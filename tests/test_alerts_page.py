"""/alerts: episodes in words, acknowledged by name; channels whose addresses are never shown; silences."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.alerts.channel import Channel
from app.clock import DAY, MINUTE, instant, wall_clock
from app.records import Acknowledgement, BoardConfig, Episode, Limit, Told
from app.view.alerts import episode_row
from app.view.format import Format
from app.web.alert_channels import channel_row
from app.words.words import words_in
from tests.support.bodies import pushed
from tests.support.server import Site, eventually, running
from tests.test_episodes import KEY, SLACK

NOW = 1_795_350_000_000


@pytest_asyncio.fixture(scope="module")
async def site(shared_store: Any, store_url: str) -> AsyncIterator[Site]:
    channels = '[{"name": "ops", "url": "https://ops.example/hook-SECRET"}]'
    async with running(store_url, SECRET_KEY=KEY, ALERT_CHANNELS=channels) as site:
        await site.log_in()
        limits = {"open": Limit(alarm=10, lasts=0), "started": Limit(alarm=10, lasts=0, sense="above")}
        for id_, title in (("lille", "Lille, chat"), ("paris", "Paris"), ("brest", "Brest")):
            change = await site.process.board_records.put(id_, BoardConfig(title=title, limits=limits), "Ana M.")
            await site.process.mirror.reaches(change)
        await site.process.catalogue.apply()
        yield site


def episode(**more: Any) -> Episode:
    fields: dict[str, Any] = {
        "board": "all",
        "figure": "open",
        "level": "alarm",
        "worst_level": "alarm",
        "began": NOW,
        "since": NOW,
    }
    return Episode(**({"version": 1, **fields} | more))


async def alarmed(site: Site, board: str = "lille", figure: str = "open") -> str:
    """Pass the limits of all boards; return the id of the episode of one."""
    await site.post_all([pushed(f"c{number}", 12, wall_clock()) for number in range(12)])
    episodes = site.process.alerts.episodes
    found = await eventually(lambda: _async(episodes.open_of(board, figure)), lambda found: found is not None)
    assert found is not None
    return str(found[0])


async def _async(value: Any) -> Any:
    return value


def row_of(**more: Any) -> Any:
    shown = episode(**{"began": NOW - 90_000, "since": NOW - 60_000, "limit": 1800.0, "figure": "oldest_onsite"} | more)
    return episode_row("e", shown, "Lille", Format(words_in("en"), "UTC"), NOW)


def test_an_episode_reads_as_its_figure_does_on_the_wall() -> None:
    row = row_of(worst=4210.0)
    assert (row.what, row.passed, row.worst, row.duration) == ("Longest chat or call", "over 30 min", "1h 10", "1 min")
    assert (row_of(figure="csat", limit=75.0, is_below=True).passed, row.state) == ("under 75\u202f%", "alarm")
    trouble = row_of(board="", figure="none_taken", cause="format", limit=None)
    assert (trouble.what, trouble.passed) == ("iAdvize posts, but none is taken", words_in("en").say("cause.format"))


@pytest.mark.parametrize(
    ("more", "state", "words"),
    [
        ({"acknowledged": Acknowledgement(NOW, "Zoe")}, "seen", "alarm"),
        ({"level": "watch"}, "watch", "watch"),
        ({"ended": NOW, "end": "over"}, "ended", "over"),
        ({"ended": NOW, "end": "hours"}, "ended", "ended with the board’s hours"),
    ],
)
def test_an_episode_says_where_it_stands(more: dict[str, Any], state: str, words: str) -> None:
    row = row_of(**more)
    assert (row.state, row.words) == (state, words)


def test_messages_that_did_not_arrive_say_why_and_reminders_count_once() -> None:
    def told(step: Any, n: int, outcome: Any, reason: str = "") -> Told:
        return Told(channel="ops", step=step, n=n, due=NOW, outcome=outcome, at=NOW + n * MINUTE, reason=reason)

    row = row_of(
        told=(
            told("alarm", 1, "delivered"),
            *(told("reminder", n, "delivered") for n in (2, 3, 4)),
            told("acknowledged", 5, "held", "quiet_hours"),
            told("ended", 6, "given_up", "it answered 503"),
        )
    )
    time = [f"{instant(NOW + n * MINUTE)[11:16]}" for n in range(7)]
    assert [(each.words, each.state, each.reason) for each in row.told] == [
        (f"alarm, {time[1]}", "delivered", ""),
        (f"reminder, {time[4]}", "delivered", ""),
        ("seen, held back", "held", "quiet hours"),
        (f"end, not delivered, given up {time[6]}", "given_up", "it answered 503"),
    ]


def test_a_channel_says_when_its_last_message_was_delivered_and_on_which_day() -> None:
    def said(at: int) -> str:
        last = Told(channel="ops", step="alarm", n=1, due=at, outcome="delivered", at=at)
        return str(
            channel_row(Channel(name="ops", kind="slack"), {}, last, Format(words_in("en"), "UTC"), NOW)["words"]
        )

    assert said(NOW - MINUTE) == f"last message delivered {instant(NOW - MINUTE)[11:16]}"
    assert said(NOW - 2 * DAY) == f"last message delivered Fri {instant(NOW)[11:16]}"


async def test_an_alarm_is_taken_care_of_by_a_form_and_the_name_is_remembered(site: Site) -> None:
    id_ = await alarmed(site)
    page = (await site.client.get("/alerts")).text
    assert re.search(r"<title[^>]*>\(\d+\) Alerts · Deskboard</title>", page)
    assert "icon-alarm.svg" in page
    assert "over 10" in page
    answer = await site.client.post(f"/alerts/{id_}", data={"by": " Zoë\u202fM. ", "note": "Two more come in"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts")
    page = (await site.client.get("/alerts")).text
    assert "Zoë M." in page.partition("data-list")[2]
    assert "Two more come in" in page
    assert 'name="by" value="Zoë M."' in page
    assert (await site.client.post("/alerts/no-such", data={})).status_code == 404


async def test_a_floor_takes_care_of_what_is_ticked_alone(site: Site) -> None:
    await alarmed(site, "paris", "started")
    ticked = {"figure": ["open", "no-such"], "by": "Zoe"}
    answer = await site.client.post("/floor/paris/alarms", data=ticked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/floor/paris")
    episodes = site.process.alerts.episodes
    assert [episodes.acknowledgement_of("paris", figure) is None for figure in ("open", "started")] == [False, True]
    assert 'name="by" value="Zoe"' in (await site.client.get("/floor/paris")).text


async def test_every_page_of_supervisors_says_that_messages_are_not_delivered(site: Site) -> None:
    """The host of the channel is not known."""
    await alarmed(site)
    await eventually(lambda: site.client.get("/pulse?lang=en"), lambda page: page.text.endswith(" not delivered"))
    assert " not delivered</span></a>" in (await site.client.get("/roster")).text
    page = (await site.client.get("/alerts")).text
    assert "not yet delivered, last tried" in page
    assert "does not get through" in page


async def test_a_test_message_says_what_came_of_it(site: Site) -> None:
    answer = await site.client.post("/alerts/channels/test", data={"of": "ops"})
    assert answer.status_code == 200
    assert 'The test message for <span class="name" dir="auto">ops</span> was not delivered: its host' in answer.text
    assert (await site.client.post("/alerts/channels/test", data={"of": "no-such"})).status_code == 404


async def test_the_link_of_a_message_shows_what_it_said_and_its_button_alone_acts(site: Site) -> None:
    id_ = await alarmed(site, "brest", "started")
    path = site.process.alerts.links.link(id_, "ops").removeprefix(site.process.settings.external_url)
    async with site.browser() as phone:
        page = await phone.get(path)
        assert page.status_code == 200
        assert all(said in page.text for said in ("Started", "Brest", "over 10", "I take care of it"))
        assert site.process.alerts.episodes.acknowledgement_of("brest", "started") is None
        headers = {"sec-fetch-site": "cross-site"}
        assert (await phone.post(path, data={"by": "Eve"}, headers=headers)).status_code == 403
        answer = await phone.post(path, data={"by": "Zoe"})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        page = await phone.get(path)
        assert "Zoe" in page.text
        assert "I take care of it" not in page.text
        assert (await phone.get(f"{path}x")).status_code == 404
        assert (await phone.get("/alerts")).headers["location"] == "/login?next=/alerts"


async def test_a_channel_is_made_changed_and_removed_and_its_address_never_shown(site: Site) -> None:
    made = {
        "name": "Night shift",
        "url": SLACK,
        "levels": ["watch", "alarm"],
        "boards": ["lille"],
        "quiet_hours": "late",
    }
    answer = await site.client.post("/alerts/channels", data=made)
    assert answer.status_code == 422
    assert "late is no span of hours" in answer.text
    answer = await site.client.post("/alerts/channels", data={**made, "quiet_hours": "Mon-Sun 20:00-07:00"})
    assert answer.status_code == 303
    page = (await site.client.get("/alerts")).text
    assert "pending: send a test message" in page
    assert "webhook at ops.example" in page
    form = (await site.client.get("/alerts/channels?name=Night+shift")).text
    assert "Mon-Sun 20:00-07:00</textarea>" in form
    assert "XXXX" not in page + form
    assert "SECRET" not in page.replace("SECRET_KEY", "")
    answer = await site.client.post(
        "/alerts/channels?name=Night+shift", data={"of": "Night shift", "levels": ["alarm"]}
    )
    assert answer.status_code == 303
    changed = site.process.alerts.channels.find("Night shift")
    assert changed is not None
    assert (changed.url, changed.levels, changed.boards, changed.quiet_hours) == (SLACK, ("alarm",), (), ())
    assert (await site.client.get("/alerts/channels?name=ops")).status_code == 404, "that of the settings stays"
    await site.client.post("/alerts/channels", data={"of": "Night shift", "action": "remove"})
    assert "Night shift" not in (await site.client.get("/alerts")).text


async def test_a_silence_says_until_when_and_by_whom_and_is_lifted(site: Site) -> None:
    asked = {"board": "lille", "figure": "open", "minutes": "60", "by": "Zoe"}
    assert (await site.client.post("/alerts/silences", data=asked)).status_code == 303
    ((id_, silence),) = site.process.alerts.episodes.silences().items()
    assert (silence.board, silence.figure, silence.by) == ("lille", "open", "Zoe")
    page = (await site.client.get("/alerts")).text
    assert "Lille, chat · Open" in page
    await site.client.post("/alerts/silences", data={"end": id_})
    assert site.process.alerts.episodes.silences() == {}
    await site.client.post("/alerts/silences", data={**asked, "minutes": str(7 * 24 * 60)})
    ((id_, silence),) = site.process.alerts.episodes.silences().items()
    form = Format(words_in("en"), site.process.settings.time_zone)
    until = f"until {form.day(silence.ends)}, {form.time_of_day(instant(silence.ends))}"
    assert until in (await site.client.get("/alerts?lang=en")).text, "a week from now is not today"
    await site.client.post("/alerts/silences", data={"end": id_})
    answer = await site.client.post("/alerts/silences", data={**asked, "minutes": "7"})
    assert (answer.status_code, "minutes is '7'; allowed: 10080" in answer.text) == (422, True)


def test_one_that_is_over_is_no_alarm_any_more() -> None:
    assert not row_of(ended=NOW, end="over").is_open
    assert row_of().is_open
    assert isinstance(episode(), Episode)

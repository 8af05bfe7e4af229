"""/events: posts in the log are found by outcome, type, id, text and time, and shown as received."""

import asyncio
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from redis.asyncio import Redis

from app.bounds import BODY_KEPT_BYTES, DELIVERIES_LISTED, DELIVERIES_LOOKED_THROUGH, WAITING_UNSIGNED
from app.clock import MINUTE, SECOND, wall_clock
from app.deliveries.delivery import Delivery
from app.records import Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from tests.support.assemble import encode, new_writer
from tests.support.bodies import answered, availability, body, closed, connected, pushed, sold
from tests.support.server import Site, eventually, running
from tests.test_faults import store_at
from tests.test_first_page import post, words

CONVERSATION = "2d90a8a2-16df-45f5-897e-31adf9aa165d"


async def listed(site: Site, address: str = "/events", **sought: str) -> list[str]:
    """Return the deliveries that a search lists, newest first: each in words, without its time."""
    answer = await site.client.get(address, params=sought or None)
    assert answer.status_code == 200, answer.text
    rows = re.findall(r"<tr[^>]* data-event=.*?</tr>", answer.text, re.DOTALL)
    return [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", "", words(row)) for row in rows]


async def types(site: Site, **sought: str) -> list[str]:
    """Return the event types of what a search lists, newest first."""
    return [
        found[0] if (found := re.findall(r"[a-z]+[a-z0-9]*\.[a-z.0-9]+[a-z0-9]", row)) else ""
        for row in await listed(site, **sought)
    ]


async def opened(site: Site, **sought: str) -> httpx.Response:
    """Open the newest that a search lists."""
    page = (await site.client.get("/events", params=sought)).text
    found = re.search(r'scope="row"><a href="([^"#]+)', page)
    assert found is not None, page
    answer = await site.client.get(found[1])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return answer


def links(page: str) -> dict[str, str]:
    """Return the addresses of a page's links by their words."""
    return {
        words(text): html.unescape(href)
        for href, text in re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    }


def accepted(one: Mapping[str, Any]) -> Delivery:
    return Delivery(status=204, verified=True, event=one["eventId"], type=one["eventType"])


def batched(bodies: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    rest = iter(bodies)
    while some := list(islice(rest, size)):
        yield some


async def fill(store: Redis, bodies: Iterable[dict[str, Any]]) -> None:
    """Have deliveries kept, in their order, as the webhook would."""
    writer = new_writer(store, wall_clock)
    for some in batched(bodies, WAITING_UNSIGNED):
        await asyncio.gather(*(writer.submit(accepted(one), encode(one), None) for one in some))
    await writer.close()


async def test_search_by_outcome_type_and_id(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(Roster({"12": Person("Ana M.")}))
    async with running(store_url) as site:
        await site.log_in()
        now = wall_clock()
        first = connected(12, now, eventId="e-1")
        await site.post_all([first, first, pushed(CONVERSATION, 12, now), closed(CONVERSATION, [12, 13], now)])
        await site.post_all([sold("t-1", 1, now, operator=13, conversation="c"), body("user.teleported", now)])
        await site.post_all(
            [body("conversation.started", now, websiteId=1, conversationId=7, operatorId=12, channel="chat")]
        )
        await site.post(first | {"userId": -12})
        await post(site, encode(first), secret="wrong")
        assert await listed(site, outcome="again") == [
            "Sent again (204) Ana M. connected user.connected This event was received before; it counts once."
        ]
        refused = await listed(site, outcome="refused")
        assert [row.partition(" (")[0] for row in refused] == [
            "Refused: no valid signature",
            "Refused: a field is missing or wrong",
        ]
        assert (await listed(site, outcome="unsigned"))[0].startswith("Refused: no valid signature (401) – the")

        async def quick() -> dict[str, str]:
            return links((await site.client.get("/events")).text)

        todays = await eventually(quick, lambda found: "Refused: 2 today" in found)  # counts come after the log
        assert todays["Refused: 2 today"] == "/events?outcome=refused"
        assert todays["Not signed: 1 today"] == "/events?outcome=unsigned"
        assert len(await listed(site, outcome="taken")) == 6
        assert len(await listed(site)) == 9
        assert await types(site, type="user.connected", outcome="taken") == ["user.connected"]
        assert await types(site, type="unrecognised") == ["user.teleported"]
        assert await types(site, type="deprecated") == ["conversation.started"]
        assert await types(site, type="user.teleported") == ["user.teleported"]
        about_12 = ["conversation.started", "v2.conversation.closed", "v2.conversation.pushed"] + ["user.connected"] * 2
        assert links((await site.client.get("/events")).text)["Ana M."] == "/events?id=ha-335-12"
        assert await types(site, id="12") == await types(site, id="ha-335-12") == about_12
        assert await types(site, id="sd-335-12") == await types(site, id="1") == []
        assert await types(site, id=CONVERSATION) == about_12[1:3]
        assert await types(site, id=f"ha-335-{CONVERSATION}") == about_12[1:3]
        assert await types(site, id="e-1") == ["user.connected"] * 3
        assert await types(site, id="t-1") == ["transaction.attributed"]
        assert await types(site, id="13", type="v2.conversation.closed") == ["v2.conversation.closed"]
        assert words((await opened(site, id=CONVERSATION)).text).count("Ana M. (12) , Operator 13") == 1


async def test_search_text_in_bodies_and_reasons_ignores_case_and_escapes(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([answered("c", wall_clock(), satisfactionComment="Très bien / merci")])
        escaped = encode(answered("d", wall_clock())).replace(
            b'"projectId"', rb'"satisfactionComment":"TR\u00c8S \/ mal","projectId"'
        )
        assert await post(site, escaped) == 204
        await site.post(connected(12, wall_clock(), eventId=""))
        await site.client.post("/webhook", json={})
        assert len(await listed(site, text="très")) == 2
        assert len(await listed(site, text="/ MAL")) == 1
        assert len(await listed(site, text="EventId is")) == 1
        assert "Posted to /webhook" in (await listed(site, text="/webhook"))[0]
        assert len(await listed(site, text="127.0.0.1", outcome="unsigned")) == 1
        assert await listed(site, text="zebra") == []
        assert "No post in the log matches" in (await site.client.get("/events?text=zebra")).text


async def test_times_are_local_to_the_time_zone(store: Any, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0], TIME_ZONE="Asia/Kolkata") as site:
        await site.log_in()
        for number in range(3):
            await site.post_all([body(f"user.teleported.{number}", now[0])])
            now[0] += MINUTE

        def at(minutes: int, form: str = "%Y-%m-%dT%H:%M") -> str:
            ms = now[0] + (minutes - 3) * MINUTE
            return datetime.fromtimestamp(ms / SECOND, ZoneInfo("Asia/Kolkata")).strftime(form)

        assert await types(site, since=at(1)) == ["user.teleported.2", "user.teleported.1"]
        assert await types(site, until=at(1)) == ["user.teleported.1", "user.teleported.0"]
        assert await types(site, since=at(1), until=at(1)) == ["user.teleported.1"]
        assert await types(site, since=at(1, "%Y-%m-%dT%H:%M:%S"), until=at(1, "%Y-%m-%dT%H:%M:%S")) == [
            "user.teleported.1"
        ]
        assert await types(site, since=f"{at(2)}+05:30") == ["user.teleported.2"]
        assert await types(site, until=f"{at(0)}+05:30") == ["user.teleported.0"]
        assert await types(site, until=at(0, "%Y-%m-%d")) != []
        page = (await site.client.get(f"/events?since={at(0, '%Y-%m-%d')}&until={at(1)}%2B05:30")).text
        assert f'name="since" type="datetime-local" step="1" value="{at(0, "%Y-%m-%dT00:00")}"' in page
        assert f'name="until" type="datetime-local" step="1" value="{at(1)}"' in page
        page = words((await site.client.get("/events")).text)
        assert f"{at(2, '%Y-%m-%d %H:%M:%S')} Accepted (204) user.teleported.2" in page
        assert "(Asia/Kolkata)" in page
        first_page = words((await site.client.get("/")).text)
        assert f"{at(2, '%Y-%m-%d %H:%M:%S')} · user.teleported.2" in first_page


async def test_refused_posts_are_listed_in_their_window_alone(store: Any, store_url: str) -> None:
    now = [wall_clock()]
    start = now[0]
    async with running(store_url, lambda: now[0]) as site:
        await site.log_in()
        for _ in range(3):
            await site.post(connected(12, now[0]) | {"userId": -1})
            await post(site, b"{}", secret="wrong")
            await site.client.post("/webhook", json={})
            now[0] += MINUTE
        second = datetime.fromtimestamp((start + MINUTE) / SECOND, UTC).isoformat(timespec="seconds")
        for sought in ({}, {"outcome": "refused"}):
            rows = await listed(site, since=second, until=second, **sought)
            assert [row.partition(" (")[0] for row in rows] == [
                "Refused: wrong address",
                "Refused: no valid signature",
                "Refused: a field is missing or wrong",
            ]
        assert await listed(site, outcome="taken", since=second, until=second) == []


async def test_unsigned_posts_are_kept_no_longer_than_the_others(store: Any, store_url: str) -> None:
    await store.xadd(keys.UNSIGNED, {"at": 1, "about": '{"status":401,"outcome":"unsigned","detail":"none"}'}, id="5-1")
    async with running(store_url) as site:
        await site.log_in()
        assert len(await listed(site, outcome="unsigned")) == 1
        await post(site, b"{}", secret="wrong")
        assert [row.partition(" (")[0] for row in await listed(site)] == ["Refused: no valid signature"]


async def test_events_are_said_in_words(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(Roster({"12": Person("Ana <M.>")}))
    now, comment = wall_clock(), "parcel still lost " + "x" * 200
    said = [
        (pushed("c", 12, now), "Chat given to Ana <M.>"),
        (closed("c", [13, 12], now), "Chat closed by Ana <M.>"),
        (closed("c", [], now), "Chat closed"),
        (pushed("d", 13, now, channel="<CARRIER>"), "<CARRIER> given to Operator 13"),
        (answered("c", now, customerSatisfaction=2), "CSAT 2"),
        (answered("c", now, netPromoterScore=0, customQuestion=False), "NPS 0 · Custom question: no"),
        (answered("c", now, satisfactionComment=comment), f"“ {comment[:140]}… ”"),
        (sold("t", 300.2, now, operator=12, conversation="c", source="Onsite"), None),
        (availability(12, now, CHAT=True, SMS=False, CALL=True), "Ana <M.> takes Call, Chat"),
        (availability(12, now, CHAT=False), "Ana <M.> is on no channel"),
        (body("user.disconnected", now, userId=12), "Ana <M.> disconnected"),
        (body("visitor.updated", now, operatorId=12, visitorId="v"), "Ana <M.> edited a visitor"),
        (body("user.teleported", now), "user.teleported"),
    ]
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all(one for one, _ in said)
        rows = await listed(site)
        for row, (_, sentence) in zip(reversed(rows), said, strict=True):
            assert row.startswith(f"Accepted (204) {sentence or 'Sale of 300.20 EUR by Ana <M.> ( Onsite )'} "), row
        page = await site.client.get("/events", params={"lang": "fr", "text": "CARRIER"})
        assert "Conversation confiée à Operator 13" not in words(page.text)
        assert "Conversation confiée à Opérateur 13 ( <CARRIER> )" in words(page.text)


async def test_empty_fields_are_dropped_from_the_address(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        answer = await site.client.get("/events?outcome=&type=&id=12&text=&since=&until=")
        assert (answer.status_code, answer.headers["location"]) == (303, "/events?id=12")
        assert (await site.client.get("/events?outcome=")).headers["location"] == "/events"
        page = (await site.client.get("/events?id=12&outcome=refused&text=%3Cb%3E")).text
        assert '<input id="id" name="id" value="12"' in page
        assert '<option value="refused" selected>' in page
        assert '<input id="text" name="text" type="search" value="&lt;b&gt;"' in page


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("since", "soon", "This is not a date or a time. Write one as in 2026-11-24 or 2026-11-24T14:30."),
        ("until", "2026-13-01T00:00", "This is not a date or a time. Write one as in 2026-11-24 or 2026-11-24T14:30."),
        ("outcome", "lost", "There is no such outcome; allowed: taken, again, refused, unsigned."),
        ("id", "x" * 201, "201 characters; allowed: 200."),
        ("text", "x" * 201, "201 characters; allowed: 200."),
        ("type", "x" * 201, "201 characters; allowed: 200."),
    ],
)
async def test_invalid_fields_are_explained_beside_them(
    store: Any, store_url: str, field: str, value: str, error: str
) -> None:
    async with running(store_url) as site:
        await site.log_in()
        answer = await site.client.get("/events", params={field: value})
        assert answer.status_code == 422
        assert f'<a href="#{field}">' in answer.text
        assert f'id="{field}-fault">{error}' in answer.text


async def test_pages_have_no_gaps_while_posts_arrive(store: Any, store_url: str) -> None:
    count = DELIVERIES_LISTED * 2 + 5
    async with running(store_url) as site:
        await site.log_in()
        await fill(store, [body(f"user.teleported.{number}", wall_clock()) for number in range(count)])
        for number in range(3):
            await site.client.post(f"/webhook/{number}", json={})
        seen: list[str] = []
        address = "/events"
        while address:
            seen += await listed(site, address)
            page = (await site.client.get(address)).text
            assert ("Newest" in links(page)) == (address != "/events")
            address = links(page).get("Older", "")
            await site.post_all([body("user.arrived", wall_clock())])
        assert [found[0] for row in seen if (found := re.findall(r"teleported\.\d+|/webhook/\d", row))] == [
            *(f"/webhook/{number}" for number in (2, 1, 0)),
            *(f"teleported.{number}" for number in reversed(range(count))),
        ]


async def test_search_is_bounded_and_says_where_it_stopped(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        needle = body("user.teleported", wall_clock(), text="zebra")
        await fill(store, [needle, *(body("user.teleported", wall_clock()) for _ in range(DELIVERIES_LOOKED_THROUGH))])
        page = (await site.client.get("/events?text=zebra")).text
        assert f"{DELIVERIES_LOOKED_THROUGH:,} posts were searched, back to" in words(page)
        assert "Nothing found so far." in words(page)
        further = links(page)["Search the older ones"]
        assert further.startswith("/events?text=zebra&before=")
        assert len(await listed(site, further)) == 1
        assert "There are no older ones" not in (await site.client.get(further)).text


async def test_entries_with_the_same_id_in_both_streams_are_listed_once_each(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        recorded = '{"status":204,"type":"user.signed"}', '{"status":401,"outcome":"unsigned","detail":"none"}'
        await store.xadd(
            keys.DELIVERIES, {"at": 1, "outcome": "accepted", "about": recorded[0], "body": "{}"}, id="5-1"
        )
        await store.xadd(keys.UNSIGNED, {"at": 1, "about": recorded[1]}, id="5-1")
        everything = [row.split()[0] for row in await listed(site)]
        assert everything == ["Accepted", "Refused:"]
        assert [row.split()[0] for row in await listed(site, before="5-1")] == ["Refused:"]
        assert await listed(site, before="5-1-unsigned") == []
        assert [row.split()[0] for row in await listed(site, before="6-0")] == everything
        assert [row.split()[0] for row in await listed(site, before="nonsense")] == everything


async def test_delivery_opens_as_received_with_its_field_marked(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        event = availability(12, wall_clock(), CHAT=True, CALL=True)
        event["availabilities"][1]["channel"] = 3
        content = b" " + encode(event) + b"\r\n"
        assert await post(site, content) == 422
        page = await opened(site, outcome="refused")
        assert '<mark id="field" tabindex="-1">&#34;channel&#34;: 3</mark>' in page.text
        assert "Field availabilities[1].channel Found 3 Allowed the name of" in words(page.text)
        assert '#field"><' in re.sub(r"\s", "", (await site.client.get("/events")).text)
        file = await site.client.get(f"{page.url.path}/body")
        assert (file.content, file.headers["content-type"]) == (content, "application/octet-stream")
        assert file.headers["content-disposition"].startswith("attachment; ")
        del event["availabilities"][1]["channel"]
        await site.post(event)
        assert (
            '<mark class="missing" id="field" tabindex="-1">channel is missing here</mark>' in (await opened(site)).text
        )


async def test_posted_text_is_never_markup(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        evil = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"
        await site.post_all([answered(evil, wall_clock(), satisfactionComment=evil, eventId=evil)])
        await site.post_all([body(evil, wall_clock(), operatorId=evil)])
        await site.post(answered(evil, wall_clock(), customerSatisfaction=evil))
        await post(site, evil.encode())
        await site.client.post(f"/{evil}", json={})
        assert len(await listed(site)) == 5
        for number in range(5):
            address = re.findall(r'scope="row"><a href="([^"#]+)', (await site.client.get("/events")).text)[number]
            for path in ("/events", address):
                text = (await site.client.get(path)).text
                assert "<script>alert" not in text
                assert "<img" not in text
            assert "\u202e" not in (await site.client.get(address)).text.partition('id="body"')[2]


async def test_truncated_body_says_so(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        long = pushed("c", 12, wall_clock(), eventId="e", comment="x" * BODY_KEPT_BYTES, projectId=-1)
        assert (await site.post(long)).status_code == 422
        del long["projectId"]
        assert (await site.post(long | {"zz": 1})).status_code == 422
        page = words((await opened(site, id="12")).text)
        assert f"{len(encode(long | {'zz': 1})):,} bytes; the first {BODY_KEPT_BYTES:,} are kept" in page
        assert "It is past the part of the body that is kept." in page
        assert len(await listed(site, id="c")) == 2


async def test_unsigned_post_shows_address_and_reason_alone(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await post(site, encode(answered("c", wall_clock(), satisfactionComment="zebra")), secret="wrong")
        page = await opened(site)
        assert "zebra" not in page.text
        assert "The body of a post without a valid signature is not kept" in words(page.text)
        assert "Came from 127.0.0.1" in words(page.text)
        assert (await site.client.get(f"{page.url.path}/body")).status_code == 404


async def test_missing_delivery_is_404_in_words(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([connected(12, wall_clock())])
        path = (await opened(site)).url.path
        await store.delete(keys.DELIVERIES)
        for address in (path, f"{path}/body", "/events/1-0-unsigned", "/events/nonsense", f"/events/{'9' * 40}-0"):
            answer = await site.client.get(address, headers={"accept": "text/html"})
            assert (answer.status_code, "no longer in the log" in answer.text) == (404, True)
        assert "Nothing has been posted yet" in (await site.client.get("/events")).text


async def test_first_page_links_to_each_post_without_its_words(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([answered("c", wall_clock(), satisfactionComment="zebra")])
        await post(site, b"{}", secret="wrong")
        page = (await site.client.get("/")).text
        assert links(page)["Search the log of posts"] == "/events"
        addresses = re.findall(r'href="(/events/[^"]+)"', page)
        answers = [await site.client.get(address) for address in addresses]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert "is not kept: anyone" in answers[0].text
        assert "zebra" in answers[1].text


async def test_french_words_surround_what_was_posted(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        site.client.headers["accept-language"] = "fr"
        await site.post(connected(12, wall_clock()) | {"userId": -1})
        row = (await listed(site))[0]
        assert "Refusé : un champ manque ou est erroné (422) user.connected" in row
        assert "userId est erroné ; attendu : un nombre entier de 0 à 9007199254740991" in row
        page = await opened(site)
        assert "Champ userId Trouvé -1 Attendu un nombre entier de 0" in words(page.text)
        answer = await site.client.get("/events/1-0", headers={"accept": "text/html"})
        assert "Cet envoi n’est plus dans le journal" in answer.text


async def test_page_says_that_the_store_is_away(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            await site.post_all([connected(12, wall_clock())])
            await eventually(lambda: listed(site), lambda rows: len(rows) == 1)  # it may come by the spool
            path = (await opened(site)).url.path

        async def told() -> list[tuple[int, bool, bool]]:
            answers = [await site.client.get(at, headers={"accept": "text/html"}) for at in ("/events", path)]
            return [
                (answer.status_code, "The store cannot be asked now" in answer.text, 'class="bar"' in answer.text)
                for answer in answers
            ]

        await eventually(told, lambda answers: answers == [(503, True, True)] * 2)
        await eventually(
            lambda: site.client.get("/?lang=fr"), lambda page: "il ne répond pas (ConnectionError" in words(page.text)
        )

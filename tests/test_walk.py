"""Every address and socket of the table of routes, walked by each role for any name or id of the floor's people.

A new route is in the table of tests/test_auth.py, or that fails; what its address needs is in `addresses_of`, or this
fails.
"""

import itertools
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
import websockets

from app.board.names import NamesLevel
from app.clock import MINUTE, wall_clock
from app.records import BoardConfig, Person, Roster
from app.roster.store import RosterStore
from tests.support.bodies import answered, availability, closed, connected, pushed, sold
from tests.support.server import BEARER, Peer, Site, running
from tests.test_auth import STATIC, TABLE, logged_in

FIRST_ID, NAMES = 90_417_001, ("Zebulon", "Quillon", "Wrenna", "Yorick", "Xanthe", "Jessamy", "Ottoline", "Vashti")
FLOOR = {str(FIRST_ID + n): Person(f"{name} Kjeldahl", "Lille" if n < 6 else "Tiny") for n, name in enumerate(NAMES)}
UNKNOWN = FIRST_ID + 50
"""An operator whom the roster does not know."""
IDS = (*FLOOR, str(UNKNOWN))
WITHHELD = "tiny"
"""A board of two people."""
ROSTER = ("/roster", "/roster/{person}", "/roster.csv")
"""The admins', in any mode."""
LAST = ("/logout", "/people", "/people/privacy", "/people/{person}")
"""Posts to these end the session that the others use, or change how names are shown."""
DOCUMENTS = ("wall", "floor")
"""What the table calls sockets, by their views."""


def shown_at(level: NamesLevel) -> re.Pattern[str]:
    """What a level shows of no one: ids below full names, surnames, and so on."""
    hidden = [*IDS]
    if level in ("number", "sums"):
        hidden += [*NAMES] + [f"{name[0]}. K." for name in NAMES]
    if level == "initials":
        hidden += NAMES
    return re.compile("|".join(map(re.escape, (*hidden, "Kjeldahl"))), re.IGNORECASE)


async def post_floor(site: Site, now: int) -> None:
    bodies: list[dict[str, Any]] = []
    for n, id_ in enumerate(map(int, IDS)):
        at = now - (40 - n) * MINUTE
        bodies += [connected(id_, at), availability(id_, at + 1, CHAT=n % 2 == 0)]
        bodies += [pushed(f"open-{n}", id_, at + 2), pushed(f"over-{n}", id_, at + 3)]
        bodies += [closed(f"over-{n}", [id_], at + MINUTE), sold(f"sale-{n}", 12.5, at + MINUTE, operator=id_)]
        bodies += [
            answered(f"over-{n}", at + MINUTE, customerSatisfaction=1 + n % 5, satisfactionComment="It was fine")
        ]
    await site.post_all(bodies)
    refused = await site.post(pushed("wrong", FIRST_ID, now, channel=7, agent=NAMES[0]))  # type: ignore[arg-type]
    assert refused.status_code == 422
    assert (await site.post(connected(f"{FIRST_ID}x", now))).status_code == 422


@asynccontextmanager
async def floor(store: Any, store_url: str, **settings: Any) -> AsyncIterator[Site]:
    now = wall_clock()
    await RosterStore(store).replace(Roster(FLOOR))
    async with running(store_url, TIME_ZONE="UTC", **settings) as site:
        await post_floor(site, now)
        change = await site.process.board_records.put(WITHHELD, BoardConfig(title="Few", teams=("Tiny",)), "a test")
        await site.process.mirror.reaches(change)
        await site.process.catalogue.apply()
        yield site


class Walker:
    """Walks as one role, and keeps which addresses showed it something."""

    def __init__(self, site: Site, role: str, headers: dict[str, str], hidden: re.Pattern[str]) -> None:
        self.site = site
        self.role = role
        self.headers = headers
        self.hidden = hidden
        self.seen: set[str] = set()
        self.found: list[str] = []

    async def walk(self, addresses: Mapping[str, list[str]]) -> None:
        async with self.site.browser() as browser:
            for method, route in TABLE:
                is_form = method == "POST"
                if (is_form and route in (*LAST, "/webhooks/iadvize")) or (self.role == "admin" and route in ROSTER):
                    continue
                for values in _values(route, addresses):
                    if method in DOCUMENTS:
                        await self._open(method, route.format(**values))
                    else:
                        await self._ask(browser, method, route, values)

    async def _ask(self, browser: httpx.AsyncClient, method: str, route: str, values: dict[str, str]) -> None:
        path = route.format(**values)
        for query in QUERIES.get(route, ("",)):
            data = {"password": "wrong"} if method == "POST" else None
            response = await browser.request(method, path + query, headers=self.headers, data=data)
            browser.cookies.clear()
            assert response.status_code != 500, path
            # What was asked for is said again in links and fields: it is no secret to who asked.
            asked = re.escape(query.rpartition("=")[2])
            text = f"{unescape(response.text)} {response.headers}"
            text = re.sub(rf"(=|=\"|“|«\s?|%2F|%3D|/){asked}\b" if asked else "^$", "", text)
            for said in (path, *map(repr, values.values())):
                text = text.replace(said, "")
            self._look(f"{method} {path}{query}", text)
            if response.status_code == 200:
                self.seen.add(route)

    async def _open(self, view: str, path: str) -> None:
        address = f"{self.site.url.replace('http', 'ws', 1)}{path}?view={view}"
        headers = {"Origin": self.site.url, **self.headers}
        try:
            async with websockets.connect(address, additional_headers=headers, proxy=None) as connection:
                self._look(f"{view} {path}", str(await Peer(connection).frame()))
                self.seen.add(path)
        except websockets.InvalidStatus as refused:
            self._look(f"{view} {path}", str(refused.response.body))

    def _look(self, what: str, text: str) -> None:
        self.found += [f"{self.role}: {what}: {found!r}" for found in {*self.hidden.findall(text)}]


QUERIES: Mapping[str, Iterable[str]] = {
    "/floor/{board}": ("", f"?q={NAMES[0]}", "?team=Lille", f"?operator=ha-335-{FIRST_ID}", "?format=json"),
    "/floor/{board}.csv": ("", "?team=Lille"),
    "/wall/{board}": ("", "?format=json"),
    "/comments/{board}": ("", f"?q={NAMES[0]}"),
    "/events": ("", f"?id={FIRST_ID}", f"?text={FIRST_ID}", "?outcome=refused", "?type=user.connected"),
    "/days/{board}": ("", "?week=", "?from=2026-01-01"),
    "/roster.csv": ("", "?unnamed"),
}


def _values(route: str, addresses: Mapping[str, list[str]]) -> list[dict[str, str]]:
    """Return what to put into a route's address, each way of it."""
    names = re.findall(r"{(\w+)}", route)
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(addresses[name] for name in names))]


async def addresses_of(site: Site) -> dict[str, list[str]]:
    latest = await site.process.deliveries.latest(200)
    events = {(each.outcome, each.delivery.type): str(each.cursor) for each in latest.entries}
    return {
        "board": ["all", WITHHELD],
        "date": [datetime.now(UTC).date().isoformat()],
        "event": [*events.values()],
        "figure": ["csat", "connected", "oldest_onsite"],
        "person": [f"ha-335-{FIRST_ID}"],
        "token": ["0.1"],
        "screen": ["0000000000000000"],
        "episode": ["0"],
        "build": ["x"],
    }


async def test_sums_alone_show_no_one_at_any_address_or_socket_to_anyone(store: Any, store_url: str) -> None:
    async with floor(store, store_url, PRIVACY="sums") as site:
        await site.log_in()
        addresses = await addresses_of(site)
        cookie = "; ".join(f"{name}={value}" for name, value in site.client.cookies.items())
        async with site.browser() as tv:
            await site.pair(tv)
            screen = {"cookie": "; ".join(f"{name}={value}" for name, value in tv.cookies.items())}
        walkers = [
            Walker(site, role, headers, shown_at("sums"))
            for role, headers in {
                "admin": {"cookie": cookie},
                "lead": await logged_in("lead", site),
                "viewer": await logged_in("viewer", site),
                "program": BEARER,
                "screen": screen,
            }.items()
        ]
        for walker in walkers:
            await walker.walk(addresses if walker.role == "admin" else addresses | {"board": ["all"]})
        assert [found for walker in walkers for found in walker.found] == []
        gets = {route for method, route in TABLE if method == "GET"}
        assert gets - {route for walker in walkers for route in walker.seen} <= NEVER_SHOWN
        refusal = await site.client.get(f"/wall/{WITHHELD}?lang=en")
        assert (refusal.status_code, "Fewer than 5 people" in refusal.text) == (403, True)


NEVER_SHOWN = {
    *ROSTER,  # the admins', and no other role gets it
    *("/login/company", "/login/company/callback", "/invitation/{token}", "/acknowledge/{token}", "/screen/pairing"),
    *("/days", "/floor/{board}.csv", "/days/{board}/{date}/people.csv", "/days/{board}/{date}/coverage.csv"),
    *("/me/{token}", "/floor/{board}/people/{person}/page"),  # an operator's own, whose link no one makes here
    *(STATIC, "/static/{build}/js/lifeline.js"),
}
"""Pages that lead elsewhere, or have nothing to show here."""


async def test_below_full_names_a_lead_sees_no_more_than_the_level_at_any_address(store: Any, store_url: str) -> None:
    async with floor(store, store_url) as site:
        await site.log_in()
        headers, addresses = await logged_in("lead", site), await addresses_of(site) | {"board": ["all"]}
        levels: tuple[NamesLevel, ...] = ("first", "initials", "number")
        for level in levels:
            answer = await site.client.post("/people/privacy", data={"lead": level, "viewer": "full"})
            assert answer.status_code == 303
            walker = Walker(site, "lead", headers, shown_at(level))
            await walker.walk(addresses)
            assert walker.found == [], level
            assert {"/floor/{board}", "/comments/{board}", "/events/{event}", "/days/{board}/{date}"} <= walker.seen

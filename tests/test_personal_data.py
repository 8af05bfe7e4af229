"""`deskboard person`: all that is kept of an operator comes out, and nothing of them stays."""

import json
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.access.accounts import Accounts
from app.access.own_pages import OwnPages
from app.clock import MINUTE, wall_clock
from app.days.day import decode_day
from app.days.store import date_of, start_of_utc_day
from app.merge.spool import QueuedPost, Spool
from app.personal_data.erase import Erasure
from app.personal_data.subject import Subject, UnknownPerson, find_subject
from app.records import NOT_HERE_KIND, OWN_PAGE_KIND, Account, Kind, Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from tests.support.bodies import answered, availability, closed, connected, pushed, sold
from tests.support.server import Site, command, eventually, running

NUMBER, NAME = 424242424242, "Zebulon Quagga"
KEY = f"ha-335-{NUMBER}"
ROSTER = Roster({str(NUMBER): Person(NAME, "Lille"), "13": Person("Ana Leek", "Lille")})


async def fill(site: Site, store: Any) -> None:
    """Have everything in the store speak of the person that can."""
    await RosterStore(store).replace(ROSTER)
    await RosterStore(store).replace(Roster(ROSTER.people | {"14": Person("Ben Example", "Paris")}))
    await site.log_in()
    now = wall_clock() - 5 * MINUTE
    await site.post_all([connected(NUMBER, now), availability(NUMBER, now, CHAT=True), connected(13, now)])
    await site.post_all(
        [
            pushed("a", 13, now),
            pushed("a", NUMBER, now + 1),
            closed("a", [13, NUMBER], now + 2),
            pushed("open", NUMBER, now + 3),
            answered("a", now + 4, customerSatisfaction=5, satisfactionComment=f"{NAME} was very kind"),
            sold("s", 30.0, now + 5, operatorId=NUMBER),
        ]
    )
    await eventually(site.document, lambda document: document["sales"]["transactions"] == 1)
    await site.client.post(f"/floor/all/people/{KEY}", data={"reason": "break", "until": "15"})
    answer = await site.client.post(f"/floor/all/people/{KEY}/page", data={"action": "make"})
    assert answer.status_code == 303
    await site.client.post("/api/marks", json={"text": f"{NAME} is new"}, headers={"origin": site.url})
    for path in (f"/roster/{KEY}", f"/roster/{NUMBER}", "/comments/all", f"/days/all/{_today(now)}"):
        assert (await site.client.get(path)).status_code == 200, path
    await site.process.access.log.write()


def _today(now: int) -> str:
    return date_of(start_of_utc_day(now))


async def dump(store: Any) -> dict[str, str]:
    """Return everything in the store as text, unpacked."""
    found = {}
    async for key in store.scan_iter("*", count=1000):
        match await store.type(key):
            case b"string":
                value: Any = await store.get(key)
            case b"hash":
                value = await store.hgetall(key)
            case b"zset":
                value = await store.zrange(key, 0, -1)
            case b"stream":
                value = await store.xrange(key)
            case b"list":
                value = await store.lrange(key, 0, -1)
            case b"none":
                continue  # it expired meanwhile, as leases do
            case kind:
                raise AssertionError(f"{key} is a {kind}")
        text = repr(value)
        if key == keys.ROSTER_BEFORE.encode():
            text = zlib.decompress(value).decode()
        elif key.startswith((keys.PEOPLE_SUMS.encode(),)):
            text = repr(decode_day(value))
        found[key.decode()] = text
    return found


def speaking_of(dumped: dict[str, str], *words: str) -> list[str]:
    return sorted(key for key, text in dumped.items() if any(word in key or word in text for word in words))


def sums(document: dict[str, Any]) -> list[Any]:
    conversations = {name: document["conversations"][name] for name in ("open", "started", "closed", "transferred")}
    lille = {name: document["teams"]["Lille"][name] for name in ("open", "started", "closed", "csat")}
    return [conversations, document["satisfaction"]["csat"], document["sales"], document["trend"], lille]


async def test_no_one_is_erased_while_posts_about_them_wait_on_the_disk(
    store: Any, store_url: str, tmp_path: Path
) -> None:
    await RosterStore(store).replace(ROSTER)
    body = msgspec.json.encode(pushed("waits", NUMBER, wall_clock()))
    spool = Spool(tmp_path / "spool")
    await spool.put([QueuedPost(wall_clock(), b"", b"{}", body), QueuedPost(wall_clock(), b"", b"", b"")])
    erase = ("person", str(NUMBER), "--erase", "--yes")
    status, said = await command(*erase, data_dir=tmp_path, REDIS_URL=store_url)
    assert (status, f"posts about {NUMBER} wait in {tmp_path / 'spool'}: 1;" in said) == (1, True), said
    assert (await RosterStore(store).read()).roster == ROSTER
    _, said = await command("person", str(NUMBER), "--export", data_dir=tmp_path, REDIS_URL=store_url)
    assert "waits" in json.loads(said)["posts"][0]["body"]
    status, said = await command("person", "13", "--erase", "--yes", data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 0, said
    await spool.drop(10)
    status, said = await command(*erase, data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 0, said
    assert speaking_of(await dump(store), str(NUMBER), NAME) == []
    await spool.close()


async def test_accounts_of_their_name_are_told_and_removed_ones_lose_it(
    store: Any, store_url: str, tmp_path: Path
) -> None:
    await RosterStore(store).replace(ROSTER)
    company = Account(name=NAME.upper(), mail="zq@example.org", role="lead", issuer="https://login.example.org")
    async with running(store_url) as site:
        accounts = site.process.access.accounts
        await accounts.note_log_in("0123456789abcdef", company)
        await accounts.remove("0123456789abcdef")
        await accounts.invite(NAME, "zebulon@example.org", "viewer", [], "a test")
        await accounts.invite(f"{NAME} Senior", "senior@example.org", "viewer", [], "a test")
        erase = ("person", str(NUMBER), "--erase", "--yes")
        status, said = await command(*erase, data_dir=tmp_path, REDIS_URL=store_url)
        assert status == 0, said
        assert "removed accounts with their name: 1" in said
        assert f"has their name: {NAME}, zebulon@example.org, viewer; if it is theirs, remove it there" in said
        assert "senior" not in said
        assert not speaking_of(await dump(store), "zq@example.org")
        await eventually(lambda: _removed_names(accounts), lambda names: names == {"0123456789abcdef": "…"})
        assert {account.mail for account in accounts.all().values()} == {"zebulon@example.org", "senior@example.org"}


async def _removed_names(accounts: Accounts) -> dict[str, str]:
    return {id_: account.name for id_, account in accounts.removed_of_company().items()}


async def test_nothing_of_a_person_stays_and_all_sums_do(store: Any, store_url: str, tmp_path: Path) -> None:
    now = wall_clock()  # for the whole test: a new quarter-hour would change what is summed up by quarters
    async with running(store_url, lambda: now) as site, running(store_url, lambda: now) as other:
        await fill(site, store)
        before = sums(await site.document())
        places = speaking_of(await dump(store), str(NUMBER), NAME)
        kinds = ("operator:", "conversation:", "sale:", "presence:", "present:", "people-sums:", "mark:", "not-here:")
        said_of_them = [f"{keys.PREFIX}{kind}:{KEY}" for kind in (NOT_HERE_KIND, OWN_PAGE_KIND)]
        for kind in (*kinds, "roster", "roster-before", "changes", "deliveries", "access-log"):
            assert any(place.startswith(keys.PREFIX + kind) for place in places), f"{kind} is not tried"

        status, said = await command("person", f"335-{NUMBER}", "--export", data_dir=tmp_path, REDIS_URL=store_url)
        assert status == 0, said
        exported = json.loads(said)
        assert exported["person"] == KEY
        assert exported["roster"] == {"name": NAME, "team": "Lille"}
        assert {one["conversation"] for one in exported["conversations"]} == {"ha-335-a", "ha-335-open"}
        assert [one.get("comment") for one in exported["conversations"]].count(f"{NAME} was very kind") == 1
        assert len(exported["posts"]) == 7
        assert [list(day) for day in exported["work_by_day"].values()] == [["received", "closed", "csat"]]
        assert exported["notes"] == [f"{NAME} is new"]
        assert "Ana Leek" not in said

        status, said = await command("person", str(NUMBER), "--erase", "--yes", data_dir=tmp_path, REDIS_URL=store_url)
        assert status == 0, said
        assert "conversations that they were part of: 2" in said
        assert speaking_of(await dump(store), str(NUMBER), NAME) == said_of_them

        for process in (site, other):
            await eventually(process.document, lambda document: str(NUMBER) not in json.dumps(document))
            document = await process.document()
            assert NAME not in json.dumps(document)
            assert sums(document) == before
            own_pages = process.process.access.own_pages
            await eventually(partial(_is_known, own_pages), lambda is_known: not is_known)
        assert speaking_of(await dump(store), str(NUMBER), NAME) == said_of_them, "nothing was written back"
        for name in said_of_them:
            said_after = json.loads(await store.get(name))
            assert (said_after["by"], said_after.get("link", ""), said_after.get("is_over", True)) == ("", "", True)
        pages = [(await site.client.get(path)).text for path in ("/comments/all", "/roster", "/floor/all", "/events")]
        assert not any(NAME in page or str(NUMBER) in page for page in pages)

        await site.post_all([connected(NUMBER, now), closed("b", [NUMBER], now)])
        await eventually(other.document, lambda document: KEY in document["operators"]["by_id"])
    roster = (await RosterStore(store).read()).roster
    assert [person for person in roster.people.values() if not person.name] == [Person("", "Lille")]


class SummedUpMeanwhile(Erasure):
    """A process sums days up before the records are looked at, since the roster is another one."""

    def __init__(self, site: Site, store: Any, subject: Subject) -> None:
        super().__init__(store, subject, wall_clock)
        self._site = site

    async def _erase_from_records(self) -> int:
        process = self._site.process
        await eventually(self._people, lambda people: str(NUMBER) not in people)
        await process.aggregator.refresh([start_of_utc_day(wall_clock() - 5 * MINUTE), start_of_utc_day(wall_clock())])
        return await super()._erase_from_records()

    async def _people(self) -> set[str]:
        return set(self._site.process.mirror.roster.people)


async def test_a_day_that_is_summed_up_meanwhile_does_not_name_them_again(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await fill(site, store)
        await SummedUpMeanwhile(site, store, Subject(KEY, ROSTER.people[str(NUMBER)])).run()
        dumped = await dump(store)
        days = [key for key in dumped if key.startswith(keys.PEOPLE_SUMS)]
        assert days
        assert not set(speaking_of(dumped, str(NUMBER))) & set(days)


async def _is_known(own_pages: OwnPages) -> bool:
    return own_pages.page_of(KEY) is not None


async def test_records_that_were_anonymised_take_events_as_before(store: Any, store_url: str, tmp_path: Path) -> None:
    async with running(store_url) as site:
        await fill(site, store)
        await command("person", KEY, "--erase", "--yes", data_dir=tmp_path, REDIS_URL=store_url)
        await site.post_all([closed("open", [13], wall_clock()), pushed("a", 13, wall_clock())])
        document = await eventually(site.document, lambda document: document["conversations"]["transferred"] == 2)
        assert (document["conversations"]["open"], document["conversations"]["closed"]) == (1, 1)


async def test_it_asks_before_it_erases(store: Any, store_url: str, tmp_path: Path) -> None:
    await RosterStore(store).replace(ROSTER)
    status, said = await command("person", str(NUMBER), "--erase", data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 1
    assert f"Erase {NUMBER}, {NAME}?" in said
    assert (await RosterStore(store).read()).roster == ROSTER
    status, said = await command("person", str(NUMBER), data_dir=tmp_path, REDIS_URL=store_url)
    assert (status, "give one of --export and --erase" in said) == (2, True)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Ana", "'Ana' is no operator; allowed: a number, as in 12, 335-12 or ha-335-12"),
        ("12", "12 is several operators: ha-335-12, ha-400-12; name one of them in full"),
        ("13", "nothing is kept of 13; known operators: ha-335-12, ha-400-12"),
    ],
)
def test_who_is_not_one_operator_is_told_so(asked: str, said: str) -> None:
    with pytest.raises(UnknownPerson, match=said.replace("?", r"\?")):
        find_subject(asked, {"ha-335-12", "ha-400-12"}, Roster())


def test_the_most_precise_of_what_is_known_is_meant() -> None:
    roster = Roster({"12": Person("Ana"), "ha-400-12": Person("Botto", kind=Kind.BOT)})
    assert find_subject("400-12", {"ha-335-12", "ha-400-12"}, roster) == Subject(
        "ha-400-12", Person("Botto", kind=Kind.BOT)
    )
    assert find_subject("12", set(), roster) == Subject("12", Person("Ana"))
    assert find_subject("HA-400-12", {"ha-400-12"}, roster).key == "ha-400-12"


@pytest.mark.parametrize(
    ("body", "speaks"),
    [
        (b'{"platform": "HA", "clientId": 335, "operatorId": 12}', True),
        (b'{"platform": "ha", "clientId": 335, "operatorIds": [7, "12"]}', True),
        (b'{"platform": "ha", "clientId": 400, "operatorId": 12}', False),
        (b'{"platform": "ha", "clientId": 335, "operatorId": 120, "projectId": 12, "amount": 12}', False),
        (b'{"platform": "ha", "clientId": 335, "operatorId": 12, "cut off', True),
    ],
)
def test_a_post_speaks_of_an_operator_by_every_member_that_may_name_one(body: bytes, speaks: bool) -> None:
    assert Subject("ha-335-12").is_in_body(body) is speaks


def test_a_name_is_found_as_whole_words_alone() -> None:
    subject = Subject("ha-335-12", Person("Ana"))
    assert subject.unnamed("Thanks to ana, Ana's team and Anaïs of Havana: ANA!") == (
        "Thanks to …, …'s team and Anaïs of Havana: …!"
    )
    assert not subject.is_in_body(b'{"satisfactionComment": "No bananas left"}')

"""/roster: a file of people is looked at, then put in place: that file, whole, or nothing of it."""

import asyncio
import html
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.bounds import BODY_SECONDS, PEOPLE, ROSTER_BYTES, ROSTER_FORM_BYTES, UPLOAD_SECONDS
from app.clock import wall_clock
from app.records import RETENTION, Kind, Person, Roster
from app.roster.parse import parse_roster
from app.roster.store import RosterStore
from app.store import keys
from app.store.client import connect
from app.web.forms import FORM_SECONDS
from tests.support.bodies import connected
from tests.support.server import DEADLINE_SECONDS, Site, eventually, running
from tests.test_faults import store_at
from tests.test_first_page import words

FILE = "id;name;team;kind\n12;Zoé M.;Paris;human\n13;Bilal K.;;\n190;;;bot\n"
ROSTER = Roster({"12": Person("Zoé M.", "Paris"), "13": Person("Bilal K."), "190": Person("", kind=Kind.BOT)})


async def upload(site: Site, content: str | bytes, name: str = "people.csv", **fields: str) -> httpx.Response:
    content = content.encode() if isinstance(content, str) else content
    return await site.client.post("/roster", files={"file": (name, content, "text/csv")}, data=fields)


async def confirm(site: Site, preview: httpx.Response, removes: str | None = None) -> httpx.Response:
    """Press the button of a preview, as a browser does. `removes`: another number than its box has, if it has one."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', preview.text)
    assert [name for name, _ in fields] == ["name", "before", "people", "mode"], preview.text
    box = re.search(r'name="removes" value="(\d+)"', preview.text)
    if box is not None:
        fields.append(("removes", box[1] if removes is None else removes))
    # Browsers send the lines of a field with CR LF, in UTF-8, each field as a part without a file's name.
    parts = {name: (None, re.sub(r"\r?\n", "\r\n", html.unescape(value)).encode()) for name, value in fields}
    return await site.client.post("/roster", files=parts)


async def status_of_form(site: Site, length: int) -> int:
    """Announce a form of a length, and return the status of an answer that does not wait for it."""
    form = site.client.build_request("POST", "/roster", headers={"content-type": "multipart/form-data; boundary=x"})
    reader, writer = await asyncio.open_connection(form.url.host, form.url.port)
    head = {**form.headers, "content-length": str(length)}
    lines = ["POST /roster HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(DEADLINE_SECONDS):
        answer = await reader.readline()
    writer.close()
    return int(answer.split()[1])


def changes_on(page: str) -> list[str]:
    return [
        words(row) for row in re.findall(r'<tr role="row" class="(?:added|removed|changed)">.*?</tr>', page, re.DOTALL)
    ]


async def test_upload_is_previewed_then_replaces_the_roster(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([connected(12, wall_clock())])
        await site.document()  # which has taken them in
        preview = await upload(site, FILE)
        assert (preview.status_code, preview.headers["cache-control"]) == (200, "no-store")
        assert changes_on(preview.text) == [
            "+ Added 12 Zoé M. Paris human any",
            "+ Added 13 Bilal K. – human any",
            "+ Added 190 – – bot any",
        ]
        assert "Added: 3 · changed: 0 · removed: 0 · unchanged: 0" in words(preview.text)
        assert (await RosterStore(store).read()).json == b"", "nothing changed yet"
        answer = await confirm(site, preview)
        assert (answer.status_code, answer.headers["location"]) == (303, "/roster?taken")
        assert (await RosterStore(store).read()).roster == ROSTER
        page = words((await site.client.get("/roster?taken")).text)
        assert "The roster is in place" in page
        assert "3 people Id Name Team Kind Client Edit 12 Zoé M. Paris human any Edit" in page
        document = await site.document()
        assert document["operators"]["by_id"]["ha-335-12"]["name"] == "Zoé M."


async def test_preview_lists_removed_changed_and_unnamed_people(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([connected(user, wall_clock()) for user in (12, 13, 190, 20)])
        await site.document()  # which has taken them in
        preview = await upload(site, "id,name,team\n12,Zoé Martin,\n190,Wall-e,\n")
        assert changes_on(preview.text) == [
            "~ Changed 12 was Zoé M. → becomes Zoé Martin was Paris → becomes – human any",
            "~ Changed 190 was – → becomes Wall-e – was bot → becomes human any",
            "− Removed 13 Bilal K. – human any",
        ], "what is lost comes last"
        missing = words(preview.text).partition("Operators still without a name")[2]
        assert re.findall(r"Operator \d+", missing) == ["Operator 13", "Operator 20"]


async def test_file_without_changes_has_nothing_to_confirm(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await site.log_in()
        preview = await upload(site, FILE)
    assert "Nothing: all 3 people are on the roster already" in words(preview.text)
    assert 'class="confirm"' not in preview.text


async def test_bad_lines_refuse_the_whole_file_and_are_all_named(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await site.log_in()
        answer = await upload(site, "id,name,kind\n12,Ana,human\nx,<b>Bilal</b>,robot\n13,,\n", "<i>.csv")
        assert answer.status_code == 422
        assert "<b>" not in answer.text
        assert "<i>" not in answer.text
        page = words(answer.text)
    assert "<i>.csv was not accepted Nothing changed." in page
    assert "3 id id is “x”; allowed: a whole number from 0 to 9007199254740991" in page
    assert "3 kind kind is “robot”; allowed: human or bot 4 name name is missing" in page
    assert (await RosterStore(store).read()).roster == ROSTER


async def test_roster_changed_meanwhile_is_previewed_again(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        preview = await upload(site, FILE)
        theirs = Roster({"12": Person("Zoé M."), "99": Person("Chloé D.")})
        await RosterStore(store).replace(theirs)
        again = await confirm(site, preview)
        assert again.status_code == 409
        assert "The roster was changed meanwhile" in words(again.text)
        assert changes_on(again.text)[-1] == "− Removed 99 Chloé D. – human any"
        assert (await RosterStore(store).read()).roster == theirs
        assert (await confirm(site, again)).status_code == 303
        assert (await RosterStore(store).read()).roster == ROSTER


async def test_file_adds_where_that_is_chosen(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await site.log_in()
        preview = await upload(site, "id,nom,équipe\n12,Zoé Martin,Paris\n14,Chloé D.,Lille\n", mode="add")
        assert changes_on(preview.text) == [
            "+ Added 14 Chloé D. Lille human any",
            "~ Changed 12 was Zoé M. → becomes Zoé Martin Paris human any",
        ]
        meanwhile = Roster(ROSTER.people | {"99": Person("Ana M.")})
        await RosterStore(store).replace(meanwhile)
        again = await confirm(site, preview)
        assert (again.status_code, len(changes_on(again.text))) == (409, 2)
        assert (await confirm(site, again)).status_code == 303
        added = {"12": Person("Zoé Martin", "Paris"), "14": Person("Chloé D.", "Lille")}
        assert (await RosterStore(store).read()).roster == Roster(meanwhile.people | added)


async def test_file_that_removes_over_a_fifth_asks_with_the_number(store: Any, store_url: str) -> None:
    people = {str(id_): Person(f"Ana {id_}") for id_ in range(10)}
    await RosterStore(store).replace(Roster(people))
    async with running(store_url) as site:
        await site.log_in()
        few = await upload(site, "id,name\n" + "".join(f"{id_},Ana {id_}\n" for id_ in range(8)))
        assert 'name="removes"' not in few.text, "a fifth"
        many = await upload(site, "id,name\n" + "".join(f"{id_},Ana {id_}\n" for id_ in range(7)))
        assert "Yes, remove 3 people of 10" in many.text
        for given in ("", "2"):
            refused = await confirm(site, many, given)
            assert (refused.status_code, "confirm below" in refused.text) == (422, True)
        assert len((await RosterStore(store).read()).roster.people) == 10
        assert (await confirm(site, many)).status_code == 303
        assert len((await RosterStore(store).read()).roster.people) == 7


async def test_last_change_can_be_undone(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        assert "Undo" not in (await site.client.get("/roster")).text
        await RosterStore(store).replace(ROSTER)
        await site.client.post("/roster/13", data={"name": "Bilal Kaya", "team": ""})
        assert "Undo" in (await site.client.get("/roster")).text
        preview = await site.client.post("/roster", data={"undo": "1"})
        assert changes_on(preview.text) == ["~ Changed 13 was Bilal Kaya → becomes Bilal K. – human any"]
        assert (await confirm(site, preview)).status_code == 303
        assert (await RosterStore(store).read()).roster == ROSTER
        preview = await site.client.post("/roster", data={"undo": "1"})
        assert changes_on(preview.text) == ["~ Changed 13 was Bilal K. → becomes Bilal Kaya – human any"], "again"
        await RosterStore(store).replace(ROSTER)
        assert (await confirm(site, preview)).status_code == 303, "it is what the preview was made of"
        assert 0 < await store.pttl(keys.ROSTER_BEFORE) <= RETENTION


async def test_operators_without_a_name_are_named_in_their_row(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        await site.post_all([connected(12, wall_clock())])
        await site.document()
        page = (await site.client.get("/roster")).text
        assert 'action="/roster/ha-335-12"' in page
        assert 'aria-label="Name of operator 12"' in page
        saved = await site.client.post("/roster/ha-335-12", data={"name": "Ana M.", "team": "Lille"})
        page = words((await site.client.get(saved.headers["location"])).text)
        assert "12 Ana M. Lille human ha-335 Edit" in page
        assert "Operators without a name" not in page


async def test_confirmed_roster_is_the_previewed_one(store: Any, store_url: str) -> None:
    strange = Roster(
        {
            "1": Person("=HYPERLINK(1)", "'=1"),
            "2": Person("'t Hart", '"quoted" <b>&amp;</b>'),
            "ha-335-3": Person("שָׁלוֹם", "a;b,c"),
            "335-4": Person("", "", Kind.BOT),
        }
    )
    lines = [
        "id;name;team;kind;client",
        "1;=HYPERLINK(1);''=1;;",
        '2;\'t Hart;"""quoted"" <b>&amp;</b>";;',
        '3;שָׁלוֹם;"a;b,c";;ha-335',
        "4;;;bot;335",
    ]
    async with running(store_url) as site:
        await site.log_in()
        assert (await confirm(site, await upload(site, "\n".join(lines)))).status_code == 303
        assert (await RosterStore(store).read()).roster == strange
        file = await site.client.get("/roster.csv")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="deskboard-roster.csv"'
    assert file.headers["cache-control"] == "no-store"
    assert parse_roster(file.content) == strange


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_as_many_people_as_the_command_takes_come_through_the_page(
    store: Any, store_url: str, encoding: str
) -> None:
    name = "Александра Константиновна Воскресенская"
    lines = ["id;name;team", *(f"{number};{name};Санкт-Петербург" for number in range(PEOPLE))]
    content = "\n".join(lines).encode(encoding)
    assert len(content) > 2**20
    async with running(store_url) as site:
        await site.log_in()
        preview = await upload(site, content)
        assert (preview.status_code, f"Added: {PEOPLE:,}" in words(preview.text)) == (200, True)
        assert (await confirm(site, preview)).status_code == 303
    assert (await RosterStore(store).read()).roster == parse_roster(content)


async def test_windows_encoding_is_accepted_with_a_note(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        preview = await upload(site, FILE.encode("cp1252"))
    assert "+ Added 12 Zoé M. Paris human any" in changes_on(preview.text)
    assert "It was read as Windows-1252" in words(preview.text)


async def test_page_without_a_roster_offers_a_file_of_the_operators_seen(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        assert "No operator has a name yet" in (await site.client.get("/roster")).text
        await site.post_all([connected(12, wall_clock()), connected(9, wall_clock())])
        await site.document()  # which has taken them in
        page = words((await site.client.get("/roster")).text)
        assert "boards say “Operator 12”" in page
        assert "Operator 9 ha-335" in page
        file = (await site.client.get("/roster.csv?unnamed")).text
        assert file.removeprefix("\ufeff").splitlines()[1:] == ["9,,,human,ha-335", "12,,,human,ha-335"]
        filled = file.replace("9,,", "9,Ana M.,").replace("12,,", "12,Bilal K.,")
        assert (await confirm(site, await upload(site, filled))).status_code == 303
        assert "Operators without a name" not in (await site.client.get("/roster")).text


async def test_missing_or_oversized_upload_is_explained(store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        await site.log_in()
        forms: list[dict[str, Any]] = [{"files": {"file": ("", b"")}}, {"data": {"file": "id,name"}}, {"data": {}}]
        for form in forms:
            answer = await site.client.post("/roster", **form)
            assert (answer.status_code, "Choose a file first." in answer.text) == (422, True)
        answer = await upload(site, b"x" * (ROSTER_BYTES + 1))
        assert answer.status_code == 413
        assert f"people.csv has {ROSTER_BYTES + 1:,} bytes; allowed: {ROSTER_BYTES:,}." in words(answer.text)
        assert await status_of_form(site, ROSTER_FORM_BYTES + 1) == 413
        content_type = {"content-type": "multipart/form-data; boundary=x"}
        for body in (b"--x\r\n", b"nonsense", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"):
            answer = await site.client.post("/roster", content=body, headers=content_type)
            assert answer.status_code in (400, 422)
        two = [("file", ("a.csv", b"id,name\n")), ("file", ("b.csv", b"id,name\n"))]
        assert (await site.client.post("/roster", files=two)).status_code == 400
        answer = await site.client.post("/roster", data={"people": "id,name\nx,Ana\n", "before": ""})
        assert (answer.status_code, "id is “x”" in answer.text) == (422, True)
    assert (await RosterStore(store).read()).json == b""


def test_a_form_that_comes_too_slowly_is_answered_before_its_connection_ends() -> None:
    assert FORM_SECONDS <= UPLOAD_SECONDS < BODY_SECONDS


async def test_french_browsers_get_french_words_and_semicolons(store: Any, store_url: str) -> None:
    await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await site.log_in()
        site.client.headers["accept-language"] = "fr-FR,fr;q=0.9"
        await site.post_all([connected(20, wall_clock())])
        await site.document()  # which has taken them in
        page = words((await site.client.get("/roster")).text)
        assert "Annuaire" in page
        assert "Opérateur 20 ha-335" in page
        assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", page)
        faults = words((await upload(site, "id;name\nx;Ana\n")).text)
        assert "2 id id vaut « x » ; autorisé : un nombre entier" in faults
        changes = changes_on((await upload(site, FILE.replace("Paris", "Lyon"))).text)
        assert changes == ["~ Modification 12 Zoé M. avant : Paris → après : Lyon humain tous"]
        file = await site.client.get("/roster.csv")
    assert file.text.splitlines()[1] == "12;Zoé M.;Paris;human;"
    assert parse_roster(file.content) == ROSTER


@pytest.mark.parametrize("kind", ["empty", "full"])
async def test_file_with_a_header_alone_empties_the_roster(store: Any, store_url: str, kind: str) -> None:
    if kind == "full":
        await RosterStore(store).replace(ROSTER)
    async with running(store_url) as site:
        await site.log_in()
        preview = await upload(site, "id,name\n")
        assert len(changes_on(preview.text)) == (3 if kind == "full" else 0)
        if kind == "full":
            assert (await confirm(site, preview)).status_code == 303
    assert (await RosterStore(store).read()).roster == Roster()


async def test_upload_survives_a_store_outage(tmp_path: Path) -> None:
    link = tmp_path / "link"
    async with running(f"unix://{link}") as site:
        async with store_at(link, tmp_path / "store"):
            await eventually(site.log_in, lambda answer: answer.status_code == 303)
            assert (await confirm(site, await upload(site, FILE))).status_code == 303
            preview = await upload(site, "id,name\n12,Ana M.\n")
        away = await confirm(site, preview)
        assert away.status_code == 503
        assert "The store is away" in words(away.text)
        assert "Your file is still in this page" in words(away.text)
        await eventually(lambda: site.client.get("/roster"), lambda page: "as last known" in words(page.text))
        assert "12 Zoé M. Paris" in words((await site.client.get("/roster")).text)
        assert "~ Changed 13" in "".join(changes_on((await upload(site, "id,name\n13,Bilal\n")).text))
        async with store_at(link, tmp_path / "store"):
            await eventually(lambda: confirm(site, away), lambda answer: answer.status_code == 303)
            client = connect(f"unix://{link}")
            assert (await RosterStore(client).read()).roster == Roster({"12": Person("Ana M.")})
            await client.aclose()

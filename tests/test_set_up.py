"""`deskboard export` and `import`: what people made goes to an empty store and back, without secrets."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.cli.set_up_checks import MOST
from app.clock import DAY, wall_clock
from app.records import Account, BoardConfig, Person, Roster
from app.roster.store import RosterStore
from tests.support.server import command, environment_of, running

SECRET_KEY = "a key that a test made up"
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
HEADER = '{"deskboard": 1, "exported_at": 0}\n'
SCREEN = {"name": "Hall", "board": "all", "hash": "0" * 64, "paired_at": 1}
CHANNEL = {"version": 1, "name": "ops", "sealed": "x", "kind": "slack"}
OPS = f"alert-channel:{sha256(b'ops').hexdigest()[:16]}"
MAKE_BOARD = BoardConfig(title="Lille", teams=("Lille",))


async def test_what_people_made_goes_to_an_empty_store_and_back(store: Any, store_url: str, tmp_path: Path) -> None:
    async with running(store_url) as site, site.browser() as tv:
        await site.log_in()
        await site.process.board_records.put("lille", MAKE_BOARD, "Ana Example")
        await RosterStore(store).replace(Roster({"12": Person("Ana Leek", "Lille")}))
        await site.pair(tv)
        _, token = await site.process.access.accounts.invite(
            "Ben Example", "ben@example.org", "lead", ["Lille"], "a test"
        )
        assert await site.process.access.accounts.accept(token, "nine purple anvils sing") is not None
        gone, _ = await site.process.access.accounts.invite("Cleo Example", "cleo@example.org", "viewer", [], "a test")
        await site.process.access.accounts.remove(gone)
        moment = wall_clock()
        marked = await site.client.post("/api/marks", json={"text": "mailing"}, headers={"origin": site.url})
        assert marked.status_code < 400, marked.text
    status, exported = await command("export", data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 0, exported
    lines = [json.loads(line) for line in exported.splitlines()]
    assert [line["name"].partition(":")[0] for line in lines[1:]] == ["roster", "board", "screen", "account", "mark"]
    for secret in ("argon2", token.partition(".")[2], "cleo@example.org"):
        assert secret not in exported
    assert lines[0]["deskboard"] == 1
    assert lines[0]["exported_at"] >= moment

    file = tmp_path / "deskboard.jsonl"
    file.write_text(exported)
    status, again = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 0
    assert "taken: 0 of 5" in again

    await store.flushdb()
    status, imported = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 0, imported
    assert "taken: 5 of 5" in imported
    assert "with a password of their own: 1;" in imported
    _, once_more = await command("export", data_dir=tmp_path, REDIS_URL=store_url)
    assert once_more.splitlines()[1:] == exported.splitlines()[1:]
    async with running(store_url) as site, site.browser() as ben:
        await site.log_in()
        assert (await site.client.get("/wall/lille")).status_code == 200
        (id_,) = site.process.access.accounts.all()
        assert (await ben.post("/login", data={"mail": "ben@example.org", "password": "x" * 20})).status_code == 401
        assert "New link" in (await site.client.get("/people?lang=en")).text
        assert (await site.client.post(f"/people/{id_}", data={"action": "reset"})).status_code == 200


async def test_what_was_taken_away_is_not_given_back_by_a_restore(store: Any, store_url: str, tmp_path: Path) -> None:
    # As a provider may call someone.
    company = Account(name="", mail="dana@corp", role="admin", issuer="https://login.example.org")
    async with running(store_url, SECRET_KEY=SECRET_KEY) as site, site.browser() as tv:
        await site.log_in()
        screen = await site.pair(tv)
        accounts, id_ = site.process.access.accounts, "0123456789abcdef"
        await accounts.note_log_in(id_, company)
        await accounts.remove(id_)
        await site.process.access.screens.revoke(screen)
        kept = tv.cookies
    _, exported = await command("export", data_dir=tmp_path, REDIS_URL=store_url)
    await store.flushdb()
    file = tmp_path / "deskboard.jsonl"
    file.write_text(exported)
    status, imported = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert (status, imported) == (0, "taken: 2 of 2\n")
    async with running(store_url, SECRET_KEY=SECRET_KEY) as site, site.browser() as tv:
        tv.cookies = kept
        assert (await tv.get("/wall/all")).status_code == 303
        await site.process.access.accounts.note_log_in(id_, company)
        assert site.process.access.accounts.find(id_) is None
        assert list(site.process.access.accounts.removed_of_company()) == [id_]


async def test_chosen_names_and_channels_come_back(store: Any, store_url: str, tmp_path: Path) -> None:
    async with running(store_url, SECRET_KEY=SECRET_KEY) as site:
        await site.process.access.privacy.choose(sums=False, names={"lead": "initials"}, author="Ana Example")
        channels = site.process.alerts.channels
        await channels.add({"name": "ops", "url": SLACK, "boards": ["lille"]}, "Ana Example")
        await channels.mark_ready("ops")
        await channels.add({"name": "old", "url": SLACK}, "Ana Example")
        await channels.remove("old")
    _, exported = await command("export", data_dir=tmp_path, REDIS_URL=store_url)
    assert SLACK not in exported
    await store.flushdb()
    file = tmp_path / "deskboard.jsonl"
    file.write_text(exported)
    status, imported = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert (status, imported.splitlines()[0]) == (0, "taken: 2 of 2")
    async with running(store_url, SECRET_KEY=SECRET_KEY) as site:
        assert site.process.access.privacy.default_level("lead") == "initials"
        (channel,) = site.process.alerts.channels.all()
        assert (channel.name, channel.url, channel.boards, channel.state) == ("ops", SLACK, ("lille",), "ready")
    async with running(store_url, SECRET_KEY=SECRET_KEY[::-1]) as site:
        (channel,) = site.process.alerts.channels.all()
        assert (channel.name, channel.state) == ("ops", "unreadable")


async def test_of_two_people_with_one_address_the_one_who_is_here_stays(
    store: Any, store_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "deskboard.jsonl"
    file.write_text(HEADER + line("account:0000000000000000", name="Ben", mail="Ben@example.org", role="admin"))
    async with running(store_url) as site:
        id_, _ = await site.process.access.accounts.invite("Ben Example", "ben@example.org", "lead", [], "a test")
        status, imported = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
        assert (status, imported) == (0, "taken: 0 of 1\nhere already, and left as they are: 1\n")
        assert list(site.process.access.accounts.all()) == [id_]


def line(name: str, /, **record: Any) -> str:
    return json.dumps({"name": name, "record": record}) + "\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('{"name": "keys", "record": {}}', "line 2: name is 'keys'"),
        (line("screen:0123456789abcdef", name=5), "line 2 is none"),
        ("{", "line 2 is none"),
        (b'{"name": "\xff"}'.decode(errors="surrogateescape"), "line 2 is none"),
        (line("roster", people={"x y": {"name": "A"}}), "line 2: people.x y is no operator"),
        (line("roster", people={"12": {"name": "A\n"}, "13": {"name": "a\u202e"}}), "people.13: name: name is “a▯”"),
        (line("board:lille", config={"title": "A", "time_zone": "Mars/Phobos"}, at=1, author=""), "is no time zone"),
        (line("board:Lille!", config={"title": "A"}, at=1, author=""), "line 2: id: "),
        (line("account:ben", name="Ben", mail="b@example.org", role="admin"), "name is 'account:ben'; allowed behind"),
        (line("account:0123456789abcdef", name="Ben", mail="b@example.org", role="root"), "Invalid enum value 'root'"),
        (line("account:0123456789abcdef", name="Ben", mail="ben", role="admin"), "no mail address: ben"),
        (line("account:0123456789abcdef", name="", mail="b@example.org", role="admin"), "name: The name is missing"),
        (
            line("account:0123456789abcdef", name="B", mail="b@example.org", role="viewer", teams=["Lille"]),
            "Only leads have teams",
        ),
        (
            line("account:0123456789abcdef", name="B", mail="b@example.org", role="lead", reset_at=10**15),
            "reset_at is 1000000000000000; allowed: 0 to ",
        ),
        (
            line("account:0123456789abcdef", name="B", mail="b@example.org", role="admin")
            + line("account:1123456789abcdef", name="B", mail="B@example.org", role="admin"),
            "line 3: mail is 'b@example.org', which a line above has too",
        ),
        (line("screen:0123456789abcdef", **SCREEN), "line 2: hash is '0000"),
        (line("screen:0000000000000000", **{**SCREEN, "name": " "}), "line 2: The name is missing"),
        (line("screen:0000000000000000", **SCREEN, turns=[["all", 0], ["all", 5]]), "line 2: turns are 2; allowed"),
        (line("screen:0000000000000000", **SCREEN, appearance={"inches": -1}), "The diagonal is"),
        (line("mark:x", board="all", moment=1, text="", author="", at=1, until=10**12), "name is 'mark:x'"),
        (line("privacy:x", author="", at=1), "name is 'privacy:x'; allowed: privacy:deployment"),
        (line("privacy:deployment", author="", at=1, names={"lead": "all"}), "names.lead: all is not allowed: full,"),
        (line("alert-channel:x", **CHANNEL), "name is 'alert-channel:x'; allowed for the channel 'ops': alert-ch"),
        (line(OPS, **{**CHANNEL, "kind": "json"}), "kind: json is not allowed: webhook, slack"),
        (line(OPS, **CHANNEL, quiet_hours=["at night"]), "quiet_hours: at night is no span of hours"),
    ],
)
async def test_a_line_that_no_page_could_show_is_named_and_changes_nothing(
    lines: str, said: str, store: Any, store_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "file.jsonl"
    good = line("board:paris", config={"title": "Paris"}, at=1, author="Ana")
    file.write_text(HEADER + lines.rstrip() + "\n" + good, errors="surrogateescape")
    status, refused = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 1, lines
    assert said in refused, (lines, refused)
    assert await store.keys("*board*:board:*") == []


async def test_a_file_with_more_than_there_is_room_for_is_refused(
    store: Any, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST, "mark", 2)
    until = wall_clock() + DAY
    marks = [
        line(
            f"mark:{number:012x}", board="all", moment=1, text="a", author="", at=1, until=until, is_removed=number > 2
        )
        for number in range(1, 5)
    ]
    file = tmp_path / "file.jsonl"
    file.write_text(HEADER + "".join(marks))
    status, imported = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert (status, imported) == (0, "taken: 4 of 4\n")
    third = line("mark:000000000009", board="all", moment=1, text="a", author="", at=1, until=until)
    file.write_text(HEADER + "".join(marks) + third)
    status, refused = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert (status, "line 6: there are more than 2 of mark:...; allowed: 2" in refused) == (1, True), refused


async def test_a_file_without_a_header_of_ours_is_refused(store_url: str, tmp_path: Path) -> None:
    file = tmp_path / "file.jsonl"
    for text, said in (("", "the file is empty"), ('{"deskboard": 2, "exported_at": 0}', "line 1: the format is 2")):
        file.write_text(text)
        status, refused = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
        assert (status, said in refused) == (1, True), refused


def test_a_full_disk_is_not_taken_for_a_store_that_is_away(store_url: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        export = [sys.executable, "-m", "app", "export"]
        environment = environment_of(tmp_path, {"REDIS_URL": store_url})
        done = subprocess.run(export, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: standard output takes no more: No space left on device\n")

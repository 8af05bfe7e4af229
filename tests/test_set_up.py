"""`deskboard export` and `import`: what people made goes to an empty store and back, without secrets."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.clock import wall_clock
from app.records import BoardConfig, Person, Roster
from app.roster.store import replace_roster
from tests.support.server import command, environment_of, running

MAKE_BOARD = BoardConfig(title="Lille", teams=("Lille",))


async def test_what_people_made_goes_to_an_empty_store_and_back(store: Any, store_url: str, tmp_path: Path) -> None:
    async with running(store_url) as site, site.browser() as tv:
        await site.log_in()
        await site.process.board_records.put("lille", MAKE_BOARD, "Ana Example")
        await replace_roster(store, Roster({"12": Person("Ana Leek", "Lille")}))
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
    assert "0 of 5 were taken" in again

    await store.flushdb()
    status, imported = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
    assert status == 0, imported
    assert "5 of 5 were taken" in imported
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


async def test_a_file_that_is_wrong_changes_nothing(store: Any, store_url: str, tmp_path: Path) -> None:
    board = {"name": "board:lille", "record": {"config": {"title": "Lille"}, "at": 1, "author": "Ana"}}
    good = '{"deskboard": 1, "exported_at": 0}\n' + json.dumps(board) + "\n"
    for text, said in (
        ("", "the file is empty"),
        ('{"deskboard": 2, "exported_at": 0}', "line 1: the format is 2"),
        (good + '{"name": "keys", "record": {}}', "line 3: name is 'keys'"),
        (good + '{"name": "screen:1", "record": {"name": 5}}', "line 3 is none"),
        (good + "{", "line 3 is none"),
        (
            good + '{"name": "roster", "record": {"people": {"x y": {"name": "A"}}}}',
            "line 3: people.x y is no operator",
        ),
        (good.replace("Lille", '", "time_zone": "Mars/Phobos', 1), "time_zone: Mars/Phobos is no time zone"),
    ):
        file = tmp_path / "file.jsonl"
        file.write_text(text)
        status, refused = await command("import", str(file), data_dir=tmp_path, REDIS_URL=store_url)
        assert status == 1, text
        assert said in refused, (text, refused)
        assert await store.keys("*board*:board:*") == []


def test_a_full_disk_is_not_taken_for_a_store_that_is_away(store_url: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        export = [sys.executable, "-m", "app", "export"]
        environment = environment_of(tmp_path, {"REDIS_URL": store_url})
        done = subprocess.run(export, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: standard output takes no more: No space left on device\n")

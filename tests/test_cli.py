"""The command as users run it, with nothing but its environment. Only where a process is the point is there one."""

import asyncio
import json
from pathlib import Path
from typing import Any

from app.build import version
from app.cli.post_lines import moved_to_now
from app.clock import HOUR, MINUTE, SECOND, instant, parse_instant, wall_clock
from tests.support.assemble import encode
from tests.support.bodies import connected, pushed, sold
from tests.support.server import BEARER, SECRET, command, deskboard, eventually, free_port, running


def lines(*bodies: Any) -> str:
    return "".join(json.dumps(body) + "\n" for body in bodies)


async def test_a_long_file_shows_its_progress_and_a_roster_names_who_is_in_it(
    tmp_path: Path, store: Any, store_url: str
) -> None:
    people, events = tmp_path / "people.csv", tmp_path / "events.jsonl"
    people.write_text("id,name,team,kind\n101,Ana M.,Paris,human\n102,Robo,,bot\n")
    events.write_text(lines(*(connected(user, SECOND * user) for user in range(101, 301))))
    async with running(store_url) as site:
        url = f"{site.url}/webhooks/iadvize"
        status, output = await command("roster", str(people), data_dir=tmp_path, REDIS_URL=store_url)
        assert (status, output) == (0, "2 people on the roster: 2 new, 0 changed, 0 removed\n")
        status, output = await command(
            "send", "--as-now", "--url", url, str(events), data_dir=tmp_path, IADVIZE_SECRETS=SECRET
        )
        assert status == 0, output
        assert "Sending 200 events" in output
        document = await site.document()
        assert (document["delivery"]["accepted"], document["delivery"]["refused"]) == (200, 0)
        assert (document["operators"]["connected"], document["operators"]["bots"]) == (199, 1)
        assert document["operators"]["by_id"]["ha-335-101"]["name"] == "Ana M."


async def test_send_sums_up_and_fails_unless_all_were_taken(tmp_path: Path, store: Any, store_url: str) -> None:
    async with running(store_url) as site:
        port = site.url.rpartition(":")[2]
        good = connected(12, wall_clock())
        status, output = await command("send", "-", data_dir=tmp_path, stdin=lines(good, good) + "\n\n", PORT=port)
        assert (status, output) == (0, f"2 of 2 sent to {site.url}/webhooks/iadvize: 2 taken (204)\n")
        events = lines(good, good | {"userId": -1}) + "no json\n"
        status, output = await command("send", "-", data_dir=tmp_path, stdin=events, PORT=port)
        assert status == 1
        assert "line 2: 422 userId is -1" in output
        assert "line 3: 400 the body is not a JSON object" in output
        assert "3 of 3 sent" in output
        assert "1 taken (204), 1 refused (400), 1 refused (422)" in output
        status, output = await command("send", "-", data_dir=tmp_path, stdin="", PORT=port)
        assert (status, "0 of 0 sent" in output) == (0, True)


async def test_send_takes_a_file_from_windows_and_refuses_one_that_is_no_json_lines(
    tmp_path: Path, store: Any, store_url: str
) -> None:
    good = connected(12, wall_clock())
    events, array = tmp_path / "events.jsonl", tmp_path / "array.json"
    events.write_bytes(lines(good, good).replace("\n", "\r\n").encode("utf-16"))
    array.write_text(json.dumps([good, good], indent=2))
    async with running(store_url) as site:
        port = site.url.rpartition(":")[2]
        status, output = await command("send", str(events), data_dir=tmp_path, PORT=port)
        assert (status, output) == (0, f"2 of 2 sent to {site.url}/webhooks/iadvize: 2 taken (204)\n")
        status, output = await command("send", str(array), data_dir=tmp_path, PORT=port)
    assert status == 1
    assert "array.json was not sent: it is one JSON array." in output
    assert output.count("\n") == 1


async def test_send_says_what_is_missing(tmp_path: Path) -> None:
    status, output = await command("send", "-", data_dir=tmp_path, IADVIZE_SECRETS="")
    assert (status, "IADVIZE_SECRETS is not set" in output) == (1, True)
    event = lines(connected(12, wall_clock()))
    status, output = await command("send", "-", data_dir=tmp_path, stdin=event, PORT=str(free_port()))
    assert (status, "is `deskboard run` running there? Set PORT" in output) == (1, True)
    status, output = await command("send", str(tmp_path / "nothing.jsonl"), data_dir=tmp_path)
    assert (status, "nothing.jsonl" in output) == (2, True)


def test_as_now_moves_all_times_by_as_much() -> None:
    now = wall_clock()
    bodies = [connected(12, 0), sold("t", 1, HOUR, receivedAt="1970-01-01T02:00:30+01:00"), pushed("c", 12, 5 * MINUTE)]
    moved = [json.loads(body) for body in moved_to_now([encode(body) for body in bodies], now)]
    assert [parse_instant(body["createdAt"]) for body in moved] == [now - HOUR, now, now - 55 * MINUTE]
    assert moved[1]["receivedAt"] == instant(now + 30 * SECOND)
    assert [body["eventId"] for body in moved] == [body["eventId"] for body in bodies]


def test_as_now_leaves_what_is_no_event_as_it_is() -> None:
    strange = [b"no json", b"[]", b'{"createdAt":"soon"}', b'{"createdAt":5}']
    assert moved_to_now(strange, wall_clock()) == strange


async def test_a_bad_roster_changes_nothing(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("id,name\n12,Ana M.\n")
    bad.write_text("id,name\n12,Ana M.\nx,Bilal K.\n")
    assert (await command("roster", str(good), data_dir=tmp_path))[0] == 0
    status, output = await command("roster", str(bad), data_dir=tmp_path)
    assert status == 1
    assert "was not taken:\nline 3: id is “x”" in output
    status, output = await command("roster", str(good), data_dir=tmp_path)
    assert (status, output) == (0, "1 person on the roster: 0 new, 0 changed, 0 removed\n")


async def test_a_roster_without_people_is_taken_only_if_that_is_wanted(tmp_path: Path) -> None:
    good, bare = tmp_path / "good.csv", tmp_path / "bare.csv"
    good.write_text("id,name\n12,Ana M.\n")
    bare.write_text("id,name\n")
    assert (await command("roster", str(good), data_dir=tmp_path))[0] == 0
    status, output = await command("roster", str(bare), data_dir=tmp_path)
    assert status == 1
    assert "bare.csv was not taken: it names no people below its header" in output
    assert "pass --empty if that is wanted" in output
    assert (await command("roster", "--empty", str(bare), data_dir=tmp_path)) == (
        0,
        "0 people on the roster: 0 new, 0 changed, 1 removed\n",
    )


async def test_commands_name_a_store_that_is_away(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,name\n12,Ana M.\n")
    away = f"redis://127.0.0.1:{free_port()}"
    for arguments, what in ((("roster", str(people)), "the roster"), (("boards", "list"), "the boards")):
        status, output = await command(*arguments, data_dir=tmp_path, REDIS_URL=away)
        assert status == 1
        assert output.startswith(f"Error: {what} cannot be reached: the store is away: it does not answer (")


async def test_a_roster_as_excel_writes_it_is_taken_and_pointed_out(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_bytes("id;name\n12;Zoé M.\n".encode("cp1252"))
    status, output = await command("roster", str(people), data_dir=tmp_path)
    assert status == 0
    assert "is not UTF-8: it was read as Windows-1252" in output
    assert "1 person on the roster: 1 new" in output


async def test_a_bad_setting_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    status, output = await command("run", data_dir=tmp_path, TIME_ZONE="Paris", CURRENCY="euros")
    assert status == 1
    assert "TIME_ZONE is 'Paris'" in output
    assert "CURRENCY is 'euros'" in output
    assert "Traceback" not in output


async def test_a_folder_that_cannot_be_used_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("in the way")
    process = deskboard("run", data_dir=tmp_path, PORT=str(free_port()))
    output, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode == 1
    assert "DATA_DIR" in output
    assert "Traceback" not in output


async def test_a_roster_may_come_while_the_store_is_being_started(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,name\n12,Ana M.\n")
    process = deskboard("run", data_dir=tmp_path, PORT=str(free_port()))
    try:
        while not (tmp_path / "store" / "store.lock").exists():
            await asyncio.sleep(0.001)
        status, output = await command("roster", str(people), data_dir=tmp_path)
    finally:
        process.kill()
        process.communicate()
    assert (status, output) == (0, "1 person on the roster: 1 new, 0 changed, 0 removed\n")


async def test_the_version_is_told(tmp_path: Path) -> None:
    process = deskboard("--version", data_dir=tmp_path)
    output, _ = await asyncio.to_thread(process.communicate)
    assert (process.returncode, output) == (0, f"deskboard, version {version()}\n")


async def test_boards_are_imported_exported_and_listed(tmp_path: Path, store: Any, store_url: str) -> None:
    toml, bad = tmp_path / "boards.toml", tmp_path / "bad.toml"
    toml.write_text('[[boards]]\nid = "lille"\ntitle = "Lille, chat"\nchannels = ["chat"]\n')
    bad.write_text('[[boards]]\nid = "paris"\ntitle = "Paris"\n[[boards]]\nid = "No"\ntitle = "No"\n')
    async with running(store_url) as site:
        status, output = await command("boards", "import", str(toml), data_dir=tmp_path, REDIS_URL=store_url)
        assert (status, output) == (0, "boards: 1 new, 0 replaced\n")
        status, output = await command("boards", "import", str(bad), data_dir=tmp_path, REDIS_URL=store_url)
        assert (status, "line 5: id: No is no id" in output) == (1, True)
        status, exported = await command("boards", "export", data_dir=tmp_path, REDIS_URL=store_url)
        assert (status, exported) == (
            0,
            '[[boards]]\nid = "lille"\ntitle = "Lille, chat"\nchannels = ["CHAT"]\n',
        )
        status, output = await command("boards", "import", "-", data_dir=tmp_path, REDIS_URL=store_url, stdin=exported)
        assert (status, output) == (0, "boards: 0 new, 1 replaced\n")
        status, output = await command("boards", "list", data_dir=tmp_path, REDIS_URL=store_url)
        assert [line.split(maxsplit=2) for line in output.splitlines()] == [
            ["all", "page", "All projects"],
            ["lille", "page", "Lille, chat"],
        ]
        response = await eventually(
            lambda: site.client.get("/api/boards/lille", headers=BEARER), lambda response: response.status_code == 200
        )
        assert response.json()["board"]["channels"] == ["CHAT"]


async def test_a_wrong_file_of_boards_stops_the_start(tmp_path: Path) -> None:
    status, output = await command("run", data_dir=tmp_path, BOARDS='[[boards]]\nid = "a"\nlimits = 3\n')
    assert status == 1
    assert "BOARDS: line 1: title: is missing" in output
    assert "BOARDS: line 3: limits: 3 is no table" in output

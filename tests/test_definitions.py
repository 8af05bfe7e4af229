"""Boards as people define them: what is taken, and what is said of the rest."""

from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from app.bounds import BOARD_VERSIONS
from app.definitions.hours import Hours, Span, parse_hours
from app.definitions.parse import parse_board
from app.definitions.records import ARCHIVED_FOR, board_records_in
from app.definitions.toml import parse_toml, read_file_boards, write_toml
from app.errors import BoardFileError, InputError, SettingsError
from app.mirror.mirror import Mirror
from app.receive.events import Channel
from app.records import BoardConfig, BoardRecord, Limit
from app.settings import read_settings
from tests.support.assemble import NOW

DESIGNED = """\
[[boards]]
id = "lille"
title = "Lille, chat"
projects = [1549]
channels = ["CHAT"]
teams = ["Lille"]
time_zone = "Europe/Paris"
tiles = ["connected", "open", "oldest_onsite", "csat", "sales", "closed", "channels"]
hours = ["Mon-Fri 08:00-20:00"]
limits = {oldest_onsite = {watch = 900, alarm = 1800}, csat = {watch = 75, alarm = 65, min_n = 20, for = 60}}
"""


def wrong(**values: Any) -> list[tuple[str, str]]:
    """Return what is wrong with a board that is right otherwise: fields and rules."""
    with pytest.raises(InputError) as refused:
        parse_board({"id": "lille", "title": "Lille"} | values)
    return [(error.field, error.rule) for error in refused.value.mistakes]


def test_a_board_is_read_from_toml() -> None:
    assert parse_toml(DESIGNED) == {
        "lille": BoardConfig(
            title="Lille, chat",
            projects=(1549,),
            channels=("CHAT",),
            teams=("Lille",),
            time_zone="Europe/Paris",
            tiles=("connected", "open", "oldest_onsite", "csat", "sales", "closed", "channels"),
            hours=("Mon-Fri 08:00-20:00",),
            limits={
                "oldest_onsite": Limit(watch=900, alarm=1800),
                "csat": Limit(watch=75, alarm=65, min_n=20, lasts=60),
            },
        )
    }


def test_what_is_written_as_toml_is_read_as_the_same() -> None:
    boards = parse_toml(DESIGNED) | {
        "all": BoardConfig(
            title='Tout, "vraiment" \\ é \U0001f600',
            closed=("2026-12-25",),
            names={"lead": "full", "viewer": "sums"},
            limits={"open:CHAT": Limit(watch=2.5), "started": Limit(alarm=3, sense="below", margin=0.5)},
        ),
        "none": BoardConfig(title="Nobody's", teams=("", "Saint-Étienne")),
    }
    assert parse_toml(write_toml(boards)) == boards


def test_channels_teams_and_titles_are_spelled_as_events_and_roster_spell_them() -> None:
    _, config = parse_board(
        {
            "id": "a",
            "title": "  Two\u00a0 words ",
            "channels": [" mobile\\_app", "MOBILE_APP"],
            "teams": [" Lille\u200b", ""],
            "projects": ["0012", 12],
        }
    )
    assert (config.title, config.channels, config.teams) == ("Two words", ("MOBILE_APP",), ("Lille", ""))
    assert config.projects == (12,)
    _, config = parse_board(
        {
            "id": "a",
            "title": "A",
            "tiles": ["open", "oldest: chat", "oldest:CHAT", "channels"],
            "limits": {"open:mobile\\_app": {"alarm": 3}},
        }
    )
    assert config.tiles == ("open", "oldest:CHAT", "channels")
    assert config.limits == {"open:MOBILE_APP": Limit(alarm=3)}
    _, config = parse_board({"id": "a", "title": "A", "channels": ["\\ apple\u00a0business chat"]})
    assert config.channels == (Channel("\\ apple\u00a0business chat").name,)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"id": "Lille"}, [("id", "id")]),
        ({"id": "a" * 41}, [("id", "id")]),
        ({"id": 3}, [("id", "id")]),
        ({"id": ""}, [("id", "missing")]),
        ({"title": " "}, [("title", "missing")]),
        ({"title": "x" * 81}, [("title", "text")]),
        ({"title": "two\nlines"}, [("title", "text")]),
        ({"colour": "red"}, [("colour", "unknown")]),
        ({"projects": 1549}, [("projects", "list")]),
        ({"projects": ["x", -1, True, 1.5]}, [("projects", "project")] * 4),
        ({"projects": list(range(401))}, [("projects", "many")]),
        ({"channels": ["", "x" * 65, 3]}, [("channels", "channel")] * 3),
        ({"teams": [7, "x" * 101]}, [("teams", "team")] * 2),
        ({"time_zone": "Paris"}, [("time_zone", "time-zone")]),
        ({"tiles": ["open", "opem", "oldest:", 3]}, [("tiles", "figure")] * 3),
        ({"hours": ["8-20", "Mon 08:00-08:00", "Mon 08:00-25:00", "Day 08:00-09:00"]}, [("hours", "hours")] * 4),
        ({"closed": ["2026-02-30", 3]}, [("closed", "date")] * 2),
        ({"names": {"boss": "full", "lead": "nick"}}, [("names", "choice"), ("names.lead", "choice")]),
        ({"limits": []}, [("limits", "table")]),
        ({"limits": {"gone": {"watch": 1}}}, [("limits", "figure")]),
        ({"limits": {"open: ": {"watch": 1}}}, [("limits", "figure")]),
        ({"limits": {"open:a\nb": {"watch": 1}}}, [("limits", "channel")]),
        ({"limits": {"open:chat": {"watch": 1}, "open:CHAT": {"watch": 2}}}, [("limits", "twice")]),
        ({"limits": {"open:chat": {"watch": "1"}}}, [("limits.open:chat.watch", "number")]),
        ({"limits": {"open": 3}}, [("limits.open", "table")]),
        ({"limits": {"open": {"for": 3}}}, [("limits.open", "limit-empty")]),
        ({"limits": {"open": {"watch": 3, "colour": 1}}}, [("limits.open", "unknown")]),
        ({"limits": {"open": {"watch": "3"}}}, [("limits.open.watch", "number")]),
        ({"limits": {"open": {"watch": float("nan")}}}, [("limits.open.watch", "number")]),
        ({"limits": {"open": {"watch": 9, "alarm": 8}}}, [("limits.open.watch", "beyond")]),
        ({"limits": {"open_per_taking": {"watch": 9, "alarm": 8}}}, [("limits.open_per_taking.watch", "beyond")]),
        ({"limits": {"csat": {"watch": 8, "alarm": 9}}}, [("limits.csat.watch", "beyond")]),
        ({"limits": {"sales": {"watch": 8}}}, [("limits.sales.sense", "sense")]),
        ({"limits": {"sales": {"watch": 8, "sense": "up"}}}, [("limits.sales.sense", "choice")]),
        ({"limits": {"open": {"watch": 8, "min_n": 8}}}, [("limits.open.min_n", "unsampled")]),
        ({"limits": {"csat": {"watch": 8, "min_n": 8.5}}}, [("limits.csat.min_n", "whole")]),
        ({"limits": {"open": {"watch": 8, "for": -1}}}, [("limits.open.for", "whole")]),
        ({"limits": {"open": {"watch": 8, "margin": -1}}}, [("limits.open.margin", "margin")]),
        ({"id": "all", "teams": ["Lille"], "projects": []}, [("teams", "all-filter")]),
    ],
)
def test_every_mistake_is_named_at_its_field(values: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert wrong(**values) == expected


def test_all_mistakes_of_a_file_are_named_with_their_lines() -> None:
    text = DESIGNED + '\n[[boards]]\nid = "lille"\ntitle = ""\n[boards.limits.open]\nwatch = true\n'
    with pytest.raises(BoardFileError) as refused:
        parse_toml(text)
    assert str(refused.value).splitlines() == [
        "line 14: title: is missing",
        "line 16: limits.open.watch: True is no number that this can be: write one like 15 or 7.5, "
        "in a file without quotation marks",
    ]
    with pytest.raises(BoardFileError, match="line 13: id: lille stands there twice"):
        parse_toml(DESIGNED + '\n[[boards]]\nid = "lille"\ntitle = "Again"\n')
    board = '[[boards]]\nid = "a"\ntitle = "A"\nnames.viewer = "full"\nnames.lead = "all"\n'
    limits = 'limits.open = { watch = 3 }\n[boards.limits.csat]\nalarm = 3\n[boards.limits."open:CHAT"]\nwatch = "3"\n'
    with pytest.raises(BoardFileError) as refused:
        parse_toml(board + limits)
    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()] == ["line 10", "line 5"]
    with pytest.raises(BoardFileError, match=r"not TOML: .* line 1"):
        parse_toml("[[boards]")
    with pytest.raises(BoardFileError, match=r"line 1: board: there is no such key"):
        parse_toml('[[board]]\nid = "a"\n')


@pytest.mark.parametrize(
    ("text", "days", "spans"),
    [
        ("Mon-Fri 08:00-20:00", {0, 1, 2, 3, 4}, [Span(480, 1200)]),
        ("sat,Sun 10:00-12:00,14:00-24:00", {5, 6}, [Span(600, 720), Span(840, 1440)]),
        ("Fri 22:00-06:00", {4}, [Span(1320, 360)]),
        ("Sat-Mon,Wed 00:00-24:00", {5, 6, 0, 2}, [Span(0, 1440)]),
    ],
)
def test_hours_are_lists_of_days_and_spans(text: str, days: set[int], spans: list[Span]) -> None:
    assert parse_hours(text) == Hours(frozenset(days), tuple(spans))


def test_boards_of_settings_are_read_from_a_file_and_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "boards.toml"
    file.write_text(DESIGNED)
    settings = read_settings({"BOARDS_FILE": str(file), "BOARDS": '[[boards]]\nid = "b"\ntitle = "B"\n'})
    assert list(read_file_boards(settings)) == ["lille", "b"]
    for values, told in (
        ({"BOARDS": '[[boards]]\nid = "b"\ntitel = "B"\n'}, "BOARDS: line 3: titel: there is no titel; allowed: id"),
        ({"BOARDS_FILE": str(tmp_path / "none")}, "cannot be read as UTF-8"),
        ({"BOARDS_FILE": str(file), "BOARDS": DESIGNED}, "'lille' stands in BOARDS_FILE, too"),
    ):
        with pytest.raises(SettingsError) as refused:
            read_file_boards(read_settings(values))
        assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("a = " + 100_000 * "[", "nested too deeply"), ("a = " + 5_000 * "9", "not TOML: Exceeds the limit")],
    ids=["nested", "digits"],
)
def test_hostile_toml_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BoardFileError, match=said):
        parse_toml(text)


async def test_a_board_keeps_its_last_versions_and_comes_back_from_the_archive(store: Redis) -> None:
    now = NOW
    boards, mirror = board_records_in(store, lambda: now), Mirror(store, lambda: now)
    for number in range(BOARD_VERSIONS + 2):
        await boards.put("lille", BoardConfig(title=f"Version {number}"), f"author {number}")
    versions = await boards.versions("lille")
    assert [version.config.title for version in versions] == [
        f"Version {number}" for number in range(BOARD_VERSIONS + 1, 1, -1)
    ]
    assert (versions[0].author, versions[0].at >= NOW) == ("author 51", True)
    await mirror.load()
    assert await boards.read() == {"lille": mirror.records["board:lille"]}
    await boards.archive("lille", versions[0].config, "Ana M.")
    await mirror.catch_up()
    archived = mirror.records["board:lille"]
    assert isinstance(archived, BoardRecord)
    assert archived.until == archived.at + ARCHIVED_FOR
    assert await store.pttl("{deskboard}:board:lille") > 0
    await boards.put("lille", archived.config, "Ana M.")
    await mirror.catch_up()
    assert await store.pttl("{deskboard}:board:lille") == -1
    assert len(await boards.versions("lille")) == BOARD_VERSIONS
    late = Mirror(store, lambda: now)
    await late.load()
    assert late.records["board:lille"] == mirror.records["board:lille"]

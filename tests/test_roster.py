import pytest
from redis.asyncio import Redis

from app.mirror import Mirror
from app.records import Kind, Person, Roster
from app.roster import RosterError, parse_roster, read_roster, replace_roster
from tests.house import NOW, watching

SAMPLE = "id,name,team,kind\n12,Ana M.,Paris,human\n190,Wall-e,,bot\n"


def errors_of(text: str | bytes) -> list[str]:
    with pytest.raises(RosterError) as refused:
        parse_roster(text if isinstance(text, bytes) else text.encode())
    return str(refused.value).splitlines()


def test_a_file_becomes_a_roster() -> None:
    assert parse_roster(SAMPLE.encode()) == Roster(
        {"12": Person("Ana M.", "Paris"), "190": Person("Wall-e", kind=Kind.BOT)}
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SAMPLE,
        SAMPLE.replace("\n", "\r\n"),
        SAMPLE.replace(",", ";"),
        SAMPLE.replace("id,name,team,kind", "ID, Name ,Team,KIND").replace("bot", "Bot"),
        SAMPLE.replace("12,Ana M.", '012,"Ana M."') + "\n\n",
        "name,id,kind,team\nAna M.,12,,Paris\nWall-e,190,bot\n",
    ],
    ids=range(6),
)
def test_what_spreadsheets_write_is_understood(text: str) -> None:
    assert parse_roster(text.encode()) == parse_roster(SAMPLE.encode())


def test_operators_of_several_customers_are_told_apart_by_client() -> None:
    roster = parse_roster(b"client,id,name\n335,12,Ana M.\nHA-7,12,Bilal K.\n,12,Chiara R.\n")
    assert [roster.find(key) for key in ("ha-335-12", "ha-7-12", "sd-7-12", "sd-1-13")] == [
        Person("Ana M."),
        Person("Bilal K."),
        Person("Chiara R."),
        None,
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1: the file is empty"),
        ("12,Ana M.\n", "line 1: the column '12' is unknown"),
        ("id,team\n", "line 1: the column name is missing"),
        ("id,name,id\n", "line 1: the column 'id' is unknown or stands twice"),
        ("id,name\nx,Ana\n", "line 2: id is 'x'"),
        ("id,name\n-1,Ana\n", "line 2: id is '-1'"),
        ("id,name\n,Ana\n", "line 2: id is ''"),
        ("id,name\n12,\n", "line 2: name is missing"),
        ("id,name\n12\n", "line 2: name is missing"),
        ("id,name\n12,Ana,Paris\n", "line 2: there are 3 values for 2 columns"),
        ("id,name,kind\n12,Ana,robot\n", "line 2: kind is 'robot'; allowed: human or bot"),
        ("id,name,client\n12,Ana,h a-3\n", "line 2: client is 'h a-3'"),
        ("id,name\n12,Ana\n13,Bilal\n012,Chiara\n", "line 4: id 12 stands on line 2 already"),
        (f"id,name\n12,{'x' * 101}\n", "line 2: name is"),
        ("id,name\n12,a\u202eb\n", "line 2: name is"),
        ('id,name\n12,"Ana\n', "line 2: not CSV"),
    ],
)
def test_a_bad_line_is_named(text: str, error: str) -> None:
    assert errors_of(text)[0].startswith(error)


def test_what_is_not_utf_8_is_named_with_the_mend() -> None:
    assert errors_of("id,name\n12,J\xfalia\n".encode("latin-1")) == ["line 2: not UTF-8; save the file as CSV in UTF-8"]


def test_every_bad_line_is_named_and_none_is_taken() -> None:
    assert [line.partition(":")[0] for line in errors_of("id,name\nx,Ana\n12,Bilal\ny,Chiara\n")] == [
        "line 2",
        "line 4",
    ]


async def test_the_roster_is_kept_and_followed_like_the_records(store: Redis) -> None:
    mirror = Mirror(store, lambda: NOW)
    watching(mirror)
    await mirror.load()
    for text in (SAMPLE.encode(), b"id,name\n13,Bilal K.\n"):
        roster = parse_roster(text)
        await replace_roster(store, roster)
        assert await read_roster(store) == roster
        await mirror.catch_up()
        assert mirror.records["roster"] == roster
    late = Mirror(store, lambda: NOW)
    await late.load()
    assert late.records["roster"] == roster


async def test_the_same_roster_again_changes_nothing(store: Redis) -> None:
    roster = parse_roster(SAMPLE.encode())
    await replace_roster(store, roster)
    changes = await store.xlen("{deskboard}:changes")
    await replace_roster(store, roster)
    assert await store.xlen("{deskboard}:changes") == changes == 1

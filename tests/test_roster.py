import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.bounds import PEOPLE, ROSTER_ERRORS
from app.mirror import Mirror
from app.records import Kind, Person, Roster
from app.roster.diff import Change, diff_rosters
from app.roster.errors import RosterError
from app.roster.parse import encoding_of, parse_roster
from app.roster.store import read_roster, replace_roster
from app.roster.write import Delimiter, write_roster
from app.words.words import words_in
from tests.house import NOW, watching

SAMPLE = "id,name,team,kind\n12,Ana M.,Paris,human\n190,Wall-e,,bot\n"


def errors_of(text: str | bytes) -> list[str]:
    with pytest.raises(RosterError) as refused:
        parse_roster(text if isinstance(text, bytes) else text.encode())
    words, error = words_in("en"), refused.value
    told = [
        f"line {one.line}: {words.say('fault.' + one.rule, column=one.column, found=one.found, allowed=one.allowed)}"
        for one in error.errors
    ]
    return told + ([f"... and {error.more} more"] if error.more else [])


def test_file_is_parsed_into_a_roster() -> None:
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
def test_spreadsheet_dialects_are_parsed(text: str) -> None:
    assert parse_roster(text.encode()) == parse_roster(SAMPLE.encode())


def test_client_column_distinguishes_operators() -> None:
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
        ("12,Ana M.\n", "line 1: the column “12” is unknown"),
        ("id,team\n", "line 1: the column name is missing"),
        ("id,name,id\n", "line 1: the column “id” is unknown or stands twice"),
        ("id,name\nx,Ana\n", "line 2: id is “x”"),
        ("id,name\n-1,Ana\n", "line 2: id is “-1”"),
        ("id,name\n,Ana\n", "line 2: id is missing"),
        ("id,name\n12,\n", "line 2: name is missing"),
        ("id,name\n12\n", "line 2: name is missing"),
        ("id,name\n12,Ana,Paris\n", "line 2: there are 3 values for 2 columns"),
        ("id,name,kind\n12,Ana,robot\n", "line 2: kind is “robot”; allowed: human or bot"),
        ("id,name,client\n12,Ana,h a-3\n", "line 2: client is “h a-3”"),
        ("id,name\n12,Ana\n13,Bilal\n012,Chiara\n", "line 4: id 12 stands on line 2 already"),
        (f"id,name\n12,{'x' * 101}\n", "line 2: name is"),
        ("id,name\n12,a\u202eb\n", "line 2: name is “a\\u202eb”; allowed"),
        ('id,name\n12,"Ana\n', "line 2: not CSV"),
        ('id,name\n12,"Ana\nM."\n13,\n', "line 2: name is “Ana\\nM.”; allowed"),
    ],
)
def test_bad_line_is_named(text: str, error: str) -> None:
    assert errors_of(text)[0].startswith(error)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_spreadsheet_encodings_are_decoded(encoding: str) -> None:
    content = "id;name;team\n12;Zoé Müller;Bücher\n".encode(encoding)
    assert parse_roster(content) == Roster({"12": Person("Zoé Müller", "Bücher")})
    assert encoding_of(content) == encoding.replace("utf-8-sig", "utf-8").replace("utf-8", "utf-8-sig")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"id,name\n12,J\x81lia\n", "line 2: this is no text in UTF-8 or Windows-1252; save the file as CSV in UTF-8"),
        (b"PK\x03\x04...", "line 1: this is a workbook of a spreadsheet; save it as CSV in UTF-8"),
        (b"\xd0\xcf\x11\xe0...", "line 1: this is a workbook of a spreadsheet; save it as CSV in UTF-8"),
        (b"\xff\xfeabc", "line 1: this is no text in UTF-8 or Windows-1252; save the file as CSV in UTF-8"),
    ],
)
def test_non_text_file_is_refused_with_advice(content: bytes, error: str) -> None:
    assert errors_of(content) == [error]


def test_every_bad_line_is_named_and_nothing_is_imported() -> None:
    assert [line.partition(":")[0] for line in errors_of("id,name\nx,Ana\n12,Bilal\ny,Chiara\n")] == [
        "line 2",
        "line 4",
    ]


def test_all_errors_of_a_line_are_listed() -> None:
    assert errors_of("id,name,kind,client\n,,robot,a b\n") == [
        "line 2: id is missing",
        "line 2: kind is “robot”; allowed: human or bot",
        "line 2: client is “a b”; allowed: a number as 335, or with its platform as ha-335",
    ]


def test_listed_errors_are_bounded() -> None:
    told = errors_of("id,name\n" + "x,Ana\n" * (ROSTER_ERRORS + 3))
    assert (len(told), told[-1]) == (ROSTER_ERRORS + 1, "... and 3 more")


def test_too_many_people_are_refused() -> None:
    people = "".join(f"{number},Ana\n" for number in range(PEOPLE + 1))
    assert errors_of("id,name\n" + people) == [f"line {PEOPLE + 2}: there are {PEOPLE + 1} people; allowed: {PEOPLE}"]


words = st.text(st.characters(codec="utf-8"), max_size=100).map(str.strip).filter(str.isprintable)
formulas = (
    st.tuples(st.text("'", max_size=3), st.sampled_from("=+-@＝"), words).map("".join).map(lambda text: text[:100])
)
values = (words | formulas).map(str.strip)
operator_keys = st.tuples(st.sampled_from(["", "335-", "ha-335-"]), st.integers(0, 2**53 - 1)).map(
    lambda parts: f"{parts[0]}{parts[1]}"
)
people = st.builds(Person, values, values, st.sampled_from(Kind)).filter(
    lambda person: bool(person.name) or person.kind is Kind.BOT
)


@given(st.dictionaries(operator_keys, people, max_size=5).map(Roster), st.sampled_from([",", ";"]))
def test_written_roster_is_read_back_unchanged(roster: Roster, delimiter: Delimiter) -> None:
    for text in (write_roster(roster, delimiter), "\ufeff" + write_roster(roster, delimiter)):
        assert parse_roster(text.encode()) == roster


@given(values)
def test_written_values_are_never_formulas(value: str) -> None:
    rows = csv.reader(io.StringIO(write_roster(Roster({"12": Person(value, value, Kind.BOT)})), newline=""))
    assert not any(written.startswith(tuple("=+-@＝＋－＠\t\r")) for row in rows for written in row)


def test_apostrophe_is_dropped_only_before_a_formula() -> None:
    roster = parse_roster(b"id,name,team\n1,'=Ana,''+1\n2,'t Hart,=Paris\n")
    assert roster == Roster({"1": Person("=Ana", "'+1"), "2": Person("'t Hart", "=Paris")})


def test_lines_of_unnamed_operators_must_be_filled_in() -> None:
    text = write_roster(Roster({"12": Person("Ana M.")}), unnamed=["ha-335-7"])
    assert text.splitlines()[1:] == ["12,Ana M.,,human,", "7,,,human,ha-335"]
    assert errors_of(text) == ["line 3: name is missing"]
    assert "ha-335-7" in parse_roster(text.replace("7,,", "7,Bilal K.,").encode()).people


def test_diff_is_sorted_by_client_and_number() -> None:
    before = Roster({"9": Person("Ana"), "10": Person("Bilal"), "ha-1-2": Person("Chloé"), "11": Person("Dev")})
    after = Roster({"9": Person("Ana"), "10": Person("Bilal", "Paris"), "ha-1-3": Person("Chloé"), "8": Person("Eda")})
    changes = diff_rosters(before, after)
    assert changes.changed == [Change("10", Person("Bilal"), Person("Bilal", "Paris"))]
    assert [change.key for change in changes.removed] == ["11", "ha-1-2"]
    assert [change.key for change in changes.added] == ["8", "ha-1-3"]
    assert changes.unchanged == 1


async def test_roster_changed_meanwhile_is_not_replaced(store: Redis) -> None:
    nothing = await read_roster(store)
    assert await replace_roster(store, Roster({"12": Person("Ana")}), expected=nothing) is not None
    assert await replace_roster(store, Roster({"13": Person("Bilal")}), expected=nothing) is None
    kept = await read_roster(store)
    assert kept.roster == Roster({"12": Person("Ana")})
    assert await replace_roster(store, Roster({"13": Person("Bilal")}), expected=kept) is not None


async def test_mirror_follows_the_roster(store: Redis) -> None:
    mirror = Mirror(store, lambda: NOW)
    watching(mirror)
    await mirror.load()
    for text in (SAMPLE.encode(), b"id,name\n13,Bilal K.\n"):
        roster = parse_roster(text)
        await replace_roster(store, roster)
        assert (await read_roster(store)).roster == roster
        await mirror.catch_up()
        assert mirror.records["roster"] == roster
    late = Mirror(store, lambda: NOW)
    await late.load()
    assert late.records["roster"] == roster


async def test_same_roster_again_changes_nothing(store: Redis) -> None:
    roster = parse_roster(SAMPLE.encode())
    await replace_roster(store, roster)
    changes = await store.xlen("{deskboard}:changes")
    await replace_roster(store, roster)
    assert await store.xlen("{deskboard}:changes") == changes == 1

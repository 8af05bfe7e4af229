import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.bounds import (
    LARGEST_ID,
    NAME_CHARACTERS,
    PEOPLE,
    PERSON_BYTES,
    PERSON_CHARACTERS,
    ROSTER_BYTES,
    ROSTER_ERRORS,
    ROSTER_FORM_BYTES,
)
from app.errors import InputError
from app.mirror.mirror import Mirror
from app.name_text import clean_name, refused_in
from app.records import Kind, Person, Roster
from app.roster.csv_injection import guarded_throughout
from app.roster.diff import Change, diff_rosters
from app.roster.parse import encoding_of, parse_roster
from app.roster.store import RosterStore
from app.roster.write import write_roster
from app.words.words import words_in
from tests.support.assemble import NOW, watching

SAMPLE = "id,name,team,kind\n12,Ana M.,Paris,human\n190,Wall-e,,bot\n"


def errors_of(text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as refused:
        parse_roster(text if isinstance(text, bytes) else text.encode())
    words, error = words_in("en"), refused.value
    told = [
        f"line {one.line}: {words.say('fault.' + one.rule, column=one.field, found=one.found, allowed=one.allowed)}"
        for one in error.mistakes
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


SHEET = ["id{d}name{d}team", "12{d}Ana M.{d}Paris", "190{d}Bilal; K.,{d}"]
LEFTOVERS = {
    "delimiter line": (["sep={d}"], SHEET),
    "delimiter line, quoted": (['"sep={d}"{d}{d}'], SHEET),
    "delimiter line, marked": (["SEP={d}", "{d}{d}"], SHEET),
    "another delimiter line": (["sep=|"], SHEET),
    "empty lines first": (["", "  ", "{d}{d}{d}"], SHEET),
    "columns around": ([], [f"{{d}}{line}{{d}}{{d}} " for line in SHEET]),
    "column between": ([], [line.replace("{d}", "{d}{d}", 1) for line in SHEET]),
    "tails in some rows": ([], [SHEET[0], SHEET[1] + "{d}{d}", SHEET[2]]),
    "marks twice": (["\ufeff\ufeff" + SHEET[0]], SHEET[1:]),
    "mark below the delimiter line": (["\ufeffsep={d}", '\ufeff"id"{d}"name"{d}"team"'], SHEET[1:]),
    "empty lines between and last": ([], [SHEET[0], "", "{d}{d}", *SHEET[1:], "", "{d}", " "]),
    "spaces that do not break": ([], [SHEET[0].replace("{d}", "\u00a0{d}\u00a0"), "\u00a0" + SHEET[1], SHEET[2]]),
}


@pytest.mark.parametrize("leftovers", LEFTOVERS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=ascii)
def test_what_a_spreadsheet_leaves_around_a_table_is_no_part_of_it(
    leftovers: str, delimiter: str, line_end: str
) -> None:
    before, lines = LEFTOVERS[leftovers]
    text = line_end.join([*before, *lines]).replace("Bilal; K.,", '"Bilal; K.,"').replace("{d}", delimiter) + line_end
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert parse_roster(text.encode(encoding)) == Roster(
            {"12": Person("Ana M.", "Paris"), "190": Person("Bilal; K.,")}
        ), encoding


def test_delimiter_that_a_file_declares_is_used() -> None:
    assert parse_roster(b"sep=|\nid|name\n12|Ana, M.\n") == Roster({"12": Person("Ana, M.")})


def test_utf_8_mark_before_windows_1252_is_no_part_of_the_first_column() -> None:
    assert parse_roster(b"\xef\xbb\xbfid,name\n12,Zo\xe9\n") == Roster({"12": Person("Zoé")})


def test_every_fault_of_the_header_is_named() -> None:
    assert errors_of("Nummer;Vorname;team;Team\n12;Ana;;\n") == [
        "line 1: the column “Nummer” is unknown; allowed: id, name, team, kind, client",
        "line 1: the column “Vorname” is unknown; allowed: id, name, team, kind, client",
        "line 1: the column team stands more than once: team, Team; keep one of them",
        "line 1: the column id is missing; the first line names them: id,name,team,kind",
        "line 1: the column name is missing; the first line names them: id,name,team,kind",
    ]


@pytest.mark.parametrize("number", ["id", "Identifiant", "Numéro", "numero"])
@pytest.mark.parametrize("team", ["Équipe", "equipe", "E\u0301quipe"], ids=ascii)
def test_french_column_names_are_understood(number: str, team: str) -> None:
    roster = parse_roster(f"{number};Nom;{team};Type\n12;Zoé M.;Lyon;Humain\n190;;;bot\n".encode())
    assert roster == Roster({"12": Person("Zoé M.", "Lyon"), "190": Person("", kind=Kind.BOT)})


@pytest.mark.parametrize("name", ["Jean\u00a0Pierre", "\u200eJean  Pierre\u200f", "Jean\u202f\u00adPierre"], ids=ascii)
def test_name_is_one_person_however_its_spaces_are_written(name: str) -> None:
    assert parse_roster(f"id,name,team\n12,{name},{name}\n".encode()) == Roster(
        {"12": Person("Jean Pierre", "Jean Pierre")}
    )


def test_joiners_and_direction_marks_stay_in_a_name() -> None:
    names = ["می\u200cخواهم", "क्\u200dष", "(1) \u200fדנה"]
    roster = parse_roster("\n".join(["id,name", *(f"{i},{name}" for i, name in enumerate(names))]).encode())
    assert [person.name for person in roster.people.values()] == names


@pytest.mark.parametrize("character", ["é", "Ж", "中", "😀", '"', "="])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_bytes_of_a_file_follow_from_the_people_it_may_name(character: str, encoding: str) -> None:
    person = Person(character * PERSON_CHARACTERS, character * PERSON_CHARACTERS)
    key = f"{'x' * NAME_CHARACTERS}-{LARGEST_ID}-{LARGEST_ID}"
    longest = write_roster(Roster({key: person})).encode(encoding)
    assert parse_roster(longest) == Roster({key: person})
    assert len(longest) <= PERSON_BYTES
    assert PERSON_BYTES * PEOPLE <= ROSTER_BYTES < ROSTER_FORM_BYTES


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
        ("id,name,ID\n", "line 1: the column id stands more than once: id, ID; keep one"),
        ("id,name,nom\n", "line 1: the column name stands more than once: name, nom; keep one"),
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
        ("id,name\n12,a\u202eb\n", "line 2: name is “a▯b”: where ▯ is shown stands an invisible character (U+202E)"),
        ('id,name\n12,"Ana\n', "line 2: not CSV"),
        ('id,name\n12,"Ana\nM."\n13,\n', "line 2: name is “Ana⏎M.”: a line break (⏎) stands"),
        ("id,name\n1\u00a0\x072,Ana\n", "line 2: id is “1 ▯2”; allowed"),
        (f"id,name,client\n12,Ana,{'x' * 65}-3\n", "line 2: client is “xxx"),
        ("\n\nid,name\nx,Ana\n", "line 4: id is “x”"),
        ("sep=;\n\nid;name\nx;Ana\n", "line 4: id is “x”"),
        ("id,,name,\n12,,Ana,\n13,Lyon,Bilal,\n", "line 3: “Lyon” stands in column 2, which has no name"),
        ("id,name,,\n12,Ana,,Lyon\n", "line 2: “Lyon” stands in column 4, which has no name"),
        ("id,name\n12,Ana,,Lyon,\n", "line 2: there are 4 values for 2 columns"),
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


def test_errors_of_header_and_lines_are_named_together() -> None:
    told = errors_of("id,nom,Vorname,Tel\n12,Ana,,\nx,,,\n")
    assert [line.partition(":")[0] for line in told] == ["line 1", "line 1", "line 3", "line 3"]


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


words = st.text(st.characters(codec="utf-8"), max_size=100).map(clean_name).filter(lambda name: not refused_in(name))
formulas = (
    st.tuples(st.text("'", max_size=3), st.sampled_from("=+-@＝"), words).map("".join).map(lambda text: text[:100])
)
values = (words | formulas).map(clean_name)
operator_keys = st.tuples(st.sampled_from(["", "335-", "ha-335-"]), st.integers(0, 2**53 - 1)).map(
    lambda parts: f"{parts[0]}{parts[1]}"
)
people = st.builds(Person, values, values, st.sampled_from(Kind)).filter(
    lambda person: bool(person.name) or person.kind is Kind.BOT
)


@given(st.dictionaries(operator_keys, people, max_size=5).map(Roster), st.sampled_from([",", ";"]))
def test_written_roster_is_read_back_unchanged(roster: Roster, delimiter: str) -> None:
    for text in (write_roster(roster, delimiter), "\ufeff" + write_roster(roster, delimiter)):
        assert parse_roster(text.encode()) == roster


@given(values)
def test_written_values_are_never_formulas(value: str) -> None:
    rows = csv.reader(io.StringIO(write_roster(Roster({"12": Person(value, value, Kind.BOT)})), newline=""))
    assert not any(written.startswith(tuple("=+-@＝＋－＠\t\r")) for row in rows for written in row)


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("=1", "'=1"),
        ("\t=1", "'\t'=1"),
        ("a;=1", "a;'=1"),
        ("a,+1", "a,'+1"),
        ("a\n@SUM(1)", "a\n'@SUM(1)"),
        ('a;"-1', "a;\"'-1"),
        ("merci ;-)", "merci ;-)"),
        ("-10.00", "-10.00"),
        ("-10,5", "-10,5"),
        ("-1+1", "'-1+1"),
        ("a=1, b", "a=1, b"),
    ],
)
def test_no_part_of_a_cell_is_a_formula_whatever_delimiter_a_spreadsheet_expects(comment: str, kept: str) -> None:
    assert guarded_throughout(comment) == kept


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
    nothing = await RosterStore(store).read()
    assert await RosterStore(store).replace(Roster({"12": Person("Ana")}), expected=nothing) is not None
    assert await RosterStore(store).replace(Roster({"13": Person("Bilal")}), expected=nothing) is None
    kept = await RosterStore(store).read()
    assert kept.roster == Roster({"12": Person("Ana")})
    assert await RosterStore(store).replace(Roster({"13": Person("Bilal")}), expected=kept) is not None


async def test_mirror_follows_the_roster(store: Redis) -> None:
    mirror = Mirror(store, lambda: NOW)
    watching(mirror)
    await mirror.load()
    for text in (SAMPLE.encode(), b"id,name\n13,Bilal K.\n"):
        roster = parse_roster(text)
        await RosterStore(store).replace(roster)
        assert (await RosterStore(store).read()).roster == roster
        await mirror.catch_up()
        assert mirror.records["roster"] == roster
    late = Mirror(store, lambda: NOW)
    await late.load()
    assert late.records["roster"] == roster


async def test_same_roster_again_changes_nothing(store: Redis) -> None:
    roster = parse_roster(SAMPLE.encode())
    await RosterStore(store).replace(roster)
    changes = await store.xlen("{deskboard}:changes")
    await RosterStore(store).replace(roster)
    assert await store.xlen("{deskboard}:changes") == changes == 1

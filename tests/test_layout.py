import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bounds import BODY_KEPT_BYTES
from app.errors import InvalidPost
from app.pages.layout import Fault, Mark, Piece, as_it_came, lay_out, path_of, visible
from app.receive.parse import parse_event
from app.receive.refusal import NOTHING
from tests.bodies import availability, closed
from tests.house import NOW, encode


def laid_out(body: bytes, fault: Fault = Fault()) -> str:  # noqa: B008 it is frozen
    """A body in lines, what is marked between angle brackets."""
    return "".join(shown(piece) for piece in lay_out(body, fault))


def shown(piece: Piece) -> str:
    return {Mark.NONE: "{}", Mark.FIELD: "<{}>", Mark.MISSING: "<no {}>"}[piece.mark].format(piece.text)


def fault_of(body: bytes) -> Fault:
    with pytest.raises(InvalidPost) as refused:
        parse_event(body, NOW)
    return Fault(refused.value.field, refused.value.found)


def test_a_body_stands_in_lines_in_its_own_words() -> None:
    body = rb'{"amount":300.20000000000005,"n":1e1000,"text":"tr\u00e8s, [bien]: {\"ok\"}","n":-0,"none":{},"all":[ ]}'
    assert laid_out(body).split("\n") == [
        "{",
        '  "amount": 300.20000000000005,',
        '  "n": 1e1000,',
        r'  "text": "tr\u00e8s, [bien]: {\"ok\"}",',
        '  "n": -0,',
        '  "none": {},',
        '  "all": []',
        "}",
    ]


def test_the_field_of_a_refusal_is_marked_with_its_value() -> None:
    event = availability(12, NOW, CHAT=True, CALL=True, VIDEO=True)
    event["availabilities"][1] |= {"channel": 3}
    body = encode(event)
    marked = laid_out(body, fault_of(body))
    assert marked.count("<") == 1
    assert '      <"channel": 3>,\n' in marked
    assert marked.index('"CHAT"') < marked.index("<") < marked.index('"VIDEO"')


def test_a_field_that_is_missing_is_marked_where_it_would_be() -> None:
    event = availability(12, NOW, CHAT=True, CALL=True)
    del event["availabilities"][1]["channel"]
    body = encode(event)
    assert (
        '"CHAT"'
        in laid_out(body, fault_of(body)).partition('    {\n      "status": "AVAILABLE"\n      <no channel>\n')[0]
    )
    assert laid_out(b"{}", fault_of(b"{}")) == "{\n  <no eventId>\n}"
    assert laid_out(b'{"eventId":"a"}', fault_of(b'{"eventId":"a"}')) == '{\n  "eventId": "a"\n  <no eventType>\n}'


def test_an_item_of_a_list_and_a_whole_list_are_marked_too() -> None:
    body = encode(closed("c", [12, "x"], NOW))
    assert '  "operatorIds": [\n    12,\n    <"x">\n  ]' in laid_out(body, fault_of(body))
    body = encode(closed("c", None, NOW, operatorIds={"a": [1]}))
    assert '  <"operatorIds": {\n    "a": [\n      1\n    ]\n  }>,' in laid_out(body, fault_of(body))


def test_a_name_of_the_same_sound_elsewhere_is_not_marked() -> None:
    body = b'{"channel":1,"a":{"channel":2},"availabilities":[{"channel":3}]}'
    assert "<" not in laid_out(body, Fault("availabilities[1].channel", "3"))
    assert laid_out(body, Fault("availabilities[0].channel", "3")).count("<") == 1
    assert '<"channel": 3>' in laid_out(body, Fault("availabilities[0].channel", "3"))


@pytest.mark.parametrize(
    ("body", "pieces"),
    [
        (b'{"a": nope}', [Piece('{"a": '), Piece("n", Mark.FIELD), Piece("ope}")]),
        ('{"é": "\n"}'.encode(), [Piece('{"é": "'), Piece("\n", Mark.FIELD), Piece('"}')]),
        (b'{"a": "\xff"}', [Piece('{"a": "'), Piece("\\xff", Mark.FIELD), Piece('"}')]),
        ('{"a": é}'.encode(), [Piece('{"a": '), Piece("é", Mark.FIELD), Piece("}")]),
        (b'{"a": "b', [Piece('{"a": "b'), Piece("", Mark.MISSING)]),
        (b'{"a":', [Piece('{"a":'), Piece("", Mark.MISSING)]),
        (b"[]", [Piece("[]", Mark.FIELD)]),
        (b"", [Piece("")]),
    ],
)
def test_where_a_body_ceases_to_be_an_event_is_marked_in_it_as_it_came(body: bytes, pieces: list[Piece]) -> None:
    assert as_it_came(body, fault_of(body)) == pieces


def test_nothing_is_said_of_the_end_of_a_body_that_was_not_kept_whole() -> None:
    assert as_it_came(b'{"a": "b', Fault("body", "x"), is_cut=True) == [Piece('{"a": "b')]


def test_everything_that_came_can_be_seen() -> None:
    assert visible("a\u202eb\x00\ré\n\t".encode() + b"\xff") == "a\\u202eb\\x00\\ré\n\t\\xff"


def test_a_path_has_the_steps_of_a_field() -> None:
    assert path_of("availabilities[0].channel") == ("availabilities", 0, "channel")
    assert path_of("") == ()


@given(st.binary(max_size=200) | st.text('{}[]",:\\ a1\n', max_size=200).map(str.encode))
def test_no_body_is_too_strange_to_be_laid_out(body: bytes) -> None:
    for fault in (Fault(), Fault("a", NOTHING), Fault("a[1].a", "1")):
        text = "".join(piece.text for piece in lay_out(body, fault) if piece.mark is not Mark.MISSING)
        assert "".join(text.split()) == "".join(visible(body).split())


def test_a_body_that_is_nothing_but_depth_is_laid_out_in_bounds() -> None:
    assert len(laid_out(b"[" * BODY_KEPT_BYTES)) < 50 * BODY_KEPT_BYTES

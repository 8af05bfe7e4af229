import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bounds import BODY_KEPT_BYTES
from app.deliveries.body import Mark, Piece, as_received, lay_out, path_of, printable
from app.deliveries.delivery import NOTHING, Delivery
from app.errors import InvalidPost
from app.receive.validation import decode_event
from tests.support.assemble import NOW, encode
from tests.support.bodies import availability, closed

ACCEPTED = Delivery(status=204)


def laid_out(body: bytes, delivery: Delivery = ACCEPTED) -> str:
    """Return a body in lines, marks in angle brackets."""
    return "".join(shown(piece) for piece in lay_out(body, delivery))


def refused(field: str, found: str = "") -> Delivery:
    return Delivery(status=422, field=field, found=found)


def shown(piece: Piece) -> str:
    return {Mark.NONE: "{}", Mark.FIELD: "<{}>", Mark.MISSING: "<no {}>"}[piece.mark].format(piece.text)


def refusal_of(body: bytes) -> Delivery:
    with pytest.raises(InvalidPost) as refusal:
        decode_event(body, NOW)
    return refused(refusal.value.field, refusal.value.found)


def test_a_body_is_indented_without_changing_its_characters() -> None:
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


def test_a_refused_field_is_marked_with_its_value() -> None:
    event = availability(12, NOW, CHAT=True, CALL=True, VIDEO=True)
    event["availabilities"][1] |= {"channel": 3}
    body = encode(event)
    marked = laid_out(body, refusal_of(body))
    assert marked.count("<") == 1
    assert '      <"channel": 3>,\n' in marked
    assert marked.index('"CHAT"') < marked.index("<") < marked.index('"VIDEO"')


def test_a_missing_field_is_marked_where_it_would_be() -> None:
    event = availability(12, NOW, CHAT=True, CALL=True)
    del event["availabilities"][1]["channel"]
    body = encode(event)
    assert (
        '"CHAT"'
        in laid_out(body, refusal_of(body)).partition('    {\n      "status": "AVAILABLE"\n      <no channel>\n')[0]
    )
    assert laid_out(b"{}", refusal_of(b"{}")) == "{\n  <no eventId>\n}"
    assert laid_out(b'{"eventId":"a"}', refusal_of(b'{"eventId":"a"}')) == '{\n  "eventId": "a"\n  <no eventType>\n}'


def test_list_items_and_whole_lists_are_marked() -> None:
    body = encode(closed("c", [12, "x"], NOW))
    assert '  "operatorIds": [\n    12,\n    <"x">\n  ]' in laid_out(body, refusal_of(body))
    body = encode(closed("c", None, NOW, operatorIds={"a": [1]}))
    assert '  <"operatorIds": {\n    "a": [\n      1\n    ]\n  }>,' in laid_out(body, refusal_of(body))


def test_the_same_key_elsewhere_is_not_marked() -> None:
    body = b'{"channel":1,"a":{"channel":2},"availabilities":[{"channel":3}]}'
    assert "<" not in laid_out(body, refused("availabilities[1].channel", "3"))
    assert laid_out(body, refused("availabilities[0].channel", "3")).count("<") == 1
    assert '<"channel": 3>' in laid_out(body, refused("availabilities[0].channel", "3"))


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
def test_the_first_byte_that_is_not_json_is_marked(body: bytes, pieces: list[Piece]) -> None:
    assert as_received(body, refusal_of(body)) == pieces


def test_the_end_of_a_truncated_body_is_not_marked() -> None:
    assert as_received(b'{"a": "b', refused("body", "x"), is_truncated=True) == [Piece('{"a": "b')]


def test_unprintable_characters_are_escaped() -> None:
    assert printable("a\u202eb\x00\ré\n\t".encode() + b"\xff") == "a\\u202eb\\x00\\ré\n\t\\xff"


def test_a_field_is_split_into_steps() -> None:
    assert path_of("availabilities[0].channel") == ("availabilities", 0, "channel")
    assert path_of("") == ()


@given(st.binary(max_size=200) | st.text('{}[]",:\\ a1\n', max_size=200).map(str.encode))
def test_any_bytes_can_be_laid_out(body: bytes) -> None:
    for delivery in (ACCEPTED, refused("a", NOTHING), refused("a[1].a", "1")):
        text = "".join(piece.text for piece in lay_out(body, delivery) if piece.mark is not Mark.MISSING)
        assert "".join(text.split()) == "".join(printable(body).split())


def test_deep_nesting_is_laid_out_within_bounds() -> None:
    assert len(laid_out(b"[" * BODY_KEPT_BYTES)) < 50 * BODY_KEPT_BYTES

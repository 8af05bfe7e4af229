from app.deliveries.summary import summarize
from tests.support.assemble import NOW, encode
from tests.support.bodies import pushed


def test_a_body_that_only_a_tolerant_reader_takes_is_found_by_what_it_says() -> None:
    usual = encode(pushed("c", 12, NOW, more="HERE"))
    expected = summarize(usual)
    assert expected is not None
    assert expected.operators == ("12",)
    for more in (rb'"\ud83d"', b"9" * 5_000):
        assert summarize(usual.replace(b'"HERE"', more)) == expected


def test_an_operator_is_found_by_their_number_alone_or_with_customer_or_tenant_in_front() -> None:
    summary = summarize(encode(pushed("c", 12, NOW)))
    assert summary is not None
    found = [each for each in ("12", "335-12", "ha-335-12", "ha-12", "1-12") if summary.has_id(each)]
    assert found == ["12", "335-12", "ha-335-12"]

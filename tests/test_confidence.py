"""Intervals of rates, against published ones."""

import pytest

from app.board.confidence import net_interval, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_has_the_published_interval(count: int, total: int, low: float, high: float) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion: comparison of seven methods, Statistics
    in Medicine 17 (1998), 857-872: table I, method 3."""
    assert wilson(count, total) == pytest.approx((low, high), abs=0.00005)


def test_the_share_of_the_others_has_the_same_interval_mirrored() -> None:
    low, high = wilson(15, 148)
    assert wilson(133, 148) == pytest.approx((1 - high, 1 - low))
    assert wilson(20, 20) == pytest.approx((1 - wilson(0, 20)[1], 1.0))


@pytest.mark.parametrize(("promoters", "total"), [(81, 263), (0, 20), (7, 7)])
def test_a_score_without_passives_is_a_share_on_another_scale(promoters: int, total: int) -> None:
    low, high = wilson(promoters, total)
    assert net_interval(promoters, total - promoters, total) == pytest.approx((2 * low - 1, 2 * high - 1))


def test_passives_make_a_score_more_certain() -> None:
    low, high = net_interval(52, 23, 95)
    wide_low, wide_high = net_interval(62, 33, 95)
    assert low < 0.305 < high
    assert high - low < wide_high - wide_low
    assert net_interval(0, 0, 12) == (0.0, 0.0)

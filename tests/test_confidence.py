"""Intervals of rates, against published ones."""

import pytest

from app.board.confidence import net_interval, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_a_share_has_the_published_interval(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=0.00005)


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

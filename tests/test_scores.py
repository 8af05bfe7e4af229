import statistics
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.board.scores import csat, median_seconds, nps, percentage
from app.tally import duration_bucket, money


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(2, 3, 66.7), (1, 16, 6.3), (-1, 16, -6.3), (0, 7, 0.0), (1, 2000, 0.1), (-1, 3000, 0.0), (1, 1, 100.0)],
)
def test_percentages_have_one_decimal_half_away_from_zero(part: int, whole: int, expected: float) -> None:
    assert str(percentage(part, whole)) == str(expected)


@given(st.integers(-10_000, 10_000), st.integers(1, 10_000))
def test_a_percentage_is_the_nearest_tenth_and_never_minus_zero(part: int, whole: int) -> None:
    score = percentage(part, whole)
    assert abs(Fraction(str(score)) - Fraction(100 * part, whole)) <= Fraction(1, 20)
    assert str(score) != "-0.0"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (3_002_000, "300.20"),
        (-50_000, "-5.00"),
        (1, "0.0001"),
        (-1_050, "-0.105"),
        (10**13, "1000000000.00"),
    ],
)
def test_money_has_two_decimals_or_up_to_four_if_it_needs_them(amount: int, text: str) -> None:
    assert money(amount) == text


def test_nothing_to_compute_from_leaves_the_figure_out() -> None:
    assert csat(Counter()) == {"responses": 0, "satisfied": 0, "histogram": {str(n): 0 for n in range(1, 6)}}
    assert nps(Counter()) == {"responses": 0, "promoters": 0, "passives": 0, "detractors": 0}
    assert median_seconds(Counter()) is None


def test_nps_is_promoters_less_detractors() -> None:
    sums: Counter[tuple[str, str | int]] = Counter({("nps", 10): 1, ("nps", 9): 2, ("nps", 7): 1, ("nps", 6): 1})
    assert nps(sums) == {"responses": 5, "promoters": 3, "passives": 1, "detractors": 1, "score": 40.0}


@given(st.lists(st.integers(0, 9 * 86_400_000), min_size=1, max_size=40))
def test_the_median_is_within_five_percent(durations: list[int]) -> None:
    sums: Counter[tuple[str, str | int]] = Counter(("duration", duration_bucket(ms)) for ms in durations)
    exact = statistics.median(durations) / 1000
    assert median_seconds(sums) == pytest.approx(exact, rel=0.05)

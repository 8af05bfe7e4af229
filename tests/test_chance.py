"""A change is called one only when it is more than chance: published results of the same tests."""

from math import isclose
from statistics import NormalDist

import pytest

from app.board.chance import CLEAR, amount_chance, count_chance, net_chance, share_chance, student


def test_two_shares_are_compared_as_pearson_did() -> None:
    """The Physicians' Health Study: 189 heart attacks of 11 034 men on placebo, 104 of 11 037 on aspirin.

    A. Agresti, An Introduction to Categorical Data Analysis: a chi-square of 25.01, whose root is z.
    """
    chance = share_chance(189, 11_034, 104, 11_037)
    assert round(NormalDist().inv_cdf(chance / 2) ** 2, 2) == 25.01


def test_two_shares_of_few_are_compared_as_fisher_did() -> None:
    """Fisher's tea: 3 of 4 cups right has a one-sided P of 0.243, and twice that on both sides.

    A. Agresti, Categorical Data Analysis, 2nd edition (2002), page 91.
    """
    assert round(share_chance(3, 4, 1, 4) / 2, 3) == 0.243
    assert share_chance(0, 0, 9, 10) == share_chance(9, 10, 0, 0) == share_chance(7, 7, 9, 9) == 1.0


def test_two_counts_are_compared_as_a_binomial_of_one_half() -> None:
    """The conditional test of two Poisson counts (Przyborowski and Wilenski, Biometrika 31, 1940) is that of McNemar:
    M. W. Fagerland and others, BMC Medical Research Methodology 13:91 (2013): 1 and 7 have a P of 0.070."""
    assert round(count_chance([(1, 7)]), 3) == 0.070
    assert count_chance([]) == count_chance([(0, 0)]) == count_chance([(5, 5)]) == 1.0
    exact, normal = count_chance([(530, 470)]), count_chance([(531, 470)])
    assert isclose(exact, normal, abs_tol=0.01), "both distributions meet"


@pytest.mark.parametrize(
    ("t", "freedom", "chance"),
    [(6.314, 1, 0.1), (2.920, 2, 0.1), (2.353, 3, 0.1), (2.015, 5, 0.1), (1.812, 10, 0.1), (2.845, 20, 0.01)],
)
def test_students_distribution_is_that_of_the_tables(t: float, freedom: int, chance: float) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2."""
    assert isclose(student(t, freedom), chance, abs_tol=1e-4)


def test_amounts_are_compared_as_student_compared_drugs() -> None:
    """Student, Biometrika 6 (1908): the hours of sleep that ten patients gained, here in tenths; t = 4.062."""
    one = (7, -16, -2, -12, -1, 34, 37, 8, 0, 20)
    other = (19, 8, 11, 1, -1, 44, 55, 16, 46, 34)
    assert round(amount_chance(list(zip(one, other, strict=True))), 5) == 0.00283
    assert amount_chance([(1, 900), (2, 900)]) == 1.0, "two days tell no spread"
    assert amount_chance([(0, 0)] * 5) == 1.0


def test_days_that_differ_much_among_each_other_make_no_clear_change() -> None:
    calm, wild = [(110, 100)] * 7, [(190, 60), (40, 160), (200, 50), (60, 150), (180, 70), (50, 120), (50, 90)]
    assert sum(one for one, _ in calm) == sum(one for one, _ in wild)
    assert sum(other for _, other in calm) == sum(other for _, other in wild)
    assert count_chance(calm) < CLEAR < count_chance(wild)


def test_net_promoter_scores_are_compared_as_means() -> None:
    assert net_chance((60, 20, 100), (40, 30, 100)) < CLEAR < net_chance((60, 20, 100), (55, 22, 100))
    assert net_chance((9, 0, 9), (0, 9, 9)) == 1.0, "too few answers"
    assert net_chance((20, 0, 20), (20, 0, 20)) == 1.0

"""Whether two periods differ by more than chance: probabilities of a difference at least as large without any cause.

Two-sided throughout. A change is called one below CLEAR.
"""

from collections.abc import Sequence
from math import atan, comb, cos, erfc, fsum, pi, sin, sqrt

CLEAR = 0.10
EXPECTED_LEAST = 5
"""Cochran's rule: where fewer are expected in a cell, the exact test is taken."""
EXACT_COUNTS = 1_000
"""Above this many the normal distribution is as good as the binomial one."""
ANSWERS_LEAST = 10
"""Of a net promoter score, in each period."""
PAIRS_LEAST = 3
"""Of days, to compare amounts: their spread is all that is known."""

Pair = tuple[int, int]
"""Of a day and of the one that it is compared with."""


def share_chance(count: int, total: int, count_then: int, total_then: int) -> float:
    """Of two proportions: by the pooled z-test, of few by Fisher's exact test. Without answers it is 1."""
    everything, good = total + total_then, count + count_then
    if not total or not total_then:
        return 1.0
    if min(total, total_then) * min(good, everything - good) < EXPECTED_LEAST * everything:
        return _fisher(count, total, good, everything)
    pooled = good / everything
    error = sqrt(pooled * (1 - pooled) * (1 / total + 1 / total_then))
    return _normal((count / total - count_then / total_then) / error)


def count_chance(pairs: Sequence[Pair]) -> float:
    """Of two sums of events, day by day: given their sum, one of them is binomial if both come at one rate.

    Days differ by more than that: by how much more their pairs tell (quasi-Poisson; McCullagh and Nelder, Generalized
    Linear Models, 1989, section 6.2.3), and Student's distribution takes the place of the normal one.
    """
    pairs = [pair for pair in pairs if any(pair)]
    now, then = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    if not pairs:
        return 1.0
    spread = _dispersion(pairs, now, then)
    if spread > 1:
        return student(abs(now - then) / sqrt((now + then) * spread), len(pairs) - 1)
    if now + then <= EXACT_COUNTS:
        larger = max(now, then)
        tail = sum(comb(now + then, count) for count in range(larger, now + then + 1))
        return min(1.0, tail / (1 << (now + then - 1)))
    return _normal((now - then) / sqrt(now + then))


def net_chance(scores: tuple[int, int, int], scores_then: tuple[int, int, int]) -> float:
    """Of two net promoter scores, each as promoters, detractors and all answers: of two means of 1, 0 and -1."""
    if min(scores[2], scores_then[2]) < ANSWERS_LEAST:
        return 1.0
    difference = _net(scores) - _net(scores_then)
    error = sqrt(_net_variance(scores) + _net_variance(scores_then))
    return _normal(difference / error) if error else float(not difference)


def amount_chance(pairs: Sequence[Pair]) -> float:
    """Of two sums of money, day by day: Student's test of paired differences. Of few days it is 1."""
    differences = [now - then for now, then in pairs]
    count = len(differences)
    if count < PAIRS_LEAST:
        return 1.0
    mean = sum(differences) / count
    variance: float = fsum((difference - mean) ** 2 for difference in differences) / (count - 1)
    if not variance:
        return float(not mean)
    return student(abs(mean) / sqrt(variance / count), count - 1)


def student(t: float, freedom: int) -> float:
    """Return the probability of a value beyond t, on both sides (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = atan(abs(t) / sqrt(freedom))
    term = total = 1.0
    for step in range(2 if freedom % 2 else 1, freedom - 2, 2):
        term *= step / (step + 1) * cos(angle) ** 2
        total += term
    if freedom % 2 == 0:
        return 1 - sin(angle) * total
    return 1 - 2 / pi * (angle + (sin(angle) * cos(angle) * total if freedom > 1 else 0))


def _normal(z: float) -> float:
    return erfc(abs(z) / sqrt(2))


def _dispersion(pairs: Sequence[Pair], now: int, then: int) -> float:
    """Return how much more the pairs differ than events that are independent of each other: Pearson's statistic by its
    degrees of freedom. 1 where nothing tells."""
    if len(pairs) < 2 or not now or not then:
        return 1.0
    share = now / (now + then)
    squares = ((one - (one + other) * share) ** 2 / ((one + other) * share * (1 - share)) for one, other in pairs)
    return sum(squares) / (len(pairs) - 1)


def _fisher(count: int, total: int, good: int, everything: int) -> float:
    """Return the sum of the probabilities of all tables with these margins that are no more probable."""
    least, most = max(0, total - (everything - good)), min(total, good)
    ways = {k: comb(good, k) * comb(everything - good, total - k) for k in range(least, most + 1)}
    possible = sum(way for way in ways.values() if way <= ways[count])
    return possible / comb(everything, total)


def _net(scores: tuple[int, int, int]) -> float:
    promoters, detractors, answers = scores
    return (promoters - detractors) / answers


def _net_variance(scores: tuple[int, int, int]) -> float:
    promoters, detractors, answers = scores
    return ((promoters + detractors) / answers - _net(scores) ** 2) / answers

"""How far a rate of few answers may be from that of all: 95 % intervals by Wilson's score method."""

from math import sqrt

Z = 1.959964
"""Of 95 %, on both sides."""


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return between which two shares, from 0 to 1, the true one lies: of `count` among `total`, which is not 0.

    E. B. Wilson, 1927; R. G. Newcombe, Statistics in Medicine 17 (1998), method 3.
    """
    low, high = _of_mean(2 * count - total, total, total)
    return max(0.0, (1 + low) / 2), min(1.0, (1 + high) / 2)


def net_interval(promoters: int, detractors: int, total: int) -> tuple[float, float]:
    """Return the same of a net promoter score, from -1 to 1: without passives it is that of a share."""
    low, high = _of_mean(promoters - detractors, promoters + detractors, total)
    return max(-1.0, low), min(1.0, high)


def _of_mean(difference: int, decided: int, total: int) -> tuple[float, float]:
    """Of the mean of `total` values of 1, 0 and -1, of which `decided` are not 0: where the observed mean is z standard
    errors away from the true one, by the true one's own variance."""
    shrink = Z * Z / total
    mean, share = difference / total, decided / total
    half = Z * sqrt(max(0.0, (share - mean * mean) / total + share * shrink / total))
    return (mean - half) / (1 + shrink), (mean + half) / (1 + shrink)

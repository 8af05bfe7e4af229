"""Which board there is, and the limits of what it takes for certain."""

import msgspec


class BoardDefinition(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    time_zone: str
    currency: str


class PresenceLimits(msgspec.Struct, frozen=True):
    """Both in ms."""

    unverified_after: int
    """Since an operator's newest act: from here on it is not certain that they are there."""
    gone_after: int
    """Since the newest sign that they came."""

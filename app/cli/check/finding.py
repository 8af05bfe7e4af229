"""The result of one check."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    WELL = "ok"
    WARNING = "warning"
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True):
    level: Level
    subject: str
    """What was looked at: a setting, or a part of the deployment."""
    found: str
    """Never a secret."""
    advice: str = ""
    """What to do; empty when all is well."""


def well(subject: str, found: str) -> Finding:
    return Finding(Level.WELL, subject, found)


def warning(subject: str, found: str, advice: str) -> Finding:
    return Finding(Level.WARNING, subject, found, advice)


def wrong(subject: str, found: str, advice: str) -> Finding:
    return Finding(Level.WRONG, subject, found, advice)

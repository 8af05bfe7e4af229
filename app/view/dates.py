"""Dates in words."""

from datetime import date

from babel.dates import format_date

from app.words.words import Words


def long_date(day: date, words: Words) -> str:
    """As in `Saturday 28 November 2026`."""
    return f"{_part(day, 'EEEE', words)} {_in_month(day, words)} {_part(day, 'MMMM y', words)}"


def short_date(day: date, words: Words) -> str:
    """As in `Sat 28 Nov`."""
    return f"{_part(day, 'EEE', words)} {_in_month(day, words)} {_part(day, 'MMM', words)}"


def weekday(day: date, words: Words) -> str:
    return _part(day, "EEEE", words)


def date_span(first: date, last: date, words: Words) -> str:
    """As in `16–22 November 2026`: what both have in common is said once."""
    end = f"{_in_month(last, words)} {_part(last, 'MMMM y', words)}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{_in_month(first, words)}–{end}"
    begin = f"{_in_month(first, words)} {_part(first, 'MMMM' if first.year == last.year else 'MMMM y', words)}"
    return f"{begin} – {end}"


def _in_month(day: date, words: Words) -> str:
    return "1er" if day.day == 1 and words.language == "fr" else str(day.day)


def _part(day: date, pattern: str, words: Words) -> str:
    return str(format_date(day, pattern, words.locale))

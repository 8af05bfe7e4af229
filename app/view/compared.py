"""How today compares with the same weekday a week ago, or else with yesterday, by this time of day."""

from datetime import date
from decimal import Decimal

from app.json_object import Json
from app.view.format import Format
from app.view.phrase import joined

LEAST = 20
"""Below this a percentage is meaningless: the difference itself is shown."""
MOST_PERCENT = 999


def compared_day(document: Json) -> Json:
    """Return the part of the document that is compared with, which may have nothing in it."""
    day: Json = document.get("last_week") or document.get("yesterday") or {}
    return day


def day_name(day: Json, form: Format) -> str:
    """Return what the other day is called, as in `last Sat`."""
    if "date" not in day:
        return form.say("wall.yesterday")
    return form.say("wall.last-week", day=form.weekday(date.fromisoformat(day["date"])))


def difference_text(now: object, then: object, form: Format) -> str:
    """Return by how much something is more or less than it was then; empty where that cannot be told."""
    today, before = _amount(now), _amount(then)
    if today is None or before is None:
        return ""
    change = today - before
    if before < 0:
        return ""
    if change == 0:
        return form.say("wall.same")
    mark = "▲" if change > 0 else "▼"
    if before < LEAST:
        return joined(" ", (mark, form.number(int(abs(change))))) if abs(change) >= 1 else form.say("wall.same")
    percent = int(abs(change) * 100 / before + Decimal("0.5"))
    if percent > MOST_PERCENT:
        return f"{mark} > {MOST_PERCENT}\u202f%"
    return f"{mark} {percent}\u202f%" if percent else form.say("wall.same")


def is_more(now: object, then: object) -> bool:
    today, before = _amount(now), _amount(then)
    return today is not None and before is not None and today > before


def _amount(value: object) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | str) else None

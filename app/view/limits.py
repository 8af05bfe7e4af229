"""What the limits of a board make of its tiles, in words: which are past one, since when, and whether that was seen."""

from collections.abc import Mapping
from typing import NamedTuple

from app.board.scores import Json
from app.figures import BY_KEY, Form
from app.view.format import Format

AGES: tuple[Form, ...] = ("age", "seconds")
SEVERITY = ("alarm", "seen", "watch", "unknown")
"""The worst first. An alarm that was seen is still one."""


class LimitWords(NamedTuple):
    states: Json
    """By figure, one of SEVERITY; absent: all is well."""
    texts: dict[str, str]
    """`<figure>:limit`: which limit there is, or was passed. `<figure>:state`: since when, or that it was seen."""


def limit_words(limits: Mapping[str, Json], form: Format) -> LimitWords:
    states: Json = {}
    texts: dict[str, str] = {}
    for key, limit in limits.items():
        state = _state_of(limit)
        if state is not None:
            states[key] = state
        texts |= _texts_of(key, limit, state, form)
    return LimitWords(states, texts)


def worst_of(states: Json) -> list[str]:
    """Return the figures in the worst state that any is in."""
    worst = next((state for state in SEVERITY if state in states.values()), None)
    return [key for key, state in states.items() if state == worst]


def _state_of(limit: Json) -> str | None:
    state: str = limit["state"]
    if state == "ok":
        return None
    return "seen" if state == "alarm" and "acknowledged" in limit else state


def _texts_of(key: str, limit: Json, state: str | None, form: Format) -> dict[str, str]:
    texts = {}
    passed = limit.get("watch" if state == "watch" else "alarm", limit.get("alarm", limit.get("watch")))
    if state in ("alarm", "seen", "watch"):
        side = "over" if _is_above(limit) else "under"
        texts[f"{key}:limit"] = form.say(f"limit.{side}", limit=_shown(key, passed, form))
    elif form_of(key) in AGES:
        texts[f"{key}:limit"] = form.say("limit.calm", limit=_shown(key, passed, form))
    if state in ("alarm", "seen", "unknown"):
        texts[f"{key}:state"] = _state_text(limit, state, form)
    return texts


def _state_text(limit: Json, state: str, form: Format) -> str:
    if state == "seen":
        return form.say("limit.seen", time=form.time_of_day(limit["acknowledged"]["at"]))
    if state == "unknown" or "since" not in limit:
        return form.say(f"limit.{state}")
    return form.say("limit.test" if limit.get("test") else "limit.alarm-since", time=form.time_of_day(limit["since"]))


def _is_above(limit: Json) -> bool:
    """An age has no value in the document, and is bad above; else the value says on which side of its limit it is."""
    watch, alarm = limit.get("watch"), limit.get("alarm")
    if watch is not None and alarm is not None and watch != alarm:
        return bool(watch < alarm)
    passed = watch if alarm is None else alarm
    return passed is None or bool(limit.get("value", passed) >= passed)


def form_of(key: str) -> Form:
    if key.startswith("oldest:"):
        return "age"
    return BY_KEY[key].form if key in BY_KEY else "number"


def _shown(key: str, value: object, form: Format) -> str:
    """A limit: without the decimals that nobody wrote."""
    kind = form_of(key)
    if kind in AGES:
        return form.duration(value)
    said = (
        form.words.number(float(value), 1) if isinstance(value, float) and value != int(value) else form.number(value)
    )
    return f"{said}\u202f%" if kind == "score" and BY_KEY[key].unit == "%" else said

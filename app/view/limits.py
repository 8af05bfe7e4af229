"""What the limits of a board make of its tiles, in words: which are past one, since when, and whether that was seen."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.figures import Form, figure_of, sense_of
from app.json_object import Json
from app.view.format import Format
from app.view.phrase import joined

AGES: tuple[Form, ...] = ("age", "seconds")
SEVERITY = ("alarm", "seen", "watch", "unknown")
"""The worst first. An alarm that was seen is still one."""
Moment = Callable[[str], str]
"""Says an instant as the page has room for it."""


class LimitWords(NamedTuple):
    states: Json
    """By figure, one of SEVERITY; absent: all is well."""
    texts: dict[str, str]
    """`<figure>:limit`: which limit there is, or was passed. `<figure>:state`: since when, or that it was seen."""


def limit_words(limits: Mapping[str, Json], form: Format, moment: Moment) -> LimitWords:
    texts: dict[str, str] = {}
    states = limit_states(limits)
    for key, limit in limits.items():
        texts |= _texts_of(key, limit, states.get(key), form, moment)
    return LimitWords(states, texts)


def limit_states(limits: Mapping[str, Mapping[str, Any]]) -> Json:
    """Return the states of LimitWords alone."""
    states = {key: _state_of(limit) for key, limit in limits.items()}
    return {key: state for key, state in states.items() if state is not None}


def unseen_alarms(limits: Mapping[str, Json]) -> Json:
    """Return since when figures are in an alarm that no one has seen."""
    return {key: limit["since"] for key, limit in limits.items() if _state_of(limit) == "alarm" and "since" in limit}


def worst_of(states: Json) -> list[str]:
    """Return the figures in the worst state that any is in."""
    worst = next((state for state in SEVERITY if state in states.values()), None)
    return [key for key, state in states.items() if state == worst]


def _state_of(limit: Mapping[str, Any]) -> str | None:
    state: str = limit["state"]
    if state == "ok":
        return None
    return "seen" if state == "alarm" and "acknowledged" in limit else state


def _texts_of(key: str, limit: Json, state: str | None, form: Format, moment: Moment) -> dict[str, str]:
    texts = {}
    passed = limit.get("watch" if state == "watch" else "alarm", limit.get("alarm", limit.get("watch")))
    if state in ("alarm", "seen", "watch"):
        side = "under" if (sense_of(key) or _sense_of(limit)) == "below" else "over"
        texts[f"{key}:limit"] = form.say(f"limit.{side}", limit=value_text(key, passed, form))
    elif figure_of(key).form in AGES:
        texts[f"{key}:limit"] = form.say("limit.calm", limit=value_text(key, passed, form))
    if state in ("alarm", "seen", "unknown"):
        texts[f"{key}:state"] = _state_text(limit, state, form, moment)
    return texts


def _state_text(limit: Json, state: str, form: Format, moment: Moment) -> str:
    if state == "seen":
        return form.say("limit.seen", time=moment(limit["acknowledged"]["at"]))
    if state == "unknown" or "since" not in limit:
        return form.say(f"limit.{state}")
    return form.say("limit.test" if limit.get("test") else "limit.alarm-since", time=moment(limit["since"]))


def _sense_of(limit: Json) -> str:
    """Of a figure that is bad on no side by nature: what its limits or its value say."""
    watch, alarm, value = limit.get("watch"), limit.get("alarm"), limit.get("value")
    if watch is not None and alarm is not None and watch != alarm:
        return "above" if watch < alarm else "below"
    passed = watch if alarm is None else alarm
    return "below" if passed is not None and value is not None and value < passed else "above"


def value_text(key: str, value: object, form: Format) -> str:
    """Return a threshold or value of a figure with its unit, without trailing zero decimals."""
    figure = figure_of(key)
    if figure.form in AGES:
        return form.duration(value)
    said = (
        form.words.number(float(value), 1) if isinstance(value, float) and value != int(value) else form.number(value)
    )
    return joined("\u202f", (said, figure.unit)) if figure.unit else said

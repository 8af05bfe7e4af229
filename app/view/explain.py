"""Why a figure is what it is: how it comes out of today's own numbers, what is left out of it, and what moves it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from app.figures import BY_KEY, figure_of, is_choosable
from app.records import Conversation, Operator, Sale
from app.view.format import Format, Text
from app.view.notes import Notes
from app.view.reasons import Part, Subject, parts, sentences
from app.view.wall import label_of, meaning_of

_PEOPLE = ("connected", "taking", "not_taking", "unverified", "not_here", "gone", "bots")
_SURVEYS = ("csat", "csat_average", "responses", "nps", "nps:responses")
_SALES = ("sales", "transactions")
_OF_NOW = ("people", "open")
_SIGNS = (
    *("user.connected", "user.disconnected", "user.availability.updated", "visitor.updated"),
    "v2.conversation.closed",
)
_WORK = ("v2.conversation.pushed", "v2.conversation.closed")
_MOVED_BY: Mapping[str, tuple[str, ...]] = {
    "people": _SIGNS,
    "open": _WORK,
    "work": _WORK,
    "surveys": ("satisfaction.answered",),
    "sales": ("transaction.attributed",),
    "posts": (),
}
"""By topic."""
_THINGS: Mapping[str, type[Operator | Conversation | Sale]] = {"people": Operator, "sales": Sale}
_POSTS = {
    "delivery:accepted": "outcome=taken",
    "delivery:duplicates": "outcome=again",
    "delivery:refused": "outcome=refused",
    "delivery:unsigned": "outcome=unsigned",
    "delivery:unrecognised": "type=unrecognised",
    "delivery:deprecated": "type=deprecated",
}
_OWN_LABELS = ("not_here", "gone", "bots", "open:unverified", "nps:responses")


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    value: Text
    unit: str
    meaning: str
    sentences: list[str]
    """How the value comes out."""
    parts: list[Part]
    """What it is made up of."""
    window: str
    left_out: list[Part]
    untold: str
    """What webhooks cannot tell of it."""


def is_explained(key: str) -> bool:
    return key in BY_KEY or is_choosable(key)


def event_types(key: str) -> tuple[str, ...]:
    """Return the types of the events that move a figure; none: it counts posts."""
    return ("v2.conversation.pushed",) if key in ("started", "transferred") else _MOVED_BY[_topic(key)]


def record_type_of(key: str) -> type[Operator | Conversation | Sale]:
    """Return the type of the records that a figure sums up."""
    return _THINGS.get(_topic(key), Conversation)


def channel_of(key: str) -> str:
    """Return the channel that a figure is of; empty: of none in particular."""
    kind, _, channel = key.partition(":")
    return channel if kind in ("open", "oldest") and key not in BY_KEY else ""


def posts_counted(key: str) -> str:
    """Return the query of /events that finds the posts which a figure counts; empty: it counts none of them."""
    return _POSTS.get(key, "")


def explain(key: str, document: Mapping[str, Any], form: Format, unverified_after: int) -> Explanation:
    """Explain a figure of a document. `unverified_after`: the setting, in seconds."""
    figure = BY_KEY[key] if key in BY_KEY else figure_of(key)
    subject, topic = Subject(figure, document, form, unverified_after), _topic(key)
    since = form.time_of_day(document["board"]["since"])
    return Explanation(
        label=label(key, form),
        value=form.text(subject.value, figure.form),
        unit=figure.unit if subject.value is not None else "",
        meaning=form.say("meaning." + ("responses" if key == "nps:responses" else figure.meaning or meaning_of(key))),
        sentences=sentences(subject),
        parts=parts(subject),
        window=subject.say("window-now")
        if topic in _OF_NOW
        else subject.say("window-today", time=since, zone=document["board"]["time_zone"]),
        left_out=list(_left_out(subject, topic)),
        untold=subject.say(f"untold-{topic}"),
    )


def label(key: str, form: Format) -> str:
    if key.startswith("delivery:"):
        return form.say("delivery." + key.partition(":")[2])
    if key in _OWN_LABELS:
        return form.say(f"why.label-{key.replace(':', '-')}")
    return label_of(key, form)


def _left_out(subject: Subject, topic: str) -> Iterator[Part]:
    if topic == "people":
        for name in ("unverified", "not_here", "gone", "bots"):
            n = subject.operators.get(name, 0)
            if n and name != subject.figure.key:
                yield Part(subject.say(f"without-{name}", n=n), address=subject.address_of(name))
    stale = subject.conversations["unverified"]
    if topic == "open" and stale and subject.figure.key != "open:unverified":
        yield Part(subject.say("without-stale", n=stale), address=subject.address_of("open:unverified"))
    if topic == "posts":
        return
    delivery = subject.document["delivery"]
    for name in ("refused", "deprecated"):
        if delivery[name]:
            address = "/events?" + posts_counted(f"delivery:{name}")
            yield Part(subject.say(f"without-{name}", n=delivery[name]), address=address)
    missing = Notes(subject.form).say(subject.document)
    if missing:
        yield Part(missing)


def _topic(key: str) -> str:
    """Return what a figure is about."""
    if key in _PEOPLE:
        return "people"
    if key in _SURVEYS:
        return "surveys"
    if key in _SALES:
        return "sales"
    if key.startswith("delivery:"):
        return "posts"
    return "open" if key.startswith(("open", "oldest")) else "work"

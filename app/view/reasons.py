"""How the value of each figure comes out of a document's own numbers, in sentences, and what it is made up of."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from app.board.confidence import wilson
from app.clock import parse_instant
from app.figures import Figure
from app.json_object import Json
from app.records import ONSITE
from app.view.format import Format

LISTED = 20
"""Sources at most; the rest stand in one line."""

_NOTHING: Json = {}


class Part(NamedTuple):
    name: str
    value: str = ""
    address: str = ""
    """Of the page that explains it, or lists it."""


class Subject(NamedTuple):
    """A figure of a document, as one language says it."""

    figure: Figure
    document: Mapping[str, Any]
    form: Format
    unverified_after: int
    """The setting, in seconds."""

    @property
    def value(self) -> object:
        return self.figure.value(self.document)

    @property
    def operators(self) -> Json:
        return dict(self.document["operators"])

    @property
    def conversations(self) -> Json:
        return dict(self.document["conversations"])

    @property
    def csat(self) -> Json:
        return dict(self.document["satisfaction"]["csat"])

    @property
    def nps(self) -> Json:
        return dict(self.document["satisfaction"]["nps"])

    @property
    def sales(self) -> Json:
        return dict(self.document.get("sales", _NOTHING))

    def say(self, message: str, **values: object) -> str:
        return self.form.say(f"why.{message}", **values)

    def moment(self, instant: str) -> str:
        return self.form.moment(instant, parse_instant(self.document["board"]["since"]))

    def address_of(self, key: str) -> str:
        return f"/why/{self.document['board']['id']}/{key}"


Sentences = Callable[[Subject], Iterator[str]]
Parts = Callable[[Subject], Iterator[Part]]


def _connected(subject: Subject) -> Iterator[str]:
    span = subject.form.duration(subject.unverified_after)
    yield subject.say("connected", n=subject.value, span=span)
    yield from _availability(subject)


def _availability(subject: Subject) -> Iterator[str]:
    operators = subject.operators
    connected, taking, idle = (operators.get(name, 0) for name in ("connected", "taking", "not_taking"))
    yield subject.say("of-connected", connected=connected, taking=taking, idle=idle, unsaid=connected - taking - idle)


def _unverified(subject: Subject) -> Iterator[str]:
    yield subject.say("unverified", n=subject.value, span=subject.form.duration(subject.unverified_after))


def _counted(subject: Subject) -> Iterator[str]:
    yield subject.say("counted", n=subject.value)


def _open(subject: Subject) -> Iterator[str]:
    onsite, offsite = (subject.conversations[side]["open"] for side in ("onsite", "offsite"))
    yield subject.say("open", total=subject.value, onsite=onsite, offsite=offsite)


def _open_of_channel(subject: Subject) -> Iterator[str]:
    channel = subject.form.channel(subject.figure.path[-1])
    yield subject.say("open-of", n=subject.value, total=subject.conversations["open"], channel=channel)


def _open_per_taking(subject: Subject) -> Iterator[str]:
    ratio, taking = subject.form.score(subject.value), subject.operators["taking"]
    yield subject.say("open-per-taking", open=subject.conversations["open"], taking=taking, ratio=ratio)


def _oldest(subject: Subject) -> Iterator[str]:
    begun = str(subject.value)
    time, owner = subject.moment(begun), _owner_of(subject, begun)
    yield subject.say("oldest-of", time=time, operator=owner) if owner else subject.say("oldest", time=time)


def _owner_of(subject: Subject, opened_at: str) -> str:
    """Return who has the conversation that began at an instant; empty: it is not listed."""
    listed: Mapping[str, Json] = subject.conversations.get("by_id", _NOTHING)
    found = (one for one in listed.values() if one["opened_at"] == opened_at and "unverified" not in one)
    operator = next((str(one.get("operator", "")) for one in found), "")
    row: Json = subject.operators.get("by_id", _NOTHING).get(operator, _NOTHING)
    number = operator.rpartition("-")[2]
    return str(row.get("name") or (subject.form.say("floor.operator", number=number) if number else ""))


def _of_today(subject: Subject) -> Iterator[str]:
    key = subject.figure.key
    yield subject.say(key, n=subject.value)
    then = subject.document.get("yesterday", _NOTHING).get(key)
    if then is not None:
        yield subject.say("yesterday", n=then)


def _median(subject: Subject) -> Iterator[str]:
    span = subject.form.duration(subject.value)
    yield subject.say("median", n=subject.conversations["onsite_durations"], span=span)


def _csat(subject: Subject) -> Iterator[str]:
    good, total = subject.csat["satisfied"], subject.csat["responses"]
    yield subject.say("csat", good=good, total=total, score=subject.form.score(subject.value))
    low, high = (subject.form.score(100 * share) for share in wilson(good, total))
    yield subject.say("interval", n=total, low=low, high=high)


def _csat_average(subject: Subject) -> Iterator[str]:
    points = sum(int(score) * n for score, n in subject.csat["histogram"].items())
    average = subject.form.score(subject.value)
    yield subject.say("average", points=points, total=subject.csat["responses"], average=average)


def _responses(subject: Subject) -> Iterator[str]:
    yield subject.say("responses", n=subject.value)


def _nps(subject: Subject) -> Iterator[str]:
    counts = {name: subject.nps[name] for name in ("promoters", "passives", "detractors")}
    score = subject.form.signed(subject.value)
    yield subject.say("nps", total=subject.nps["responses"], score=score, **counts)


def _sales(subject: Subject) -> Iterator[str]:
    currency = subject.form.currency(subject.document["board"]["currency"])
    amount = f"{subject.form.money(subject.sales['amount'])} {currency}"
    yield subject.say("sales", n=subject.sales["transactions"], amount=amount)


def _posts(subject: Subject) -> Iterator[str]:
    if subject.figure.form == "number":
        yield subject.say("posts", n=subject.value)


def _by_channel_available(subject: Subject) -> Iterator[Part]:
    counts: Mapping[str, int] = subject.operators.get("available", _NOTHING)
    for channel, n in sorted(counts.items(), key=lambda item: -item[1]):
        yield Part(subject.form.channel(channel), subject.form.number(n))


def _by_channel_open(subject: Subject) -> Iterator[Part]:
    counts: Mapping[str, int] = subject.conversations["open_by_channel"]
    for channel, n in sorted(counts.items(), key=lambda item: -item[1]):
        if n:
            yield Part(subject.form.channel(channel), subject.form.number(n), subject.address_of(f"open:{channel}"))


def _by_channel_oldest(subject: Subject) -> Iterator[Part]:
    begun: Mapping[str, str] = subject.conversations.get("oldest_by_channel", _NOTHING)
    for channel in ONSITE:
        if channel in begun:
            address = subject.address_of(f"oldest:{channel}")
            yield Part(subject.form.channel(channel), subject.moment(begun[channel]), address)


def _by_score(subject: Subject) -> Iterator[Part]:
    for score in "54321":
        yield Part(subject.say("score", score=score), subject.form.number(subject.csat["histogram"][score]))


def _by_side(subject: Subject) -> Iterator[Part]:
    for name in ("promoters", "passives", "detractors"):
        yield Part(subject.say(name), subject.form.number(subject.nps[name]))


def _by_source(subject: Subject) -> Iterator[Part]:
    sources: Mapping[str, Json] = subject.sales.get("by_source", _NOTHING)
    ranked = sorted(sources.items(), key=lambda item: -item[1]["transactions"])
    for source, sold in ranked[:LISTED]:
        amount = subject.form.money(sold["amount"])
        yield Part(source, subject.say("sold", n=sold["transactions"], amount=amount))
    rest = sum(sold["transactions"] for _, sold in ranked[LISTED:])
    if rest:
        yield Part(subject.form.say("wall.others"), subject.form.number(rest))


def _by_hour(subject: Subject) -> Iterator[Part]:
    trend = subject.document["trend"]
    hours: dict[str, int] = {}
    for quarter, n in zip(trend["quarter"], trend[subject.figure.key], strict=True):
        hour = subject.form.time_of_day(quarter)[:2]
        hours[hour] = hours.get(hour, 0) + n
    for hour, n in hours.items():
        if n:
            yield Part(f"{hour}:00", subject.form.number(n))


_SENTENCES: Mapping[str, Sentences] = {
    "connected": _connected,
    "taking": _availability,
    "not_taking": _availability,
    "unverified": _unverified,
    "not_here": _counted,
    "gone": _counted,
    "bots": _counted,
    "open": _open,
    "open:": _open_of_channel,
    "open:unverified": _counted,
    "open_per_taking": _open_per_taking,
    "oldest_onsite": _oldest,
    "oldest:": _oldest,
    "started": _of_today,
    "closed": _of_today,
    "transferred": _of_today,
    "median_onsite": _median,
    "csat": _csat,
    "csat_average": _csat_average,
    "responses": _responses,
    "nps": _nps,
    "nps:responses": _responses,
    "sales": _sales,
    "transactions": _sales,
    "delivery:": _posts,
}
"""By figure, or by what stands before the name of its channel or count."""
_PARTS: Mapping[str, Parts] = {
    "connected": _by_channel_available,
    "taking": _by_channel_available,
    "open": _by_channel_open,
    "open_per_taking": _by_channel_open,
    "oldest_onsite": _by_channel_oldest,
    "started": _by_hour,
    "closed": _by_hour,
    "csat": _by_score,
    "csat_average": _by_score,
    "responses": _by_score,
    "nps": _by_side,
    "nps:responses": _by_side,
    "sales": _by_source,
    "transactions": _by_source,
}


def sentences(subject: Subject) -> list[str]:
    """Return how the value comes out."""
    key = subject.figure.key
    if subject.value is None:
        return [subject.say("unknown")]
    kind, colon, _ = key.partition(":")
    return list((_SENTENCES.get(key) or _SENTENCES[kind + colon])(subject))


def parts(subject: Subject) -> list[Part]:
    """Return what the value is made up of; empty: of no parts that are known."""
    listed = _PARTS.get(subject.figure.key)
    return [] if listed is None or subject.value is None else list(listed(subject))

"""Why an operator needs a supervisor, and from which instant on: by the risk for the customers who wait.

A page moves a row when its time comes; the words of each reason are made with the row.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.clock import HOUR, SECOND, parse_instant
from app.json_object import Json
from app.records import ONSITE
from app.view.format import AGE, Format, Text

LONG_DAY = 12 * HOUR
RISKS = ("left", "late", "idle", "long", "letters")
"""The worst first: a chat whose operator is not there; one past its limit; one of a person on no channel; a connection
that lasts too long to be true; off-site conversations of an operator who is gone."""


class Setting(NamedTuple):
    """What the rows of a floor depend on besides their own things."""

    midnight: int = 0
    """When the board's day began, in ms: earlier times are said with their day."""
    limits: tuple[tuple[str, float], ...] = ()
    """Figures of ages, and after how many seconds each is bad."""

    def limit_of(self, channel: str) -> int | None:
        """Return after how many ms an onsite conversation of a channel is past a limit."""
        limits = [limit for figure, limit in self.limits if figure in ("oldest_onsite", f"oldest:{channel}")]
        return int(min(limits) * SECOND) if limits else None


class Need(NamedTuple):
    risk: str
    """One of RISKS."""
    since: int
    """From which instant on it is one, in ms; 0: now."""
    began: str = ""
    """From when the age in its words counts."""
    channel: str = ""
    limit: int = 0
    """In ms."""


def setting_of(since: str, limits: Mapping[str, Json]) -> Setting:
    """`since`: when the board's day began; `limits`: the part of the document."""
    ages = {
        figure: limit.get("alarm", limit.get("watch"))
        for figure, limit in limits.items()
        if figure == "oldest_onsite" or figure.startswith("oldest:")
    }
    known = tuple(sorted((figure, limit) for figure, limit in ages.items() if limit is not None))
    return Setting(parse_instant(since), known)


def needs_of(document: Json, standing: str, owned: Sequence[Json], setting: Setting) -> list[Need]:
    """`owned`: their open conversations. Of the reasons that have come, the first counts."""
    onsite = [conversation for conversation in owned if is_onsite(conversation)]
    needs = []
    if onsite and standing in ("gone", "unverified", "not-here"):
        needs.append(Need("left", 0, _absent_since(document)))
    late = min((need for one in onsite if (need := _late(one, setting))), key=lambda need: need.since, default=None)
    if late is not None:
        needs.append(late)
    if onsite and standing == "connected" and is_on_no_channel(document):
        needs.append(Need("idle", 0))
    if standing == "connected" and "since" in document:
        needs.append(Need("long", parse_instant(document["since"]) + LONG_DAY, document["since"]))
    if standing == "gone" and document["open"] and not onsite:
        needs.append(Need("letters", 0, _absent_since(document)))
    return needs


def why(need: Need, document: Json, owned: Sequence[Json], setting: Setting, form: Format) -> Text:
    """Return a reason in words."""
    if need.risk == "idle":
        return form.say("need.idle", open=_open(document, owned, form))
    if need.risk == "late":
        limit = form.duration(need.limit / SECOND)
        key = f"need.late-{need.channel}"
        return {"text": form.say(key, age=AGE, limit=limit), "at": need.began}
    if need.risk == "long":
        return {"text": form.say("need.long", age=AGE), "at": need.began}
    if "not_here" in document:
        return form.say("need.not-here", open=_open(document, owned, form))
    work, presence = _open(document, owned, form), document["presence"]
    if not need.began:
        return form.say(f"need.{presence}-unknown", open=work)
    if parse_instant(need.began) < setting.midnight:
        return form.say(f"need.{presence}-since", time=form.moment(need.began, setting.midnight), open=work)
    return {"text": form.say(f"need.{presence}", age=AGE, open=work), "at": need.began}


def is_onsite(conversation: Json) -> bool:
    """Whether it is a certain onsite one."""
    return conversation["channel"] in ONSITE and not conversation.get("unverified")


def is_on_no_channel(document: Json) -> bool:
    return bool(document["available"]) and not any(document["available"].values())


def _absent_since(document: Json) -> str:
    if document["presence"] == "gone":
        return str(document.get("since", ""))
    act: Json = document.get("last_act", {})
    return str(act.get("at", ""))


def _late(conversation: Json, setting: Setting) -> Need | None:
    limit = setting.limit_of(conversation["channel"])
    if limit is None:
        return None
    began = conversation["opened_at"]
    return Need("late", parse_instant(began) + limit, began, conversation["channel"], limit)


def _open(document: Json, owned: Sequence[Json], form: Format) -> str:
    """Return how many conversations wait, as in `2 chats open`: the onsite ones, if there are any."""
    counts = Counter(conversation["channel"] for conversation in owned if is_onsite(conversation)) or document["open"]
    if len(counts) != 1:
        return form.say("need.open", n=sum(counts.values()))
    ((channel, count),) = counts.items()
    key = f"need.open-{channel}"
    return (
        form.say(key, n=count)
        if form.words.has(key)
        else form.say("need.open-in", n=count, channel=form.channel(channel))
    )

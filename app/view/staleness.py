"""Whether the numbers of a page are to be doubted, and from when on."""

from collections.abc import Mapping
from typing import Any

from app.clock import MINUTE, instant, parse_instant
from app.json_object import Json
from app.view.format import Format
from app.view.memo import Memo

QUIET_AFTER = 15 * MINUTE


class Troubles:
    """What is wrong, or will be from which instant on if nothing changes until then, in words. Of several that have
    come, the last counts. A page shows each when its time comes."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._found = Memo(self._find)

    def find(self, document: Mapping[str, Any]) -> list[Json]:
        delivery = document["delivery"]
        last = delivery.get("last_accepted_at")
        since = document["board"]["since"]
        return self._found(since, last and to_the_second(last), is_at_work(document), delivery.get("none_taken"))

    def _find(self, since: str, last_accepted_at: str | None, at_work: bool, none_taken: Json | None) -> list[Json]:
        """`since`: when the board's day began; earlier times are said with their day."""
        say, midnight = self._form.say, parse_instant(since)
        found = []
        if last_accepted_at is not None and at_work:
            quiet_from = instant(parse_instant(last_accepted_at) + QUIET_AFTER)
            found.append(
                self._trouble(
                    "quiet", quiet_from, say("band.since", time=self._form.moment(last_accepted_at, midnight))
                )
            )
        if none_taken is not None:
            why = say(f"cause.{none_taken['cause']}")
            provenance = say("band.since-why", time=self._form.moment(none_taken["since"], midnight), why=why)
            found.append(self._trouble("none-taken", none_taken["since"], provenance))
        return found

    def _trouble(self, state: str, since: str, provenance: str) -> Json:
        words = self._form.say(f"band.{state}")
        return {"state": state, "from": since, "words": words, "provenance": provenance}


def to_the_second(at: str) -> str:
    """Return the second of an instant: silence need not be known more precisely, and a busy one brings many posts."""
    return f"{at[:19]}.000Z"


def is_at_work(document: Mapping[str, Any]) -> bool:
    """Whether operators are at work whose work causes posts.

    Silence at night is no trouble: neither an unverified operator nor an off-site conversation, which stays open for
    days, makes it one.
    """
    return bool(document["operators"].get("connected") or document["conversations"]["onsite"].get("open"))


def state_of(view: Json, at: str, store: str) -> str:
    """Return the state that a page comes with."""
    trouble = trouble_at(view, at)
    if store == "away":
        return "store-away"
    return "live" if trouble is None else str(trouble["state"])


def trouble_at(view: Json, at: str) -> Json | None:
    due = [trouble for trouble in view["troubles"] if trouble["from"] <= at]
    return due[-1] if due else None


class Waiting:
    """How many posts wait for a store that is away, and since when, in words; empty while none waits."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._said = Memo(self._say)

    def say(self, document: Json) -> str:
        delivery = document["delivery"]
        return self._said(document["board"]["since"], delivery.get("spooled", 0), delivery.get("spooled_since"))

    def _say(self, midnight: str, count: int, since: str | None) -> str:
        if since is None:
            return ""
        return self._form.say("band.waiting-posts", n=count, time=self._form.moment(since, parse_instant(midnight)))

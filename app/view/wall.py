"""A wall in words: the view document of a board that is read from afar."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial

from app.clock import NEVER, parse_instant
from app.figures import BY_KEY, Form
from app.json_object import Json
from app.records import ONSITE
from app.view.charts import target_of
from app.view.common import Common
from app.view.compared import compared_day, day_name, difference_text, is_more
from app.view.facts import Facts
from app.view.format import DASH, ENOUGH_ANSWERS, Format
from app.view.layout import DEFAULT_TILES
from app.view.limits import LimitWords, limit_words, unseen_alarms, worst_of
from app.view.memo import Memo
from app.view.slots import Slots
from app.view.texts import board_texts, merged

CHANNEL_ROWS = 6
"""What the list of channels has room for."""
CHANNEL_ROWS_KEPT = 1_000
"""The same again are the same objects, in which no difference is looked for."""
FORMS: Mapping[str, Form] = {"csat": "whole", "nps": "signed_whole", "sales": "rounded"}
"""How figures read that have another form on a desk."""

_NOTHING: Json = {}


class WallView:
    """The wall of one board. It gets all facts in their order; what did not change is the same object."""

    def __init__(self, form: Format, tiles: Sequence[str] = (), common: Common | None = None) -> None:
        """`tiles`: as the board's definition has them. `common`: what other views of the board have, too."""
        self.form = form
        self._tiles = " ".join(tiles or DEFAULT_TILES)
        self._slots = Slots("wall", form, FORMS)
        self._common = common or Common(form)
        self._seen = Memo(seen_channels)
        self._channels = Memo(self._channel_rows)
        self._channel_row = lru_cache(maxsize=CHANNEL_ROWS_KEPT)(self._new_channel_row)
        self._limits = Memo(self._limit_words)
        self._states = Memo(_states)
        self._alarms = Memo(unseen_alarms)
        self._operators = Memo(self._operator_texts)
        self._day = Memo(self._day_texts)
        self._answers = Memo(self._answer_texts)
        self._unstarted = Memo(_all_absent)
        self._texts = Memo(merged)
        self._all_texts = Memo(merged)

    @property
    def valid_until(self) -> int:
        return NEVER

    def is_same(self, before: Facts, after: Facts, _now: int) -> bool:
        """Whether it reads as before."""
        return before.wall_version == after.wall_version

    def render(self, facts: Facts, _now: int) -> Json:
        document = facts.document
        counts: dict[str, int] = document["conversations"]["open_by_channel"]
        seen = self._seen(facts.channels, counts, document["board"].get("channels", ()))
        limits = self._limits(document.get("limits", _NOTHING), document["board"]["since"])
        is_started = "last_accepted_at" in document["delivery"]
        figures = self._slots.update(facts)
        texts = self._texts_of(document, facts.charts, limits) if is_started else self._unstarted_texts()
        deserted = self._deserted(document)
        worst = self._worst(limits.states, deserted, texts)
        notes = self._common.notes.say(document)
        about_board = board_texts({"notes": notes, "deserted": deserted, "worst": worst.get("text", "")})
        view: Json = {
            "title": self.form.title(document["board"]),
            "tiles": self._tiles,
            "figures": figures if is_started else self._unstarted(tuple(figures)),
            "texts": self._all_texts(texts, about_board),
            "states": self._states(limits, is_more(*_sales(document)), worst.get("state")),
            "alarms": self._alarms(document.get("limits", _NOTHING)),
            "channels": self._channels(
                facts.channels, seen, tuple(counts.get(channel, 0) for channel in facts.channels)
            ),
            "charts": facts.charts,
            "troubles": self._common.troubles.find(document),
            "waiting": self._common.waiting.say(document),
        }
        age_limit = self._age_limit(document)
        if age_limit is not None:
            view["age_limit"] = age_limit
        others = sum(counts.get(channel, 0) for channel in facts.channels if channel not in seen)
        if others:
            view["others"] = self.form.number(others)
        return view

    def _channel_rows(self, channels: Sequence[str], seen: set[str], counts: Sequence[int]) -> Json:
        most = max(*counts, 1)
        return {
            channel: self._channel_row(channel, place, round(100 * count / most), channel in seen, count == 0)
            for place, (channel, count) in enumerate(zip(channels, counts, strict=True))
        }

    def _new_channel_row(self, channel: str, place: int, percent: int, is_seen: bool, is_idle: bool) -> Json:
        row: Json = {"label": self.form.channel(channel), "place": place, "bar": f"{percent}%"}
        if not is_seen:
            row["hidden"] = True
        if is_idle:
            row["idle"] = True
        return row

    def _texts_of(self, document: Json, charts: Json, limits: LimitWords) -> dict[str, str]:
        """Return the words around figures, by the key of each; what is not said is left out."""
        operators, conversations = document["operators"], document["conversations"]
        day, sales = compared_day(document), document.get("sales", _NOTHING)
        csat, nps = document["satisfaction"]["csat"], document["satisfaction"]["nps"]
        return self._texts(
            self._operators(
                operators.get("taking", 0),
                operators.get("not_taking", 0),
                operators["unverified"],
                operators.get("not_here", 0),
            ),
            self._open_texts(conversations),
            self._day(conversations["closed"], sales.get("amount"), day),
            self._answers(csat["responses"], csat.get("satisfied", 0), nps["responses"]),
            self._chart_texts(document, charts),
            limits.texts,
            self._common.sums.now(document),
        )

    def _unstarted_texts(self) -> dict[str, str]:
        return {"state": self.form.say("wall.waiting"), "oldest_onsite:label": self._longest(_NOTHING)}

    def _operator_texts(self, taking: int, not_taking: int, unverified: int, not_here: int) -> dict[str, str]:
        texts = {}
        if taking or not_taking:  # else none ever said
            texts["taking:words"] = self.form.say("wall.taking", n=taking)
        if unverified:
            texts["unverified:words"] = self.form.say("wall.unverified", n=unverified)
        if not_here:
            texts["not_here:words"] = self.form.say("wall.not-here", n=not_here)
        return texts

    def _open_texts(self, conversations: Json) -> dict[str, str]:
        texts = {"oldest_onsite:label": self._longest(conversations.get("oldest_by_channel", _NOTHING))}
        if conversations["unverified"]:
            texts["open:words"] = self.form.say("wall.unverified", n=conversations["unverified"])
        return texts

    def _longest(self, oldest: Mapping[str, str]) -> str:
        channel = min(
            (channel for channel in ONSITE if channel in oldest), key=lambda name: oldest[name], default="CHAT"
        )
        return self.form.say(f"longest.{channel}")

    def _day_texts(self, closed: int, amount: str | None, day: Json) -> dict[str, str]:
        texts: dict[str, str] = {}
        name = day_name(day, self.form)
        for key, now, then in (("closed", closed, day.get("closed")), ("sales", amount, day.get("amount"))):
            said = difference_text(now, then, self.form)
            if said:
                texts |= {f"{key}:difference": said, f"{key}:compared": self.form.say("wall.versus", day=name)}
        return texts

    def _answer_texts(self, responses: int, satisfied: int, nps_responses: int) -> dict[str, str]:
        say = self.form.say
        of_few = say("wall.of-few", part=satisfied, n=responses)
        texts = {"csat:words": of_few if 0 < responses < ENOUGH_ANSWERS else say("wall.answers", n=responses)}
        return texts | {"nps:words": say("wall.answers", n=nps_responses)}

    def _chart_texts(self, document: Json, charts: Json) -> dict[str, str]:
        texts = {}
        if "then" in charts.get("open", _NOTHING):
            day = date.fromisoformat(document["last_week"]["date"])
            texts["open:key"] = self.form.say("wall.key", day=self.form.weekday(day))
        target = target_of(document)
        if target is not None and "target" in charts.get("csat", _NOTHING):  # it names the line of the chart
            texts["csat:target"] = self.form.number(target) if target == int(target) else self.form.score(target)
        return texts

    def _limit_words(self, limits: Mapping[str, Json], since: str) -> LimitWords:
        return limit_words(limits, self.form, partial(self.form.time_or_day, midnight=parse_instant(since)))

    def _age_limit(self, document: Json) -> float | None:
        limit = document.get("limits", _NOTHING).get("oldest_onsite", _NOTHING)
        seconds: float | None = limit.get("alarm", limit.get("watch"))
        return seconds

    def _deserted(self, document: Json) -> str:
        if not is_deserted(document):
            return ""
        return self.form.say("wall.unconfirmed" if document["operators"]["unverified"] else "wall.deserted")

    def _worst(self, states: Json, deserted: str, texts: Mapping[str, str]) -> Json:
        """Return what is worst of all, to be said beside the board's name."""
        if deserted:
            return {"state": "alarm", "text": deserted}
        figures = worst_of(states)
        if not figures:
            return {}
        label = texts.get(f"{figures[0]}:label") or label_of(figures[0], self.form)
        text = label if len(figures) == 1 else self.form.say("limit.and-more", figure=label, n=len(figures) - 1)
        return {"state": states[figures[0]], "text": text}


def label_of(key: str, form: Format) -> str:
    """Return what a tile is called."""
    kind, _, channel = key.partition(":")
    if kind == "oldest" and channel in ONSITE:
        return form.say(f"longest.{channel}")
    return form.say(f"tile.{kind}-of", channel=form.channel(channel)) if channel else form.say(f"tile.{key}")


def meaning_of(key: str) -> str:
    """Return the message that says what a tile counts, as Figure.meaning has it."""
    if key in BY_KEY:
        return BY_KEY[key].meaning
    return "oldest" if key.startswith("oldest:") else "channels" if ":" in key else key.replace("_", "-")


def seen_channels(channels: Sequence[str], counts: dict[str, int], narrowed_to: Collection[str] = ()) -> set[str]:
    """Return those that a list has room for: the fullest, and idle ones of the board as far as some room is left.

    `narrowed_to`: its channels; empty: all.
    """
    busy = sorted((channel for channel in channels if counts.get(channel)), key=lambda channel: -counts[channel])
    if len(busy) > CHANNEL_ROWS:
        return set(busy[: CHANNEL_ROWS - 1])
    idle = [channel for channel in channels if not counts.get(channel) and (not narrowed_to or channel in narrowed_to)]
    return {*busy, *idle[: CHANNEL_ROWS - len(busy)]}


def is_deserted(document: Json) -> bool:
    """Whether humans hold open onsite conversations while none of them is connected for certain."""
    held: int = document["conversations"]["onsite"].get("held_by_humans", 0)
    return document["operators"]["connected"] == 0 and held > 0


def _sales(document: Json) -> tuple[object, object]:
    """Return today's, and those of the day that they are compared with."""
    return document.get("sales", _NOTHING).get("amount"), compared_day(document).get("amount")


def _states(limits: LimitWords, are_sales_better: bool, worst: str | None) -> Json:
    sales: Json = {"sales:difference": "better"} if are_sales_better else {}
    return limits.states | sales | ({"board:worst": worst} if worst else {})


def _all_absent(keys: Sequence[str]) -> Json:
    """Before the first event every figure is unknown, so none may show 0."""
    return {key: {"text": DASH, "absent": True} for key in keys}

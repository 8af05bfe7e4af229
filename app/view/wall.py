"""A wall in words: the view document of a board that is read from afar."""

from collections.abc import Sequence

from app.board.scores import Json
from app.view.facts import Facts
from app.view.format import Format
from app.view.memo import Memo
from app.view.notes import Notes
from app.view.slots import Slots
from app.view.staleness import Troubles, Waiting

CHANNEL_ROWS = 8
"""What the list of channels has room for."""


class WallView:
    """The wall of one board in one language. It is told all facts in their order: what did not change is the same."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self._slots = Slots("wall", form)
        self._notes = Notes(form)
        self._troubles = Troubles(form)
        self._waiting = Waiting(form)
        self._channels = Memo(self._channel_rows)

    def is_same(self, before: Facts, after: Facts) -> bool:
        """Whether it reads as before."""
        return before.wall_version == after.wall_version

    def render(self, facts: Facts) -> Json:
        document = facts.document
        counts: dict[str, int] = document["conversations"]["open_by_channel"]
        seen = seen_channels(facts.channels, counts)
        view: Json = {
            "title": self.form.title(document["board"]),
            "figures": self._slots.update(facts),
            "channels": self._channels(facts.channels, seen),
            "trends": facts.trends,
            "notes": self._notes.say(document),
            "troubles": self._troubles.find(document),
            "waiting": self._waiting.say(document),
            "offsets": facts.offsets,
        }
        others = sum(counts.get(channel, 0) for channel in facts.channels if channel not in seen)
        if others:
            view["others"] = self.form.number(others)
        if is_deserted(document):
            key = "wall.unconfirmed" if document["operators"]["unverified"] else "wall.deserted"
            view["deserted"] = self.form.say(key)
        return view

    def _channel_rows(self, channels: Sequence[str], seen: set[str]) -> Json:
        return {
            channel: {"label": self.form.channel(channel), "place": place}
            | ({} if channel in seen else {"hidden": True})
            for place, channel in enumerate(channels)
        }


def seen_channels(channels: Sequence[str], counts: dict[str, int]) -> set[str]:
    """Return those that a list has room for: all, else those with something open, else the fullest of them."""
    if len(channels) <= CHANNEL_ROWS:
        return set(channels)
    busy = sorted((channel for channel in channels if counts.get(channel)), key=lambda channel: -counts[channel])
    return set(busy if len(busy) <= CHANNEL_ROWS else busy[: CHANNEL_ROWS - 1])


def is_deserted(document: Json) -> bool:
    """Whether humans hold open onsite conversations while none of them is connected for certain."""
    held: int = document["conversations"]["onsite"].get("held_by_humans", 0)
    return document["operators"]["connected"] == 0 and held > 0

"""A floor in words: the view document of a board for a supervisor, row by row.

Rows are rendered when what they are made of changed, and are the same objects from view to view.
"""

from collections import Counter

from app.board.largest import largest
from app.board.scores import Json
from app.bounds import CHANNELS_LISTED, OPERATORS_LISTED
from app.records import DOCUMENTED_CHANNELS
from app.view.facts import Facts, changed_names
from app.view.format import Format
from app.view.live_dict import LiveDict, LiveRows
from app.view.memo import Memo
from app.view.notes import Notes
from app.view.rows import Operator, conversation_row, operator_row
from app.view.slots import Slots
from app.view.staleness import Troubles, Waiting


class FloorView:
    """The floor of one board in one language. It is told all facts in their order: what did not change is the same."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self._slots = Slots("floor", form)
        self._numbers: Json = {}
        self._numbers_version = -1
        self._operators: dict[str, Operator] = {}
        """As they were when their rows were rendered."""
        self._operators_version = 0
        self._conversations: Json = {}
        self._comments: list[Json] = []
        self._operator_rows = LiveRows()
        self._conversation_rows = LiveRows()
        self._comment_rows: list[Json] = []
        self._choices = Choices(form)
        self._notes = Notes(form)
        self._troubles = Troubles(form)
        self._waiting = Waiting(form)
        self._summary = Memo(self._summarise)

    def is_same(self, before: Facts, after: Facts) -> bool:
        """Whether it reads as before."""
        return before is after

    def render(self, facts: Facts) -> Json:
        renamed = self._update_operators(facts.operators)
        self._update_conversations(facts, renamed)
        if facts.numbers_version != self._numbers_version:
            self._numbers, self._numbers_version = self._say_numbers(facts), facts.numbers_version
        view: Json = {
            **self._numbers,
            "operators": self._operator_rows,
            "conversations": self._conversation_rows,
            "comments": self._latest_comments(facts.document["satisfaction"]["comments"]),
            "teams": self._choices.teams(),
            "channels": self._choices.channels(),
        }
        conversations = facts.document["conversations"]
        listed, total = len(facts.conversations), conversations["open"] + conversations["unverified"]
        if listed < total:
            view["capped"] = self.form.say("floor.capped", n=listed, total=total)
        if len(facts.operators) == OPERATORS_LISTED:
            view["capped_operators"] = self.form.say("floor.capped-operators", n=OPERATORS_LISTED)
        return view

    def _say_numbers(self, facts: Facts) -> Json:
        """Return what no list is needed for."""
        document = facts.document
        operators, conversations = document["operators"], document["conversations"]
        said: Json = {
            "title": self.form.title(document["board"]),
            "figures": self._slots.update(facts),
            "notes": self._notes.say(document),
            "troubles": self._troubles.find(document),
            "waiting": self._waiting.say(document),
            "offsets": facts.offsets,
            "summary": self._summary(operators["connected"], operators["unverified"], conversations["open"]),
        }
        if document["delivery"]["deprecated"]:
            said["deprecated"] = True
        return said

    def _summarise(self, connected: int, unverified: int, count: int) -> str:
        return self.form.say("floor.summary", connected=connected, unverified=unverified, open=count)

    def _update_operators(self, operators: LiveDict[Operator]) -> set[str]:
        """Render the rows whose facts changed; return the keys of those who are called otherwise now."""
        changes: dict[str, Json | None] = {}
        renamed = set()
        changed = operators.changed_since(self._operators_version)
        for key in self._operator_rows.keys() | operators.keys() if changed is None else changed:
            operator, before = operators.get(key), self._operator_rows.get(key)
            known = None if before is None else (self._operators[key], before)
            row = None if operator is None else operator_row(operator, self.form, known)
            if row is None or before is None or row["of"] != before["of"]:
                renamed.add(key)
            self._choices.change(before, row)
            changes[key] = row
            if operator is None:
                self._operators.pop(key, None)
            else:
                self._operators[key] = operator
        self._operators_version = operators.version
        self._operator_rows.change(changes)
        return renamed

    def _update_conversations(self, facts: Facts, renamed: set[str]) -> None:
        changed = changed_names(self._conversations, facts.conversations)
        if renamed:
            listed = facts.conversations.items()
            changed |= {key for key, conversation in listed if conversation["operator"] in renamed}
        self._conversations = facts.conversations
        self._conversation_rows.change({key: self._row(key, facts) for key in changed})

    def _row(self, key: str, facts: Facts) -> Json | None:
        conversation = facts.conversations.get(key)
        if conversation is None:
            return None
        owner = facts.operators.get(conversation["operator"])
        return conversation_row(key, conversation, owner and owner.document, self.form)

    def _latest_comments(self, comments: list[Json]) -> list[Json]:
        if comments is not self._comments:
            self._comments = comments
            self._comment_rows = [
                {
                    "key": comment["conversation"],
                    "cells": {"time": self.form.time_of_day(comment["at"]), "text": comment["text"]},
                }
                for comment in comments
            ]
        return self._comment_rows


class Choices:
    """The teams and channels that can be asked for: those of the listed operators, as far as a board shows them."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self._counts: Counter[tuple[str, str]] = Counter()
        self._teams: list[str] = []
        self._channels = {channel: form.channel(channel) for channel in DOCUMENTED_CHANNELS}
        self._is_changed = False
        self._are_too_many = False
        """More channels than are shown: which ones are depends on all counts then."""

    def change(self, before: Json | None, after: Json | None) -> None:
        """A row changed; None: it is not there."""
        if (
            before
            and after
            and (before.get("team"), before.get("channels")) == (after.get("team"), after.get("channels"))
        ):
            return
        were, are = _choices_of(before), _choices_of(after)
        if were == are:
            return
        for choices, by in ((were, -1), (are, 1)):
            for choice in choices:
                self._counts[choice] += by
                self._is_changed = self._is_changed or self._counts[choice] in (0, by) or self._are_too_many

    def teams(self) -> list[str]:
        self._refresh()
        return self._teams

    def channels(self) -> Json:
        """Return what each is called, the documented ones first."""
        self._refresh()
        return self._channels

    def _refresh(self) -> None:
        if not self._is_changed:
            return
        self._is_changed = False
        self._counts = +self._counts
        teams = sorted(name for kind, name in self._counts if kind == "team")
        found = {name: count for (kind, name), count in self._counts.items() if kind == "channel"}
        self._are_too_many = len(found) > CHANNELS_LISTED
        channels = tuple(dict.fromkeys((*DOCUMENTED_CHANNELS, *largest(found, CHANNELS_LISTED, DOCUMENTED_CHANNELS))))
        if teams != self._teams:
            self._teams = teams
        if tuple(self._channels) != channels:
            self._channels = {channel: self.form.channel(channel) for channel in channels}


def _choices_of(row: Json | None) -> list[tuple[str, str]]:
    if row is None:
        return []
    teams = [("team", row["team"])] if "team" in row else []
    return [*teams, *(("channel", channel) for channel in row.get("channels", ()))]

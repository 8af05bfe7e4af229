"""A floor in words: the view document of a board for a supervisor, row by row.

Rows are rendered when what they are made of changed, and are the same objects from view to view.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial

from app.board.expiry_heap import ExpiryHeap
from app.board.largest import largest
from app.bounds import CHANNELS_LISTED, OPERATORS_LISTED, PROJECTS_OFFERED
from app.json_object import Json
from app.limits.document_part import alarms
from app.records import DOCUMENTED_CHANNELS
from app.view.common import Common
from app.view.counted import percent
from app.view.derived import DerivedRows
from app.view.facts import Facts, changed_names
from app.view.format import Format
from app.view.limits import limit_words, worst_of
from app.view.live_rows import LiveRows
from app.view.memo import Memo
from app.view.needs import Setting, setting_of
from app.view.phrase import joined
from app.view.query import NEEDS
from app.view.rows import OPERATOR, TEAM, comment_row, conversation_row, operator_source
from app.view.slots import Slots
from app.view.texts import board_texts, merged
from app.view.wall import label_of

SAID = {"alarm": "alarm", "seen": "alarm", "watch": "watch", "unknown": "unknown"}
"""The messages that say the state of a limit."""
STRIP_TEAMS = 3
"""Teams whose numbers stand above the table: those with the most to do."""
_NOTHING: Json = {}


def strip_of(teams: tuple[tuple[int, str, str], ...]) -> list[str]:
    """Return the teams of a strip, of all with how many need a supervisor and the order in which they come."""
    busiest = sorted(teams, key=lambda team: (-team[0], team[1]))[:STRIP_TEAMS]
    return [name for _, _, name in busiest if name]


def worst_words(states: Json, form: Format) -> Json:
    """Return the worst of the states that figures are in, and which figures are in it. There is at least one."""
    figure, *more = worst_of(states)
    label = label_of(figure, form)
    named = form.say("limit.and-more", figure=label, n=len(more)) if more else label
    words = form.say("limit.of", state=form.say(f"limit.{SAID[states[figure]]}"), figure=named)
    return {"state": states[figure], "words": words}


class FloorView:
    """The floor of one board. It gets all facts in their order; what did not change is the same object."""

    def __init__(self, form: Format, common: Common | None = None) -> None:
        """`common`: what other views of the board have, too."""
        self.form = form
        self._slots = Slots("floor", form)
        self._numbers: Json = {}
        self._numbers_version = -1
        self._setting = Setting()
        self._operators: Json = {}
        self._conversations: Json = {}
        self._owned: dict[str, set[str]] = {}
        """The listed conversations of each operator."""
        self._teams: Json = {}
        self._needing: Counter[str] = Counter()
        """How many of each team need a supervisor."""
        self._needing_shown: Counter[str] = Counter()
        self._comments: list[Json] = []
        self._operator_rows = DerivedRows(OPERATOR, form)
        self._due = ExpiryHeap()
        """When time alone changes the row of each operator."""
        self._conversation_rows = LiveRows()
        self._comment_rows: Json = {}
        self._team_rows = DerivedRows(TEAM, form)
        self._choices = Choices(form)
        self._common = common or Common(form)
        self._summary = Memo(self._summarise)
        self._limits = Memo(self._say_limits)
        self._capped = Memo(self._say_capped)
        self._strip = Memo(strip_of)
        self._texts = Memo(merged)
        self._find_setting = Memo(setting_of)

    @property
    def valid_until(self) -> int:
        """The instant at which it changes if nothing changes but the time."""
        return self._due.next()

    def is_same(self, before: Facts, after: Facts, now: int) -> bool:
        """Whether it reads as before."""
        return before is after and now < self.valid_until

    def render(self, facts: Facts, now: int) -> Json:
        document = facts.document
        operators = document["operators"].get("by_id", _NOTHING)
        conversations = document["conversations"].get("by_id", _NOTHING)
        setting = self._find_setting(document["board"]["since"], document.get("limits", _NOTHING))
        is_same_day = setting.midnight == self._setting.midnight
        renamed = self._update_operators(operators, conversations, setting, now)
        self._update_conversations(conversations, renamed, is_same_day=is_same_day)
        self._update_teams(document.get("teams", _NOTHING))
        needing = tuple((self._needing[team], row["order"], team) for team, row in self._team_rows.rows.items())
        if facts.numbers_version != self._numbers_version:
            self._numbers, self._numbers_version = self._say_numbers(facts), facts.numbers_version
        view: Json = {
            **self._numbers,
            "operators": self._operator_rows.rows,
            "conversations": self._conversation_rows,
            "comments": self._latest_comments(document["satisfaction"]["comments"], renamed),
            "teams": self._team_rows.rows,
            "strip": self._strip(needing),
            "choices": self._choices.offered(),
        }
        total = document["conversations"]["open"] + document["conversations"]["unverified"]
        view["texts"] = self._texts(view["texts"], self._capped(len(operators), len(conversations), total))
        return view

    def _say_numbers(self, facts: Facts) -> Json:
        """Return what no list is needed for."""
        document = facts.document
        operators, conversations = document["operators"], document["conversations"]
        limits = self._limits(document.get("limits", _NOTHING), self._setting.midnight)
        return {
            "title": self.form.title(document["board"]),
            "figures": self._slots.update(facts),
            "texts": self._common.sums.say(document) | limits["texts"] | self._board_texts(document),
            "states": limits["states"],
            "limits": limits["limits"],
            "alarms": limits["alarms"],
            "taking_share": percent(operators.get("taking", 0), operators["connected"]),
            "troubles": self._common.troubles.find(document),
            "waiting": self._common.waiting.say(document),
            "summary": self._summary(operators["connected"], operators["unverified"], conversations["open"]),
        }

    def _board_texts(self, document: Json) -> dict[str, str]:
        deprecated = self.form.say("floor.move-to-v2") if document["delivery"]["deprecated"] else ""
        return board_texts({"notes": self._common.notes.say(document), "deprecated": deprecated})

    def _say_capped(self, operators: int, listed: int, total: int) -> dict[str, str]:
        say, is_full = self.form.say, operators == OPERATORS_LISTED
        return board_texts(
            {
                "capped": say("floor.capped", n=listed, total=total) if listed < total else "",
                "capped-operators": say("floor.capped-operators", n=OPERATORS_LISTED) if is_full else "",
            }
        )

    def _say_limits(self, limits: Json, midnight: int) -> Json:
        """Return what pages say of limits: `limits` by figure, `texts` and `states`, and `alarms` before the title."""
        states, texts = limit_words(limits, self.form, partial(self.form.moment, midnight=midnight))
        said = {
            key: {
                "state": state,
                "cells": {"label": label_of(key, self.form), "words": self._limit(key, state, limits[key], texts)},
                **({"is_taken": True} if "acknowledged" in limits[key] else {}),
            }
            for key, state in states.items()
        }
        count = alarms(limits)
        found: Json = {
            "limits": said,
            "texts": {f"{key}:limit": texts.get(f"{key}:limit", said[key]["cells"]["words"]) for key in said},
            "states": states,
            "alarms": self.form.say("floor.alarms", n=count) if count else "",
        }
        if states:
            worst = worst_words(states, self.form)
            found["texts"]["board:worst"] = worst["words"]
            found["states"] = {**states, "board:worst": worst["state"]}
        return found

    def _limit(self, key: str, state: str, limit: Json, texts: dict[str, str]) -> str:
        said = [texts.get(f"{key}:state") or self.form.say(f"limit.{state}")]
        said += [limit["acknowledged"]["by"]] if limit.get("acknowledged", _NOTHING).get("by") else []
        said += [texts[f"{key}:limit"]] if f"{key}:limit" in texts else []
        return joined(", ", said)

    def _summarise(self, connected: int, unverified: int, count: int) -> str:
        return self.form.say("floor.summary", connected=connected, unverified=unverified, open=count)

    def _update_operators(self, operators: Json, conversations: Json, setting: Setting, now: int) -> set[str]:
        """Render rows whose facts changed or whose time came; return the keys of those whose name or team changed."""
        concerned = changed_names(self._operators, operators)
        concerned.update(self._due.expire(now))
        for key in changed_names(self._conversations, conversations):
            concerned.update(self._own(key, self._conversations.get(key), conversations.get(key)))
        if setting != self._setting:
            self._setting = setting
            concerned.update(operators)
        self._operators = operators
        sources = {key: self._source_of(key, operators, conversations, now) for key in concerned}
        renamed = set()
        for key, (before, row) in self._operator_rows.update(sources).items():
            if row is None or before is None or _who(row) != _who(before):
                renamed.add(key)
            self._choices.change(before, row)
            for said, by in ((before, -1), (row, 1)):
                if said is not None and said["group"] == NEEDS:
                    self._needing[said.get("team", "")] += by
        return renamed

    def _source_of(self, key: str, operators: Json, conversations: Json, now: int) -> Json | None:
        if key not in operators:
            self._due.drop(key)
            return None
        owned = tuple(conversations[conversation] for conversation in sorted(self._owned.get(key, ())))
        source, until = operator_source(key, operators[key], owned, self._setting, now)
        self._due.put(key, until)
        return source

    def _own(self, key: str, before: Json | None, after: Json | None) -> Iterable[str]:
        """Take in that a conversation changed; return which operators have or had it."""
        had, has = (entry.get("operator") if entry else None for entry in (before, after))
        if had is not None:
            self._owned[had].discard(key)
            yield had
        if has is not None:
            self._owned.setdefault(has, set()).add(key)
            yield has
        if had is not None and not self._owned[had]:
            del self._owned[had]

    def _update_conversations(self, conversations: Json, renamed: set[str], *, is_same_day: bool) -> None:
        changed = changed_names(self._conversations, conversations)
        if not is_same_day:  # times of another day say their day
            changed |= conversations.keys()
        elif renamed:
            changed |= {key for key, entry in conversations.items() if entry.get("operator") in renamed}
        self._conversations = conversations
        self._conversation_rows.change({key: self._conversation_row(key) for key in changed})

    def _conversation_row(self, key: str) -> Json | None:
        conversation = self._conversations.get(key)
        if conversation is None:
            return None
        owner = self._operators.get(conversation.get("operator", ""))
        return conversation_row(key, conversation, owner, self._setting, self.form)

    def _update_teams(self, teams: Json) -> None:
        changed = changed_names(self._teams, teams)
        changed.update(team for team in teams if self._needing_shown.get(team, 0) != self._needing[team])
        self._needing_shown = +self._needing
        self._team_rows.update(
            {
                team: {**teams[team], "team": team, "needing": self._needing[team]} if team in teams else None
                for team in changed
            }
        )
        self._teams = teams

    def _latest_comments(self, comments: list[Json], renamed: set[str]) -> Json:
        """Return the rows of comments, each by its conversation."""
        is_owner_renamed = renamed and any(comment.get("operator") in renamed for comment in comments)
        if comments is not self._comments or is_owner_renamed:
            kept = {
                id(comment): self._comment_rows[comment["conversation"]]
                for comment in self._comments
                if comment.get("operator") not in renamed
            }
            self._comment_rows = {
                comment["conversation"]: kept.get(id(comment)) or self._comment_row(comment) for comment in comments
            }
            self._comments = comments
        return self._comment_rows

    def _comment_row(self, comment: Json) -> Json:
        owner = self._operators.get(comment.get("operator", ""))
        return comment_row(comment, owner, self._setting, self.form)


def _who(row: Json) -> tuple[object, ...]:
    """Return what rows of conversations and comments say of an operator."""
    return row["cells"]["name"], row.get("team")


class Choices:
    """What can be asked for: the teams, projects and channels of the listed operators, as far as a board shows them."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._counts: Counter[tuple[str, str]] = Counter()
        self._offered: Json = {"teams": [], "projects": [], "channels": self._named(DOCUMENTED_CHANNELS)}
        self._is_changed = False
        self._are_too_many = False
        """More channels than are shown: which ones are depends on all counts then."""

    def change(self, before: Json | None, after: Json | None) -> None:
        """A row changed; None: it is not there."""
        were, are = _choices_of(before), _choices_of(after)
        if were == are:
            return
        for choices, by in ((were, -1), (are, 1)):
            for choice in choices:
                self._counts[choice] += by
                self._is_changed = self._is_changed or self._counts[choice] in (0, by) or self._are_too_many

    def offered(self) -> Json:
        """Return teams, projects, and what each channel is called, the documented ones first."""
        if self._is_changed:
            self._refresh()
        return self._offered

    def _refresh(self) -> None:
        self._is_changed = False
        self._counts = +self._counts
        found = {name: count for (kind, name), count in self._counts.items() if kind == "channel"}
        self._are_too_many = len(found) > CHANNELS_LISTED
        channels = dict.fromkeys((*DOCUMENTED_CHANNELS, *largest(found, CHANNELS_LISTED, DOCUMENTED_CHANNELS)))
        self._offered = {
            "teams": sorted(name for kind, name in self._counts if kind == "team"),
            "projects": sorted((name for kind, name in self._counts if kind == "project"), key=int)[:PROJECTS_OFFERED],
            "channels": self._named(channels),
        }

    def _named(self, channels: Iterable[str]) -> dict[str, str]:
        return {channel: self._form.channel(channel) for channel in channels}


def _choices_of(row: Json | None) -> list[tuple[str, str]]:
    if row is None:
        return []
    teams = [("team", row["team"])] if "team" in row else []
    projects = [("project", project) for project in row.get("projects", ())]
    return [*teams, *projects, *(("channel", channel) for channel in row.get("channels", ()))]

"""The documents of a board as one level of names shows them: operators under other keys and names, or none at all.

What did not change is the same object from document to document, as in `app/board/parts.py`.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from app.board.changed_dict import ChangedDict
from app.board.definition import BoardDefinition
from app.board.document import BoardDocument, TeamEntry
from app.board.names import Naming, people_by_team, without_small_teams
from app.board.parts import LISTS, Part, is_same, without_list
from app.json_object import Json
from app.records import Kind, Person, Roster

_DATE = len("2026-11-22")


class NamedDocuments:
    """Takes the documents of a board in their order."""

    def __init__(self, naming: Naming, definition: BoardDefinition) -> None:
        self._naming = naming
        self._definition = definition
        self._document: BoardDocument | None = None
        self._roster = Roster()
        self._shown: Json = {}
        self._forget("")
        self._people: Counter[str] = Counter()

    def show(self, document: BoardDocument, roster: Roster) -> BoardDocument:
        if document is self._document and roster is self._roster:
            return cast("BoardDocument", self._shown)
        self._document, self._roster = document, roster
        day = document["board"]["since"][:_DATE]
        if day != self._day:
            self._forget(day)
        operators, conversations = document["operators"]["by_id"], document["conversations"]["by_id"]
        shown: Json = {
            **document,
            "operators": self._part("operators", document["operators"], self._operators.show(operators)),
            "conversations": self._part(
                "conversations", document["conversations"], self._conversations.show(conversations)
            ),
            "satisfaction": self._part("satisfaction", document["satisfaction"], self._comments_of(document)),
        }
        if self._naming.level == "sums":
            shown["teams"] = self._teams_of(document, roster)
        if not is_same(self._shown, shown):
            self._shown = shown
        return cast("BoardDocument", self._shown)

    def _forget(self, day: str) -> None:
        """Begin with a day: keys of the last one lead nowhere."""
        is_sums = self._naming.level == "sums"
        self._day = day
        self._operators = _Members(_nothing if is_sums else self._operator)
        self._conversations = _Members(_without_operator if is_sums else self._conversation)
        self._written: list[Any] = []
        self._comments: list[Any] = []
        self._parts: dict[str, tuple[object, object, Part]] = {}
        self._team_entries: object = None
        self._teams: ChangedDict[TeamEntry] = ChangedDict()

    def _operator(self, key: str, row: Json) -> tuple[str, Json]:
        person = Person(row.get("name", ""), kind=Kind(row["kind"]))
        shown = self._naming.show(key, person, self._day)
        after = {name: value for name, value in row.items() if name != "name"} | {"id": shown.number}
        return shown.key, after | ({"name": shown.name} if shown.name else {})

    def _conversation(self, key: str, entry: Json) -> tuple[str, Json]:
        return key, self._renamed(entry)

    def _renamed(self, entry: Json) -> Json:
        if "operator" not in entry:
            return entry
        return {**entry, "operator": self._naming.show(entry["operator"], None, self._day).key}

    def _comments_of(self, document: BoardDocument) -> list[Any]:
        written: Any = document["satisfaction"]["comments"]
        if written is not self._written:
            is_sums = self._naming.level == "sums"
            self._written = written
            self._comments = [_unnamed(entry) if is_sums else self._renamed(entry) for entry in written]
        return self._comments

    def _part(self, name: str, source: Any, shown: object) -> Part:
        """Return a part with its list as it is shown."""
        known = self._parts.get(name)
        if known is None or known[0] is not source or known[1] is not shown:
            part = Part(source)
            part.numbers = without_list(name, source)
            part[LISTS[name]] = shown
            known = self._parts[name] = (source, shown, part)
        return known[2]

    def _teams_of(self, document: BoardDocument, roster: Roster) -> ChangedDict[TeamEntry]:
        people = people_by_team(self._definition, roster, document["operators"]["by_id"])
        if document["teams"] is not self._team_entries or people != self._people:
            self._team_entries, self._people = document["teams"], people
            after: Json = without_small_teams(document["teams"], people)
            changes = {team: after.get(team) for team in self._teams.keys() | after.keys()}
            self._teams = self._teams.with_changes(
                {team: entry for team, entry in changes.items() if entry != self._teams.get(team)}
            )
        return self._teams


class _Members:
    """The members of a list as they are shown, and under which keys."""

    def __init__(self, rename: Callable[[str, Json], tuple[str, Json] | None]) -> None:
        self._rename = rename
        self._source: ChangedDict[Any] = ChangedDict()
        self._keys: dict[str, str] = {}
        self._shown: ChangedDict[Any] = ChangedDict()

    def show(self, source: ChangedDict[Any]) -> ChangedDict[Any]:
        if source is self._source:
            return self._shown
        names = source.changed_since(self._source)
        changes: dict[str, Json | None] = {}
        for name in self._source.keys() | source.keys() if names is None else names:
            if name not in source:
                if name in self._keys:
                    changes[self._keys.pop(name)] = None
            elif (renamed := self._rename(name, source[name])) is not None:
                self._keys[name], changes[renamed[0]] = renamed
        self._source = source
        if changes:
            self._shown = self._shown.with_changes(changes)
        return self._shown


def _nothing(_key: str, _row: Json) -> None:
    return None


def _without_operator(key: str, entry: Json) -> tuple[str, Json]:
    return key, _unnamed(entry)


def _unnamed(entry: Json) -> Json:
    return {name: value for name, value in entry.items() if name != "operator"}

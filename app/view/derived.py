"""Members of a row that are worked out from those of a source: again only when one of those that they read changed.

The rule that keeps a page cheap: beside each member stands what it reads, and nothing else has to be done. What stays
is the same object, so that no difference is looked for in it. `tests/test_derived.py` checks what they say they read.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Union

from app.json_object import Json
from app.view.live_rows import LiveRows

Rule = Union[tuple[str, Callable[..., object]], "Derived"]
"""The names of what it reads, as in `"kind presence"`, and the function of the source; or members of its own."""

COMBINATIONS = 256
"""So many sets of changed members are remembered with what they concern."""


class Derived:
    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules
        self.reads = frozenset[str]().union(*map(_reads, rules.values()))
        self._concerned = lru_cache(maxsize=COMBINATIONS)(self._concerned_by)

    def find(self, *source: object) -> Json:
        """Return all members of a source; one that is None is left out."""
        found = ((name, work_out(*source)) for name, work_out, _ in self._concerned(self.reads))
        return {name: value for name, value in found if value is not None}

    def update(self, known: Json, changed: frozenset[str], *source: object) -> Json:
        """Return all members of a source, those that are known of it before where nothing that they read changed.

        It is the same object if nothing changed.
        """
        updated = known
        for name, work_out, members in self._concerned(changed):
            before = known.get(name)
            value = work_out(*source) if members is None else members.update(before, changed, *source)
            if value is before or value == before:
                continue
            if updated is known:
                updated = known.copy()
            if value is None:
                del updated[name]
            else:
                updated[name] = value
        return updated

    def _concerned_by(self, changed: frozenset[str]) -> list[tuple[str, Callable[..., object], Any]]:
        """Return the members that read one of these, what works them out, and of what they consist, if of members."""
        concerned = [(name, rule) for name, rule in self.rules.items() if _reads(rule) & changed]
        return [
            (name, rule.find, rule) if isinstance(rule, Derived) else (name, rule[1], None) for name, rule in concerned
        ]


class DerivedRows:
    """Rows of sources by key."""

    def __init__(self, rules: Derived, *shared: object) -> None:
        """`shared`: what the functions are given besides a source."""
        self.rows = LiveRows()
        self._rules = rules
        self._shared = shared
        self._sources: dict[str, Json] = {}

    def update(self, sources: Mapping[str, Json | None]) -> dict[str, tuple[Json | None, Json | None]]:
        """Take sources that may be others now; None: it is gone. Return the rows that changed, before and after."""
        rows = {key: (self.rows.get(key), self._row(key, source)) for key, source in sources.items()}
        changed = {key: (before, after) for key, (before, after) in rows.items() if after is not before}
        self.rows.change({key: after for key, (_, after) in changed.items()})
        return changed

    def _row(self, key: str, source: Json | None) -> Json | None:
        if source is None:
            self._sources.pop(key, None)
            return None
        before, self._sources[key] = self._sources.get(key), source
        if before is None:
            return self._rules.find(source, *self._shared)
        return self._rules.update(self.rows[key], changed_members(before, source), source, *self._shared)


def of_source(rules: Mapping[str, tuple[str, Callable[[Json], object]]]) -> dict[str, Rule]:
    """Return rules whose functions need nothing but the source."""
    return {name: (reads, _without_shared(work_out)) for name, (reads, work_out) in rules.items()}


def _without_shared(work_out: Callable[[Json], object]) -> Callable[..., object]:
    return lambda source, *_shared: work_out(source)


def changed_members(before: Json, after: Json) -> frozenset[str]:
    """Return the names of the members in which two sources differ."""
    changed = [name for name, value in after.items() if before.get(name) != value]
    return frozenset(changed).union(before.keys() - after.keys())


def _reads(rule: Rule) -> frozenset[str]:
    return rule.reads if isinstance(rule, Derived) else frozenset(rule[0].split())

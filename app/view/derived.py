"""Members of a row that are worked out from those of a source: again only when one of those that they read changed.

The rule that keeps a page cheap: beside each member stands what it reads, and nothing else has to be done. What stays
is the same object, so that no difference is looked for in it. `tests/test_derived.py` checks what they say they read.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Json = dict[str, Any]
Rule = tuple[str, Callable[..., object]]
"""The names of what it reads, as in `"kind presence"`, and the function of the source."""

COMBINATIONS = 256
"""So many sets of changed members are remembered with what they concern."""


class Derived:
    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = {name: (frozenset(reads.split()), work_out) for name, (reads, work_out) in rules.items()}
        self._concerned = lru_cache(maxsize=COMBINATIONS)(self._concerned_by)

    def find(self, *source: object) -> Json:
        """Return all members of a source; one that is None is left out."""
        return _known({name: work_out(*source) for name, (_, work_out) in self.rules.items()})

    def update(self, known: Json, changed: frozenset[str], *source: object) -> Json:
        """Return all members of a source, those that are known of it before where nothing that they read changed.

        It is the same object if nothing changed.
        """
        changes = {}
        for name, work_out in self._concerned(changed):
            value = work_out(*source)
            if value != known.get(name):
                changes[name] = value
        return _known(known | changes) if changes else known

    def _concerned_by(self, changed: frozenset[str]) -> list[tuple[str, Callable[..., object]]]:
        return [(name, work_out) for name, (reads, work_out) in self.rules.items() if reads & changed]


def changed_members(before: Json, after: Json) -> frozenset[str]:
    """Return the names of the members in which two sources differ."""
    changed = [name for name, value in after.items() if before.get(name) != value]
    return frozenset(changed).union(before.keys() - after.keys())


def _known(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not None}

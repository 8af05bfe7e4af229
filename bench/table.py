"""What a bench found, as the Markdown that docs/performance.md shows."""

from collections.abc import Sequence

import msgspec


class Goal(msgspec.Struct, frozen=True):
    """`wanted` and `found` as they are told: `0.60 of A`, `0.64`."""

    what: str
    wanted: str
    found: str
    is_met: bool


class Table(msgspec.Struct, frozen=True):
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()
    """How it was measured, where the table leaves it unsaid: a sentence or two each."""


def markdown(table: Table) -> str:
    goals = [[goal.what, goal.wanted, goal.found, "met" if goal.is_met else "**missed**"] for goal in table.goals]
    parts = [
        f"## {table.title}",
        _grid(table.head, table.rows),
        *([_grid(("goal", "wanted", "found", ""), goals)] if goals else []),
        *table.notes,
    ]
    return "\n\n".join(parts)


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))

"""The counts of a floor that shows a part of its board: of the people and conversations that are shown.

What cannot be told from those is a dash: a conversation that two people closed stands in both their rows.
static/js/table/counted.js does the same on a page that is open.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from app.json_object import Json
from app.view.format import AGE, DASH, Format
from app.view.query import FloorQuery, KeyedRow

OF_A_TEAM = {
    "connected": "connected",
    "taking": "taking",
    "unverified": "unverified",
    "open": "open",
    "oldest_onsite": "oldest",
    "started": "started",
    "closed": "closed",
    "csat": "csat",
    "responses": "responses",
}
"""The figures of a page, and the cells of a team's row that say them."""
TAKING = ("takes", "available")
"""States of those who take conversations."""
UNTOLD = ("started", "closed", "csat", "responses")


def counted(
    operators: Iterable[KeyedRow],
    conversations: Iterable[KeyedRow],
    query: FloorQuery,
    teams: Mapping[str, Any],
    form: Format,
) -> Json:
    """Return the slots of figures by key. `operators`, `conversations`: those shown."""
    states: Counter[str] = Counter()
    for _, row in operators:
        states[row["standing"]] += 1
        states["taking"] += row["state"] in TAKING
    sides: Counter[str] = Counter(row["side"] for _, row in conversations)
    begun = [row["cells"]["age"]["at"] for _, row in conversations if row["side"] == "onsite"]
    counts = {name: states[name] for name in ("connected", "taking", "unverified", "gone")}
    counts |= {
        "not_here": states["not-here"],
        "bots": states["bot"],
        "open": sides["onsite"] + sides["offsite"],
        "open:unverified": sides["unverified"],
    }
    slots: Json = {name: _slot(form.number(count)) for name, count in counts.items()}
    slots["oldest_onsite"] = {"text": AGE, "at": min(begun)} if begun else {"text": DASH, "absent": True}
    slots |= {name: {"text": DASH, "absent": True} for name in UNTOLD}
    if query.is_of_a_team and query.team in teams:
        cells = teams[query.team]["cells"]
        slots |= {figure: _slot(cells[cell]) for figure, cell in OF_A_TEAM.items()}
    return slots


def taking_share(operators: Iterable[KeyedRow]) -> int:
    """Return of a hundred connected operators how many take conversations."""
    connected = [row for _, row in operators if row["standing"] == "connected"]
    return percent(sum(row["state"] in TAKING for row in connected), len(connected))


def percent(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole) if whole else 0


def _slot(shown: Any) -> Json:
    if isinstance(shown, str):
        flags = {"absent": shown in ("", DASH), "zero": shown == "0"}
        return {"text": shown, **{flag: True for flag, holds in flags.items() if holds}}
    return dict(shown)

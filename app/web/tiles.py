"""What the tiles of a wall's template are made from."""

from collections.abc import Sequence

from app.view.format import Format
from app.view.layout import layout
from app.view.legibility import Plan
from app.view.wall import label_of, meaning_of


def tiles_context(tiles: Sequence[str], currency: str, plan: Plan, form: Format) -> dict[str, object]:
    """`tiles`: as a board's definition has them."""
    placed = layout(tiles, plan)
    keys = [tile.figure for row in placed.rows for tile in row]
    labels = {key: label_of(key, form) for key in keys}
    labels["sales"] = form.say("tile.sales-in", currency=form.currency(currency))
    return {
        "plan": plan.name,
        "layout": placed,
        "labels": labels,
        "meanings": {key: meaning_of(key) for key in keys},
    }

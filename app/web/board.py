"""What the pages of a wall and a floor share: their context, and the same as data for scripts without a socket."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.clock import instant
from app.json_object import Json
from app.view.format import Format, clock_time
from app.view.layout import layout
from app.view.legibility import Plan
from app.view.staleness import state_of, trouble_at
from app.view.wall import label_of, meaning_of

NOTHING: Mapping[str, object] = {}


def board_context(view: Json, now: int, form: Format, store: str) -> dict[str, object]:
    """Return the context of their templates. `now`: the instant of the view document, in ms."""
    at = instant(now)
    state = state_of(view, at, store)
    own_words = {
        "words": (state == "live" and view.get("texts", {}).get("state")) or form.words.say(f"band.{state}"),
        "provenance": view["waiting"] if state == "store-away" else "",
    }
    trouble = None if state == "store-away" else trouble_at(view, at)
    return {
        "view": view,
        "form": form,
        "at": at,
        **clock_time(now, form.zone),
        "state": state,
        "store": store,
        "band": trouble or own_words,
    }


def tiles_context(tiles: Sequence[str], currency: str, plan: Plan, form: Format) -> dict[str, object]:
    """Return what the tiles of a wall are made from. `tiles`: as a board's definition has them."""
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


def wants_data(request: HTTPConnection[Any]) -> bool:
    """Whether a script polls the page's data, since it has no socket."""
    return request.query_params.get("format") == "json"


def board_data(
    context: Mapping[str, object], build: str, orders: int, shown: Mapping[str, object] = NOTHING
) -> Response:
    """Return what a snapshot and a heartbeat of the socket say. `orders`: how many the screen was given; `shown`: which
    of its boards it shows."""
    data = {
        "type": "snapshot",
        "at": context["at"],
        "date": context["date"],
        "time": context["time"],
        "document": context["view"],
        "store": context["store"],
        "build": build,
        "orders": orders,
        **shown,
    }
    return Response(msgspec.json.encode(data), media_type="application/json")

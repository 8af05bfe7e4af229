"""/api/alerts: which limits are passed and what is wrong with the deployment, and what was lately, for programs."""

from itertools import islice
from typing import cast

import msgspec
from starlette.responses import Response

from app.alerts.listing import episode_entry, with_value
from app.board.scores import Json
from app.bounds import EPISODES_LISTED
from app.clock import SECOND, parse_instant
from app.figures import figure_of, value_at
from app.records import Episode
from app.state import Request, check_loaded
from app.web.alerts import seen_by


async def alerts(request: Request) -> Response:
    """Open episodes and those that ended, the newest first."""
    state = request.state
    check_loaded(request)
    episodes = state["alerts"].episodes
    lists = {
        name: [
            episode_entry(id_, with_value(episode, _value_now(episode, request)))
            for id_, episode in islice(seen_by(request, found).items(), EPISODES_LISTED)
        ]
        for name, found in {"open": episodes.open(), "recent": episodes.recent()}.items()
    }
    return Response(msgspec.json.encode(lists), media_type="application/json")


def _value_now(episode: Episode, request: Request) -> float | None:
    """Return the value of an open episode's figure; ages in seconds."""
    publisher = None if episode.ended else request.state["boards"].find(episode.board)
    if publisher is None:
        return None
    document = publisher.document()
    if episode.figure not in document["limits"]:
        return None
    started = value_at(cast("Json", document), figure_of(episode.figure).path)
    if episode.figure.startswith("oldest") and isinstance(started, str):
        return max(0, request.state["clock"]() - parse_instant(started)) // SECOND
    return document["limits"][episode.figure].get("value")

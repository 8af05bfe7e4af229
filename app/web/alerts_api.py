"""/api/alerts: open and recent episodes of limits and of troubles of the deployment, for programs."""

from itertools import islice

import msgspec
from starlette.responses import Response

from app.alerts.episode import Standing, measured
from app.bounds import EPISODES_LISTED
from app.clock import SECOND, instant, parse_instant
from app.figures import figure_of, value_at
from app.json_object import Json
from app.limits.document_part import plain
from app.records import Episode
from app.state import Request, check_loaded
from app.web.alerts import seen_by


async def alerts(request: Request) -> Response:
    """Open episodes and those that ended, the newest first."""
    check_loaded(request)
    episodes = request.state["alerts"].episodes
    lists = {
        name: [
            _entry(id_, episode, request) for id_, episode in islice(seen_by(request, found).items(), EPISODES_LISTED)
        ]
        for name, found in {"open": episodes.open(), "recent": episodes.recent()}.items()
    }
    return Response(msgspec.json.encode(lists), media_type="application/json")


def _entry(id_: str, stored: Episode, request: Request) -> Json:
    value = _value_now(stored, request)
    # The record has it a minute later at most.
    episode = stored if value is None else measured(stored, Standing("unknown", value=value))
    seen = episode.acknowledged
    return _known(
        id=id_,
        board=episode.board,
        figure=episode.figure,
        state="ok" if episode.ended else episode.level,  # where the figure is now
        level=episode.worst_level,
        began=instant(episode.began),
        since=instant(episode.since),
        ended=instant(episode.ended) if episode.ended else "",
        end=episode.end,
        limit=_number(episode.limit),
        value=_number(episode.value),
        worst=_number(episode.worst),
        acknowledged=_known(at=instant(seen.at), by=seen.by, note=seen.note) if seen else None,
        told=[
            _known(
                channel=told.channel,
                step=told.step,
                at=instant(told.at or told.due),
                outcome=told.outcome,
                reason=told.reason,
            )
            for told in episode.told
        ],
    )


def _known(**members: object) -> Json:
    """Return an object without the members that are not known."""
    return {name: value for name, value in members.items() if value not in (None, "")}


def _number(value: float | None) -> float | None:
    return None if value is None else plain(value)


def _value_now(episode: Episode, request: Request) -> float | None:
    """Return the value of an open episode's figure; ages in seconds."""
    publisher = None if episode.ended else request.state["boards"].find(episode.board)
    if publisher is None:
        return None
    document = publisher.document()
    if episode.figure not in document["limits"]:
        return None
    started = value_at(document, figure_of(episode.figure).path)
    if episode.figure.startswith("oldest") and isinstance(started, str):
        return max(0, request.state["clock"]() - parse_instant(started)) // SECOND
    return document["limits"][episode.figure].get("value")

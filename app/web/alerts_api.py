"""/api/alerts: which limits are passed and what is wrong with the deployment, and what was lately, for programs."""

from itertools import islice

import msgspec
from starlette.responses import Response

from app.alerts.listing import episode_entry
from app.bounds import EPISODES_LISTED
from app.errors import RETRY_AFTER_SECONDS, HttpError
from app.state import Request


async def alerts(request: Request) -> Response:
    """Open episodes and those that ended, the newest first."""
    state = request.state
    if not state["mirror"].loaded:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        raise HttpError(503, "refused.unreached", headers, reason=state["mirror"].fault)
    book = state["alert_book"]
    lists = {
        name: [episode_entry(id_, episode) for id_, episode in islice(found.items(), EPISODES_LISTED)]
        for name, found in {"open": book.open(), "recent": book.recent()}.items()
    }
    return Response(msgspec.json.encode(lists), media_type="application/json")

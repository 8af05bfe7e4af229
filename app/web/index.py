"""/: boards and screens; on a new deployment, the steps to set it up and what came of the first posts."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.access.principals import User
from app.clock import instant
from app.receive.webhook import PATH
from app.state import Request
from app.view.format import Format
from app.web.auth import user_of
from app.web.delivery_rows import latest_rows
from app.web.render import LocalTime, page, titled_boards, words_for, worst_states
from app.web.setup import TICKED, first_event_command


async def show(request: Request) -> Response:
    state, words = request.state, words_for(request)
    user = user_of(request)
    if not user.rights.leads_everything:
        return _home(request, user)
    settings, zone = state["settings"], state["settings"].time_zone
    board = state["boards"].find("all")
    document = board.document() if board is not None and state["mirror"].loaded else None
    delivery: Mapping[str, Any] = document["delivery"] if document else {}
    latest = await latest_rows(state, words)
    url = settings.external_url + PATH
    local_time = LocalTime(words, zone)
    return page(
        request,
        "index.html",
        supervisor=True,
        boards=titled_boards(state, words),
        worst=worst_states(state, words),
        has_begun=latest.has_begun if latest else "last_event_at" in delivery,
        latest=latest,
        webhook_url=url,
        has_public_url=settings.public_url is not None,
        is_https=url.startswith("https:"),
        zone=zone,
        command=first_event_command(url),
        ticked=TICKED,
        secrets_set=bool(settings.iadvize_secrets),
        delivery=delivery,
        clock_fault=Format(words, "UTC").clock(delivery.get("clock_skew_seconds")),
        store_fault=state["store_status"].fault,
        missing_records=state["mirror"].missing_records,
        spooled=state["spool"].posts,
        spooled_since=local_time(instant(state["spool"].since or state["clock"]())),
        crashes=[
            (name, crash.times, instant(crash.at), crash.error)
            for name, crash in sorted(state["supervisor"].crashes.items())
        ],
    )


def _home(request: Request, user: User) -> Response:
    """Return the page of those who see walls, or the floors of some boards: how it is set up is not theirs."""
    state, words = request.state, words_for(request)
    boards = [(board, user.rights.leads(board.teams)) for board in titled_boards(state, words)]
    worst = worst_states(state, words)
    return page(request, "home.html", supervisor=True, boards=boards, worst=worst, name=user.name)

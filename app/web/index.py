"""/: boards and screens; on a new deployment, the steps to set it up and the outcome of the first posts."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from app.access.principals import User
from app.clock import instant
from app.definitions.parse import ALL
from app.receive.webhook import PATH
from app.state import Request, delivery_of, naming_for
from app.view.format import Format
from app.web.auth import user_of
from app.web.delivery_rows import LatestRows, latest_rows
from app.web.render import page, titled_boards, words_for, worst_states
from app.web.setup import TEST_OUTCOMES, TICKED, first_event_command
from app.words.words import Words

MISDIRECTED = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


class Progress(msgspec.Struct, frozen=True):
    """The line that says what became of the posts so far."""

    state: str
    """`waiting`, `refused` or `begun`."""
    text: str
    address: str = ""
    """Of the delivery that it is about."""


async def show(request: Request) -> Response:
    state, words = request.state, words_for(request)
    user = user_of(request)
    if not user.rights.leads_everything:
        return _home(request, user)
    settings, zone = state["settings"], state["settings"].time_zone
    delivery: Mapping[str, Any] = delivery_of(state) or {}
    latest = await latest_rows(state, words, naming_for(request, ALL))
    url = settings.external_url + PATH
    has_begun = latest.has_begun if latest else "last_event_at" in delivery
    tested = request.query_params.get("tested", "")
    return page(
        request,
        "index.html",
        boards=titled_boards(state, words),
        worst=worst_states(request, words),
        has_begun=has_begun,
        progress=_progress(latest, delivery, words),
        steps=_steps(latest, has_begun=has_begun, has_secret=bool(settings.iadvize_secrets)),
        tested=tested if tested in map(str, TEST_OUTCOMES) else "",
        is_first="first" in request.query_params,
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
        store_fault=words.from_english(state["store_status"].fault),
        missing_records=state["mirror"].missing_records,
        spooled=state["spool"].posts,
        spooled_since=instant(state["spool"].since or state["clock"]()),
        crashes=[
            (name, crash.times, instant(crash.at), crash.error)
            for name, crash in sorted(state["tasks"].crashes.items())
        ],
    )


def _home(request: Request, user: User) -> Response:
    """Return the page of those who see walls, or the floors of some boards: how it is set up is not theirs."""
    state, words = request.state, words_for(request)
    boards = [(board, user.rights.leads(board.teams)) for board in titled_boards(state, words)]
    worst = worst_states(request, words)
    return page(request, "home.html", boards=boards, worst=worst, name=user.name)


def _progress(latest: LatestRows | None, delivery: Mapping[str, Any], words: Words) -> Progress:
    """Return what became of the posts so far."""
    rows = latest.rows if latest else []
    newest = rows[0] if rows else None
    if newest is None:
        return Progress("waiting", words.say("progress.waiting"))
    if newest.is_refused:
        n = max(delivery.get("refused", 0) + delivery.get("unsigned", 0), sum(row.is_refused for row in rows))
        is_usual = words.has(f"reason.{newest.status}")
        reason = words.say(f"reason.{newest.status if is_usual else 'other'}")
        return Progress("refused", words.say("progress.refused", n=n, reason=reason), f"/events/{newest.name}")
    operator = next((operator.name for row in reversed(rows) for operator in row.operators if not row.is_refused), "")
    key = "progress.first-from" if operator else "progress.first"
    return Progress("begun", words.say(key, operator=operator), f"/events/{newest.name}")


def _steps(latest: LatestRows | None, *, has_begun: bool, has_secret: bool) -> dict[str, str]:
    """Return how far the set-up is: each step is `done`, `wrong` or `open`, by the posts that came."""
    rows = latest.rows if latest else []
    newest = rows[0].status if rows else 0
    is_found = any(row.status not in MISDIRECTED for row in rows)
    return {
        "secret": "wrong" if not has_secret or newest == HTTPStatus.UNAUTHORIZED else "done",
        "webhook": "wrong" if newest in MISDIRECTED else "done" if is_found or has_begun else "open",
        "first": "done" if has_begun else "open",
    }

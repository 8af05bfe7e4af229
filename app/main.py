"""The table of routes: which address leads where."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp

from app.access.oidc import CALLBACK_PATH
from app.bounds import BOARD_FORM_BYTES, FORM_BYTES, ROSTER_FORM_BYTES
from app.errors import StoreUnavailable
from app.runtime import Runtime
from app.state import Request
from app.typeface import Typeface
from app.web import (
    alert_channels,
    alerts,
    alerts_api,
    api,
    boards,
    comments,
    company_login,
    days,
    error_page,
    events,
    floor,
    frame,
    health,
    index,
    login,
    looks,
    marks,
    not_here,
    own_page,
    pair,
    people,
    people_day,
    person,
    roster,
    screen_link,
    screens,
    setup,
    wall,
    why,
)
from app.web.assets import FALLBACK, Assets, fallback
from app.web.auth import (
    ADMINS,
    ALERTS_API,
    BOARD_API,
    BOARD_LEADS,
    BOARDS_API,
    LEADS,
    MARKS_API,
    METRICS_API,
    NAMED,
    OWN_PAGE,
    PUBLIC,
    SOCKETS,
    SUPERVISORS,
    USERS,
    WALLS,
)
from app.web.dispatcher import Dispatcher
from app.web.forms import at_most
from app.web.headers import SecurityHeaders
from app.web.proxies import Proxies

Endpoint = Callable[[Request], Awaitable[Response]]

ERRORS: dict[Any, Any] = {  # Starlette knows no requests with a typed state here
    HTTPException: error_page.http_error,
    StoreUnavailable: error_page.store_unavailable,
    Exception: error_page.server_error,
}


def create_app(runtime: Runtime) -> ASGIApp:
    return Dispatcher(runtime.webhook, create_site(runtime), runtime.settings.trusted_proxies)


def create_site(runtime: Runtime) -> Starlette:
    site = Starlette(
        # Each route names whom it admits. One without middleware is public: it takes no form and shows no number.
        routes=[
            Route("/health", health.health),
            Route("/ready", health.ready),
            Route("/metrics", health.metrics, middleware=METRICS_API),
            Route("/api/alerts", alerts_api.alerts, middleware=ALERTS_API),
            Route("/api/boards", api.board_list, middleware=BOARDS_API),
            Route("/api/boards/{board}", api.board_document, middleware=BOARD_API),
            Route("/api/days/{board}/{date}", api.past_day, middleware=BOARDS_API),
            _post("/api/marks", marks.create, MARKS_API),
            WebSocketRoute("/ws/boards/{board}", api.board_socket, middleware=SOCKETS),
            WebSocketRoute("/ws/pages/{board}", api.page_socket, middleware=SOCKETS),
            Route("/", index.show, middleware=USERS),
            _post("/test-post", setup.send_test_post, SUPERVISORS),
            Route("/boards", boards.show, middleware=SUPERVISORS),
            _form("/new-board", boards.create, SUPERVISORS, BOARD_FORM_BYTES),
            _form("/boards/{board}", boards.edit, SUPERVISORS, BOARD_FORM_BYTES),
            Route("/boards/{board}/test", boards.test_alarm, methods=["POST"], middleware=SUPERVISORS),
            Route("/wall/{board}", wall.show, middleware=WALLS),
            _post("/floor/{board}/alarms", alerts.take_care, BOARD_LEADS),
            Route("/floor/{board}.csv", floor.download, middleware=BOARD_LEADS),
            _form("/floor/{board}/people/{person}/page", own_page.link, BOARD_LEADS),
            _post("/floor/{board}/people/{person}", not_here.say, BOARD_LEADS),
            Route("/floor/{board}", floor.show, middleware=BOARD_LEADS),
            Route("/comments/{board}.csv", comments.download, middleware=BOARD_LEADS),
            Route("/comments/{board}", comments.show, middleware=BOARD_LEADS),
            Route("/why/{board}/{figure}", why.show, middleware=BOARD_LEADS),
            Route("/days", days.find, middleware=USERS),
            Route("/days/{board}.csv", days.download_period, middleware=USERS),
            Route("/days/{board}", days.show_period, middleware=USERS),
            Route("/days/{board}/{date}/people.csv", people_day.download_people, middleware=BOARD_LEADS),
            Route("/days/{board}/{date}/coverage.csv", people_day.download_coverage, middleware=BOARD_LEADS),
            Route("/days/{board}/{date}.csv", days.download_day, middleware=USERS),
            Route("/days/{board}/{date}", days.show_day, middleware=USERS),
            _post("/days/{board}/{date}", days.note, BOARD_LEADS),
            Route("/alerts", alerts.show, middleware=LEADS),
            _form("/alerts/channels", alert_channels.show, ADMINS),
            _post("/alerts/channels/test", alerts.test_channel, ADMINS),
            _post("/alerts/silences", alerts.silence, LEADS),
            _post("/alerts/{episode}", alerts.acknowledge, LEADS),
            _form("/acknowledge/{token}", alerts.acknowledge_by_link, PUBLIC),
            Route("/pulse", frame.show_pulse, middleware=USERS),
            _form("/login", login.log_in, PUBLIC),
            Route("/login/company", company_login.begin, middleware=PUBLIC),
            Route(CALLBACK_PATH, company_login.finish, middleware=PUBLIC),
            Route("/me/{token}", own_page.show, middleware=OWN_PAGE),
            _form("/invitation/{token}", people.accept, PUBLIC),
            _form("/people", people.show, ADMINS),
            _post("/people/privacy", people.choose_privacy, ADMINS),
            _post("/people/{person}", people.change, ADMINS),
            Route("/people/looks", looks.show, middleware=ADMINS),
            Route("/people/looks.csv", looks.download, middleware=ADMINS),
            _form("/logout", login.log_out, USERS),
            Route("/screen", pair.show, name="screen", middleware=PUBLIC),
            Route("/screen/pairing", pair.wait, middleware=PUBLIC),
            _post("/screen/wall", screen_link.wall, PUBLIC),
            _post("/screen/ticket", screen_link.ticket, PUBLIC),
            _form("/screens", screens.show, SUPERVISORS),
            _post("/screens/{screen}", screens.change, SUPERVISORS),
            _form("/roster", roster.show, NAMED, ROSTER_FORM_BYTES),
            _form("/roster/{person}", person.show, NAMED),
            Route("/roster.csv", roster.download, middleware=NAMED),
            Route("/events", events.search, middleware=SUPERVISORS),
            Route("/events/{event}", events.show, middleware=SUPERVISORS),
            Route("/events/{event}/body", events.download, middleware=SUPERVISORS),
            Mount(f"/static/{runtime.build}", Assets(Typeface(runtime.settings.data_dir))),
            Route(f"/static/{{build}}/{FALLBACK}", fallback),
        ],
        middleware=[Middleware(Proxies, count=runtime.settings.trusted_proxies), Middleware(SecurityHeaders)],
        lifespan=lambda _app: runtime.running(),
        exception_handlers=ERRORS,
    )
    site.router.redirect_slashes = False  # a webhook sender may not follow redirects: a wrong address is a plain 404
    return site


def _form(path: str, endpoint: Endpoint, policy: list[Middleware], size: int = FORM_BYTES) -> Route:
    """Return the route of a page with a form. `size`: of the form at most, in bytes."""
    return Route(path, endpoint, methods=["GET", "POST"], middleware=policy + at_most(size))


def _post(path: str, endpoint: Endpoint, policy: list[Middleware]) -> Route:
    """Return the route of what only a form, or a program, posts to."""
    return Route(path, endpoint, methods=["POST"], middleware=policy + at_most(FORM_BYTES))

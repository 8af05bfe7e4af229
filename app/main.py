"""The map: which address leads where."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route, WebSocketRoute

from app import api
from app.assets import Assets, lifeline
from app.bounds import FORM_BYTES, ROSTER_FORM_BYTES
from app.guard import ANYBODY, READERS, SOCKETS, SUPERVISORS, WALLS
from app.headers import SecurityHeaders
from app.pages import events, floor, login, pages, roster, screen, screens, wall
from app.proxies import Proxies
from app.receive.webhook import PATH
from app.runtime import Runtime


def create_app(runtime: Runtime) -> Starlette:
    app = Starlette(
        # Whoever is let in where stands beside each; what has nobody beside it shows nothing of the floor.
        routes=[
            Route(PATH, runtime.webhook, name="webhook"),
            Route("/health", api.health),
            Route("/ready", api.ready),
            Route("/metrics", api.metrics, middleware=READERS),
            Route("/api/boards/{board}", api.board_document, middleware=READERS),
            WebSocketRoute("/ws/boards/{board}", api.board_socket, middleware=SOCKETS),
            WebSocketRoute("/ws/pages/{board}", api.page_socket, middleware=SOCKETS),
            Route("/", pages.index, middleware=SUPERVISORS),
            Route("/wall/{board}", wall.show, middleware=WALLS),
            Route("/floor/{board}", floor.show, middleware=SUPERVISORS),
            Route("/login", login.log_in, methods=["GET", "POST"], middleware=ANYBODY, max_body_size=FORM_BYTES),
            Route("/logout", login.log_out, methods=["GET", "POST"], middleware=SUPERVISORS, max_body_size=FORM_BYTES),
            Route("/screen", screen.show, name="screen", middleware=ANYBODY),
            Route("/screen/pairing", screen.wait, middleware=ANYBODY),
            Route("/screens", screens.show, methods=["GET", "POST"], middleware=SUPERVISORS, max_body_size=FORM_BYTES),
            Route(
                "/screens/{screen}", screens.change, methods=["POST"], middleware=SUPERVISORS, max_body_size=FORM_BYTES
            ),
            Route(
                "/roster", roster.show, methods=["GET", "POST"], middleware=SUPERVISORS, max_body_size=ROSTER_FORM_BYTES
            ),
            Route("/roster.csv", roster.download, middleware=SUPERVISORS),
            Route("/events", events.search, middleware=SUPERVISORS),
            Route("/events/{event}", events.show, middleware=SUPERVISORS),
            Route("/events/{event}/body", events.download, middleware=SUPERVISORS),
            Mount(f"/static/{runtime.build}", Assets()),
            Route("/static/{build}/js/lifeline.js", lifeline),
        ],
        middleware=[Middleware(Proxies, count=runtime.settings.trusted_proxies), Middleware(SecurityHeaders)],
        lifespan=lambda _app: runtime.running(),
        exception_handlers={HTTPException: pages.refused, Exception: api.failed},  # type: ignore[dict-item] # typed state
    )
    app.router.redirect_slashes = False  # a sender of webhooks may not follow: it is told that there is nothing
    return app

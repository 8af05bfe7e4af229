"""The map: which address leads where."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route, WebSocketRoute

from app import api
from app.assets import Assets
from app.instants import Clock, wall_clock
from app.pages import pages
from app.process import Process
from app.receive.webhook import Webhook
from app.settings import Settings


def create_app(settings: Settings, store_url: str, clock: Clock = wall_clock) -> Starlette:
    process = Process(settings, store_url, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with process.running():
            yield

    webhook = Webhook(settings.iadvize_secrets, process.writer.take, clock)
    app = Starlette(
        routes=[
            Route("/webhooks/iadvize", webhook, name="webhook"),
            Route("/health", api.health),
            Route("/ready", api.ready),
            Route("/api/boards/{board}", api.board_document),
            WebSocketRoute("/ws/boards/{board}", api.board_socket),
            Route("/", pages.index),
            Route("/wall/{board}", pages.wall),
            Mount(f"/static/{process.build}", Assets()),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: pages.refused, Exception: api.failed},
    )
    app.router.redirect_slashes = False  # a sender of webhooks may not follow: it is told that there is nothing
    app.state.process = process
    return app

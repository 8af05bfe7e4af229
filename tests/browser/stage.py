"""A stand-in for the server, scripted by a test: it renders the pages and speaks the socket's protocol."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.assets import Assets
from app.headers import security_headers
from app.pages.floor import floor_context
from app.pages.floor_query import floor_query
from app.pages.legibility import plan_for
from app.pages.reading import Reading
from app.pages.template import new_templates, words_for
from app.pages.trouble import trouble_context

AT, ZONE = "2026-11-22T13:32:07.000Z", "Europe/Paris"
"""14:32:07 there."""

PATIENCE_SECONDS = 10
STEP_MS = 3000
"""Less than the scripts wait for an answer."""

SESSION_ENDED = 4401

BUILDS = ("test", "newer")

PAGES = {
    "/": "index.html",
    "/login": "login.html",
    "/logout": "logout.html",
    "/refused": "refused.html",
    "/screen": "screen.html",
    "/screens": "screens.html",
}

Document = dict[str, Any]


class Stage:
    """What the server holds and does at this moment of the test."""

    url: str
    """Where it is raised."""

    def __init__(self, document: Document | None = None) -> None:
        self.reset(document)
        self.app = Starlette(
            routes=[
                Route("/wall/{board}", self.show_wall),
                Route("/floor/{board}", self.show_floor),
                *(Route(path, self.show_page) for path in PAGES),
                Route("/screen/pairing", self.tell_pairing),
                Route("/{path:path}", self.take_form, methods=["POST"]),
                Route("/blank", self.show_blank),
                WebSocketRoute("/ws/boards/all", self.follow),
                *(Mount(f"/static/{build}", Assets()) for build in BUILDS),
            ]
        )
        self.templates = new_templates()

    def reset(self, document: Document | None) -> None:
        self.document = document
        self.at = AT
        self.store = "up"
        self.build = BUILDS[0]
        self.orders = 0
        self.revision = 7
        self.takes_sockets = True
        self.sockets: set[WebSocket] = set()
        self.handshakes: list[dict[str, str]] = []
        """The query of every handshake, the refused ones too."""
        self.snapshots = 0
        self.context: dict[str, object] = {}
        """What the pages of words are rendered with."""
        self.answers: dict[str, Response] = {}
        """By path, what is answered instead of the page."""
        self.pairing: object = {"changed": False}
        self.asked: list[str] = []
        """The path of every page that was asked for, by the browser or by its scripts."""
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.changed = asyncio.Condition()

    async def show_wall(self, request: Request) -> Response:
        query = request.query_params
        reading = Reading(words_for(request), self.at, ZONE)
        inches, metres = float(query.get("inches", 55)), float(query.get("metres", 5))
        context = {
            "document": self.document,
            "board": "all",
            "title": "All projects",
            "reading": reading,
            "orders": self.orders,
            **trouble_context(self.document, reading, self.store),
            "plan": plan_for(inches, metres).name,
            "scheme": query.get("scheme", "dark"),
        }
        return await self._answer(request, "wall.html", context)

    async def show_floor(self, request: Request) -> Response:
        assert self.document is not None
        reading = Reading(words_for(request), self.at, ZONE)
        query = floor_query(request.query_params.multi_items())
        context = floor_context(self.document, query, reading)
        context |= {"board": "all", "title": "All projects", **trouble_context(self.document, reading, self.store)}
        return await self._answer(request, "floor.html", {**context, "supervisor": True})

    async def show_page(self, request: Request) -> Response:
        return await self._answer(request, PAGES[request.url.path], self.context)

    async def tell_pairing(self, request: Request) -> Response:
        await self._note(request)
        return self.answers.get(request.url.path) or JSONResponse(self.pairing)

    async def take_form(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        self.forms.append((request.url.path, form))
        return RedirectResponse("/screens", 303)

    async def show_blank(self, request: Request) -> Response:
        words = words_for(request)
        said = json.dumps(words.sections("age", "band", "notes", "value"))
        page = (
            f'<!doctype html><html lang="{words.language}"><script type="application/json" id="words">{said}</script>'
        )
        return Response(page, media_type="text/html")

    async def follow(self, websocket: WebSocket) -> None:
        async with self.changed:
            self.handshakes.append(dict(websocket.query_params))
            self.changed.notify_all()
        if not self.takes_sockets:
            await websocket.close()
            return
        await websocket.accept()
        await websocket.send_json(self._frame("snapshot", document=self.document))
        async with self.changed:
            self.snapshots += 1
            self.sockets.add(websocket)
            self.changed.notify_all()
        async for _ in websocket.iter_text():
            pass
        async with self.changed:
            self.sockets.discard(websocket)
            self.changed.notify_all()

    async def joined(self, snapshots: int) -> None:
        """Wait until the page has been sent so many snapshots."""
        await self._until(lambda: self.snapshots >= snapshots)

    async def left(self) -> None:
        """Wait until no socket is open."""
        await self._until(lambda: not self.sockets)

    async def shaken(self, handshakes: int) -> None:
        """Wait until so many handshakes were begun."""
        await self._until(lambda: len(self.handshakes) >= handshakes)

    async def asked_for(self, path: str, times: int = 1, *, within_seconds: float = PATIENCE_SECONDS) -> bool:
        """Wait until a page has been asked for so many times; False: it was not."""
        try:
            await self._until(lambda: self.asked.count(path) >= times, within_seconds)
        except TimeoutError:
            return False
        return True

    async def patch(self, patch: Document, *, start: int | None = None) -> None:
        """Send a patch, by default from the revision that the page holds."""
        origin = self.revision if start is None else start
        self.revision += 1
        await self.send("patch", **{"from": origin}, patch=patch)

    async def beat(self, store: str = "up", build: str | None = None) -> None:
        await self.send("beat", build=build or self.build, store=store)

    async def order(self, kind: str, **members: object) -> None:
        await self._send({"type": kind, **members})

    async def lose(self, code: int = 1001) -> None:
        """Close every socket and refuse new ones."""
        self.takes_sockets = False
        for websocket in list(self.sockets):
            await websocket.close(code)

    async def send(self, kind: str, **members: object) -> None:
        await self._send(self._frame(kind, **members))

    async def _send(self, frame: Document) -> None:
        for websocket in list(self.sockets):
            with suppress(WebSocketDisconnect):  # a page may leave at any moment
                await websocket.send_json(frame)

    async def _answer(self, request: Request, template: str, context: dict[str, Any]) -> Response:
        await self._note(request)
        if request.url.path in self.answers:
            return self.answers[request.url.path]
        words = words_for(request)
        context = {**context, "build": self.build, "words": words, "say": words.say}
        return self.templates.TemplateResponse(request, template, context, headers=security_headers(request.scope))

    async def _note(self, request: Request) -> None:
        async with self.changed:
            self.asked.append(request.url.path)
            self.changed.notify_all()

    async def _until(self, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(holds)

    def _frame(self, kind: str, **members: object) -> Document:
        return {"type": kind, "revision": self.revision, "at": self.at, **members}


@asynccontextmanager
async def raised(stage: Stage) -> AsyncIterator[str]:
    """Serve the stage on a free port; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(stage.app, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stage.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield stage.url
        server.should_exit = True
        await serving


async def pass_time_until_asked(page: Page, stage: Stage, path: str, times: int = 1, build: str | None = None) -> None:
    """Let a few seconds of a fake clock go by, as often as it takes until a page was asked for so many times more."""
    sought = stage.asked.count(path) + times
    async with asyncio.timeout(PATIENCE_SECONDS):
        while stage.asked.count(path) < sought:
            await page.clock.fast_forward(STEP_MS)
            await stage.beat(build=build)
            await stage.asked_for(path, sought, within_seconds=0.05)


def floor_document() -> Document:
    """What the wall shows of a small floor at `AT`: it opened at eight, and had its lunch."""
    document: Document = json.loads(Path(__file__).with_name("floor.json").read_text())
    return document


def busy_document() -> Document:
    """The longest figures that a wall is made for."""
    document = floor_document()
    document["operators"] |= {"connected": 1204, "unverified": 112, "bots": 30}
    document["conversations"] |= {"open": 10482, "unverified": 1200, "started": 234567, "closed": 123456}
    document["conversations"]["onsite"]["oldest_open_at"] = "2026-11-22T02:03:00.000Z"
    document["conversations"]["open_by_channel"] |= {"INSTAGRAM_DIRECT_MESSAGES": 12, "TELEGRAM": 1, "WHATSAPP": 4120}
    document["satisfaction"]["csat"] |= {"responses": 12345, "score": 100.0, "average": 5.0}
    document["satisfaction"]["nps"]["score"] = -100.0
    document["sales"] |= {"transactions": 12345, "amount": "1234567.8925"}
    document["yesterday"]["amount"] = "-1134567.8925"
    document["delivery"] |= {
        "counting_since": "2026-11-22T09:32:00.000Z",
        "gaps": [{"from": "2026-11-22T03:00:10.000Z", "to": "2026-11-22T03:01:02.000Z"}] * 12,
    }
    return document

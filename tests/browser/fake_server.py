"""A stand-in for the server, scripted by a test: it renders the pages and speaks the socket's protocol."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from playwright.async_api import Page
from playwright.async_api import Request as PageRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.board.names import NamesLevel
from app.clock import parse_instant
from app.publish.patch import difference
from app.server.http_bounds import HttpProtocol
from app.server.reaper import Peers
from app.server.ws_bounds import WebSocketProtocol
from app.typeface import Typeface
from app.view.facts import FactFinder, Facts
from app.view.floor import FloorView
from app.view.folding import LETTERS
from app.view.format import Format, clock_time
from app.view.legibility import plan_for
from app.view.query import floor_query
from app.view.wall import WallView
from app.web.assets import Assets
from app.web.board import board_context, board_data, tiles_context, wants_data
from app.web.floor import floor_context
from app.web.frame import BAR_PAGES, Frame
from app.web.headers import security_headers
from app.web.render import new_templates, words_for
from app.words.words import LANGUAGES, Words, words_in
from tests.support.patches import apply_patch
from tests.support.server import PromptServer, free_listener

AT, ZONE = "2026-11-22T13:32:07.000Z", "Europe/Paris"
"""14:32:07 there."""

PATIENCE_SECONDS = 60
STEP_MS = 3000
"""Less than the scripts wait for an answer."""
STEP_PATIENCE_SECONDS = 2
"""How long a fake clock waits for the answers to what a page asked for, lest it passes their deadline."""

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

HAS_PAINTED = """
  () => {
    const { document: shown, painter } = document.querySelector("floor-board");
    return shown !== undefined && painter.frame === 0 && painter.timer === 0;
  }
"""
"""A snapshot comes before the frame in which it is painted."""


class Peer:
    """A socket, and what its page holds."""

    def __init__(self, document: Document, view: FloorView | WallView) -> None:
        self.document = document
        self._view = view
        self._finder = FactFinder(ZONE)
        self.view: Document = {}

    def snapshot(self, now: int) -> Document:
        """Return the view as the first thing that the page is told."""
        difference({}, self.render(now))
        return self.view

    def render(self, now: int) -> Document:
        self.view = self._view.render(self._finder.facts(self.document, now), now)
        return self.view


class FakeServer:
    """What the server holds and does at this moment of the test."""

    url: str
    """Where it is raised."""

    def __init__(self, document: Document | None = None) -> None:
        self.reset(document)
        typeface = Typeface()
        self.app = Starlette(
            routes=[
                Route("/wall/{board}", self.show_wall),
                Route("/floor/{board}", self.show_floor),
                *(Route(path, self.show_page) for path in PAGES),
                Route("/screen/pairing", self.tell_pairing),
                Route("/pulse", self.tell_pulse),
                Route("/{path:path}", self.take_form, methods=["POST"]),
                Route("/blank", self.show_blank),
                WebSocketRoute("/ws/pages/all", self.follow),
                *(Mount(f"/static/{build}", Assets(typeface)) for build in BUILDS),
            ]
        )
        self.templates = new_templates()

    def reset(self, document: Document | None) -> None:
        self.document = document
        self.at = AT
        self.store = "up"
        self.build = BUILDS[0]
        self.orders = 0
        self.tiles: tuple[str, ...] = ()
        self.revision = 7
        self.takes_sockets = True
        self.names: NamesLevel = "full"
        self.knows_data = True
        """Its build answers pages without a socket."""
        self.sockets: dict[WebSocket, Peer] = {}
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
        self.reports: list[Document] = []
        """What pages said over their sockets."""
        self.changed = asyncio.Condition()

    async def show_wall(self, request: Request) -> Response:
        query = request.query_params
        inches, metres = float(query.get("inches", 55)), float(query.get("metres", 5))
        form = self._format(words_for(request))
        context = board_context(
            WallView(form, self.tiles).render(self._facts(), self._now), self._now, form, self.store
        )
        context |= {
            "board": "all",
            "title": "All projects",
            "orders": self.orders,
            **tiles_context(self.tiles, "EUR", plan_for(inches, metres), form),
            "scheme": query.get("scheme", "dark"),
            "sounds": query.get("sound") == "alarms",
        }
        return await self._answer(request, "wall.html", context)

    async def show_floor(self, request: Request) -> Response:
        query = floor_query(request.query_params.multi_items())
        form = self._format(words_for(request))
        context = floor_context(FloorView(form).render(self._facts(), self._now), self._now, query, form, self.store)
        context |= {"board": "all", "title": "All projects", "orders": 0, "names": self.names, "fewest": 5}
        return await self._answer(request, "floor.html", {**context, "supervisor": True})

    async def show_page(self, request: Request) -> Response:
        return await self._answer(request, PAGES[request.url.path], self.context)

    async def tell_pairing(self, request: Request) -> Response:
        await self._note(request)
        return self.answers.get(request.url.path) or JSONResponse(self.pairing)

    async def tell_pulse(self, request: Request) -> Response:
        await self._note(request)
        told = "\n".join(self._pulse(words_for(request)).values())
        return self.answers.get(request.url.path) or Response(told, media_type="text/plain")

    async def take_form(self, request: Request) -> Response:
        # Of several of one name the first: of a screen's boards, the others are folded away.
        form = dict(reversed(parse_qsl((await request.body()).decode(), keep_blank_values=True)))
        self.forms.append((request.url.path, form))
        return RedirectResponse("/screens", 303)

    async def show_blank(self, request: Request) -> Response:
        words = words_for(request)
        said = {"words": words.for_scripts(["age", "band"], ["floor.shown", "floor.waiting"]), "letters": LETTERS}
        scripts = [f'<script type="application/json" id="{id_}">{json.dumps(said[id_])}</script>' for id_ in said]
        page = f'<!doctype html><html lang="{words.language}">{"".join(scripts)}'
        return Response(page, media_type="text/html")

    async def follow(self, websocket: WebSocket) -> None:
        async with self.changed:
            self.handshakes.append(dict(websocket.query_params))
            self.changed.notify_all()
        if not self.takes_sockets:
            await websocket.close()
            return
        await websocket.accept()
        peer = Peer(self._shown(), self._view(websocket))
        await websocket.send_json(self._frame("snapshot", document=peer.snapshot(self._now)))
        async with self.changed:
            self.snapshots += 1
            self.sockets[websocket] = peer
            self.changed.notify_all()
        async for text in websocket.iter_text():
            async with self.changed:
                self.reports.append(json.loads(text))
                self.changed.notify_all()
        async with self.changed:
            self.sockets.pop(websocket, None)
            self.changed.notify_all()

    async def joined(self, snapshots: int) -> None:
        """Wait until the page has been sent so many snapshots."""
        await self._until(lambda: self.snapshots >= snapshots)

    async def left(self) -> None:
        """Wait until no socket is open."""
        await self._until(lambda: not self.sockets)

    async def reported(self, report: Document) -> None:
        """Wait until a page said this, and nothing since."""
        await self._until(lambda: self.reports[-1:] == [report])

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
        """Change the document that pages hold, and send them what it changes of their view, by default from the
        revision that they hold."""
        origin = self.revision if start is None else start
        self.revision += 1
        for websocket, peer in self._open():
            before, peer.document = peer.view, apply_patch(peer.document, patch)
            change = difference(before, peer.render(self._now))
            with suppress(WebSocketDisconnect):  # a page may leave at any moment
                await websocket.send_json(self._frame("patch", **{"from": origin}, patch=change))

    async def beat(self, store: str = "up", build: str | None = None) -> None:
        await self.send("beat", build=build or self.build, store=store)

    async def order(self, kind: str, **members: object) -> None:
        await self._send({"type": kind, **members})

    async def lose(self, code: int = 1001) -> None:
        """Close every socket and refuse new ones."""
        self.takes_sockets = False
        for websocket, _ in self._open():
            await websocket.close(code)

    async def send(self, kind: str, **members: object) -> None:
        await self._send(self._frame(kind, **members))

    async def _send(self, frame: Document) -> None:
        for websocket, _ in self._open():
            with suppress(WebSocketDisconnect):  # a page may leave at any moment
                await websocket.send_json(frame)

    def _open(self) -> list[tuple[WebSocket, Peer]]:
        """Those that were not closed from here: a page may answer a close late."""
        return [each for each in self.sockets.items() if each[0].application_state is WebSocketState.CONNECTED]

    async def _answer(self, request: Request, template: str, context: dict[str, Any]) -> Response:
        await self._note(request)
        if request.url.path in self.answers:
            return self.answers[request.url.path]
        if "view" in context and self.knows_data and wants_data(request):
            return board_data(context, self.build, self.orders, {"board": "all", "place": ""})
        words = words_for(request)
        context = {**context, "build": self.build, "words": words, "say": words.say}
        context["local_time"] = Format(words, "UTC").local_time
        if context.get("supervisor"):
            context["frame"] = self._frame_of_page(request, words)
        return self.templates.TemplateResponse(request, template, context, headers=security_headers(request.scope))

    def _frame_of_page(self, request: Request, words: Words) -> Frame:
        links = [(name, path.format(board="all")) for name, path in BAR_PAGES.items()]
        languages = [(language, f"{request.url.path}?lang={language}") for language in LANGUAGES]
        return Frame("all", links, languages, self._pulse(words), is_admin=True, leads=True)

    def _pulse(self, words: Words) -> dict[str, str]:
        return {"state": "live", "text": words.say("pulse.last", age="2 s"), "short": "2 s"}

    async def _note(self, request: Request) -> None:
        async with self.changed:
            self.asked.append(request.url.path)
            self.changed.notify_all()

    async def _until(self, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(holds)

    def _frame(self, kind: str, **members: object) -> Document:
        return {"type": kind, "revision": self.revision, "at": self.at, **clock_time(self._now, ZONE), **members}

    @property
    def _now(self) -> int:
        return parse_instant(self.at)

    def _shown(self) -> Document:
        assert self.document is not None
        return self.document

    def _facts(self) -> Facts:
        return FactFinder(ZONE).facts(self._shown(), self._now)

    def _format(self, words: Words) -> Format:
        return Format(words, ZONE)

    def _view(self, websocket: WebSocket) -> FloorView | WallView:
        form = self._format(words_in(websocket.query_params["lang"]))
        return FloorView(form) if websocket.query_params["view"] == "floor" else WallView(form, self.tiles)


@asynccontextmanager
async def raised(fake: FakeServer) -> AsyncIterator[str]:
    """Serve the fake server on a free port; gives its URL."""
    with free_listener() as listener:
        # Our protocols: uvicorn's own fail to end a socket whose peer just closed it.
        config = uvicorn.Config(
            fake.app,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            lifespan="off",
            log_level="error",
            timeout_graceful_shutdown=1,
        )
        server = PromptServer(config)
        server.server_state = Peers()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        fake.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield fake.url
        server.end()
        await serving


async def pass_time_until_asked(
    page: Page, fake: FakeServer, path: str, times: int = 1, build: str | None = None
) -> None:
    """Let a few seconds of a fake clock go by, as often as it takes until a page was asked for so many times more."""
    sought = fake.asked.count(path) + times

    def is_asked() -> bool:
        return fake.asked.count(path) >= sought

    with unanswered(page) as requests:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_asked():
                await page.clock.fast_forward(STEP_MS)
                await fake.beat(build=build)
                await fake.asked_for(path, sought, within_seconds=0.05)
                await answers(requests, is_asked)


async def answers(requests: set[PageRequest], is_over: Callable[[], bool] = lambda: False) -> None:
    """Wait for them, but not for those that never come."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STEP_PATIENCE_SECONDS):
            while requests and not is_over():
                await asyncio.sleep(0.02)


@contextmanager
def unanswered(page: Page) -> Iterator[set[PageRequest]]:
    """What a page asks for from now on, and has no answer to yet."""
    requests: set[PageRequest] = set()

    def begin(request: PageRequest) -> None:
        requests.add(request)

    def end(request: PageRequest) -> None:
        requests.discard(request)

    page.on("request", begin)
    page.on("requestfinished", end)
    page.on("requestfailed", end)
    try:
        yield requests
    finally:
        page.remove_listener("request", begin)
        page.remove_listener("requestfinished", end)
        page.remove_listener("requestfailed", end)


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
    document["conversations"]["oldest_by_channel"] = {"VIDEO": "2026-11-22T02:03:00.000Z"}
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

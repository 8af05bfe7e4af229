import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.clock import wall_clock
from app.main import create_site
from app.runtime import Runtime
from app.state import State
from tests.support.server import settings


def unstarted() -> tuple[Starlette, State]:
    """An application whose lifespan did not begin, and what its endpoints would find then."""
    runtime = Runtime(settings(), "unix:///nowhere", wall_clock)
    return create_site(runtime), runtime.state


def with_state(app: ASGIApp, state: State) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": dict(state)}, receive, send)

    return serve


async def test_errors_are_problem_documents_whatever_happens() -> None:
    async def broken(_request: Request) -> None:
        raise LookupError("a secret of the house")

    app, state = unstarted()
    app.router.routes.append(Route("/broken", broken))
    transport = httpx.ASGITransport(with_state(app, state), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for method, path, status in (
            ("GET", "/broken", 500),
            ("GET", "/nothing", 404),
            ("POST", "/webhooks/iadvize/", 404),
            ("POST", "/ready", 405),
        ):
            response = await client.request(method, path)
            assert (response.status_code, response.json()["status"]) == (status, status)
            assert response.headers["content-type"] == "application/problem+json"
            assert "secret" not in response.text
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["cache-control"] == "no-store"


async def test_a_browser_is_shown_a_page_of_what_went_wrong() -> None:
    app, state = unstarted()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(with_state(app, state)), base_url="http://127.0.0.1"
    ) as client:
        response = await client.get("/nothing", headers={"accept": "text/html"})
        assert response.status_code == 404
        assert "<h1>Page not found</h1>" in response.text


async def test_nothing_is_ready_before_the_start_is_complete() -> None:
    app, state = unstarted()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(with_state(app, state)), base_url="http://127.0.0.1"
    ) as client:
        assert (await client.get("/ready")).status_code == 503

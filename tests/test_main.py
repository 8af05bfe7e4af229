import httpx
from starlette.requests import Request
from starlette.routing import Route

from app.main import create_app
from tests.running import settings


async def test_errors_are_problem_documents_whatever_happens() -> None:
    async def broken(_request: Request) -> None:
        raise LookupError("a secret of the house")

    app = create_app(settings(), "unix:///nowhere")
    app.router.routes.append(Route("/broken", broken))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
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
    app = create_app(settings(), "unix:///nowhere")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        response = await client.get("/nothing", headers={"accept": "text/html"})
        assert response.status_code == 404
        assert "<h1>Not Found</h1>" in response.text


async def test_nothing_is_ready_before_the_start_is_complete() -> None:
    app = create_app(settings(), "unix:///nowhere")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        assert (await client.get("/ready")).status_code == 503

"""/health, /ready and /metrics: the state of this process, for iAdvize, the platform and Prometheus."""

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from app.state import Request


async def health(request: Request) -> Response:
    """Whether this process can take posts."""
    fault = await request.state["health"].fault()
    if fault is None:
        return JSONResponse({"status": "UP"})
    return JSONResponse({"status": "DOWN", "reason": fault}, 503)


async def ready(request: Request) -> Response:
    """Whether to send requests here: also while the store is away, since pages are served from memory."""
    if request.state["health"].ready:
        return JSONResponse({"status": "READY"})
    return JSONResponse({"status": "NOT READY"}, 503)


async def metrics(_request: Request) -> Response:
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

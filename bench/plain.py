"""What a receiver of posts can be measured against: `python -m bench.plain nothing|awaiting|receiving STORE`.

Starlette and uvicorn as they come, with no more to do than their names say; and our own receiver without a board behind
it. It writes its port once it listens.
"""

import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
import uvloop
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.clock import wall_clock
from app.merge.script import GROUP, arguments_of
from app.merge.writer import queued_post
from app.receive.refusal_log import RefusalLog
from app.receive.signature import HEADER, signature_fault
from app.receive.skew import Skew
from app.receive.tenants import Tenants
from app.receive.webhook import Webhook
from app.server.http_bounds import HttpProtocol
from app.server.reaper import Peers
from app.server.run import collect_what_comes
from app.store import keys
from app.store.client import connect
from app.web.dispatcher import Dispatcher
from bench.parcels import parcel_of
from bench.wire import WEBHOOK
from tests.support.assemble import new_writer
from tests.support.server import SECRET


async def nothing(_request: Request) -> Response:
    return Response(status_code=204)


def awaiting(store: Redis) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that merges each post by a script call of its own, and waits for it."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if signature_fault(body, request.headers.get(HEADER), [SECRET]) is not None:
            return Response(status_code=401)
        parcel = parcel_of(body, wall_clock())
        post = queued_post(parcel.delivery, parcel.body, parcel.event, wall_clock())
        await store.evalsha(GROUP.sha, 1, keys.PREFIX, *arguments_of([post], wall_clock(), wall_clock()))
        return Response(status_code=204)

    return endpoint


def receiving(store: Redis) -> ASGIApp:
    """Return our own receiver, behind which no board follows what becomes of records."""
    writer = new_writer(store, wall_clock)
    webhook = Webhook([SECRET], writer.submit, Tenants(), Skew(wall_clock), RefusalLog())
    return Dispatcher(webhook, Starlette(), trusted_proxies=0)


async def main(kind: str, store_url: str) -> None:
    store = connect(store_url)
    await store.script_load(GROUP.source)
    endpoints = {"nothing": nothing, "awaiting": awaiting(store)}
    app: ASGIApp
    if kind in endpoints:
        protocol: Any = "auto"
        app = Starlette(routes=[Route(WEBHOOK, endpoints[kind], methods=["POST"])])
    else:
        app, protocol = receiving(store), HttpProtocol
        collect_what_comes()  # as where it is at work
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            app, http=protocol, lifespan="off", proxy_headers=False, access_log=False, log_level="error"
        )
        server = uvicorn.Server(config)
        server.server_state = Peers()
        await server.serve(sockets=[listener])


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))

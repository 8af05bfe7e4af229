"""What a receiver of posts can be measured against: `python -m bench.plain nothing|decoding|awaiting|receiving STORE`.

Starlette and uvicorn as they come, with no more to do than their names say; and our own receiver without a board behind
it. It writes its port once it listens.
"""

import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.clock import wall_clock
from app.merge.script import GROUP, arguments_of
from app.merge.spool import Spool
from app.merge.writer import Writer, spooled_post
from app.receive.signature import HEADER, signature_fault
from app.receive.skew import Skew
from app.receive.tenants import Tenants
from app.receive.webhook import Webhook
from app.server.direct_post import DirectRoute, direct_route
from app.server.http import HttpProtocol
from app.server.peers import Peers
from app.store import keys
from app.store.connection import connect
from bench.parcels import parcel_of
from bench.wire import WEBHOOK
from tests.running import SECRET


async def nothing(_request: Request) -> Response:
    return Response(status_code=204)


async def decoding(request: Request) -> Response:
    body = await request.body()
    if signature_fault(body, request.headers.get(HEADER), [SECRET]) is not None:
        return Response(status_code=401)
    msgspec.json.decode(body)
    return Response(status_code=204)


def awaiting(store: Redis) -> Callable[[Request], Awaitable[Response]]:
    """Return what also merges each post by a script call of its own, and waits for it."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if signature_fault(body, request.headers.get(HEADER), [SECRET]) is not None:
            return Response(status_code=401)
        parcel = parcel_of(body, wall_clock())
        post = spooled_post(parcel.delivery, parcel.body, parcel.event, wall_clock())
        await store.evalsha(GROUP.sha, 1, keys.PREFIX, *arguments_of([post], wall_clock(), wall_clock()))
        return Response(status_code=204)

    return endpoint


def receiving(store: Redis) -> DirectRoute:
    """Return our own way for a post, behind which nobody follows what becomes of records."""
    writer = Writer(store, Spool(Path("/dev/null/spool")), wall_clock)
    return direct_route(WEBHOOK, Webhook([SECRET], writer.bring, Tenants(), Skew(wall_clock)).take_at_once)


async def main(kind: str, store_url: str) -> None:
    store = connect(store_url)
    await store.script_load(GROUP.source)
    endpoints = {"nothing": nothing, "decoding": decoding, "awaiting": awaiting(store)}
    routes = [Route(WEBHOOK, endpoints[kind], methods=["POST"])] if kind in endpoints else []
    protocol: Any = "auto" if kind in endpoints else HttpProtocol
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        server = uvicorn.Server(
            uvicorn.Config(Starlette(routes=routes), http=protocol, access_log=False, log_level="error")
        )
        peers = server.server_state = Peers()
        peers.direct = receiving(store)
        await server.serve(sockets=[listener])


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))

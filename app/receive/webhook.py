"""POST /webhooks/iadvize: verify, parse, hand over, answer. Knows nothing of what becomes of an event."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Literal

from prometheus_client import Counter
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.bounds import BODY_BYTES, BODY_KEPT_BYTES, DISCARDED_BYTES
from app.headers import header_of, security_headers
from app.instants import Clock
from app.metrics import POSTS
from app.problems import RETRY_AFTER_SECONDS, Problem, problem, problem_response
from app.receive import events
from app.receive.delivery import Delivery, address_of
from app.receive.parse import parse_event
from app.receive.refusal import FOUND_CHARACTERS, Refusal
from app.receive.signature import HEADER, signature_fault
from app.receive.tenants import Tenants
from app.store.connection import StoreAway

REFUSED, UNRECOGNISED = "refused", "unrecognised"
"""Stand for the event type in metrics where a sender could make up any number of them."""
COUNTED_REFUSALS = (400, 401, 413, 415, 422)

_SIGNATURE = HEADER.encode()

Take = Callable[[Delivery, bytes, events.Event | None], Awaitable[None]]
"""Merges an event and keeps what is told about its post. Returns when it is safe; raises StoreAway when it is not."""

log = logging.getLogger(__name__)


class Webhook:
    """An ASGI application for the one address that iAdvize posts to.

    It stands ahead of what pages need, routing and security headers, and does without Starlette's requests and
    responses for a post that is taken: at a thousand posts a second that is half of what one costs.
    """

    def __init__(self, secrets: Sequence[str], take: Take, tenants: Tenants, clock: Clock) -> None:
        self._secrets = secrets
        self._take = take
        self._tenants = tenants
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            refused = await self._take_post(scope, receive)
        except ClientDisconnect:
            return
        if refused is not None:
            await refused(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

    async def _take_post(self, scope: Scope, receive: Receive) -> Response | None:
        """Return why a post is not taken, or None: it is, and safe."""
        if scope["method"] != "POST":
            error = problem(405, f"{scope['method']} is not allowed here: iAdvize's webhooks are posted")
            return _refused(error, scope, {"Allow": "POST"})
        body = b""
        try:
            body = await _read_body(receive)
            fault = signature_fault(body, header_of(scope, _SIGNATURE), self._secrets)
            if fault is not None:
                raise Refusal(401, fault)
            _demand_json(media_type_of(scope))
            event = parse_event(body, self._clock())
            self._tenants.admit(event.tenant)
        except Refusal as refusal:
            _count_answer(REFUSED, refusal.status)
            log.warning("refused", extra=_told(refusal, scope))
            if refusal.status in COUNTED_REFUSALS:
                await self._count(refusal, scope, body)
            error = problem(
                refusal.status, refusal.detail, field=refusal.field, found=refusal.found, allowed=refusal.allowed
            )
            return _refused(error, scope)
        return await self._accept(event, scope, body)

    async def _accept(self, event: events.Event, scope: Scope, body: bytes) -> Response | None:
        delivery = Delivery(
            status=204,
            verified=True,
            counter=_counter(event),
            event=event.id,
            type=event.type,
            length=_length_of_long(body),
            address=address_of(scope),
        )
        kind = UNRECOGNISED if isinstance(event, events.Unrecognised) else event.type
        try:
            await self._take(delivery, body, event)
        except StoreAway as away:
            _count_answer(kind, 503)
            log.warning("not taken", extra={"status": 503, "id": event.id, "reason": str(away)})
            error = problem(503, f"the store cannot take the event now: {away}; post it again")
            return _refused(error, scope, {"Retry-After": str(RETRY_AFTER_SECONDS)})
        _count_answer(kind, 204)
        return None

    async def _count(self, refusal: Refusal, scope: Scope, body: bytes) -> None:
        delivery = Delivery(
            status=refusal.status,
            verified=refusal.status not in (401, 413),
            outcome="unsigned" if refusal.status == 401 else "refused",
            detail=refusal.detail,
            field=refusal.field,
            found=refusal.found,
            allowed=refusal.allowed,
            type=refusal.type,
            length=_length_of_long(body),
            address=address_of(scope),
            path=scope["path"],
        )
        try:
            await self._take(delivery, body, None)
        except StoreAway as away:
            log.warning("a refused post is not counted: %s", away)


def _told(refusal: Refusal, scope: Scope) -> dict[str, object]:
    """Return what the log tells of a refusal: never what was found in a field, which may be a customer's word."""
    about = {"field": refusal.field, "allowed": refusal.allowed} if refusal.field else {"reason": refusal.detail}
    return {"status": refusal.status, "address": address_of(scope), **about}


def _length_of_long(body: bytes) -> int:
    return len(body) if len(body) > BODY_KEPT_BYTES else 0


def _counter(event: events.Event) -> Literal["unrecognised", "deprecated"] | None:
    match event:
        case events.Unrecognised():
            return "unrecognised"
        case events.Deprecated():
            return "deprecated"
        case _:
            return None


@cache
def _counter_of(kind: str, status: int) -> Counter:
    return POSTS.labels(kind, status)


def _count_answer(kind: str, status: int) -> None:
    _counter_of(kind, status).inc()


def _refused(error: Problem, scope: Scope, headers: Mapping[str, str] | None = None) -> Response:
    return problem_response(error, {**security_headers(scope["scheme"]), **(headers or {})})


async def _read_body(receive: Receive) -> bytes:
    """Return the body. Raises Refusal when it is too long, ClientDisconnect when its sender went away.

    How long it may take is the protocol's business.
    """
    chunks: list[bytes] = []
    length = 0
    while length <= DISCARDED_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        length += len(chunk)
        if length <= BODY_BYTES:
            chunks.append(chunk)
        if not message.get("more_body", False):
            break
    if length > BODY_BYTES:
        raise Refusal(413, f"the body is longer than {BODY_BYTES} bytes")
    return b"".join(chunks)


def media_type_of(scope: Scope) -> str:
    """Return the content type without its parameters; empty when there is none."""
    return (header_of(scope, b"content-type") or "").partition(";")[0].strip().lower()


def _demand_json(media_type: str) -> None:
    if media_type != "application/json":
        raise Refusal(
            415,
            f"the content type is {media_type[:FOUND_CHARACTERS] or 'missing'}; allowed: application/json "
            "(iAdvize lets you choose it for each webhook)",
        )

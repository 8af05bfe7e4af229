"""POST /webhooks/iadvize: verify, parse, hand over, answer. Knows nothing of what becomes of an event."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import cache

from prometheus_client import Counter
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope

from app.bounds import BODY_BYTES, BODY_KEPT_BYTES, DISCARDED_BYTES
from app.deliveries.delivery import Delivery, address_of
from app.errors import FOUND_CHARACTERS, RETRY_AFTER_SECONDS, InvalidPost, Problem, StoreUnavailable
from app.metrics import POSTS
from app.raw_headers import RawHeaders, header_of
from app.receive import events
from app.receive.refusal_log import RefusalLog
from app.receive.signature import HEADER, Alterations, signature_fault
from app.receive.skew import Skew, Timing, timing_of, timing_of_event
from app.receive.tenants import Tenants
from app.receive.validation import check_instant, read_event

PATH = "/webhooks/iadvize"
REFUSED, UNRECOGNISED = "refused", "unrecognised"
"""Stand for the event type in metrics where a sender could make up any number of them."""
COUNTED_REFUSALS = (400, 401, 413, 415, 422)
UNVERIFIED = (401, 413)
"""Answered before a signature was found to be good."""

_NO_CONTENT = Response(status_code=204)
_AGAIN = {"Retry-After": str(RETRY_AFTER_SECONDS)}
_CLOCK_IN_DOUBT = (
    "createdAt and sentAt are over an hour ahead of this server’s clock, which may be wrong: post it again; it is "
    "taken once more events say the same"
)
_SIGNATURE = HEADER.encode()

Submit = Callable[[Delivery, bytes, events.Event | None], Awaitable[None]]
"""Merges an event and logs its delivery; returns when both are safe. Raises StoreUnavailable."""

log = logging.getLogger(__name__)


class Webhook:
    """Answers requests for the one address that iAdvize posts to."""

    def __init__(
        self, secrets: Sequence[str], submit: Submit, tenants: Tenants, skew: Skew, refusals: RefusalLog
    ) -> None:
        self._secrets = secrets
        self._alterations = Alterations(secrets)
        self._submit = submit
        self._tenants = tenants
        self._skew = skew
        self._refusals = refusals

    async def respond(self, scope: Scope, receive: Receive) -> Response:
        """Return the response to a request of ASGI. Raises ClientDisconnect."""
        if scope["method"] != "POST":
            error = Problem(405, f"{scope['method']} is not allowed here: iAdvize's webhooks are posted")
            return error.response({"Allow": "POST"})
        body = b""
        try:
            body = await _read_body(receive)
            event = self._event_of(scope["headers"], body)
        except InvalidPost as refusal:
            return await self._refuse(refusal, scope, body)
        try:
            await self._submit(_delivery_of(event, body, address_of(scope)), body, event)
        except StoreUnavailable as reason:
            return _unavailable(event, reason)
        _count_answer(_kind_of(event), 204)
        return _NO_CONTENT

    def _event_of(self, headers: RawHeaders, body: bytes) -> events.Event:
        """Raises InvalidPost."""
        fault = signature_fault(body, _signature_of(headers), self._secrets)
        if fault is not None:
            raise InvalidPost(401, fault)
        _demand_plain_json(headers)
        event = self._parsed(body)
        self._tenants.admit(event.tenant)
        return event

    def _parsed(self, body: bytes) -> events.Event:
        """Raises InvalidPost."""
        try:
            event = read_event(body)
        except InvalidPost:
            self._hear(timing_of(body))
            raise
        check_instant(event, self._hear(timing_of_event(event)))
        return event

    def _hear(self, timing: Timing) -> int:
        """Take in what a post says of its times; return the present for it. Raises InvalidPost, 503, while in doubt."""
        self._skew.hear(timing)
        if self._skew.is_in_doubt(timing):
            raise InvalidPost(503, _CLOCK_IN_DOUBT)
        return self._skew.present_for(timing)

    async def _refuse(self, refusal: InvalidPost, scope: Scope, body: bytes) -> Response:
        if refusal.status == 401 and (change := self._alterations.find(body, _signature_of(scope["headers"]))):
            refusal.detail += f"; {change}"
        _count_answer(REFUSED, refusal.status)
        if refusal.status in UNVERIFIED:
            self._refusals.write(log, **_told(refusal, scope))
        else:
            log.warning("refused", extra=_told(refusal, scope))
        if refusal.status in COUNTED_REFUSALS:
            await self._count(refusal, scope, body)
        error = Problem(refusal.status, refusal.detail, refusal.field, refusal.found, refusal.allowed)
        return error.response(_AGAIN if refusal.status == 503 else None)

    async def _count(self, refusal: InvalidPost, scope: Scope, body: bytes) -> None:
        delivery = Delivery(
            status=refusal.status,
            verified=refusal.status not in UNVERIFIED,
            outcome="unsigned" if refusal.status == 401 else "refused",
            cause=refusal.cause,
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
            await self._submit(delivery, body, None)
        except StoreUnavailable as away:
            log.warning("a refused post is not counted: %s", away)


def _delivery_of(event: events.Event, body: bytes, address: str) -> Delivery:
    return Delivery(
        status=204,
        verified=True,
        counter=event.counter,
        event=event.id,
        type=event.type,
        length=_length_of_long(body),
        address=address,
    )


def _unavailable(event: events.Event, reason: StoreUnavailable) -> Response:
    _count_answer(_kind_of(event), 503)
    log.warning("not taken", extra={"status": 503, "id": event.id, "reason": str(reason)})
    error = Problem(503, f"the store cannot take the event now: {reason}; post it again")
    return error.response(_AGAIN)


def _kind_of(event: events.Event) -> str:
    return UNRECOGNISED if isinstance(event, events.Unrecognised) else event.type


def _told(refusal: InvalidPost, scope: Scope) -> dict[str, object]:
    """Return what the log tells of a refusal: never what was found in a field, which may be a customer's word."""
    about = {"field": refusal.field, "allowed": refusal.allowed} if refusal.field else {"reason": refusal.detail}
    return {"status": refusal.status, "address": address_of(scope), **about}


def _signature_of(headers: RawHeaders) -> str | None:
    return header_of(headers, _SIGNATURE)


def _length_of_long(body: bytes) -> int:
    return len(body) if len(body) > BODY_KEPT_BYTES else 0


@cache
def _counter_of(kind: str, status: int) -> Counter:
    return POSTS.labels(kind, status)


def _count_answer(kind: str, status: int) -> None:
    _counter_of(kind, status).inc()


async def _read_body(receive: Receive) -> bytes:
    """Return the body. Raises InvalidPost when it is too long, ClientDisconnect when its sender went away.

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
        raise InvalidPost(413, f"the body is longer than {BODY_BYTES} bytes")
    return b"".join(chunks)


def media_type_of(headers: RawHeaders) -> str:
    """Return the content type without its parameters; empty when there is none."""
    return (header_of(headers, b"content-type") or "").partition(";")[0].strip().lower()


def _demand_plain_json(headers: RawHeaders) -> None:
    media_type = media_type_of(headers)
    if media_type != "application/json":
        raise InvalidPost(
            415,
            f"the content type is {media_type[:FOUND_CHARACTERS] or 'missing'}; allowed: application/json "
            "(iAdvize lets you choose it for each webhook)",
        )
    coding = (header_of(headers, b"content-encoding") or "").strip().lower()
    if coding not in ("", "identity"):
        raise InvalidPost(
            415,
            f"the content encoding is {coding[:FOUND_CHARACTERS]}; allowed: identity, a body as it is "
            "(iAdvize does not compress: look for a proxy on the way that does)",
        )

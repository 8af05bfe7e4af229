"""POST /test-post: a signed post as iAdvize sends them goes to the receiver, which takes it as any other."""

import secrets

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Scope

from app.clock import instant
from app.receive.signature import HEADER, sign
from app.receive.webhook import PATH
from app.state import Request

OUTCOMES = (204, 401, 503)
"""What the receiver may answer. 401: there is no secret."""


async def send(request: Request) -> Response:
    state = request.state
    body = new_event(state["clock"]())
    signature = sign(body, next(iter(state["settings"].iadvize_secrets), ""))

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    answer = await state["webhook"].respond(_scope(request, signature), receive)
    return RedirectResponse(f"/?tested={answer.status_code}", 303)


def new_event(now: int) -> bytes:
    """Return an event that changes no number: an operator whom no customer has."""
    event = {"eventId": f"try-{secrets.token_hex(8)}", "eventType": "user.created", "platform": "ha"}
    return msgspec.json.encode(event | {"clientId": 0, "userId": 0, "createdAt": instant(now), "sentAt": instant(now)})


def _scope(request: Request, signature: str) -> Scope:
    headers = [(b"content-type", b"application/json"), (HEADER.encode(), signature.encode())]
    return {**request.scope, "method": "POST", "path": PATH, "headers": headers}

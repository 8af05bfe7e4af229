"""Setting up: the events to tick in iAdvize, and two ways to post a first one: POST /test-post and a shell command."""

import secrets
from shlex import quote

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Scope

from app.clock import instant
from app.receive.signature import HEADER, sign
from app.receive.webhook import PATH
from app.state import Request

TICKED = (
    "v2.conversation.pushed",
    "v2.conversation.closed",
    "user.created",
    "user.updated",
    "user.connected",
    "user.disconnected",
    "user.availability.updated",
    "visitor.updated",
    "satisfaction.answered",
    "transaction.attributed",
)
"""The events that boards are made of."""
TEST_OUTCOMES = (204, 401, 503)
"""What the receiver may answer. 401: there is no secret."""


def first_event_command(url: str) -> str:
    """Return a shell command that posts an event as iAdvize would, and changes no number.

    It fails without SECRET: a post signed with an empty one would look like a wrong secret.
    """
    return (
        """: "${SECRET:?}"; """
        """body='{"eventId":"try-'$(date +%s)'","eventType":"user.created","platform":"ha","clientId":0,"userId":0,"""
        """"createdAt":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'"}'; """
        f"""curl -i {quote(url)} -H 'Content-Type: application/json' -H "{HEADER}: sha256="""
        """$(printf %s "$body" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')" --data-binary "$body\""""
    )


async def send_test_post(request: Request) -> Response:
    """Post a signed event as iAdvize would: the receiver takes it as any other."""
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

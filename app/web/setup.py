"""Setting up: the events to tick in iAdvize, and a shell command that posts a first one."""

from shlex import quote

from app.receive.signature import HEADER

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

"""What somebody needs who sets up: the events to tick, and a line for a shell that posts the first one."""

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
    """Return a line for a shell that posts an event as iAdvize would: one that is no news to any number.

    Without a SECRET it posts nothing: signed with none, it would look like a wrong one.
    """
    return (
        """: "${SECRET:?}"; """
        """body='{"eventId":"try-'$(date +%s)'","eventType":"user.created","platform":"ha","clientId":0,"userId":0,"""
        """"createdAt":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'"}'; """
        f"""curl -i {quote(url)} -H 'Content-Type: application/json' -H "{HEADER}: sha256="""
        """$(printf %s "$body" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')" --data-binary "$body\""""
    )

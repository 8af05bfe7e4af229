"""What came of the last posts, in words: a part of the first page, and by itself for the script that keeps it live."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.instants import instant
from app.merge.last_posts import LastPost
from app.pages.template import page
from app.process import Process, process_of
from app.store.connection import StoreAway

REFUSED = {
    400: "not an event",
    401: "no signature that fits",
    404: "wrong address",
    405: "wrong address",
    415: "not JSON",
    422: "a field is missing or wrong",
}
REMARKS = {
    "unrecognised": "No board counts events of this type.",
    "deprecated": "This type is an old one: tick the v2 events instead.",
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A post as the page lists it. What is not known is empty."""

    id: str
    event: str = ""
    """Where it can be opened, behind /events/."""
    at: str
    is_taken: bool
    verdict: str
    status: int
    type: str
    address: str
    path: str
    """Where it went, if that was wrong."""
    why: str


class Listing(msgspec.Struct, frozen=True):
    has_begun: bool
    rows: list[Row]


async def show(request: Request) -> Response:
    return page(request, "posts.html", last=await listed(process_of(request)))


async def listed(process: Process) -> Listing | None:
    """Return the last posts; None while the store cannot be asked for them."""
    if process.mirror.state == "away":
        return None  # nobody waits until it is found away once more
    try:
        last = await process.last_posts.read()
    except StoreAway:
        return None
    return Listing(last.has_begun, [_row(post) for post in last.posts])


def _row(post: LastPost) -> Row:
    is_taken = post.outcome in ("accepted", "duplicates")
    return Row(
        id=post.id,
        event=post.event,
        at=instant(post.at),
        is_taken=is_taken,
        verdict=_verdict(post) if is_taken else f"Refused: {REFUSED.get(post.status, 'not a webhook')}",
        status=post.status,
        type=post.type,
        address=post.address,
        path=post.path if post.status in (404, 405) else "",
        why=REMARKS.get(post.counter, post.reason),
    )


def _verdict(post: LastPost) -> str:
    return "Taken" if post.outcome == "accepted" else "Sent again: it counts once"

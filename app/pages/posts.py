"""What came of the last posts, in words: a part of the first page, and by itself for the script that keeps it live."""

import msgspec
from starlette.responses import Response

from app.clock import instant
from app.errors import StoreUnavailable
from app.merge.last_posts import LastPost
from app.pages.template import page, words_for
from app.pages.verdicts import refusal_of
from app.state import Request, State
from app.words.words import Words


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
    remark: str
    why: str
    """The reason, as the answer and the log say it, in English."""


class Listing(msgspec.Struct, frozen=True):
    has_begun: bool
    rows: list[Row]


async def show(request: Request) -> Response:
    return page(request, "posts.html", last=await listed(request.state, words_for(request)))


async def listed(state: State, words: Words) -> Listing | None:
    """Return the last posts; None while the store cannot be asked for them."""
    if state["mirror"].state == "away":
        return None  # nobody waits until it is found away once more
    try:
        last = await state["last_posts"].read()
    except StoreUnavailable:
        return None
    return Listing(last.has_begun, [_row(post, words) for post in last.posts])


def _row(post: LastPost, words: Words) -> Row:
    is_taken = post.outcome in ("accepted", "duplicates")
    return Row(
        id=post.id,
        event=post.event,
        at=instant(post.at),
        is_taken=is_taken,
        verdict=_verdict(post, words),
        status=post.status,
        type=post.type,
        address=post.address,
        path=post.path if post.status in (404, 405) else "",
        remark=words.say("remark." + post.counter) if post.counter else "",
        why=post.reason,
    )


def _verdict(post: LastPost, words: Words) -> str:
    match post.outcome:
        case "accepted":
            return words.say("posts.taken")
        case "duplicates":
            return words.say("posts.repeated")
        case _:
            return refusal_of(post.status, words)

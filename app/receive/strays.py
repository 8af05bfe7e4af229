"""Webhooks that were posted where nobody takes any: kept as unsigned posts are, so that whoever sets up sees them."""

import logging
from functools import partial

from starlette.types import Scope

from app.bounds import PATH_CHARACTERS
from app.errors import StoreUnavailable
from app.headers import header_of
from app.receive.answer import answered
from app.receive.delivery import Delivery, address_of
from app.receive.signature import HEADER
from app.receive.webhook import Bring, media_type_of

log = logging.getLogger(__name__)


def is_stray(scope: Scope) -> bool:
    """Whether a request that found nobody was meant to be a webhook."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    headers = scope["headers"]
    return header_of(headers, HEADER.encode()) is not None or media_type_of(headers) == "application/json"


async def keep_stray(scope: Scope, status: int, reason: str, bring: Bring) -> None:
    """Count it among the unsigned ones, and keep where it went: never its body."""
    address = address_of(scope)
    # Not its path: whoever pasted too much into the address has a secret there.
    log.warning("refused", extra={"status": status, "address": address, "reason": reason})
    path = scope["path"][:PATH_CHARACTERS]
    delivery = Delivery(status=status, outcome="unsigned", detail=reason, address=address, path=path)
    try:
        await answered(partial(bring, delivery, b"", None))
    except StoreUnavailable as away:
        log.warning("a refused post is not counted: %s", away)

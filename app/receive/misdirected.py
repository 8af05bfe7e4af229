"""Webhooks posted to a wrong address: logged like unsigned posts, so that the first page shows them."""

import logging

from starlette.types import Scope

from app.bounds import PATH_CHARACTERS
from app.deliveries.delivery import Delivery, address_of
from app.errors import StoreUnavailable
from app.raw_headers import header_of
from app.receive.refusal_log import RefusalLog
from app.receive.signature import HEADER
from app.receive.webhook import Submit, media_type_of

log = logging.getLogger(__name__)


def is_misdirected(scope: Scope) -> bool:
    """Whether a request that no route takes looks like a webhook."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    headers = scope["headers"]
    return header_of(headers, HEADER.encode()) is not None or media_type_of(headers) == "application/json"


async def log_misdirected(scope: Scope, status: int, reason: str, submit: Submit, refusals: RefusalLog) -> None:
    """Count the post as unsigned and record its path, never its body."""
    address = address_of(scope)
    # The log line omits the path, which may hold a pasted secret; only supervisors see the path, at /events.
    refusals.write(log, status=status, address=address, reason=reason)
    path = scope["path"][:PATH_CHARACTERS]
    delivery = Delivery(status=status, outcome="unsigned", detail=reason, address=address, path=path)
    try:
        await submit(delivery, b"", None)
    except StoreUnavailable as away:
        log.warning("a refused post is not counted: %s", away)

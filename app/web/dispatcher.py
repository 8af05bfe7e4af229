"""Where every request comes in: posts go to the webhook, all else to the site.

Posts pass by Starlette's routing and middleware, which would cost more than to verify, parse and merge them.
"""

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app.receive.webhook import PATH, Webhook
from app.web.error_page import internal_error
from app.web.headers import raw_security_headers
from app.web.proxies import Proxies

log = logging.getLogger(__name__)


class Dispatcher:
    """An ASGI application."""

    def __init__(self, webhook: Webhook, site: ASGIApp, trusted_proxies: int) -> None:
        self._webhook = webhook
        self._site = site
        self._posts = Proxies(self._take_post, count=trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = scope["type"] == "http" and scope["path"] == PATH
        await (self._posts if is_post else self._site)(scope, receive, send)

    async def _take_post(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._webhook.respond(scope, receive)
        except ClientDisconnect:
            return
        except Exception:  # as Starlette does for all other requests
            log.exception("a post could not be handled")
            response = internal_error()
        headers = response.raw_headers
        if response.body:  # without one there is nothing that a browser could misuse
            headers = [*headers, *raw_security_headers(scope)]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

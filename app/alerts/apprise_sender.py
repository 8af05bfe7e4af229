"""Messages to people, by Apprise: chats, mail, push. Apprise works in threads of its own."""

import asyncio
import re
from typing import Any

from app.alerts.addresses import HostRefused, resolve
from app.alerts.services import FIXED_HOSTS, instantiate, new_sender

_STATUS = re.compile(r"error=(\d{3})\b")


class AppriseSender:
    def __init__(self, *, allows_private: bool) -> None:
        self._allows_private = allows_private

    async def send(self, url: str, kind: str, title: str, body: str, *, is_good: bool) -> str:
        """Return why a message was not taken; empty: it was. The caller has a deadline.

        `is_good`: it tells that something ended.
        """
        # In threads: to import Apprise takes a third of a second, and to make a service may read files.
        service = await asyncio.to_thread(instantiate, url)
        if service is None:
            return "its address cannot be read"
        if kind not in FIXED_HOSTS:
            try:
                await self._check_host(service)
            except HostRefused as error:
                return str(error)
        sender = await asyncio.to_thread(new_sender, service)
        result = await sender.async_notify(
            body=body, title=title, notify_type="success" if is_good else "warning", body_format="text"
        )
        return "" if result else _reason(result)

    async def _check_host(self, service: Any) -> None:
        """Raises HostRefused. Mail goes to a host that the address may not name: that of a known provider."""
        host = getattr(service, "smtp_host", "") or getattr(service, "host", "")
        if not self._allows_private and isinstance(host, str) and host:
            await resolve(host, 0, allows_private=False)


def _reason(result: Any) -> str:
    """Return what went wrong as a status, if there is one: what a service says may hold secrets."""
    for entry in result.logs():
        if (found := _STATUS.search(entry.message)) is not None:
            return f"it answered {found[1]}"
    return "it cannot be reached, or refuses the message"

"""Where a log-in leads: to the page that was asked for, which addresses and forms carry as `next`.

Anyone can write those: only a page of ours counts.
"""

import re
from urllib.parse import quote

from app.state import Connection

LONGEST = 500
HOME = "/"

_OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
"""A path of ours. Browsers take a backslash for a slash, and leave out tabs and line ends: `//host` is another site."""


def own_page(given: str) -> str:
    """Return an address of ours as it was given; empty: it is none."""
    return given if len(given) <= LONGEST and _OWN.fullmatch(given) else ""


def with_next(address: str, given: str) -> str:
    """Return an address that carries where to go on to, unless that is no page of ours, or the first one."""
    page = own_page(given)
    return address if page in ("", HOME) else f"{address}?next={quote(page, safe='/')}"


def asked_page(connection: Connection) -> str:
    """Return the page that a browser wants to see; empty: it sends a form."""
    if connection.scope["method"] != "GET":
        return ""
    url = connection.url
    # A script that polls numbers stands for the page that it is on.
    is_data = connection.query_params.get("format") == "json"
    return url.path if is_data or not url.query else f"{url.path}?{url.query}"

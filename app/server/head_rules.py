"""What RFC 9112 demands of a request's head and the parser lets through: one Host, chunked bodies alone, HTTP/1."""

import re

from app.errors import Problem
from app.raw_headers import RawHeaders

VERSIONS = ("1.0", "1.1")
_HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?", re.ASCII)


def fault_of_head(version: str, headers: RawHeaders) -> Problem | None:
    """Return what makes a request one that two servers might read in two ways, or None."""
    if version not in VERSIONS:
        return Problem(505, "this server speaks HTTP/1.1 and 1.0")
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if not _HOST.fullmatch(value):
                return Problem(400, "the Host is no name or address with a port or without one")
        elif name == b"transfer-encoding" and value.strip(b" \t,").lower() != b"chunked":
            # A body in another coding as well would be taken for what it is inside.
            return Problem(501, "allowed as Transfer-Encoding: chunked")
    if hosts > 1 or (not hosts and version == "1.1"):
        return Problem(400, f"there are {hosts} headers with the name Host; allowed: 1")
    return None

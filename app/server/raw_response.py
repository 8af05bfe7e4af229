"""A response as the bytes that are written in place of the application's."""

from collections.abc import Sequence

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE


def raw_response(response: Response, default_headers: Sequence[tuple[bytes, bytes]], *, is_last: bool) -> bytes:
    """`is_last`: the connection is closed after it."""
    lines = [STATUS_LINE[response.status_code]]
    for name, value in [*default_headers, *response.raw_headers]:
        lines += [name, b": ", value, b"\r\n"]
    if is_last:
        lines.append(b"connection: close\r\n")
    return b"".join([*lines, b"\r\n", bytes(response.body)])

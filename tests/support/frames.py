"""What a peer reads in a frame."""

from typing import Any

import msgspec

from app.publish.frames import Frame


def decoded(frame: Frame) -> dict[str, Any]:
    """Return the text of a frame that is not masked: after 2, 4 or 10 bytes of header (RFC 6455)."""
    header = {126: 4, 127: 10}.get(frame.encoded[1], 2)
    text: dict[str, Any] = msgspec.json.decode(frame.encoded[header:])
    return text

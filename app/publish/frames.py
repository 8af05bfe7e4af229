"""WebSocket frames, each encoded once for all peers that it is sent to."""

from typing import Any, Literal, NamedTuple

import msgspec
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

from app.records import Order

Kind = Literal["snapshot", "patch", "beat", "leave", "show"]
"""The type of a frame; orders are the others."""

encode = msgspec.json.Encoder().encode


class Frame(NamedTuple):
    kind: Kind | Order
    encoded: bytes
    """As it goes over the wire: RFC 6455's frame of a text, whole, not masked, not compressed."""


def frame(kind: Kind | Order, **members: Any) -> Frame:
    return frame_of(kind, encode({"type": kind, **members}))


def frame_of(kind: Kind | Order, text: bytes) -> Frame:
    return Frame(kind, bytes(WebSocketFrame(Opcode.TEXT, text).serialize(mask=False)))

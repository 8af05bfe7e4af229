"""The form in the store of what is kept for long: a head that is read alone, as a line of JSON, and a packed body."""

import lzma
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def pack(head: object, body: object, window: int) -> bytes:
    """`window`: how far back, in bytes, the packer looks for what comes again."""
    packed = lzma.compress(msgspec.msgpack.encode(body), lzma.FORMAT_RAW, filters=_filters(window))
    return msgspec.json.encode(head) + b"\n" + packed


def head_of(value: bytes, type_: type[T]) -> T:
    """Raises ValueError for what no version of ours wrote, as `body_of` does."""
    return msgspec.json.decode(value.partition(b"\n")[0], type=type_)


def body_of(value: bytes, type_: type[T], window: int) -> T:
    try:
        plain = lzma.decompress(value.partition(b"\n")[2], lzma.FORMAT_RAW, filters=_filters(window))
        return msgspec.msgpack.decode(plain, type=type_)
    except (lzma.LZMAError, msgspec.MsgspecError) as error:
        raise ValueError(f"its body cannot be unpacked: {error}") from None


def _filters(window: int) -> list[dict[str, Any]]:
    return [{"id": lzma.FILTER_LZMA1, "preset": 6, "lc": 0, "lp": 0, "pb": 0, "dict_size": window}]

"""What people note on a day: that a mailing went out, that a shop closed."""

import msgspec


class Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a mark."""

    board: str
    moment: int
    """When what it says happened, in ms."""
    text: str
    author: str
    at: int
    """When it was written, in ms."""
    until: int
    """When it is forgotten: with its day, or, once it is removed, after a while."""
    is_removed: bool = False

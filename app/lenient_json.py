"""JSON that is valid but that msgspec refuses: numbers of any size, kept exact, and halves of surrogate pairs."""

import json
import re
from decimal import Decimal
from typing import Any

BEYOND_BOUNDS = Decimal("Infinity")
"""Stands for a number that Python cannot hold."""

_INTEGER_DIGITS = 4_300  # Python's bound
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
"""A pair of surrogates, half of one, and every other escape, so that none is entered midway."""


def decode(body: bytes) -> Any:
    """Return the value in a body in UTF-8, lone surrogates replaced. Raises ValueError, RecursionError."""
    return _decode(_ESCAPE.sub(lambda match: "\\ufffd" if match["half"] else match[0], body.decode()))


def decode_with_surrogates(body: bytes) -> Any:
    """The same with lone surrogates, which cannot be encoded."""
    return _decode(body.decode())


def exact_number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent beyond all bounds
        return BEYOND_BOUNDS


def _decode(text: str) -> Any:
    return json.loads(text, parse_int=_bounded_integer, parse_float=exact_number, parse_constant=_refuse_constant)


def _bounded_integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _INTEGER_DIGITS else BEYOND_BOUNDS


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")

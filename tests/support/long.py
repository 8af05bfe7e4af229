"""What takes long, or is like what is tested anyway: `make chaos` runs it, `make test` does not."""

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet

LONG = pytest.mark.long


def mostly_long(values: Iterable[Any]) -> list[ParameterSet]:
    """Return values to parametrise a test with, of which `make test` takes the first alone."""
    first, *others = (value if isinstance(value, tuple) else (value,) for value in values)
    return [pytest.param(*first), *(pytest.param(*other, marks=LONG) for other in others)]

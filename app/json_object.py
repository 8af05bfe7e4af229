"""A JSON object as Python has it."""

from typing import Any

Json = dict[str, Any]

"""One line for each thing that is logged: `name=value` pairs (logfmt), which people read and programs split."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_QUIET = ("uvicorn", "httpx")
"""They tell of every start, stop and request."""


def configure_logs(stream: TextIO = sys.stdout) -> None:
    """Have everything that is logged from INFO on written to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _printable,
                structlog.processors.LogfmtRenderer(key_order=("at", "level", "logger", "event")),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _printable(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What strangers send may hold characters that a terminal obeys."""
    return {name: _shown(value) if isinstance(value, str) else value for name, value in event.items()}


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)

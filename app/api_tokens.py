"""API_TOKENS: what programs authenticate with. A token may have a name, and scopes that narrow what it opens."""

import re
from typing import Literal, get_args

import msgspec

TokenScope = Literal["read-boards", "read-people", "read-alerts", "marks", "metrics"]
SCOPES: tuple[TokenScope, ...] = get_args(TokenScope)

_NARROWED = re.compile(r"(?P<name>[a-z0-9][a-z0-9_-]{0,39}):(?P<scopes>[a-z+-]+):(?P<token>.+)", re.ASCII)


class ApiToken(msgspec.Struct, frozen=True):
    token: str
    name: str = ""
    """Empty: it has none."""
    scopes: frozenset[TokenScope] = frozenset(SCOPES)

    def __repr__(self) -> str:
        return f"ApiToken(name={self.name!r})"


def parse_api_tokens(text: str) -> tuple[ApiToken, ...]:
    """Return the tokens of a setting, bare or as in `grafana:read-boards+metrics:TOKEN`. Raises ValueError."""
    return tuple(_parse(item) for item in map(str.strip, text.split(",")) if item)


def _parse(item: str) -> ApiToken:
    match = _NARROWED.fullmatch(item)
    if match is None:
        return ApiToken(item)
    scopes = match["scopes"].split("+")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ValueError(
            f"has the token {match['name']} with the scope {unknown[0]!r}: allowed are {', '.join(SCOPES)}, joined by +"
        )
    return ApiToken(match["token"], match["name"], frozenset(scope for scope in SCOPES if scope in scopes))

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
    scopes: frozenset[TokenScope] = frozenset(SCOPES)

    def __repr__(self) -> str:
        return f"ApiToken(name={self.name!r})"


def parse_api_tokens(text: str) -> tuple[ApiToken, ...]:
    """Return the tokens of a setting, bare or as in `grafana:read-boards+metrics:TOKEN`. Raises ValueError."""
    tokens = tuple(dict.fromkeys(_parse(item) for item in map(str.strip, text.split(",")) if item))
    if len({token.token for token in tokens}) < len(tokens):
        raise ValueError("has one token twice, with other names or scopes: give each program a token of its own")
    return tokens


def _parse(item: str) -> ApiToken:
    match = _NARROWED.fullmatch(item)
    if match is None:
        if _names_scopes(item):  # as a bare token it would open everything, and be easily guessed
            raise ValueError(
                "has scopes without a name or a token: write it like grafana:read-boards+metrics:TOKEN, "
                "with a name of a-z, 0-9, - and _"
            )
        return ApiToken(item)
    scopes = match["scopes"].split("+")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ValueError(
            f"has the token {match['name']} with the scope {unknown[0]!r}: allowed are {', '.join(SCOPES)}, joined by +"
        )
    return ApiToken(match["token"], match["name"], frozenset(scope for scope in SCOPES if scope in scopes))


def _names_scopes(item: str) -> bool:
    return ":" in item and any(
        scope in SCOPES for part in item.split(":") for scope in map(str.strip, part.lower().split("+"))
    )

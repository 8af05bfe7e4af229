"""The company's log-in, as the settings describe it: where it is, and to whom it gives which role."""

import re
from typing import Literal

import msgspec

Role = Literal["admin", "lead", "viewer"]


class Grant(msgspec.Struct, frozen=True):
    """Whom a role is given to."""

    role: Role
    value: str
    """Of the claim of roles, a mail address, or `@domain`."""
    teams: tuple[str, ...] = ()
    """Of a lead: whose boards they lead; empty: all."""


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    client_id: str
    client_secret: str
    roles_claim: str = ""
    """Empty: `roles`, else `groups`."""
    grants: tuple[Grant, ...] = ()

    def __repr__(self) -> str:
        return f"IdentityProvider(issuer={self.issuer!r})"


def parse_grants(role: Role, text: str) -> tuple[Grant, ...]:
    """Return whom a setting names, as in `care-leads, lille-leads team:Lille, ana@example.org`. Raises ValueError."""
    grants = []
    for item in filter(None, map(str.strip, text.split(","))):
        value, *teams = re.split(r"\s+team:", item)
        if role != "lead" and teams:
            raise ValueError("names a team: only leads have teams")
        if value.startswith("team:") or value.endswith("@") or not all(map(str.strip, teams)):
            raise ValueError(
                "is not allowed: write a role, an address or @domain, and after it teams, as care-leads team:Lille"
            )
        grants.append(Grant(role, value, tuple(map(str.strip, teams))))
    return tuple(grants)

"""How much of people's names the deployment shows."""

import msgspec


class PrivacyRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of what admins chose."""

    sums: bool = False
    """Nothing but sums of at least five people, for everyone."""
    names: dict[str, str] = {}
    """By role, where a board says nothing else."""
    author: str
    at: int
    """When it was written, in ms."""
    until: int = 0

"""How much of people's names each role sees on each board, and whether the whole deployment shows sums alone."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import cast

from redis.asyncio import Redis

from app.access.accounts import Rights
from app.access.credentials import Credentials
from app.board.definition import BoardDefinition
from app.board.names import NAMES_LEVELS, NamesLevel, Naming
from app.clock import Clock
from app.definitions.parse import ROLES
from app.errors import InputError, Mistake
from app.mirror.mirror import Mirror
from app.records import PRIVACY_KIND, PrivacyRecord
from app.repository import Repository

RECORD_NAME = f"{PRIVACY_KIND}:deployment"
_PURPOSE = b"names of the day"
"""A separate key is derived from the deployment's."""


class Privacy(Repository[PrivacyRecord]):
    def __init__(self, store: Redis, mirror: Mirror, credentials: Credentials, clock: Clock, setting: str) -> None:
        """`setting`: PRIVACY; `sums` cannot be changed by a page."""
        super().__init__(store, mirror, clock, (PrivacyRecord,), lambda record: (record.at,))
        self._credentials = credentials
        self.is_set = setting == "sums"

    @property
    def record(self) -> PrivacyRecord | None:
        """What admins chose last; None: nothing yet."""
        return self.get(RECORD_NAME, PrivacyRecord)

    @property
    def shows_sums(self) -> bool:
        """Whether the whole deployment shows nothing but sums."""
        return self.is_set or (self.record is not None and self.record.sums)

    def default_level(self, role: str) -> NamesLevel:
        """Return what a role sees on boards that say nothing else."""
        return cast("NamesLevel", self.record.names.get(role, "full") if self.record else "full")

    def level_of(self, rights: Rights, definition: BoardDefinition | None) -> NamesLevel:
        """Return what a person sees on a board. Admins see names, unless the whole deployment shows sums."""
        if self.shows_sums:
            return "sums"
        if rights.is_admin:
            return "full"
        leads = rights.leads(definition.teams if definition else frozenset())
        return self._chosen_level("lead" if leads else "viewer", definition)

    def lead_level(self, definition: BoardDefinition | None) -> NamesLevel:
        return "sums" if self.shows_sums else self._chosen_level("lead", definition)

    def _chosen_level(self, role: str, definition: BoardDefinition | None) -> NamesLevel:
        chosen = definition.config.names.get(role) if definition else None
        return cast("NamesLevel", chosen) if chosen else self.default_level(role)

    def channel_level(self, definition: BoardDefinition) -> NamesLevel:
        """Return how a board's channels of alerts name people.

        A reader of a channel is no more than a viewer of the board, and messages go to other companies' machines: no
        one is named in full, or by a number of the day.
        """
        if self.shows_sums:
            return "sums"
        chosen = definition.config.names
        default = self.record.names if self.record else {}
        level = chosen.get("viewer") or default.get("viewer") or chosen.get("lead") or default.get("lead") or "first"
        return cast("NamesLevel", {"full": "first", "number": "sums"}.get(level, level))

    def naming(self, level: NamesLevel) -> Naming:
        """Raises StoreUnavailable where the key is needed and was never read."""
        if level in ("full", "sums"):
            return Naming(level)
        secret = self._credentials.required_keys.secret.encode()
        return Naming(level, hmac.digest(secret, _PURPOSE, sha256))

    async def choose(self, *, sums: bool, names: dict[str, str], author: str) -> None:
        """Raises InputError, StoreUnavailable."""
        if mistakes := wrong_levels(names):
            raise InputError(mistakes)
        chosen = {role: names[role] for role in ROLES if names.get(role, "full") != "full"}

        def changed(before: PrivacyRecord | None) -> PrivacyRecord:
            return PrivacyRecord(sums=sums, names=chosen, author=author, at=self._instant_after(before))

        await self.change(RECORD_NAME, PrivacyRecord, changed)


def wrong_levels(names: Mapping[str, str]) -> list[Mistake]:
    """Return what is wrong with levels of names by role."""
    return [
        Mistake(field=f"names.{role}", rule="choice", found=str(level), allowed=", ".join(NAMES_LEVELS))
        for role, level in names.items()
        if role in ROLES and level not in NAMES_LEVELS
    ]

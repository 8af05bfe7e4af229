"""Which boards this process publishes: those of the store, as they change, and those of its own files."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Literal

from app.board.definition import BoardDefinition
from app.definitions.parse import ALL, ALL_TITLE
from app.definitions.records import BoardRecords, configs_of
from app.definitions.toml import read_file_boards
from app.mirror.mirror import Mirror
from app.publish.boards import Boards
from app.records import BoardConfig, BoardRecord, Limit
from app.settings import Settings, parse_time_zone
from app.tasks import Tasks

FIRST_LIMITS = {"oldest_onsite": Limit(watch=900, alarm=1800)}
"""Of a board without limits of its own: a chat this old is bad on any floor."""
WHOLE = BoardConfig(title=ALL_TITLE, limits=FIRST_LIMITS)
"""The board that always exists, until it is changed."""

Origin = Literal["page", "file"]

log = logging.getLogger(__name__)


class BoardCatalogue:
    """A board of a file is shown in place of one with its id in the store, which is kept."""

    def __init__(self, boards: Boards, mirror: Mirror, records: BoardRecords, settings: Settings, tasks: Tasks) -> None:
        """Raises SettingsError."""
        self._boards = boards
        self._mirror = mirror
        self._records = records
        self._settings = settings
        self.files: Mapping[str, BoardConfig] = read_file_boards(settings)
        """The boards of this process's own files."""
        self._changed = asyncio.Event()
        self._applying = asyncio.Lock()
        mirror.watch(lambda *_: self._changed.set(), BoardRecord)
        mirror.watch_state(self._changed.set)
        tasks.add("the boards as they are defined", self._follow)

    def origin_of(self, id_: str) -> Origin:
        return "file" if id_ in self.files else "page"

    @property
    def records(self) -> dict[str, BoardRecord]:
        """The boards of the store by id, archived ones too."""
        return self._records.records

    @property
    def hidden(self) -> list[str]:
        """The ids of boards in the store for which those of files are shown."""
        return sorted(self.files.keys() & self._stored().keys())

    async def apply(self) -> None:
        """Start, replace and stop boards until they are those that are defined."""
        async with self._applying:
            wanted = self._wanted()
            shown = {definition.id: definition for definition in self._boards.definitions}
            for id_ in shown.keys() - wanted.keys():
                await self._boards.stop(id_)
            for id_, definition in wanted.items():
                if id_ not in shown:
                    await self._boards.start(definition)
                elif definition != shown[id_]:
                    await self._boards.replace(definition)

    def _wanted(self) -> dict[str, BoardDefinition]:
        configs = {ALL: WHOLE, **self._stored(), **self.files}
        return {id_: self.definition_of(id_, config) for id_, config in configs.items() if _can_be_shown(id_, config)}

    def _stored(self) -> dict[str, BoardConfig]:
        return configs_of(self.records)

    def definition_of(self, id_: str, config: BoardConfig) -> BoardDefinition:
        return BoardDefinition.of(id_, config, self._settings.time_zone, self._settings.currency)

    async def _follow(self) -> None:
        while True:
            # While records are away, those of boards are no fewer.
            if self._mirror.state == "up":
                await self.apply()
            await self._changed.wait()
            self._changed.clear()


def _can_be_shown(id_: str, config: BoardConfig) -> bool:
    """Whether this host knows the time zone that another one took."""
    try:
        parse_time_zone(config.time_zone or "UTC")
    except ValueError as error:
        log.error("the board %s is not shown: its time zone %r %s", id_, config.time_zone, error)
        return False
    return True

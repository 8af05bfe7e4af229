"""Whether sums alone are shown, and which boards are not shown then, by the roster."""

from redis.asyncio import Redis

from app.access.privacy import RECORD_NAME
from app.board.definition import BoardDefinition
from app.board.names import FEWEST_PEOPLE, people_by_team
from app.cli.check.finding import Finding, warning, well
from app.clock import wall_clock
from app.definitions.records import board_records_in, configs_of
from app.definitions.toml import read_file_boards
from app.records import PrivacyRecord, Roster, decode_record
from app.roster.store import RosterStore
from app.settings import Settings
from app.store import keys


async def privacy_findings(settings: Settings, store: Redis) -> list[Finding]:
    """Raises StoreUnavailable, RedisError or OSError."""
    if settings.privacy != "sums" and not await _is_switched(store):
        return []
    roster, definitions = (await RosterStore(store).read()).roster, await _definitions(settings, store)
    subject = "PRIVACY" if settings.privacy == "sums" else "the switch at /people"
    shown = well(subject, f"no person is shown to anyone, only sums of at least {FEWEST_PEOPLE}")
    small = [definition for definition in definitions if _is_small(definition, roster)]
    return [shown, *(_finding(definition, roster) for definition in small)]


def _is_small(definition: BoardDefinition, roster: Roster) -> bool:
    """Whether the roster alone says so: who works on a board narrowed by project or channel is not on it."""
    if definition.is_narrowed_by_work or not definition.teams:
        return False
    return people_by_team(definition, roster).total() < FEWEST_PEOPLE


def _finding(definition: BoardDefinition, roster: Roster) -> Finding:
    count = people_by_team(definition, roster).total()
    found = f"people of the roster in its teams: {count}; with sums alone it is not shown"
    return warning(f"board {definition.id}", found, "give it more teams at /boards, or correct the teams at /roster")


async def _is_switched(store: Redis) -> bool:
    json = await store.get(keys.PREFIX + RECORD_NAME)
    record = decode_record(RECORD_NAME, json) if isinstance(json, bytes) else None
    return isinstance(record, PrivacyRecord) and record.sums


async def _definitions(settings: Settings, store: Redis) -> list[BoardDefinition]:
    stored = await board_records_in(store, wall_clock).read()
    configs = configs_of(stored) | read_file_boards(settings)
    zone, currency = settings.time_zone, settings.currency
    return [BoardDefinition.of(id_, config, zone, currency) for id_, config in sorted(configs.items())]

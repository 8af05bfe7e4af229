"""The boards of the demo, made as people make them: each can be changed at `/boards`.

Their limits are passed now and then: with `for` and `clear_for` as short as they are here, by one alarm in about five
minutes of a working day at speed 1.
"""

from app.definitions.parse import ALL, ALL_TITLE
from app.definitions.records import BoardRecords
from app.records import BoardConfig, Limit

AUTHOR = "deskboard demo"

BOARDS = {
    ALL: BoardConfig(
        title=ALL_TITLE,
        limits={
            "oldest_onsite": Limit(watch=900, alarm=1500),
            "oldest:CALL": Limit(watch=420, alarm=600),
            "csat": Limit(watch=75, alarm=65),
        },
    ),
    "madrid": BoardConfig(
        title="Madrid shop",
        projects=(2,),
        limits={
            "oldest_onsite": Limit(watch=420, alarm=720),
            "oldest:CALL": Limit(alarm=300),
            "open": Limit(watch=11, alarm=13, lasts=10, clear_for=20),
        },
    ),
    "paris": BoardConfig(
        title="Paris team",
        teams=("Paris",),
        limits={
            "oldest_onsite": Limit(watch=600, alarm=720),
            "oldest:CALL": Limit(alarm=240),
            "open:CHAT": Limit(watch=2, alarm=3, lasts=10, clear_for=20),
        },
    ),
    "messaging": BoardConfig(
        title="Messaging",
        channels=("FACEBOOK", "FACEBOOK_BUSINESS_ON_MESSENGER", "MOBILE_APP", "SMS"),
        limits={"open": Limit(watch=27, alarm=31, lasts=10, clear_for=20)},
    ),
}


async def make_boards(boards: BoardRecords) -> None:
    """Make them in a store that never had any. Raises StoreUnavailable."""
    if not await boards.read():
        for id_, config in BOARDS.items():
            await boards.put(id_, config, AUTHOR)

"""The list of open conversations: what each row says, on which side it stands, and in which order.

static/js/conversation-rows.js has the same rules for a page that is open.
"""

from typing import NamedTuple

from app.board.figures import Json
from app.pages.operator_rows import channel_name, name_of
from app.pages.reading import Reading
from app.records import ONSITE

SIDES = ("onsite", "offsite", "unverified")
"""Ages of the three are never mixed."""


class ConversationRow(NamedTuple):
    key: str
    conversation: Json
    """As in the document."""
    side: str
    """One of SIDES."""
    label: str
    """What the operator is called."""


def conversation_rows(document: Json, operator: str, reading: Reading) -> list[ConversationRow]:
    """Return a row for each open conversation, oldest first. `operator`: of whom alone; empty: of all."""
    operators = document["operators"]["by_id"]
    rows = [
        ConversationRow(
            key,
            conversation,
            _side(conversation),
            name_of(conversation["operator"], operators.get(conversation["operator"]), reading),
        )
        for key, conversation in document["conversations"]["by_id"].items()
        if operator in ("", conversation["operator"])
    ]
    return sorted(rows, key=lambda row: (row.conversation["opened_at"], row.key))


def conversation_texts(row: ConversationRow, reading: Reading) -> dict[str, str]:
    """Return what the cells of a row say, by their names."""
    conversation = row.conversation
    return {
        "channel": channel_name(conversation["channel"], reading),
        "operator": row.label,
        "age": reading.age(conversation["opened_at"]),
        "opened": reading.time_of_day(conversation["opened_at"]),
        "transfers": reading.number(conversation["transfers"]),
    }


def _side(conversation: Json) -> str:
    if conversation.get("unverified"):
        return "unverified"
    return "onsite" if conversation["channel"] in ONSITE else "offsite"

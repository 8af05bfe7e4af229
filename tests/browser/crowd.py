"""A floor full of invented people, as a document that the floor page shows."""

from datetime import datetime, timedelta
from typing import Any

from app.clock import instant
from tests.browser.fake_server import AT, floor_document

Document = dict[str, Any]

NAMES = ("Ana", "Élodie", "Bruno", "Chloé", "Dalia", "Émile", "Farid", "Gwen", "Hugo", "Inès", "Jules", "Karim")
TEAMS = ("Lille", "Paris", "Évry", None)
CHANNELS = ("CHAT", "CALL", "FACEBOOK", "WHATSAPP")
EVENTS = ("v2.conversation.closed", "user.connected", "visitor.updated", "user.availability.updated")
NOW = round(datetime.fromisoformat(AT).timestamp() * 1000)
MINUTE = 60_000


def ago(minutes: float) -> str:
    return instant(round(NOW - minutes * MINUTE))


def operator(number: int, **members: Any) -> Document:
    """One who is at work and has nothing to do; a member that is None is absent."""
    found = {
        "id": number,
        "client": 335,
        "kind": "human",
        "name": f"{NAMES[number % len(NAMES)]} {chr(65 + number % 26)}.",
        "team": TEAMS[number % 3],
        "presence": "connected",
        "since": ago(200 + number),
        "last_act": {"at": ago(number % 50), "event": EVENTS[number % len(EVENTS)]},
        "available": {"CALL": number % 5 == 0, "CHAT": True},
        "open": {},
        "received": number % 17,
        "closed": number % 13,
        "csat": {"responses": number % 9 + 1, "satisfied": 1, "score": round(100 / (number % 9 + 1), 1)},
    }
    return {name: value for name, value in (found | members).items() if value is not None}


def conversation(owner: int, minutes: float, channel: str = "CHAT", **members: Any) -> Document:
    found = {"channel": channel, "project": 1, "operator": f"ha-335-{owner}", "opened_at": ago(minutes), "transfers": 0}
    return found | members


def floor_of(operators: list[Document], conversations: dict[str, Document]) -> Document:
    """A document of these, the counts and rows of which agree with each other."""
    document = floor_document()
    for found in conversations.values():
        owner = next((one for one in operators if f"ha-335-{one['id']}" == found["operator"]), None)
        if owner is not None and not found.get("unverified"):
            owner["open"] = owner["open"] | {found["channel"]: owner["open"].get(found["channel"], 0) + 1}
    people = [one for one in operators if one["kind"] == "human"]
    document["operators"] |= {
        presence: sum(one["presence"] == presence for one in people) for presence in ("connected", "unverified", "gone")
    }
    document["operators"] |= {
        "bots": sum(one["kind"] == "bot" and one["presence"] != "gone" for one in operators),
        "by_id": {f"ha-335-{one['id']}": one for one in operators},
    }
    document["teams"] = {
        team: _team_of([one for one in people if one.get("team", "") == team])
        for team in sorted({one.get("team", "") for one in people})
    }
    certain = [one for one in conversations.values() if not one.get("unverified")]
    document["conversations"] |= {
        "open": len(certain),
        "unverified": len(conversations) - len(certain),
        "by_id": conversations,
    }
    document["satisfaction"]["comments"] = [
        {"at": ago(3), "conversation": "ha-335-c-1", "text": "It was very helpful <b>indeed</b>"},
        {"at": ago(64), "conversation": "ha-335-c-2", "text": "Trop long\nmais poli"},
    ]
    document["delivery"] |= {"refused": 1, "unsigned": 0, "unrecognised": 0, "deprecated": 0, "spooled": 0}
    return document


def _team_of(people: list[Document]) -> Document:
    connected = [one for one in people if one["presence"] == "connected"]
    return {
        "connected": len(connected),
        "taking": sum(any(one["available"].values()) for one in connected),
        "not_taking": 0,
        "unverified": sum(one["presence"] == "unverified" for one in people),
        "open": sum(sum(one["open"].values()) for one in people),
        "started": 7,
        "closed": 5,
        "csat": {"responses": 12, "satisfied": 9, "score": 75.0},
    }


def crowd(size: int) -> Document:
    """A floor of so many, of whom some are unverified, gone, bots, or on no roster, and most have something open."""
    operators = [operator(number, **_peculiarity(number)) for number in range(1, size + 1)]
    conversations = {
        f"ha-335-c-{number}": conversation(
            number * 7 % size + 1,
            number * 1.7 % 55 if number % 4 < 2 else number * 37 % 4000,
            CHANNELS[number % 4],
            transfers=number % 3,
            **({"unverified": True} if number % 29 == 0 else {}),
        )
        for number in range(1, min(2 * size, 500) + 1)
        if size < 100 or number % 3
    }
    return floor_of(operators, conversations)


def _peculiarity(number: int) -> Document:
    found: Document = {}
    if number % 11 == 0:
        found |= {"presence": "unverified", "last_act": {"at": ago(250 + number), "event": EVENTS[0]}}
    if number % 7 == 0:
        found |= {"presence": "gone", "since": ago(20 + number), "available": {}}
    if number % 10 == 9:
        found |= {"name": None, "team": None, "csat": None}
    if number % 23 == 0:
        found |= {"kind": "bot", "name": f"Wall-e {number}", "team": None, "since": None, "last_act": None}
        found |= {"presence": "unverified", "available": {}}
    return found


def later(seconds: float) -> str:
    return instant(NOW + round(timedelta(seconds=seconds) / timedelta(milliseconds=1)))

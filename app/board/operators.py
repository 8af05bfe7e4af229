"""Who is there, as far as events show it: a row for each operator, and the counts of them.

Presence depends on now, so it is computed here and stored nowhere.
"""

from collections import Counter
from collections.abc import KeysView
from enum import StrEnum
from typing import NamedTuple, cast

from app.board.conversations import OpenConversation
from app.board.definition import PresenceLimits
from app.board.document import OperatorPresence, OperatorRow, OperatorsPart, OperatorWho, OperatorWork
from app.board.expiry_heap import ExpiryHeap
from app.board.first_entries import FirstEntries
from app.board.largest import by_channel
from app.board.scores import csat_share, responses_and_satisfied
from app.board.teams import Count, Teams, Work
from app.bounds import OPERATORS_LISTED
from app.clock import DAY, LONG_AGO, NEVER, instant
from app.records import Kind, NotHere, Operator, Person, Roster, key_of
from app.tally import CLOSED, OWN_CLOSED, OWN_CSAT, OWN_STARTED, RECEIVED, Sums

LISTED_FOR = DAY
"""An operator stays on the list this long after the last that was heard of them."""


class Presence(StrEnum):
    CONNECTED = "connected"
    UNVERIFIED = "unverified"
    GONE = "gone"


class RowBelonging(NamedTuple):
    """Whether conversations were pushed to an operator lately enough for them to be listed."""

    board: bool
    team: bool
    """On this board narrowed to their team: there, conversations that another team has now do not count."""


class Row(NamedTuple):
    """`document` is None when the operator is not listed; all of it holds until the instant `valid_until`."""

    document: OperatorRow | None
    presence: Presence
    kind: Kind
    team: str
    is_in_team: bool
    """This board narrowed to the team would list them."""
    work: Work
    onsite: int
    """Certain open onsite conversations that they hold."""
    valid_until: int


def presence_of(operator: Operator, now: int, limits: PresenceLimits) -> tuple[Presence, int]:
    """Return an operator's presence, and the instant at which time alone will change it."""
    came, left, act = operator.came, key_of(operator.left), operator.act
    if came is None or came.key <= left or now >= came.at + limits.gone_after:
        return Presence.GONE, NEVER
    gone_at = came.at + limits.gone_after
    if act is None or act.key <= left or now >= act.at + limits.unverified_after:
        return Presence.UNVERIFIED, gone_at
    return Presence.CONNECTED, min(gone_at, act.at + limits.unverified_after)


def row_of(
    key: str,
    operator: Operator,
    owned: list[OpenConversation],
    belonging: RowBelonging,
    roster: Roster,
    today: Sums,
    now: int,
    limits: PresenceLimits,
    not_here: NotHere | None = None,
) -> Row:
    """`owned`: the open conversations last pushed to them. `today`: their own sums of the board's day. `not_here`: what
    was said of them last."""
    presence, valid_until = presence_of(operator, now, limits)
    certain = [conversation for conversation in owned if now < conversation.unverified_from]
    heard = max((moment.at for moment in (operator.left, operator.came, operator.act) if moment), default=LONG_AGO)
    heard_until = heard + LISTED_FOR + 1
    valid_until = min(
        [valid_until, *(c.unverified_from for c in certain), *([heard_until] if now < heard_until else [])]
    )
    person = roster.find(key) or Person("")
    work = _own_work(certain, today)
    is_heard_of = presence is not Presence.GONE or now < heard_until
    if not certain and not (belonging.board and is_heard_of):
        return Row(None, presence, person.kind, person.team, False, work, 0, valid_until)
    said = not_here if not_here is not None and presence is not Presence.GONE and person.kind is Kind.HUMAN else None
    if said is not None and is_not_here(said, operator, now):
        valid_until = min(valid_until, said.until)
    else:
        said = None
    document: OperatorRow = {
        **_who(key, person),
        **_presence_document(operator, presence, said),
        **_work(certain, today),
    }
    onsite = sum(conversation.is_onsite for conversation in certain)
    return Row(document, presence, person.kind, person.team, bool(certain) or belonging.team, work, onsite, valid_until)


def is_not_here(said: NotHere, operator: Operator, now: int) -> bool:
    """Whether what was said of an operator still holds."""
    return not said.is_over and now < said.until and (operator.act is None or operator.act.at <= said.at)


def _own_work(certain: list[OpenConversation], today: Sums) -> Work:
    responses, satisfied = responses_and_satisfied(today, OWN_CSAT)
    (oldest, _, _), _ = min((c.age for c in certain if c.is_onsite), default=((None, 0, b""), ""))
    return Work(len(certain), oldest, today[OWN_STARTED], today[OWN_CLOSED], responses, satisfied)


def _who(key: str, person: Person) -> OperatorWho:
    _platform, client, number = key.split("-")
    who: OperatorWho = {"id": int(number), "client": int(client), "kind": person.kind.value}
    if person.name:
        who["name"] = person.name
    if person.team:
        who["team"] = person.team
    return who


def _presence_document(operator: Operator, presence: Presence, said: NotHere | None) -> OperatorPresence:
    known = {} if presence is Presence.GONE else operator.available
    available = {channel: moment.available for channel, moment in sorted(known.items())}
    document: OperatorPresence = {"presence": presence.value, "available": available}
    since = _since(operator, presence)
    if since is not None:
        document["since"] = instant(since)
    if operator.act is not None:
        document["last_act"] = {"at": instant(operator.act.at), "event": operator.act.event}
    if said is not None:
        document["not_here"] = {"by": said.by, "until": instant(said.until), "reason": said.reason.value}
    return document


def _work(certain: list[OpenConversation], today: Sums) -> OperatorWork:
    document: OperatorWork = {
        "open": by_channel(Counter(conversation.channel for conversation in certain)),
        "received": today[RECEIVED],
        "closed": today[CLOSED],
    }
    csat = csat_share(today)
    if csat["responses"]:
        document["csat"] = csat
    return document


def _since(operator: Operator, presence: Presence) -> int | None:
    """When the present state began, as far as it is known."""
    if presence is not Presence.GONE:
        return operator.connects[0].at if operator.connects else None
    if key_of(operator.came) <= key_of(operator.left):
        return operator.left.at if operator.left else None
    return max(moment.at for moment in (operator.came, operator.act) if moment)


class Rows:
    """The rows of all operators by key, and the counts of those that are listed."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._counts: Counter[Presence] = Counter()
        """Of humans, as `available`."""
        self._available: Counter[str] = Counter()
        self._available_listed: dict[str, int] | None = None
        """What is shown of `_available`. None: to be computed again."""
        self._taking = 0
        """Connected humans who are available on a channel; `_not_taking`: who are known to be available on none."""
        self._not_taking = 0
        self._not_here = 0
        self._bots = 0
        self.teams = Teams()
        self.onsite_held_by_humans = 0
        """Certain open onsite conversations."""
        self._expiries = ExpiryHeap()
        self._first = FirstEntries[tuple[int, str], OperatorRow](OPERATORS_LISTED, self._document_of)
        """Of all that have a document."""

    def keys(self) -> KeysView[str]:
        return self._rows.keys()

    def put(self, key: str, row: Row) -> None:
        if row == self._rows.get(key):
            self._expiries.put(key, row.valid_until)  # it may have expired
            return
        self.drop(key)
        self._rows[key] = row
        self._expiries.put(key, row.valid_until)
        self._count(row, 1)
        if row.document is not None:
            self._first.put(_position_of(key, row))

    def drop(self, key: str) -> None:
        before = self._rows.pop(key, None)
        if before is not None:
            self._expiries.drop(key)
            self._count(before, -1)
            self._first.drop(key)

    def expire(self, now: int) -> list[str]:
        """Return the keys of rows that no longer hold at this instant; each is to be put again."""
        return self._expiries.expire(now)

    def next_expiry(self) -> int:
        return self._expiries.next()

    def document(self) -> OperatorsPart:
        return {
            "connected": self._counts[Presence.CONNECTED],
            "unverified": self._counts[Presence.UNVERIFIED],
            "gone": self._counts[Presence.GONE],
            "taking": self._taking,
            "not_taking": self._not_taking,
            "not_here": self._not_here,
            "bots": self._bots,
            "available": self._available_by_channel(),
            "by_id": self._first.document(),
        }

    def _available_by_channel(self) -> dict[str, int]:
        if self._available_listed is None:
            self._available_listed = by_channel(+self._available)
        return self._available_listed

    def _document_of(self, key: str) -> OperatorRow:
        return cast("OperatorRow", self._rows[key].document)

    def _count(self, row: Row, by: int) -> None:
        counts = _counts_of(row)
        self.teams.add(row.team, counts if row.is_in_team else (), row.work, by)
        if row.document is None:
            return
        if row.kind is Kind.BOT:
            self._bots += by * (row.presence is not Presence.GONE)
            return
        self.onsite_held_by_humans += by * row.onsite
        if "not_here" in row.document:
            self._not_here += by
            return
        self._counts[row.presence] += by
        self._taking += by * ("taking" in counts)
        self._not_taking += by * ("not_taking" in counts)
        if row.presence is Presence.CONNECTED:
            available: dict[str, bool] = row.document["available"]
            if available:
                self._available_listed = None
            for channel, is_available in available.items():
                self._available[channel] += by * is_available


def _counts_of(row: Row) -> tuple[Count, ...]:
    """Return in which counts of a team an operator counts."""
    if row.document is None or row.kind is Kind.BOT:
        return ()
    if row.presence is Presence.GONE or "not_here" in row.document:
        return ("listed",)
    if row.presence is Presence.UNVERIFIED:
        return ("listed", "unverified")
    available = row.document["available"]
    if not available:
        return ("listed", "connected")
    return ("listed", "connected", "taking" if any(available.values()) else "not_taking")


def _position_of(key: str, row: Row) -> tuple[int, str]:
    """Return by which rows are listed where there are too many: who is there first, then who left conversations."""
    if row.presence is not Presence.GONE:
        return int(row.presence is Presence.UNVERIFIED), key
    return 2 if row.document and row.document["open"] else 3, key

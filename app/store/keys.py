"""Names in the store. One hash tag keeps a deployment in one slot of a cluster.

A record's name is `kind:key`, as in `operator:ha-335-12`; it is its key in the store behind PREFIX, its member in the
index of its kind, and its name on the change stream.
"""

PREFIX = "{deskboard}:"

META = PREFIX + "meta"
"""Hash: `n` number of the last change, `epoch` of this store, `since` and receipt of the `first_event` taken, in ms;
what `Receipts` holds. `mark`: the last change before `marked_at`, in ms, a minute ago or two. `days`: how often DAYS
changed; `days_since`: since when SPREAD is complete, in ms. `erased`: how often a person was taken out."""
CHANGES = PREFIX + "changes"
"""Stream of records that changed, whole, numbered one by one."""
DELIVERIES = PREFIX + "deliveries"
"""Stream of the last signed posts, taken and refused."""
UNSIGNED = PREFIX + "unsigned"
"""Stream of the last posts without a good signature: never their bodies."""
SEEN_EVENTS = PREFIX + "seen"
"""Sorted set of the event ids that were taken lately, by the second of the server's clock."""
ROSTER = PREFIX + "roster"
ROSTER_BEFORE = PREFIX + "roster-before"
"""The roster before its last change, for RETENTION."""
OPEN = PREFIX + "index:open"
"""Index of the conversations that are open, by newest key."""
SPREAD = PREFIX + "index:day"
"""Index of the records that count something on an earlier day than that of their newest key, by that day's number since
1970: `20785 conversation:...`."""
TOUCHED = PREFIX + "days:touched"
"""Hash: by the number of a UTC day, the last change of a record that counts in it, until the day is summed up."""
DAYS = PREFIX + "days"
"""Hash: by date, as in `2026-11-22`, the sums of a UTC day."""
PRESENCE = PREFIX + "presence:"
"""Prefix of a hash for each operator and UTC day, `20785:ha-335-12`: when they were there, as app/merge/presence.lua
has it."""
PRESENT = PREFIX + "present:"
"""Prefix of a sorted set for each UTC day: the operators of that day."""
PEOPLE_SUMS = PREFIX + "people-sums:"
"""Prefix of the sums of each operator on a UTC day, by its date."""
SHOWN = PREFIX + "shown:"
"""Prefix of a hash for each board: by the number of an hour since 1970, the board as it was shown then."""
SHOWN_HOURS = PREFIX + "shown-hours"
"""Sorted set of all those, `494913 lille`, by the hour."""
SHOWN_BYTES = PREFIX + "shown-bytes"
"""How many bytes they take together."""
LOOKED_AT = PREFIX + "looked-at"
"""Sorted set of boards, by when a screen or person last looked at them, in ms."""
SEEN_SCREENS = PREFIX + "screens:seen"
"""Hash: by screen, when it was last here, and what its page said of itself."""
ACCESS_LOG = PREFIX + "access-log"
"""Sorted set of who looked at what, by the hour in ms."""
LIVE = PREFIX + "live:"
LEASE = PREFIX + "lease:"
PROBE = PREFIX + "probe"
REFUSED_ORIGIN = PREFIX + "refused-origin"
"""The last page whose form or socket was refused for its name."""
REHEARSAL = PREFIX + "rehearsal:"
"""Prefix of the keys that a rehearsal of the merge writes and removes."""


def reports(monday: str) -> str:
    """Hash: by channel and board, when the report of the week before this Monday was sent."""
    return f"{PREFIX}reports:{monday}"


def versions(name: str) -> str:
    """List of the last versions of a record, newest first."""
    return f"{PREFIX}versions:{name}"


def index(kind: str) -> str:
    """Sorted set of the names of one kind of record, by their newest key in ms."""
    return f"{PREFIX}index:{kind}"

"""How much there may be of anything that strangers, iAdvize or time bring along. Bounds of one kind stand together."""

# A post, at the door.
BODY_BYTES = 65_536
DISCARDED_BYTES = 16 * 2**20
"""A longer body is read to its end up to here, so that its sender gets to read the answer."""
BODY_DEADLINE_SECONDS = 20.0
FORM_BYTES = 16_384
"""Of a form on our own pages."""

# What an event says.
ID_CHARACTERS = 200
NAME_CHARACTERS = 64
"""Of a platform, a channel, a source."""
LARGEST_ID = 2**53 - 1
"""The largest whole number that every JSON reader keeps."""
OPERATORS = 100
"""That one close names."""
AVAILABILITIES = 20
COMMENT_CHARACTERS = 2_000
AMOUNT = 10**9
TENANTS = 100
"""Customers of one deployment: another one's events are refused."""

# Records: the script keeps so many of each, by key and never by arrival.
CONNECTS = 50
PUSHES = 50
INVOLVED = 500
CHANNELS = 50
"""Of one operator's availability. More than AVAILABILITIES, so that one event always fits."""
SPANS = 100
"""In which somebody received."""

# Streams: how many entries the store keeps.
CHANGES = 10_000
"""A reader that is further behind takes a new snapshot."""
DELIVERIES = 10_000
DELIVERIES_HOURS = 24
UNSIGNED = 20
BODY_KEPT_BYTES = 4_096
"""Of each of the last deliveries, the refused ones too."""
SEEN_SECONDS = 3_600
"""How long an event id is known, to count duplicates."""

# Posts that wait in a process.
WAITING_POSTS = 10_000
WAITING_REFUSALS = 200
"""Posts that were refused wait in the same line, but strangers cannot make it long."""
GROUP_POSTS = 128
"""One script call."""
WRITTEN_SECONDS, WRITTEN_POSTS = 60, 20_000
"""What is remembered of posts that the store took, to be sent again should it come back without them."""
SPOOL_BYTES = 64 * 2**20
"""Of one process's spool: some 60 000 posts."""

# What boards list.
COMMENTS = 20
OPEN_CONVERSATIONS = 500

# Screens and people.
SCREENS = 200
PEOPLE = 10_000
"""On the roster."""
PERSON_CHARACTERS = 100
"""Of a name, a team, or the name of a screen."""

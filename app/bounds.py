"""Upper limits of what clients, iAdvize or the passage of time can accumulate, grouped by what they limit."""

# Connections.
CONNECTIONS = 10_000
CONNECTIONS_OF_ADDRESS = 1_000
"""HTTP connections from one address, unless a trusted proxy stands in front. Sockets do not count."""
RESERVED_FILES = 256
"""Open files kept free of connections: for the store, the spool, our own files, and TURNED_AWAY."""
TURNED_AWAY = 100
"""Surplus connections answered at the same time, fewer than RESERVED_FILES; any more are cut without an answer."""
REAP_SECONDS = 1.0
"""How often all connections are checked, and so how late a missed deadline is noticed at most."""
LINGER_SECONDS, LINGER_BYTES = 2.0, 1_048_576
"""How long, and how much, a peer may keep sending after it was answered, so that it gets to read the answer."""
KEEP_ALIVE_SECONDS = 95
"""Longer than any router's (Heroku's is 90 s), so that we never close a connection while a post is under way."""

# Requests.
HEAD_SECONDS = 10.0
"""From the first byte of a request, or from the connection, to the end of the headers."""
HEAD_BYTES = 32_768
"""Everything in a request but its body: request line, headers, chunk framing, trailers."""
PIECE_BYTES = 4_096
"""Fed to the parser at a time. Bounds are checked in between, so HEAD_BYTES is exact to this."""
HEADERS = 100
BODY_SECONDS = 20.0
"""From the end of the headers to the end of the body. More than a form's own deadline."""
COOKIE_BYTES = 4_096
"""Of our own cookies: browsers keep no longer ones."""
PIPELINED_REQUESTS = 10
"""Requests waiting behind the one being answered: each costs its sender a few bytes, and us kilobytes."""

# What is sent to a peer.
SEND_SECONDS = 10.0
"""A peer that accepts less than SEND_BYTES in this time is stuck."""
SEND_BYTES = 10_240

# Sockets.
SOCKETS = 5_000
"""Fewer than CONNECTIONS, so that screens cannot lock out webhooks."""
HANDSHAKE_SECONDS = 10.0
"""From the end of a handshake's headers to its answer: until then the connection already counts as a socket."""
FRAME_BYTES = 4_096
"""Clients send no data: this only limits control messages."""
FRAGMENTS = 16
"""Frames of one message: they may be empty, so FRAME_BYTES does not limit them."""
RECEIVED_BYTES, RECEIVED_SECONDS = 65_536, 10.0
"""How much a peer may send in this time. More than HEAD_BYTES, since the handshake counts too."""

# A post, before it is accepted.
BODY_BYTES = 65_536
ALTERED_BYTES, ALTERED_PER_SECOND = 8_192, 10
"""Bodies with a wrong signature up to this length, and this many a second, are examined for what altered them."""
REFUSAL_LINE_SECONDS = 1.0
"""Between two log lines about refused posts without a valid signature."""
DISCARDED_BYTES = 16 * 2**20
"""A body that is too long is read on up to this size, so that its sender gets to read the answer."""
PATH_CHARACTERS = 100
"""Kept of a path to which a webhook was posted by mistake."""
FORM_BYTES = 16_384
"""Of forms on our own pages."""
UPLOAD_SECONDS = 18
"""Less than BODY_SECONDS, so that a sender who is too slow gets an answer that says so."""

# What an event says.
ID_CHARACTERS = 200
NAME_CHARACTERS = 64
"""Of a platform, a channel or a source."""
LARGEST_ID = 2**53 - 1
"""The largest whole number that every JSON parser reads exactly."""
OPERATORS = 100
"""Named by one close."""
AVAILABILITIES = 20
COMMENT_CHARACTERS = 2_000
AMOUNT = 10**9
TENANTS = 100
"""Customers of one deployment: events of any further one are refused."""

# Records: how much the merge script keeps, by the keys of events and never by arrival.
CONNECTS = 50
PUSHES = 50
INVOLVED = 500
CHANNELS = 20
"""In one operator's availability. As many as AVAILABILITIES, so that one event always fits."""
SIGNS = 100
"""Connects and disconnects of one operator and UTC day."""
SPANS = 100
"""Periods in which some process could receive posts."""

# Streams: how many entries the store keeps.
CHANGES, CHANGES_SECONDS = 10_000, 60
"""A reader that is further behind takes a new snapshot. The store trims roughly, so some older ones remain."""
DELIVERIES = 5_000
"""Half a kilobyte each: a quarter of what a day of 10 000 conversations takes."""
DELIVERIES_HOURS = 24
UNSIGNED = 20
BODY_KEPT_BYTES = 4_096
"""Of the body of each logged delivery, refused ones too."""
SOUGHT_CHARACTERS = 200
"""Of the text of a search."""
DELIVERIES_LISTED = 50
"""On one page of the log."""
DELIVERIES_LOOKED_THROUGH = 5_000
"""By one search: some 40 ms of work. A page that stopped there says so, and links to the rest."""
DELIVERIES_AT_A_TIME = 250
"""Read from the store at once: 1 MB at most."""
SEEN_SECONDS, SEEN = 3_600, 20_000
"""How long event ids are remembered to count duplicates, and how many. No fewer than WRITTEN_POSTS, which may be sent
again; iAdvize retries within half a minute."""

# Posts that wait in a process.
WAITING_POSTS = 10_000
WAITING_UNSIGNED = 200
"""Of posts without a valid signature, counted apart: strangers cannot fill the queue."""
GROUP_POSTS = 128
"""In one script call."""
WRITTEN_SECONDS, WRITTEN_POSTS = 60, 20_000
"""Posts that the store took and that are remembered, to be sent again if it comes back without them."""
SPOOL_BYTES = 64 * 2**20
"""Of the spool of one process: some 60 000 posts."""

# What boards list.
COMMENTS = 20
COMMENTS_ON_A_PAGE = 50
COMMENT_RECORDS = 100_000
"""Of the newest conversations, searched for comments: nine days of 10 000."""
OPEN_CONVERSATIONS = 500
OPERATORS_LISTED = 2_000
"""Connected ones first, then unverified ones, then those who left open conversations, then the rest."""
CHANNELS_LISTED = 50
"""The largest, beside the documented ones; the rest count as `other`."""
PROJECTS_OFFERED = 200
"""In the filter of a floor."""
SOURCES_LISTED = 100
"""Those with most sales; the rest count as `other`."""

# Screens and people.
SCREENS = 200
ACCOUNTS = 500
SET_UP_LINE_BYTES = 16 * 2**20
"""Of one record in a file of `deskboard export`: the roster is the longest."""
ACCESS_ENTRIES = 50_000
"""In the access log: one for each hour, page and visitor."""
ACCESS_ENTRIES_WAITING = 10_000
"""In memory while the store takes no writes."""
SCREEN_BOARDS = 20
"""Shown in turns by one screen: its cookie names them all, and must stay under COOKIE_BYTES."""
TURN_SECONDS = (5, 3_600)
"""Least and most time that each board stays."""
ALARM_TURN_SECONDS = 15
"""At most, while several boards of a screen are in alarm, so that each is seen soon."""
INCHES = (5.0, 200.0)
METRES = (0.3, 50.0)
"""Diagonal of a screen, and distance of its viewers."""
SLOW_LOG_IN_SECONDS = 2
"""How long a log-in takes after many failed lately, from whatever addresses."""
SLOW_LOG_INS, SLOW_FIRST_LOG_INS = 5, 20
"""Slow log-ins at the same time, from addresses that failed before and from all others: 12 guesses a second in all."""
LOG_IN_LINE_SECONDS = 20
"""How long a log-in waits for its turn before it is told to come back. Less than a router's 30 s."""
FIRST_CODES = 10
"""Pairing codes that each site gets in ten minutes, however many all others request."""
WRONG_LINKS, WRONG_LINK_SECONDS = 100, 600
"""Failed attempts with screen links from one address: ten players with a lost link may retry once a minute."""
TICKET_SECONDS = 60
"""How long a ticket is valid."""
PEOPLE = 10_000
"""On the roster."""
PERSON_CHARACTERS = 100
"""Of the name of a person, team or screen."""
PERSON_BYTES = 1_100
"""Of a line in a file of people: name and team of PERSON_CHARACTERS at four bytes each, and the rest in UTF-16."""
ROSTER_BYTES = PEOPLE * PERSON_BYTES
"""Of a file of people."""
ROSTER_FORM_BYTES = ROSTER_BYTES + 2 * 2**20
"""Of the form with that file. Above ROSTER_BYTES, so that the page can say of a file that it is too long."""
ROSTER_ERRORS = 50
"""Listed for one file."""
ROSTER_LISTED = 500
"""In one table of people on a page."""

REFUSED_ORIGINS, ORIGIN_CHARACTERS, ORIGIN_SECONDS = 100, 100, 86_400
"""Refused origins that one process logs, how much of each name, and how long the last one is kept."""

# The end of a process.
LEAVE_SECONDS = 1.0
"""How long a shutdown waits until every peer was asked to leave."""
LEAVE_LEAST_MS = 1_000
"""Peers reconnect only after we are gone: as long as LEAVE_SECONDS."""
LEAVE_MOST_MS = 5_000
"""Well before the 12 s after which a wall takes silence for a lost link."""
FLUSH_SECONDS = 1.0
"""How long a peer may take to read its last bytes. Together with LEAVE_SECONDS and REAP_SECONDS less than
SHUTDOWN_SECONDS."""
SHUTDOWN_SECONDS = 5
"""How long requests under way may take to be answered. Together with LEAVE_SECONDS less than 10 s, in which we end."""
SPOOL_SECONDS = 25
"""How long a process may empty its spool after SIGTERM: platforms kill it after 30 s."""

# Boards.
BOARDS = 100
BOARD_FORM_BYTES = 65_536
BOARD_VERSIONS = 50
"""Kept of each."""
BOARD_VERSIONS_BYTES = 65_536
"""Remembered by a process of each board's versions, to write them back."""
BOARD_TITLE_CHARACTERS = 80
BOARD_LIMITS = 100
"""Of one board: each is evaluated at every change."""
BOARD_LIST_ENTRIES = 400
"""In each list of a board: projects, channels, teams, tiles, hours, dates."""

# Days.
LONGEST_HISTORY_DAYS = 3_660
"""The most that HISTORY_DAYS may be."""
MARKS, MARKS_OF_A_DAY = 5_000, 20
"""Of all boards, recently removed ones included; and of one board and day."""
MARK_CHARACTERS = 80
RANGE_DAYS = 92
"""In one report: a quarter of a year."""
KEPT_NUMBERS = 100_000
"""Of days read for reports, kept in a process: some 15 MB, or two quarters of a year of three boards."""
DAY_LINE_BYTES = 32 * 2**20
"""Of one day in a file of days: 100 000 conversations take some 5 MB."""

# Boards as they were shown.
PAST_WALL_DAYS = 31
"""How long they are kept."""
PAST_WALL_BYTES = 16 * 2**20
"""Of all boards, and one part in PAST_WALL_SHARE of the store's memory at most: the oldest are dropped first."""
PAST_WALL_SHARE = 10

# Alerts.
EPISODES = 1_000
"""The newest that ended, kept for EPISODE_DAYS at most."""
EPISODE_DAYS = 30
EPISODES_LISTED = 100
"""In each list of `/api/alerts`."""
EPISODES_DRAWN = 20
"""Of one figure, on the chart of a wall."""
EPISODE_MESSAGES = 200
"""The newest of one episode: steps times channels."""
ALERT_CHANNELS = 30
ALERT_ADDRESS_CHARACTERS = 1_000
SILENCES = 100
NOTE_CHARACTERS = 500
"""Of the note that acknowledges an alarm."""
ALERT_SETTLE_SECONDS = 2.0
"""How long a shutdown waits for messages under way, which another process would send again."""
ALERT_ANSWER_BYTES = 4_096
"""Read of the answer to one of our webhooks."""

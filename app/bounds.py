"""Upper limits for what clients, iAdvize or the passage of time can accumulate. Bounds of one kind stand together."""

# Connections.
CONNECTIONS = 10_000
CONNECTIONS_OF_ADDRESS = 1_000
"""HTTP connections of one address, where no proxy of ours stands before. Sockets are not among them."""
RESERVED_FILES = 256
"""Open files that no connection takes: for the store, the spool, our own files, and TURNED_AWAY."""
TURNED_AWAY = 100
"""Surplus connections that are answered at one time, fewer than RESERVED_FILES; any more are cut without an answer."""
REAP_SECONDS = 1.0
"""How often all connections are looked at: a deadline of a peer is noticed so much later at most."""
LINGER_SECONDS, LINGER_BYTES = 2.0, 1_048_576
"""For so long a peer that was answered already may go on sending, and so much, so that it gets to read the answer."""
KEEP_ALIVE_SECONDS = 95
"""Longer than any router's, so that it is never us who closes a connection on a post under way: Heroku's keeps 90 s."""

# Requests.
HEAD_SECONDS = 10.0
"""From the first byte of a request, or from the connection, to the end of its headers."""
HEAD_BYTES = 32_768
"""Of a request all that is not its body: request line, headers, frames of chunks, trailers."""
PIECE_BYTES = 4_096
"""Given to the parser at a time. Bounds are looked at in between, so HEAD_BYTES is exact to this."""
HEADERS = 100
BODY_SECONDS = 20.0
"""From the end of the headers to that of the body. More than a form's own deadline."""
COOKIE_BYTES = 4_096
"""Of a cookie of ours: browsers keep no longer ones."""
PIPELINED_REQUESTS = 10
"""Requests that wait while the one before them is answered: a few bytes each to send, kilobytes each to keep."""

# What is sent to a peer.
SEND_SECONDS = 10.0
"""A peer that takes less than SEND_BYTES in this time is stuck."""
SEND_BYTES = 10_240

# Sockets.
SOCKETS = 5_000
"""Fewer than CONNECTIONS, so that screens cannot lock out webhooks."""
HANDSHAKE_SECONDS = 10.0
"""From the end of a handshake's headers to its answer: the connection holds one of SOCKETS meanwhile."""
FRAME_BYTES = 4_096
"""Clients send no data; this only caps control messages."""
FRAGMENTS = 16
"""Frames that one message comes in: those may be empty, so that FRAME_BYTES does not bound them."""
RECEIVED_BYTES, RECEIVED_SECONDS = 65_536, 10.0
"""What a peer may send in this time. More than HEAD_BYTES, since the handshake counts."""

# A post, at the door.
BODY_BYTES = 65_536
ALTERED_BYTES, ALTERED_PER_SECOND = 8_192, 10
"""How long a body with a wrong signature may be, and how many there may be in a second, to look for what changed it."""
REFUSAL_LINE_SECONDS = 1.0
"""Between two log lines of refused posts without a good signature."""
DISCARDED_BYTES = 16 * 2**20
"""A longer body is read to its end up to here, so that its sender gets to read the answer."""
PATH_CHARACTERS = 100
"""Kept of an address to which a webhook was posted by mistake."""
FORM_BYTES = 16_384
"""Of a form on our own pages."""
UPLOAD_SECONDS = 25
"""Less than BODY_SECONDS, so that a sender who is too slow gets an answer saying so."""

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

# Records: how many of each the script keeps, by key and never by arrival.
CONNECTS = 50
PUSHES = 50
INVOLVED = 500
CHANNELS = 20
"""Of one operator's availability. As many as AVAILABILITIES, so that one event always fits."""
SIGNS = 100
"""Connects and disconnects of one operator and UTC day."""
SPANS = 100
"""Kept of the times in which some process could receive posts."""

# Streams: how many entries the store keeps.
CHANGES, CHANGES_SECONDS = 10_000, 60
"""A reader that is further behind takes a new snapshot. Of older ones some are kept."""
DELIVERIES = 5_000
"""Half a kilobyte each, and so a quarter of what a day of 10 000 conversations takes."""
DELIVERIES_HOURS = 24
UNSIGNED = 20
BODY_KEPT_BYTES = 4_096
"""Of each of the last deliveries, the refused ones too."""
SOUGHT_CHARACTERS = 200
"""Of a text that is looked for in them."""
DELIVERIES_LISTED = 50
"""On one page of them."""
DELIVERIES_LOOKED_THROUGH = 5_000
"""By one request that searches them: some 40 ms of work. A page says when it stopped there, and leads on."""
DELIVERIES_AT_A_TIME = 250
"""That the store is asked for at once: 1 MB at the most."""
SEEN_SECONDS, SEEN = 3_600, 20_000
"""How long an event id is known, to count duplicates, and how many are. No fewer than WRITTEN_POSTS, which may be sent
again; iAdvize posts again within half a minute."""

# Posts that wait in a process.
WAITING_POSTS = 10_000
WAITING_UNSIGNED = 200
"""Posts without a good signature, beside those: strangers fill no queue."""
GROUP_POSTS = 128
"""One script call."""
WRITTEN_SECONDS, WRITTEN_POSTS = 60, 20_000
"""What is remembered of posts that the store took, to be sent again should it come back without them."""
SPOOL_BYTES = 64 * 2**20
"""Of one process's spool: some 60 000 posts."""

# What boards list.
COMMENTS = 20
COMMENTS_ON_A_PAGE = 50
COMMENT_RECORDS = 100_000
"""Conversations that are searched for comments, the newest: nine days of 10 000."""
OPEN_CONVERSATIONS = 500
OPERATORS_LISTED = 2_000
"""Who is there first, then the unverified, then those who left open conversations, then the rest."""
CHANNELS_LISTED = 50
"""Those with the most, beside the documented ones; the rest count as `other`."""
PROJECTS_OFFERED = 200
"""In a floor's filter."""
SOURCES_LISTED = 100
"""Those with the most sales; the rest count as `other`."""

# Screens and people.
SCREENS = 200
ACCOUNTS = 500
SET_UP_LINE_BYTES = 16 * 2**20
"""Of one record in a file that `deskboard export` writes: the roster is the longest."""
ACCESS_ENTRIES = 50_000
"""Of the access log, the newest: one for each who, what and hour."""
ACCESS_ENTRIES_WAITING = 10_000
"""Of it, in memory while the store takes no writes."""
SCREEN_BOARDS = 20
"""That one screen shows in turns: its cookie names them all, and must stay under COOKIE_BYTES."""
TURN_SECONDS = (5, 3_600)
"""How long each stays."""
ALARM_TURN_SECONDS = 15
"""The longest while several boards of a screen are in alarm, so that each is seen soon."""
INCHES = (5.0, 200.0)
METRES = (0.3, 50.0)
"""Of a screen's diagonal, and to those who read it."""
SLOW_LOG_IN_SECONDS = 2
"""How long a log-in takes once many failed lately, whatever their addresses."""
SLOW_LOG_INS, SLOW_FIRST_LOG_INS = 5, 20
"""How many of those run at a time: of addresses that failed before, and of all others. 12 guesses a second in all."""
LOG_IN_LINE_SECONDS = 20
"""How long a log-in waits for its turn before the answer is to come back. Less than a router's 30 s."""
FIRST_CODES = 10
"""Codes for new screens that each site gets in ten minutes, however many others ask for."""
WRONG_LINKS, WRONG_LINK_SECONDS = 100, 600
"""Tries of screen links that open nothing, from one address: ten players whose link was lost may ask once a minute."""
TICKET_SECONDS = 60
"""How long a ticket opens a socket."""
PEOPLE = 10_000
"""On the roster."""
PERSON_CHARACTERS = 100
"""Of a name, a team, or the name of a screen."""
PERSON_BYTES = 1_100
"""Of a line in a file of people: name and team, each of PERSON_CHARACTERS with four bytes, and the rest in UTF-16."""
ROSTER_BYTES = PEOPLE * PERSON_BYTES
"""Of a file of people."""
ROSTER_FORM_BYTES = ROSTER_BYTES + 2 * 2**20
"""Of the form that it comes in. Above ROSTER_BYTES, so that a file somewhat too long is refused in words."""
ROSTER_ERRORS = 50
"""Listed for one file."""
ROSTER_LISTED = 500
"""Lines of one table of people on a page."""

REFUSED_ORIGINS, ORIGIN_CHARACTERS, ORIGIN_SECONDS = 100, 100, 86_400
"""Pages of other names whose refusal one process logs, how much of each name, and how long the last one is kept."""

# The end of a process.
LEAVE_SECONDS = 1.0
"""How long the end waits until every peer was asked to leave."""
LEAVE_LEAST_MS = 1_000
"""Peers come back only after we are gone: as long as LEAVE_SECONDS."""
LEAVE_MOST_MS = 5_000
"""Well before a wall takes silence for a lost link, which is 12 s."""
FLUSH_SECONDS = 1.0
"""How long a peer may take for its last bytes once it was asked to go. With LEAVE_SECONDS and REAP_SECONDS less than
SHUTDOWN_SECONDS."""
SHUTDOWN_SECONDS = 5
"""How long requests under way may take to be answered. With LEAVE_SECONDS less than the 10 s in which we end."""
SPOOL_SECONDS = 25
"""How long after it was asked to go a process may still empty its spool: platforms kill what is there after 30."""

# Boards.
BOARDS = 100
BOARD_FORM_BYTES = 65_536
BOARD_VERSIONS = 50
"""Kept of each."""
BOARD_VERSIONS_BYTES = 65_536
"""Of each board's versions, what a process remembers to write them back."""
BOARD_TITLE_CHARACTERS = 80
BOARD_LIMITS = 100
"""Of one board: each is looked at with every change."""
BOARD_LIST_ENTRIES = 400
"""In each list of a board: projects, channels, teams, tiles, hours, dates."""

# Days.
LONGEST_HISTORY_DAYS = 3_660
"""What HISTORY_DAYS may be at most."""
MARKS, MARKS_OF_A_DAY = 5_000, 20
"""Of all boards, those among them that were removed lately, and of one day of a board."""
MARK_CHARACTERS = 80
RANGE_DAYS = 92
"""In a report: a quarter of a year."""
KEPT_NUMBERS = 100_000
"""Of days that reports read, in a process: some 15 MB, or a quarter of a year and the one before it of three boards."""
DAY_LINE_BYTES = 32 * 2**20
"""Of one day in a file of days: some 5 MB for 100 000 conversations."""

# Boards as they were shown.
SHOWN_DAYS = 31
"""How long they are kept."""
SHOWN_BYTES = 16 * 2**20
"""Of all boards together, and at most SHOWN_SHARE of the store's memory: the oldest are dropped first."""
SHOWN_SHARE = 10
"""One part in this many."""

# Alerts.
EPISODES = 1_000
"""Kept, of those that ended the newest; for EPISODE_DAYS at most."""
EPISODE_DAYS = 30
EPISODES_LISTED = 100
"""In each list of `/api/alerts`."""
EPISODES_DRAWN = 20
"""Of one figure, on a wall's chart."""
EPISODE_MESSAGES = 200
"""Kept of one episode, the newest: steps times channels."""
ALERT_CHANNELS = 30
ALERT_ADDRESS_CHARACTERS = 1_000
SILENCES = 100
NOTE_CHARACTERS = 500
"""Of a note with which an alarm is acknowledged."""
ALERT_SETTLE_SECONDS = 2.0
"""How long the end of a process waits for messages under way, which another process would send again."""
ALERT_ANSWER_BYTES = 4_096
"""Read of what a receiver of webhooks answers."""

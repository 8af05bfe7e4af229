"""What a process counts of itself for `/metrics`, in Prometheus' terms: every name stands here."""

from prometheus_client import Counter, Gauge, Histogram

POSTS = Counter("deskboard_posts", "Posts to the webhook, by event type and status answered.", ["type", "status"])
MERGE_SECONDS = Histogram(
    "deskboard_merge_seconds",
    "One call of the store that merges a group of posts, from sending it to its answer.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4),
)
MERGED = Counter("deskboard_merged_posts", "Posts in those calls.")
SPOOLED = Gauge("deskboard_spooled_posts", "Posts that wait on this process's disk.")
SPOOLED_SINCE = Gauge(
    "deskboard_spooled_since_timestamp_seconds",
    "Receipt of the oldest post that waits there, in Unix time; 0: none does.",
)
STORE_UP = Gauge("deskboard_store_up", "1 while this process can read the store and write to it, else 0.")
RECONNECTS = Counter("deskboard_store_reconnects", "Snapshots taken of the store after it was away or replaced.")
NONE_TAKEN = Gauge("deskboard_none_taken", "1 while posts come from iAdvize and none of them is taken, else 0.")
LAST_TAKEN = Gauge(
    "deskboard_last_taken_timestamp_seconds", "Receipt of the newest post that was taken, of any process."
)
CLOCK_SKEW = Gauge("deskboard_clock_skew_seconds", "What posts say of this deployment's clock; positive: it is ahead.")
MIRROR_LAG = Gauge("deskboard_mirror_lag_changes", "Changes in the store that this process had not taken in.")
SOCKETS = Gauge("deskboard_sockets", "WebSockets that are open, by view.", ["view"])
FRAMES = Counter("deskboard_frames", "Frames sent to them, by type.", ["type"])
SLOW_PEERS = Counter("deskboard_slow_peers", "Peers that took nothing for too long, and were given up.")
EPISODES = Gauge("deskboard_alerts_open", "Episodes of limits and troubles that are open.")
MESSAGES_WAITING = Gauge("deskboard_alert_messages_waiting", "Messages that wait to be sent, or sent again.")
MESSAGES = Counter(
    "deskboard_alert_messages",
    "Messages to alert channels: delivered, given_up, and failed for each try that is made again.",
    ["channel", "outcome"],
)
RESTARTS = Counter("deskboard_part_restarts", "Parts of this process that died and were started again.", ["part"])

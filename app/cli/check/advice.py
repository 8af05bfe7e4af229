"""What to do about an error of the store."""

import re

from app.store import keys


def advice(error: Exception) -> str:
    """Return what to do about an error of the store."""
    # redis-py takes the code off the words of some errors, and may wrap others.
    code = getattr(error, "status_code", None)
    said = f"{type(error).__name__} {type(error.__cause__).__name__} {code or ''} {error}"
    return next((todo for pattern, todo in _ADVICE if pattern.search(said)), _REACH_IT)


_REACH_IT = "see that it runs, that REDIS_URL is right, and that this machine may reach it"
_ADVICE = [
    (re.compile(pattern), todo)
    for pattern, todo in (
        (
            "no sentinel names.*(Authentication required|username-password|invalid password)",
            "end REDIS_URL with ?sentinel_password=... (and &sentinel_username=...), which are those of the sentinels",
        ),
        ("AuthenticationError|WRONGPASS|NOAUTH", "set REDIS_URL with the right name and password"),
        (
            r"NOPERM|NoPermission|can't run this command|can't access|no permissions",
            f"allow its user the commands that docs/hosting.md lists, on the keys {keys.PREFIX}*",
        ),
        ("No such master", "end REDIS_URL with the name that the sentinels' configuration gives the primary"),
        (
            r"AskError|\bASK\b|TryAgain|TRYAGAIN",
            "its slot is being moved to another node of the cluster: wait, or end that with redis-cli --cluster fix",
        ),
        ("CLUSTERDOWN|ClusterDown", "its cluster lacks a node: bring it back, or end its failover"),
        (
            "MOVED|MovedError|says that its keys are at",
            "this machine must reach all nodes of the cluster by the addresses that they announce",
        ),
        ("no sentinel names", "see that the sentinels run, and that this machine may reach them"),
        ("WRONGTYPE|wrong kind of value", f"let no other program write keys that begin with {keys.PREFIX}"),
        ("unknown command", "set REDIS_URL to a Redis that has this command: no Sentinel, and not renamed away"),
        ("DB index is out of range|Invalid Database", "end REDIS_URL with a number of a database that it has, as /0"),
        (r"\bOOM\b|OutOfMemory", "make room in it: raise its maxmemory, or take a plan with more memory"),
        ("READONLY|ReadOnly", "set REDIS_URL to the primary: this is a replica"),
        ("NOREPLICAS", "bring its replicas back, or set min-replicas-to-write to what there are"),
        ("MISCONF", "repair its snapshots: its log says why they fail, and often its disk is full"),
        (r"\bBUSY\b", "end the script that another program runs on it: SCRIPT KILL"),
        ("LOADING|BusyLoading", "wait until it has loaded its data"),
        (
            "ostname mismatch|IP address mismatch|doesn't match",
            "name it in REDIS_URL as its certificate does, not by another name or address",
        ),
        ("certificate has expired|not yet valid", "renew its certificate, and see that this machine's clock is right"),
        (
            "CERTIFICATE_VERIFY_FAILED",
            "set REDIS_TLS_VERIFY=none, if that Redis has signed its certificate itself, as Heroku's",
        ),
        ("closed by server", "set REDIS_URL to its rediss:// address, if it wants TLS"),
        ("WRONG_VERSION_NUMBER|wrong version number", "set REDIS_URL to its redis:// address: it speaks no TLS there"),
        ("Name or service not known|nodename nor servname|name resolution", "correct the host name in REDIS_URL"),
    )
]

"""What the rows of a floor say, and the values by which they are found, grouped and sorted."""

from app.clock import NEVER, parse_instant
from app.figures import value_at
from app.json_object import Json
from app.view.derived import Derived, of_source
from app.view.folding import folded
from app.view.format import DASH, Format, Text, is_few
from app.view.needs import RISKS, Need, Setting, is_on_no_channel, is_onsite, needs_of, why
from app.view.phrase import changed, joined
from app.view.query import NEEDS, STANDINGS

ACTS = {
    "user.connected": "connected",
    "visitor.updated": "visitor",
    "user.availability.updated": "available",
    "v2.conversation.closed": "closed",
}
"""Event types that are acts -> the name of their message."""

LATEST = 10**14
"""An instant after all others, in ms: the newest comments come first."""

NOT_HERE = "not-here"
"""Where an operator stands of whom a lead said so."""
SIDES = ("onsite", "offsite", "unverified")
"""Ages of the three are never mixed."""

ICONS = {
    "CHAT": "chat",
    "CALL": "call",
    "VIDEO": "video",
    "FACEBOOK": "facebook",
    "FACEBOOK_BUSINESS_ON_MESSENGER": "messenger",
    "MOBILE_APP": "mobile",
    "SMS": "sms",
}
"""The pictures of channels, as templates/icons.html has them."""

Row = Json
"""`cells`: texts by name; beside them the values that a row is found and sorted by, and what it looks like."""


def conversation_row(key: str, conversation: Json, owner: Json | None, setting: Setting, form: Format) -> Row:
    row: Row = {
        "cells": {
            "channel": form.channel(conversation["channel"]),
            "project": str(conversation["project"]),
            "operator": name_of(conversation["operator"], owner, form) if "operator" in conversation else DASH,
            "age": form.age_since(conversation["opened_at"]),
            "opened": form.moment(conversation["opened_at"], setting.midnight),
            "transfers": form.number(conversation["transfers"]),
        },
        "side": _side(conversation),
        "operator": conversation.get("operator", ""),
        "channel": conversation["channel"],
        "project": str(conversation["project"]),
        "order": f"{conversation['opened_at']} {key}",
    }
    if owner is not None and "team" in owner:
        row["team"] = owner["team"]
    return row


def comment_row(comment: Json, owner: Json | None, setting: Setting, form: Format) -> Row:
    who = [name_of(comment["operator"], owner, form)] if "operator" in comment else []
    who += [owner["team"]] if owner and "team" in owner else []
    who += [form.channel(comment["channel"])] if "channel" in comment else []
    row: Json = {
        "order": f"{LATEST - parse_instant(comment['at']):015d} {comment['conversation']}",
        "cells": {
            "time": form.moment(comment["at"], setting.midnight),
            "score": form.number(comment["csat"]) if "csat" in comment else "",
            "nps": form.say("floor.nps", n=comment["nps"]) if "nps" in comment else "",
            "text": comment["text"],
            "who": joined(" · ", who),
        },
    }
    row |= {name: str(comment[name]) for name in ("operator", "channel", "project") if name in comment}
    if owner is not None and "team" in owner:
        row["team"] = owner["team"]
    if "csat" in comment:
        row["state"] = f"score-{comment['csat']}"
    return row


def name_of(key: str, operator: Json | None, form: Format) -> str:
    """Return the name of an operator, or the number of one that the roster does not know."""
    name: str | None = operator.get("name") if operator else None
    return name or form.say("floor.operator", number=key.rpartition("-")[2])


def _side(conversation: Json) -> str:
    if is_onsite(conversation):
        return "onsite"
    return "unverified" if conversation.get("unverified") else "offsite"


def operator_source(key: str, operator: Json, owned: tuple[Json, ...], setting: Setting, now: int) -> tuple[Json, int]:
    """Return what the row of an operator of the document is made of, and until when that holds, in ms: a reason to need
    a supervisor comes with time. `owned`: their open conversations."""
    needs = needs_of(operator, _standing(operator), owned, setting)
    come = [need for need in needs if need.since <= now]
    until = min((need.since for need in needs if need.since > now), default=NEVER)
    is_late = any(need.risk == "late" for need in come)
    about = {"owned": owned, "setting": setting, "need": come[0] if come else None, "is_late": is_late}
    return {**operator, "key": key, **about}, until


def _standing(source: Json) -> str:
    if "not_here" in source:
        return NOT_HERE
    return "bot" if source["kind"] == "bot" else str(source["presence"])


def _open(source: Json) -> int:
    return sum(source["open"].values())


def _state(source: Json) -> str:
    standing = _standing(source)
    if standing != "connected":
        return standing
    if is_on_no_channel(source):
        return "off"
    available = _available(source)
    return "connected" if not available else "takes" if "CHAT" in available else "available"


def _group(source: Json) -> str:
    """Return one of GROUPS."""
    if source["need"] is not None:
        return NEEDS
    standing = _standing(source)
    if standing == NOT_HERE:
        return standing
    if standing != "gone" and _open(source):
        return "with"
    if standing == "connected":
        return "off" if is_on_no_channel(source) else "free"
    return standing


def _oldest(source: Json) -> str | None:
    """Return when the oldest of their onsite conversations began: off-site ones live for days, and are no alarm."""
    return min((one["opened_at"] for one in source["owned"] if is_onsite(one)), default=None)


def _order(source: Json) -> str:
    """Return by which rows stand that have the same value in a column: by name, then number."""
    name = source.get("name")
    return f"{folded(name) if name else chr(0xFFFF)}\t{source['id']:012d}\t{source['key']}"


def _responses(source: Json) -> int | None:
    responses: int | None = source["csat"]["responses"] if "csat" in source else None
    return responses


def _answers(source: Json, form: Format) -> str:
    responses = _responses(source)
    return "" if responses is None else form.number(responses)


def _open_by_channel(source: Json, form: Format) -> str:
    return joined(
        " · ",
        (
            joined("\N{NO-BREAK SPACE}", (form.channel(channel), form.number(count)))
            for channel, count in source["open"].items()
        ),
    )


def _pictures(source: Json, form: Format) -> list[list[str]] | None:
    """Return the pictures of the channels, each with its count where there are several."""
    counts = source["open"]
    numbers = [form.number(count) if len(counts) > 1 else "" for count in counts.values()]
    pictures = [[ICONS.get(channel, "other"), number] for channel, number in zip(counts, numbers, strict=True)]
    return pictures or None


def _why(source: Json, form: Format) -> Text:
    """Return why an operator needs a supervisor."""
    need: Need | None = source["need"]
    return "" if need is None else why(need, source, source["owned"], source["setting"], form)


def _attention(source: Json) -> str:
    """Return by which rows stand that no column sorts: by risk, then by the longest open onsite, then as names come."""
    need: Need | None = source["need"]
    risk = len(RISKS) if need is None else RISKS.index(need.risk)
    return f"{risk} {_oldest(source) or '~'}"


def _age_value(since: str | None) -> int | None:
    return None if since is None else -parse_instant(since)


def _act_at(source: Json) -> str | None:
    at: str | None = source["last_act"]["at"] if "last_act" in source else None
    return at


def _act(source: Json, form: Format) -> str:
    """Return what they were last seen doing, or that they are not there."""
    if "not_here" in source:
        return _absence(source["not_here"], source, form, "absence.until")
    if "last_act" not in source:
        return form.say("act.none" if source["open"] or source["received"] else "act.unseen")
    return form.say(f"act.{ACTS.get(source['last_act']['event'], 'other')}")


def _absence(said: Json, source: Json, form: Format, message: str) -> str:
    time = form.moment(said["until"], source["setting"].midnight)
    return form.say(message, reason=form.say(f"absence.{said['reason']}"), time=time, name=said["by"])


def _ago(source: Json, form: Format) -> Text:
    at = None if "not_here" in source else _act_at(source)
    return "" if at is None else form.age_since(at)


def _more(source: Json, form: Format) -> Json:
    """Return what the panel of a person says besides."""
    said: Json | None = source.get("not_here")
    absence = "" if said is None else _absence(said, source, form, "absence.said")
    return {"since": _since(source, form), "available": _availability(source, form), "absence": absence}


def _since(source: Json, form: Format) -> str:
    """Return when the presence began, as far as that is known."""
    if "since" in source:
        time = form.moment(source["since"], source["setting"].midnight)
        return form.say(f"evidence.{source['presence']}", time=time)
    return "" if source["presence"] == "gone" else form.say("evidence.unseen")


def _available(source: Json) -> list[str]:
    return [channel for channel, is_available in source["available"].items() if is_available]


def _availability(source: Json, form: Format) -> str:
    if not source["available"]:
        return DASH
    return joined(", ", map(form.channel, _available(source))) or form.say("floor.unavailable")


def _team_order(team: str) -> str:
    return f"{folded(team) if team else chr(0xFFFF)}\t{team}"


def _team_name(source: Json, form: Format) -> str:
    if "teams" in source:
        return form.say("floor.other-teams", n=source["teams"])
    return source["team"] or form.say("floor.no-team")


OPERATOR = Derived(
    {
        **of_source(
            {
                "standing": ("kind presence not_here", _standing),
                "state": ("kind presence not_here available", _state),
                "group": ("kind presence not_here available open need", _group),
                "id": ("id", lambda source: str(source["id"])),
                "order": ("name id key", _order),
                "team": ("team", lambda source: source.get("team")),
                "channels": ("available open", lambda source: sorted({*_available(source), *source["open"]}) or None),
                "projects": ("owned", lambda source: sorted({str(one["project"]) for one in source["owned"]}) or None),
                "late": ("is_late", lambda source: source["is_late"] or None),
                "few": ("csat", lambda source: is_few(_responses(source)) or None),
                "share": ("csat", lambda source: int(source["csat"]["score"] + 0.5) if "csat" in source else None),
            }
        ),
        "found": ("name key", lambda source, form: changed(folded, name_of(source["key"], source, form))),
        "open": ("open", _pictures),
        "more": ("since presence not_here setting available", _more),
        "sort": Derived(
            of_source(
                {
                    "attention": ("owned need", _attention),
                    "name": ("name", lambda source: folded(source["name"]) if source.get("name") else None),
                    "team": ("team", lambda source: folded(source["team"]) if source.get("team") else None),
                    "presence": ("kind presence not_here", lambda source: STANDINGS.index(_standing(source))),
                    "act": ("last_act", lambda source: _age_value(_act_at(source))),
                    "open": ("open", _open),
                    "oldest": ("owned", lambda source: _age_value(_oldest(source))),
                    "started": ("received", lambda source: source["received"]),
                    "closed": ("closed", lambda source: source["closed"]),
                    "csat": ("csat", lambda source: value_at(source, ("csat", "score"))),
                }
            )
        ),
        "cells": Derived(
            {
                "name": ("name key", lambda source, form: name_of(source["key"], source, form)),
                "team": ("team", lambda source, form: source.get("team", DASH)),
                "state": ("kind presence not_here available", lambda source, form: form.say(f"state.{_state(source)}")),
                "why": ("presence not_here open owned setting need", _why),
                "ago": ("last_act not_here", _ago),
                "act": ("last_act not_here setting open received", _act),
                "count": ("open", lambda source, form: form.number(_open(source))),
                "channels": ("open", _open_by_channel),
                "oldest": ("owned", lambda source, form: form.age_since(_oldest(source))),
                "started": ("received", lambda source, form: form.number(source["received"])),
                "closed": ("closed", lambda source, form: form.number(source["closed"])),
                "csat": ("csat", lambda source, form: form.whole(value_at(source, ("csat", "score")))),
                "responses": ("csat", _answers),
            }
        ),
    }
)
"""The row of a source, as `operator_source` makes it. A row without a value in `sort` comes last, whichever way its
column is sorted."""

TEAM = Derived(
    {
        "team": ("team", lambda source, _: source["team"]),
        "order": ("team", lambda source, _: _team_order(source["team"])),
        "cells": Derived(
            {
                "connected": ("connected", lambda source, form: form.number(source["connected"])),
                "taking": ("taking", lambda source, form: form.number(source["taking"])),
                "unverified": ("unverified", lambda source, form: form.number(source["unverified"])),
                "open": ("open", lambda source, form: form.number(source["open"])),
                "started": ("started", lambda source, form: form.number(source["started"])),
                "closed": ("closed", lambda source, form: form.number(source["closed"])),
                "needing": (
                    "needing",
                    lambda source, form: form.number(source["needing"]) if source["needing"] else "",
                ),
                "name": ("team teams", _team_name),
                "oldest": ("oldest_open_at", lambda source, form: form.age_since(source.get("oldest_open_at"))),
                "csat": ("csat", lambda source, form: form.whole(value_at(source, ("csat", "score")))),
                "responses": ("csat", _answers),
            }
        ),
    }
)
"""The row of a source: a team of the document, with its name as `team`, and how many of it need a supervisor."""

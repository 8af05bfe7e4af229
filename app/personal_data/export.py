"""All that is kept of one person, as JSON. Of others it has no name."""

from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.board.scores import csat_share
from app.clock import DAY, instant
from app.days.aggregation import sums_of_people
from app.days.day import load_day
from app.days.store import date_of
from app.json_object import Json
from app.mirror.snapshot import records_of
from app.people_days.evidence import read_evidence
from app.personal_data.reading import days_kept, looks_at, posts_about, waiting_posts_about
from app.personal_data.subject import Subject
from app.records import EPISODE_KIND, MARK_KIND, NOT_HERE_KIND, Conversation, Episode, Mark, Sale, thing_of
from app.store import keys
from app.tally import CLOSED, RECEIVED, added


async def export(store: Redis, spools: Path, subject: Subject, now: int) -> Json:
    """Raises RedisError."""
    found: Json = {
        "person": subject.key,
        "exported_at": instant(now),
        "roster": msgspec.to_builtins(subject.person) if subject.person else None,
        "presence_now": await _json(store, f"operator:{subject.key}"),
        "not_here": await _not_here(store, subject),
        "presence_by_day": await _presence(store, subject, now),
        "work_by_day": await _work(store, subject, now),
        "conversations": [],
        "sales": [],
        "posts": [],
        "looks": [{"hour": instant(entry.hour), "path": entry.what} for _, entry in await looks_at(store, subject)],
        "notes": await _notes(store, subject),
    }
    async for stored in records_of(store, "conversation"):
        record = stored.record
        if isinstance(record, Conversation) and subject.owns(stored.name) and subject.is_in(record):
            found["conversations"].append(_conversation(thing_of(stored.name), record, subject))
    async for stored in records_of(store, "sale"):
        if isinstance(stored.record, Sale) and subject.owns(stored.name) and subject.is_in(stored.record):
            found["sales"].append({"sale": thing_of(stored.name), **msgspec.to_builtins(stored.record)})
    posts = [(int(post.fields[b"at"]), post.fields[b"body"]) async for post in posts_about(store, subject)]
    for received, body in posts + waiting_posts_about(spools, subject):
        found["posts"].append({"received_at": instant(received), "body": body.decode(errors="replace")})
    return {name: value for name, value in found.items() if value}


async def _json(store: Redis, name: str) -> Json | None:
    json: Any = await store.get(keys.PREFIX + name)
    return msgspec.json.decode(json) if json else None


async def _not_here(store: Redis, subject: Subject) -> Json | None:
    said = await _json(store, f"{NOT_HERE_KIND}:{subject.key}")
    return None if said is None or said.get("is_over") else {"reason": said["reason"], "at": instant(said["at"])}


async def _presence(store: Redis, subject: Subject, now: int) -> dict[str, list[Json]]:
    found = {}
    for day in days_kept(now):
        fields: Any = await store.hgetall(f"{keys.PRESENCE}{day // DAY}:{subject.key}")
        if fields:
            found[date_of(day)] = [
                {"at": instant(each.at), "sign": each.kind, **({"channel": each.channel} if each.channel else {})}
                for each in read_evidence(day, fields.items())
            ]
    return found


async def _work(store: Redis, subject: Subject, now: int) -> dict[str, Json]:
    found = {}
    for day in days_kept(now):
        value: Any = await store.get(keys.PEOPLE_SUMS + date_of(day))
        read = await load_day(value) if value else None
        if read is None:
            continue
        total = added(sums for quarters in read.sums.values() for sums in quarters.values())
        if own := sums_of_people(total).get(subject.key):
            found[date_of(day)] = {"received": own[RECEIVED], "closed": own[CLOSED], "csat": csat_share(own)}
    return found


async def _notes(store: Redis, subject: Subject) -> list[str]:
    """Return what people wrote that has their name in it."""
    texts = []
    async for stored in records_of(store, MARK_KIND):
        texts += [stored.record.text] if isinstance(stored.record, Mark) else []
    async for stored in records_of(store, EPISODE_KIND):
        seen = stored.record.acknowledged if isinstance(stored.record, Episode) else None
        texts += [seen.note] if seen else []
    return [text for text in texts if subject.is_named_in(text)]


def _conversation(key: str, record: Conversation, subject: Subject) -> Json:
    """Return their part in a conversation, and what the visitor said of it."""
    found: Json = {
        "conversation": key,
        "channel": record.channel,
        "project": record.project,
        "given_to_them_at": [instant(push.at) for push in record.pushes if push.operator == subject.number],
    }
    if record.close is not None:
        found["closed_at"] = instant(record.close.at)
    answers = {"csat": record.csat, "nps": record.nps, "comment": record.comment}
    return found | {name: answer.value for name, answer in answers.items() if answer is not None}

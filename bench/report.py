"""Tells what was measured: a line a minute, and a summary."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from math import isinf

import msgspec

from bench.verdict import MB, Finding, Sample, latencies, percentile
from bench.vitals import Vitals

HEAD = (
    "   min sockets posts/s  p50 ms  p99 ms | web MB   fds threads  cpu | store MB  used MB     keys   fds  cpu"
    " | load MB  cpu | faults"
)
PACKAGES = ("deskboard", "starlette", "uvicorn", "uvloop", "websockets", "redis", "msgspec")


class Counts(msgspec.Struct, frozen=True):
    """Of a whole run."""

    answers: Counter[int]
    probes: int
    frames: int
    came_back: int
    missed: int
    seen: int


def line(before: Sample, samples: Sequence[Sample]) -> str:
    """Return the table's line on the samples since the one before them."""
    now = samples[-1]
    seconds = (now.minute - before.minute) * 60
    probes = latencies(samples)

    def share(now: Vitals, before: Vitals) -> str:
        return f"{(now.cpu_seconds - before.cpu_seconds) / seconds:4.0%}"

    return (
        f"{now.minute:6.1f} {now.sockets:7} {(now.posts - before.posts) / seconds:7.0f}"
        f" {percentile(probes, 0.5):7.0f} {percentile(probes, 0.99):7.0f} |"
        f" {now.web.resident / MB:6.1f} {now.web.descriptors:5} {now.web.threads:7} {share(now.web, before.web)} |"
        f" {now.store.resident / MB:8.1f} {now.shelf.used / MB:8.1f} {now.shelf.keys:8} {now.store.descriptors:5}"
        f" {share(now.store, before.store)} |"
        f" {now.ours.resident / MB:7.1f} {share(now.ours, before.ours)} | {now.faults:6}"
    )


def versions(store: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores"
    return f"Python {platform.python_version()}, store {store}, {packages}; {machine}"


def counted(counts: Counts) -> str:
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(counts.answers.items()))
    return (
        f"Posts: {answers}. Probes: {counts.probes}. Frames: {counts.frames}; sockets that left and came back: "
        f"{counts.came_back}; snapshots for peers that were too slow: {counts.missed}. "
        f"Event ids that the store remembers: {counts.seen}."
    )


def table(findings: Sequence[Finding]) -> str:
    head = f"{'':<32} {'first':>10} {'last':>10} {'limit':>10} {'an hour':>10}"
    return "\n".join([head, *map(_row, findings)])


def _row(finding: Finding) -> str:
    judged = not isinf(finding.limit)
    limit = f"{finding.limit:10.1f}" if judged else f"{'':>10}"
    word = ("  flat" if finding.is_flat else "  NOT FLAT") if judged else ""
    return (
        f"{finding.name:<32} {finding.first:10.1f} {finding.last:10.1f} {limit} {finding.growth_an_hour:+10.1f}{word}"
    )

"""What can be said of a deployment without its store: secrets, disk, time, and the platform it runs on."""

import http.cookies
import os
import shutil
import sys
import zoneinfo
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from app.bounds import SPOOL_BYTES
from app.cli.check.finding import Finding, warning, well, wrong
from app.clock import instant
from app.merge.spool import Spool, posts_in
from app.settings import GUESSABLE, SECRET_KEY_CHARACTERS, Settings, guess_score

RELEASED_AT = 1_790_000_000_000
"""No clock that is right says less: an instant before this program was written."""
PLATFORMS = {"DYNO": "Heroku", "RENDER": "Render", "FLY_APP_NAME": "Fly", "CONTAINER": "Scalingo"}
"""The variable by which each can be recognised."""
EXAMPLES = ("the-secret-token-of-your-app", "four words nobody guesses", "a-long-random-word")
"""Stands in docs/hosting.md: long enough, and public."""
QUOTES = "\"'`“”„‘’«»"
FORGETFUL = ("Heroku", "Scalingo")
"""They have no disk that stays."""


def python_findings(
    version: tuple[int, int, int] = sys.version_info[:3], cookies: ModuleType = http.cookies
) -> Iterator[Finding]:
    name = ".".join(str(part) for part in version)
    # Distributions fix a Python without a new version: a fixed one has this pattern.
    if version < _first_fixed(version) and not hasattr(cookies, "_unquote_sub"):
        name += (
            ", in which one header can halt a program that reads cookies with it (CVE-2024-7592): Deskboard does not, "
            "others may; 3.11.10 and 3.12.6 are fixed"
        )
    yield well("Python", name)


def _first_fixed(version: tuple[int, int, int]) -> tuple[int, int, int]:
    return (3, 11, 10) if version < (3, 12) else (3, 12, 6)


def secrets_findings(settings: Settings) -> Iterator[Finding]:
    if not settings.iadvize_secrets:
        yield wrong(
            "IADVIZE_SECRETS",
            "not set: every post is refused with 401",
            "set it to the secret token of the app or webhook in iAdvize",
        )
    else:
        yield from _guessable("IADVIZE_SECRETS", settings.iadvize_secrets, "get a longer one from iAdvize's support")
        yield from _oddly_written("IADVIZE_SECRETS", settings.iadvize_secrets)
    yield from _password_findings(settings)
    if settings.api_tokens:
        tokens = tuple(each.token for each in settings.api_tokens)
        yield from _guessable("API_TOKENS", tokens, "make one with: openssl rand -hex 32")
        yield from _oddly_written("API_TOKENS", tokens)
    if settings.secret_key is None:
        yield well("SECRET_KEY", "not set: made once and kept in the store, and lost if the store loses its data")
    else:
        yield from _guessable("SECRET_KEY", (settings.secret_key,), "make one with: openssl rand -hex 32")


def _password_findings(settings: Settings) -> Iterator[Finding]:
    if settings.admin_password is None and settings.identity_provider is not None:
        yield well("ADMIN_PASSWORD", "not set: people log in with the company's log-in alone")
    elif settings.admin_password is None:
        yield warning(
            "ADMIN_PASSWORD", "not set: there is no log-in", "set 12 characters or more that are hard to guess"
        )
    elif settings.admin_password[0] in QUOTES and settings.admin_password[-1] in QUOTES:
        yield warning("ADMIN_PASSWORD", "stands in quotes, which are typed at the log-in too", "set it without them")
    else:
        yield from _known("ADMIN_PASSWORD", (settings.admin_password,)) or [well("ADMIN_PASSWORD", "set")]


def _guessable(name: str, values: tuple[str, ...], advice: str) -> Iterator[Finding]:
    if known := _known(name, values):
        yield from known
        return
    weak = [number for number, value in enumerate(values, 1) if _is_guessable(value)]
    if len(set(values)) < len(values):
        yield warning(name, "names one value twice", "leave the second one out")
    for number in weak:
        yield warning(name, f"{_which(number, values)} is short or easily guessed", advice)
    if not weak:
        yield well(name, f"{len(values)} set" if len(values) > 1 else "set")


def _which(number: int, values: tuple[str, ...]) -> str:
    return f"number {number} of {len(values)}" if len(values) > 1 else "it"


def _oddly_written(name: str, values: tuple[str, ...]) -> Iterator[Finding]:
    for number, value in enumerate(values, 1):
        if fault := _spelling_fault(value):
            advice = "set it without, unless it is really written so"
            yield warning(name, f"{_which(number, values)} {fault}", advice)


def _spelling_fault(value: str) -> str | None:
    """Return what a value holds that is seldom a part of it."""
    if value[0] in QUOTES or value[-1] in QUOTES:
        return "begins or ends with a quote, which counts as part of it (files of variables are not read by a shell)"
    if any(character.isspace() for character in value):
        return "has white space within (values are separated by commas)"
    return None


def _known(name: str, values: tuple[str, ...]) -> list[Finding]:
    if set(values).isdisjoint(EXAMPLES):
        return []
    return [wrong(name, "the example of the manual, which is public", "set one of your own")]


def _is_guessable(value: str) -> bool:
    return len(value) < SECRET_KEY_CHARACTERS or guess_score(value) <= GUESSABLE


async def spool_findings(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    directory = settings.spool_directory
    existed = directory.exists()
    spool = Spool(directory)
    fault = await spool.fault()
    await spool.close()
    if fault is not None:
        advice = "set DATA_DIR to a folder that this program may write to"
        return [wrong("spool", f"{fault}: while the store is away every post is answered 503", advice)]
    findings = [_room(shutil.disk_usage(directory).free, directory)]
    posts = sum(map(posts_in, directory.glob("*.db")))
    if not existed:
        directory.rmdir()
    if posts:
        findings.append(
            warning(
                "spool",
                f"{posts} posts wait in it",
                "start Deskboard, which takes over those of dead processes; if it runs and the store takes posts, its "
                "log says which it refuses",
            )
        )
    platform = platform_of(environment)
    if platform is not None:
        findings.append(
            well(
                "spool",
                f"the disk of {platform} usually goes with the machine: posts that wait there survive a crash of the "
                "program, and a stop as far as the store is back within 25 s",
            )
        )
    return findings


def _room(free: int, directory: Path) -> Finding:
    megabytes = free // 2**20
    if free < SPOOL_BYTES:
        found = f"{megabytes} MB are free at {directory}, less than the {SPOOL_BYTES // 2**20} MB of one process"
        return warning("spool", found, "make room on the disk, or set DATA_DIR to another one")
    return well("spool", f"can be written at {directory}, {megabytes} MB are free")


def time_findings(settings: Settings, now: int) -> Iterator[Finding]:
    if now < RELEASED_AT:
        yield wrong("clock", f"this machine believes that it is {instant(now)}", "set its clock (NTP)")
    files = any(os.path.exists(os.path.join(folder, settings.time_zone)) for folder in zoneinfo.TZPATH)  # noqa: PTH110, PTH118
    yield well("TIME_ZONE", f"{settings.time_zone}, known from {'the system' if files else 'the package tzdata'}")


def presence_findings(settings: Settings) -> Iterator[Finding]:
    if settings.presence_unverified_after >= settings.presence_gone_after:
        yield warning(
            "PRESENCE_GONE_AFTER",
            f"{settings.presence_gone_after}, no more than PRESENCE_UNVERIFIED_AFTER, which is "
            f"{settings.presence_unverified_after}: operators are gone before they are unverified",
            "set it higher, or PRESENCE_UNVERIFIED_AFTER lower",
        )


def address_findings(settings: Settings) -> Iterator[Finding]:
    if settings.public_url is None:
        found = f"not set: pages and messages name {settings.url}, which this machine alone reaches"
        if settings.port is None:
            yield well("PUBLIC_URL", found)
        else:
            yield warning("PUBLIC_URL", found, "set it to the address that others use, as https://board.example.org")
    elif settings.public_url_variable == "PUBLIC_URL":
        yield well("PUBLIC_URL", settings.public_url)
    else:
        yield well("PUBLIC_URL", f"not set: {settings.public_url}, as {settings.public_url_variable} says")


def proxies_findings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    platform = platform_of(environment)
    if platform is not None and settings.trusted_proxies == 0:
        yield warning(
            "TRUSTED_PROXIES",
            f"0, but this is {platform}, whose router stands before the program: all clients count as one address, "
            "and https is not noticed",
            "set it to 1",
        )
    else:
        yield well("TRUSTED_PROXIES", str(settings.trusted_proxies))


def disk_findings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    platform = platform_of(environment)
    if settings.redis_url is None and platform is not None:
        found = f"the embedded one, on a disk of {platform} that goes with the machine unless it is a volume"
        yield (wrong if platform in FORGETFUL else warning)("store", found, "set REDIS_URL to a Redis that keeps data")


def platform_of(environment: Mapping[str, str]) -> str | None:
    return next((name for variable, name in PLATFORMS.items() if environment.get(variable)), None)

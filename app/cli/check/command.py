"""`deskboard check`: runs all checks and prints what they found."""

import asyncio
import os
import sys

import click
from redis.exceptions import RedisError

from app.cli.check.alerts import alert_findings, stored_channel_findings
from app.cli.check.finding import Finding, Level, wrong
from app.cli.check.host import (
    address_findings,
    disk_findings,
    presence_findings,
    proxies_findings,
    python_findings,
    secrets_findings,
    spool_findings,
    time_findings,
)
from app.cli.check.identity import identity_findings
from app.cli.check.privacy import privacy_findings
from app.cli.check.store import store_findings
from app.cli.deployment import checked_settings, store_url
from app.clock import wall_clock
from app.errors import EmbeddedStoreError, SettingsError, StoreUnavailable
from app.settings import Settings
from app.store.client import connect


@click.command()
def check() -> None:
    """Say whether this deployment is set up right, what is wrong, and what to do.

    The exit status is 0 when nothing is wrong; a warning alone is nothing wrong.
    """
    try:
        settings = checked_settings()
    except SettingsError as error:
        findings = [wrong("settings", line, "set it so, or unset it") for line in str(error).splitlines()]
    else:
        click.echo(f"Looking at the Deskboard of {settings.url}, with its data in {settings.data_dir.absolute()}")
        findings = asyncio.run(_check(settings))
    for finding in sorted(findings, key=lambda finding: list(Level).index(finding.level)):
        click.echo(f"{finding.level:<8} {finding.subject}: {finding.found}")
        if finding.advice:
            click.echo(f"{'':<8} -> {finding.advice}")
    levels = [finding.level for finding in findings]
    failed, warned = levels.count(Level.WRONG), levels.count(Level.WARNING)
    click.echo("All is well." if not failed + warned else f"{failed} wrong, {warned} to be looked at.")
    if failed:
        sys.exit(1)


async def _check(settings: Settings) -> list[Finding]:
    findings = [*python_findings(), *secrets_findings(settings), *time_findings(settings, wall_clock())]
    findings += presence_findings(settings)
    findings += [*proxies_findings(settings, os.environ), *disk_findings(settings, os.environ)]
    findings += [*address_findings(settings), *await identity_findings(settings), *await alert_findings(settings)]
    try:
        async with store_url(settings) as url:
            findings += await store_findings(settings, url, wall_clock)
            findings += await _record_findings(settings, url)
    except (EmbeddedStoreError, RedisError) as error:
        findings.append(wrong("store", str(error), "fix that, or set REDIS_URL to a server elsewhere"))
    return findings + await spool_findings(settings, os.environ)


async def _record_findings(settings: Settings, url: str) -> list[Finding]:
    """Look at what people made. `store_findings` tells of a store that cannot be asked."""
    store = connect(url, settings.redis_tls_verify)
    try:
        return [*await stored_channel_findings(settings, store), *await privacy_findings(settings, store)]
    except (StoreUnavailable, RedisError, OSError):
        return []
    finally:
        await store.aclose()

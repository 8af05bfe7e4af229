"""The deployment that a command works on: its settings and its store."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import click
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.alerts.channel import read_channels
from app.definitions.toml import read_file_boards
from app.errors import EmbeddedStoreError, SettingsError, StoreUnavailable
from app.settings import Settings, read_settings
from app.store.client import connect, store_errors
from app.store.embedded import beginning_store, embedded_store

T = TypeVar("T")

STARTING_SECONDS = 10


def settings_or_exit() -> Settings:
    try:
        return checked_settings()
    except SettingsError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None


def checked_settings() -> Settings:
    """Return the settings, with boards and channels that can be read. Raises SettingsError."""
    settings = read_settings(os.environ)
    read_file_boards(settings)
    read_channels(settings)
    return settings


def with_store(settings: Settings, what: str, use: Callable[[Redis], Awaitable[T]]) -> T:
    """Use the store for `what`, as in "the boards". Raises ClickException when it cannot be reached."""

    async def use_store() -> T:
        async with store_url(settings) as url:
            store = connect(url, settings.redis_tls_verify)
            try:
                return await use(store)
            finally:
                await store.aclose()

    try:
        with store_errors():
            return asyncio.run(use_store())
    except EmbeddedStoreError as error:
        raise click.ClickException(f"{what} cannot be reached: {error}") from None
    except StoreUnavailable as error:
        raise click.ClickException(f"{what} cannot be reached: the store is away: {error}") from None


def write_out(text: str | bytes) -> None:
    """Write a line to standard output while the store is used: a disk that is full is not taken for a store that is
    away. Raises ClickException."""
    try:
        click.echo(text)
    except OSError as error:
        raise click.ClickException(f"standard output takes no more: {error.strerror}") from None


@asynccontextmanager
async def store_url(settings: Settings) -> AsyncIterator[str]:
    """The store of this deployment: one elsewhere, that of a running Deskboard, or our own for the moment."""
    if settings.redis_url is not None:
        yield settings.redis_url
    elif url := await beginning_store(settings.store_directory):
        await _wait_for(url)
        yield url
    else:
        async with embedded_store(settings.store_directory) as url:
            yield url


async def _wait_for(url: str) -> None:
    """Wait for a store that is being started at this moment. Raises RedisError when it does not answer in time."""
    store = connect(url)
    deadline = asyncio.get_running_loop().time() + STARTING_SECONDS
    try:
        while asyncio.get_running_loop().time() < deadline:
            with suppress(RedisError):
                await store.ping()
                return
            await asyncio.sleep(0.1)
        await store.ping()
    finally:
        await store.aclose()

"""How many may be connected follows from how many files this process may open."""

import logging
import resource
from collections.abc import Iterator

import pytest

from app import bounds
from app.server.run import allow_open_files, room_for_connections


@pytest.fixture
def hard_limit() -> Iterator[int]:
    """Of open files; the soft one is put back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_as_many_files_are_opened_as_connections_need(hard_limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard_limit))
    allow_open_files()
    assert room_for_connections() == min(bounds.CONNECTIONS, hard_limit - bounds.RESERVED_FILES)


def test_a_limit_that_is_high_enough_is_left_alone(hard_limit: int) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    allow_open_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= before[0]


def test_where_few_files_may_be_opened_few_may_connect(hard_limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard_limit))
    assert room_for_connections() == 1_024 - bounds.RESERVED_FILES


def test_little_room_is_told(
    hard_limit: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bounds, "CONNECTIONS", hard_limit)
    allow_open_files()
    with caplog.at_level(logging.WARNING):
        assert f"at most {hard_limit - bounds.RESERVED_FILES} connections" in caplog.text

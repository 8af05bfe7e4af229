"""What may be a channel: of ALERT_CHANNELS, and of those that people make on a page."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from app.alerts.channel import parse_channel, read_channels
from app.errors import InputError, SettingsError
from tests.support.server import command, settings

SLACK = "slack://T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
SECRET = "whsec_" + base64.b64encode(b"twenty-four-bytes-secret").decode()


def refused(*, on_page: bool = False, **values: Any) -> dict[str, str]:
    with pytest.raises(InputError) as error:
        parse_channel({"name": "ops", **values}, on_page=on_page, allows_private=False)
    return {mistake.field: mistake.rule for mistake in error.value.mistakes}


def test_the_setting_is_read_with_what_it_leaves_open() -> None:
    channels = [
        {"name": "ops", "url": "https://example.org/hook", "secret": SECRET, "boards": ["lille"], "language": "fr"},
        {"name": "team", "url": SLACK, "levels": ["watch", "alarm"], "quiet_hours": ["Mon-Sun 20:00-07:00"]},
    ]
    ops, team = read_channels(settings(ALERT_CHANNELS=json.dumps(channels)))
    assert (ops.kind, ops.host, ops.is_signed, ops.levels, ops.state) == (
        "webhook",
        "example.org",
        True,
        ("alarm",),
        "ready",
    )
    assert ops.secret == SECRET.removeprefix("whsec_")
    assert (team.kind, team.is_signed, team.boards, team.language) == ("slack", False, (), "en")
    assert ops.hears("lille", "alarm")
    assert not ops.hears("lille", "watch")
    assert not ops.hears("paris", "alarm")
    assert ops.hears("", "alarm"), "troubles of the deployment are for all"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ops", "is no JSON"),
        ('{"name": "ops"}', "is no list of channels"),
        ('[{"name": "a", "url": "https://x.example"}, {"name": "a", "url": "https://x.example"}]', "[1].name: a is"),
        ('[{"url": "https://x.example"}]', "[0].name: is missing"),
        ('[{"name": "a"}]', "[0].url: is missing"),
        ('[{"name": "a", "url": "https://x.example", "levels": ["loud"]}]', "[0].levels: loud is not allowed: watch"),
        ('[{"name": "a", "url": "https://x.example", "secret": "short"}]', "[0].secret: this is no secret"),
        ('[{"name": "a", "url": "https://x.example", "language": "de"}]', "[0].language: de is not allowed: en, fr"),
        ('[{"name": "a", "url": "https://x.example", "quiet_hours": ["late"]}]', "[0].quiet_hours: late is no span"),
        (
            '[{"name": "a", "url": "https://x.example", "board": "lille"}]',
            "[0].board: there is no board; allowed",
        ),
        ('[{"name": "a", "url": "http://10.0.0.7/hook-SECRET"}]', "[0].url: http:// sends in the clear"),
        ('[{"name": "a", "url": "https://[::1]/hook-SECRET"}]', "[0].url: ::1 is in a private network"),
        ('[{"name": "a", "url": "nosuch://SECRET"}]', "[0].url: nosuch:// is no service"),
        ('[{"name": "a", "url": "slack://SECRET"}]', "[0].url: this is no complete address of slack://"),
    ],
)
def test_an_error_names_the_field_and_repeats_no_secret(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_channels(settings(ALERT_CHANNELS=text))
    assert str(error.value).startswith("ALERT_CHANNELS")
    assert said in str(error.value)
    assert "SECRET" not in str(error.value)


def test_people_enter_services_whose_host_is_their_own_and_webhooks() -> None:
    for url, kind in (
        (SLACK, "slack"),
        ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", "slack"),
        ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord"),
        ("https://chat.googleapis.com/v1/spaces/AAAA/messages?key=kkkk&token=tttt", "gchat"),
        (
            "https://prod-1.westeurope.logic.azure.com:443/workflows/643e69f83c8944/triggers/manual/paths/invoke"
            "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu",
            "workflows",
        ),
        ("https://example.org/hook?key=1", "webhook"),
    ):
        channel = parse_channel({"name": "ops", "url": url}, on_page=True, allows_private=False)
        assert (channel.kind, channel.state) == (kind, "pending")
    for url, rule in (
        ("mailtos://user:password@example.org", "own-host"),
        ("ntfys://ntfy.example.org/topic", "own-host"),
        ("json://example.org", "own-host"),
        ("file:///etc/passwd", "own-host"),
        (f"{SLACK}?template=/etc/passwd", "option"),
        ("workflows://example.org/workflow/signature", "teams-host"),
        ("https://localhost/hook", "private"),
        ("https://169.254.169.254/latest", "private"),
        ("https://[::ffff:10.0.0.1]/hook", "private"),
        ("http://example.org/hook", "plain"),
        ("no address", "address"),
    ):
        assert refused(on_page=True, url=url) == {"url": rule}, url
    assert refused(on_page=True, url=SLACK, secret=SECRET) == {"secret": "secret-kind"}


def test_private_hosts_are_allowed_by_a_setting_alone() -> None:
    for url in (
        "http://127.0.0.1:8080/hook",
        "https://10.0.0.1/hook",
        "ntfy://127.0.0.1/topic",
        "mailto://127.0.0.1:2525?from=a@example.org&to=b@example.org",
    ):
        parse_channel({"name": "ops", "url": url}, on_page=False, allows_private=True)
        assert set(refused(url=url)) == {"url"}
    with pytest.raises(SettingsError, match="ALERT_PRIVATE_HOSTS is 'yes', which is not allowed: set 1"):
        settings(ALERT_PRIVATE_HOSTS="yes")


def test_no_setting_that_holds_an_address_is_repeated() -> None:
    with pytest.raises(SettingsError) as error:
        settings(HEARTBEAT_URL="ftp://example.org/uuid")
    assert "HEARTBEAT_URL is no address of a site" in str(error.value)
    assert "uuid" not in str(error.value)


async def test_a_start_with_a_wrong_channel_ends_with_a_sentence(tmp_path: Path) -> None:
    wrong = '[{"name": "a", "url": "http://10.0.0.7/hook-SECRET"}]'
    for name in ("run", "check"):
        status, said = await command(name, data_dir=tmp_path, ALERT_CHANNELS=wrong)
        assert status == 1
        assert "ALERT_CHANNELS[0].url: http:// sends in the clear: write https://" in said
        assert "SECRET" not in said

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import read_settings


def test_nothing_set_is_a_laptop() -> None:
    settings = read_settings({})
    assert (settings.port, settings.url) == (None, "http://127.0.0.1:8000")
    assert (settings.redis_url, settings.data_dir) == (None, Path("var"))
    assert (settings.time_zone, settings.currency) == ("UTC", "EUR")
    assert (settings.presence_unverified_after, settings.presence_gone_after) == (4 * 3600, 14 * 3600)
    assert settings.iadvize_secrets == ()
    assert settings.api_tokens == ()


def test_a_platform_that_sets_a_port_is_served() -> None:
    settings = read_settings({"PORT": "5000"})
    assert (settings.port, settings.url) == (5000, "http://127.0.0.1:5000")


def test_lists_are_separated_by_commas_and_blanks_count_as_unset() -> None:
    settings = read_settings({"IADVIZE_SECRETS": " one, two ,", "API_TOKENS": " ", "REDIS_URL": ""})
    assert settings.iadvize_secrets == ("one", "two")
    assert settings.api_tokens == ()
    assert settings.redis_url is None


@pytest.mark.parametrize("url", ["redis://localhost", "rediss://:secret@host:6380/1", "unix:///run/redis.sock"])
def test_addresses_of_a_redis_are_taken(url: str) -> None:
    assert read_settings({"REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("PORT", "0", "1 to 65535"),
        ("PORT", "eighty", "1 to 65535"),
        ("PORT", "٣", "1 to 65535"),
        ("TIME_ZONE", "Paris", "Europe/Paris"),
        ("TIME_ZONE", "../etc/passwd", "Europe/Paris"),
        ("TIME_ZONE", "Europe", "Europe/Paris"),
        *(("TIME_ZONE", name, "Europe/Paris") for name in ("posix/Europe/Paris", "right/Europe/Paris")),
        *(("TIME_ZONE", name, "Europe/Paris") for name in ("posixrules", "localtime", "Factory")),
        ("CURRENCY", "euro", "EUR"),
        ("CURRENCY", "eur", "EUR"),
        ("PRESENCE_UNVERIFIED_AFTER", "4h", "seconds"),
        ("PRESENCE_GONE_AFTER", "-1", "seconds"),
        ("PRESENCE_GONE_AFTER", "0", "seconds"),
        ("REDIS_TLS_VERIFY", "no", "none"),
        *(
            ("PUBLIC_URL", url, "https://board.example.org")
            for url in (
                "board.example",
                "ftp://board.example",
                "https://board.example/path",
                "https://board.example/?a=b",
                "https://a:b@board.example",
                "https://board.example:0",
                "https://board.example:70000",
                "https://[::x]",
                "https://",
                "https://board.example/#a",
                "https://-.example",
                "https://[1.2.3.4]",
            )
        ),
        ("TRUSTED_PROXIES", "-1", "0 to 10"),
        ("TRUSTED_PROXIES", "11", "0 to 10"),
        ("TRUSTED_PROXIES", "10.0.0.0/8", "0 to 10"),
    ],
)
def test_a_bad_setting_is_named_with_what_was_found_and_what_is_allowed(name: str, value: str, mend: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({name: value})
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{name} is {value!r}")
    assert mend in line


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Paris", "America/Argentina/Ushuaia", "US/Eastern", "Etc/GMT+5", "EST5EDT"]
)
def test_time_zones_of_the_iana_database_are_taken(name: str) -> None:
    assert read_settings({"TIME_ZONE": name}).time_zone == name


@pytest.mark.parametrize(
    "url", ["secret:6379", "http://:secret@host", "redis://:secret@", "redis://secret:port", "unix:secret"]
)
def test_a_bad_address_of_a_redis_is_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"REDIS_URL": url})
    assert str(refused.value).startswith("REDIS_URL ")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("environment", "url", "variable"),
    [
        ({}, None, ""),
        ({"PUBLIC_URL": "https://Board.example/"}, "https://board.example", "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://[2001:db8::1]:8443"}, "http://[2001:db8::1]:8443", "PUBLIC_URL"),
        ({"HEROKU_APP_DEFAULT_DOMAIN_NAME": "b.example"}, "https://b.example", "HEROKU_APP_DEFAULT_DOMAIN_NAME"),
        ({"RENDER_EXTERNAL_URL": "https://b.onrender.com"}, "https://b.onrender.com", "RENDER_EXTERNAL_URL"),
        ({"FLY_APP_NAME": "board-9"}, "https://board-9.fly.dev", "FLY_APP_NAME"),
        ({"PUBLIC_URL": "https://b.example", "FLY_APP_NAME": "board"}, "https://b.example", "PUBLIC_URL"),
        ({"FLY_APP_NAME": "no name/../"}, None, ""),
        ({"RENDER_EXTERNAL_URL": ""}, None, ""),
    ],
)  # fmt: skip
def test_public_address_is_the_setting_or_the_platforms_own(
    environment: dict[str, str], url: str | None, variable: str
) -> None:
    settings = read_settings({"PORT": "5000", **environment})
    assert (settings.public_url, settings.public_url_variable) == (url, variable)
    assert settings.external_url == (url or "http://127.0.0.1:5000")


SECRETS = {"SECRET_KEY": "0a1b2c3d4e5f60718293", "ADMIN_PASSWORD": "seven green umbrellas"}


def test_secrets_are_read_and_never_shown() -> None:
    settings = read_settings(SECRETS | {"TRUSTED_PROXIES": "2", "API_TOKENS": "a-token", "IADVIZE_SECRETS": "a-secret"})
    assert (settings.secret_key, settings.admin_password) == tuple(SECRETS.values())
    assert settings.trusted_proxies == 2
    for secret in (*SECRETS.values(), "a-token", "a-secret"):
        assert secret not in repr(settings)
        assert secret not in str(settings)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ADMIN_PASSWORD", "umbrellas", "is too short: set 12 characters or more"),
        ("ADMIN_PASSWORD", "aaaaaaaaaaaa", "is weak: set 12 characters or more"),
        ("ADMIN_PASSWORD", "Password1234", "is weak: set 12 characters or more"),
        ("ADMIN_PASSWORD", "Deskboard2026!", "is weak: set 12 characters or more"),
        ("ADMIN_PASSWORD", "123456789012", "is weak: set 12 characters or more"),
        ("ADMIN_PASSWORD", "deskboarddeskboard", "is weak: set 12 characters or more"),
        ("ADMIN_PASSWORD", "a" * 200, "is weak: set 12 characters or more"),
        ("SECRET_KEY", "umbrellas", "is too short: set at least 16"),
    ],
)
def test_a_weak_secret_stops_the_start_and_is_not_repeated(name: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({name: value})
    assert str(refused.value).startswith(f"{name} {reason}")
    assert value not in str(refused.value)


@pytest.mark.parametrize("password", ["correct-horse-b", "é" * 3 + " umbrella rain", "tr0ub4dor&3-xkcd" * 10])
def test_a_good_password_of_any_letters_is_taken(password: str) -> None:
    assert read_settings({"ADMIN_PASSWORD": password}).admin_password == password


@pytest.mark.parametrize("name", ["ADMIN_PASSWORD", "SECRET_KEY", "API_TOKENS", "TIME_ZONE"])
def test_what_is_no_text_is_named_and_not_repeated(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} holds characters that are no text") as refused:
        read_settings({name: "seven green \udce9mbrellas"})
    assert "umbrellas" not in str(refused.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"PORT": "x", "TIME_ZONE": "x", "CURRENCY": "x"})
    assert [line.split()[0] for line in str(refused.value).splitlines()] == ["PORT", "TIME_ZONE", "CURRENCY"]

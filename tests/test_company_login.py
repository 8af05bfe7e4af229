"""Log-in with the company's identity provider: two real ones, and one that sends what it should not."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from app.access.identity_provider import Grant, parse_grants
from app.access.oidc import LEEWAY_SECONDS
from app.cli.check.finding import Level
from app.cli.check.identity import identity_findings
from app.clock import MINUTE, wall_clock
from app.errors import SettingsError
from app.settings import read_settings
from tests.support.identity_providers import (
    CLIENT,
    CLIENT_SECRET,
    Forger,
    consent_at_mock,
    log_in_at_nano,
    mock_provider,
    nano_provider,
    signing_key,
)
from tests.support.server import PASSWORD, Peer, Site, eventually, running

OURS = "https://board.example.org"


def company(issuer: str, **more: str) -> dict[str, Any]:
    named = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": CLIENT_SECRET}
    return named | {"PUBLIC_URL": OURS} | more


async def begin(browser: httpx.AsyncClient) -> str:
    response = await browser.get("/login/company")
    assert response.status_code == 303, response.text
    return response.headers["location"]


async def come_back(browser: httpx.AsyncClient, address: str) -> httpx.Response:
    assert address.startswith(f"{OURS}/login/company/callback?"), address
    back = urlsplit(address)
    return await browser.get(f"{back.path}?{back.query}&lang=en", headers={"accept": "text/html"})


async def forged(site: Site, forger: Forger, **claims: Any) -> httpx.Response:
    """Log in with a token that differs from a good one."""
    forger.claims = claims
    async with site.browser() as browser:
        return await come_back(browser, forger.authorize(await begin(browser)))


async def test_roles_come_from_claims_and_verified_addresses(store: Any, store_url: str) -> None:
    users: dict[str, dict[str, Any]] = {
        "ana": {"name": "Ana Example", "groups": ["care-admins"]},
        "ben": {"name": "Ben Example", "email": "ben@example.org", "email_verified": True},
        "cleo": {"name": "Cleo Example", "email": "cleo@example.com", "email_verified": False},
    }
    async with mock_provider(users) as issuer:
        roles = {
            "OIDC_ADMINS": "care-admins",
            "OIDC_LEADS": "Ben@Example.org team:Lille",
            "OIDC_VIEWERS": "@example.com",
        }
        async with running(store_url, **company(issuer, **roles)) as site:
            async with site.browser() as ana:
                assert "/login/company" in (await ana.get("/login")).text
                response = await come_back(ana, await consent_at_mock(await begin(ana), "ana"))
                assert response.status_code == 303, response.text
                people = (await ana.get("/people?lang=en")).text
                assert "Ana Example" in people
                assert (await ana.get("/logout?lang=en")).text.count("<button") >= 2
                there = await ana.post("/logout", data={"company": "1"})
                assert there.headers["refresh"].startswith(f"0; url={issuer}/oauth2/end_session?client_id={CLIENT}&")
                assert (await ana.get("/")).status_code == 303
            async with site.browser() as ben:
                await come_back(ben, await consent_at_mock(await begin(ben), "ben"))
                assert (await ben.get("/")).status_code == 200
                assert (await ben.get("/floor/all")).status_code == 403
                assert (await ben.get("/people")).status_code == 403
            async with site.browser() as cleo:
                refused = await come_back(cleo, await consent_at_mock(await begin(cleo), "cleo"))
                assert refused.status_code == 403
                assert "does not vouch for the address cleo@example.com" in refused.text


async def test_a_second_provider_logs_in_too(store: Any, store_url: str, tmp_path: Path) -> None:
    async with (
        nano_provider(tmp_path / "idp") as issuer,
        running(store_url, **company(issuer, OIDC_LEADS="ADMIN")) as site,
        site.browser() as browser,
    ):
        response = await come_back(browser, await log_in_at_nano(await begin(browser), "admin", "admin"))
        assert response.status_code == 303, response.text
        assert (await browser.get("/floor/all")).status_code == 200


async def test_a_token_that_does_not_hold_logs_no_one_in(store: Any, store_url: str) -> None:
    async with Forger().running() as forger, running(store_url, **company(forger.issuer, OIDC_LEADS="care")) as site:
        assert (await forged(site, forger)).status_code == 303
        assert forger.form["grant_type"] == ["authorization_code"]
        assert len(forger.form["code_verifier"][0]) >= 43
        now = int(site.process.clock() / 1000)
        for claims in (
            {"iss": "https://elsewhere.example"},
            {"aud": "another-client"},
            {"aud": [CLIENT, "another-client"], "azp": "another-client"},
            {"aud": None},
            {"nonce": "of another log-in"},
            {"nonce": None},
            {"exp": now - LEEWAY_SECONDS - 60},
            {"exp": None},
            {"iat": now + LEEWAY_SECONDS + 600},
            {"sub": None},
            {"sub": ""},
        ):
            response = await forged(site, forger, **claims)
            assert response.status_code == 401, claims
            said = "is not of this time" if isinstance(claims.get("exp", claims.get("iat")), int) else "does not hold"
            assert said in response.text, claims
        assert (await forged(site, forger, exp=now - LEEWAY_SECONDS + 60)).status_code == 303, "clocks differ"

        forger.header = {"alg": "none"}
        assert (await forged(site, forger)).status_code == 401
        forger.header = {"alg": "HS256", "kid": "one"}
        forger.secret_key = OctKey.import_key(CLIENT_SECRET)
        assert (await forged(site, forger)).status_code == 401
        forger.header, forger.secret_key = {"alg": "RS256", "kid": "one"}, None
        forger.key = RSAKey.generate_key(2048, {"kid": "one"})
        assert (await forged(site, forger)).status_code == 401, "signed by another"
        forger.header = {"alg": "RS256", "jwk": forger.key.as_dict(private=False)}
        assert (await forged(site, forger)).status_code == 401, "with the key that it brings itself"


async def test_what_is_said_of_another_person_gives_no_role(store: Any, store_url: str) -> None:
    async with Forger().running() as forger:
        forger.user_info = {"sub": "ben", "roles": ["care"]}
        async with running(store_url, **company(forger.issuer, OIDC_ADMINS="care")) as site:
            assert (await forged(site, forger, roles=None)).status_code == 403
            forger.user_info["sub"] = "ana"
            assert (await forged(site, forger, roles=None)).status_code == 303


async def test_a_code_of_one_attempt_ends_no_other(store: Any, store_url: str) -> None:
    async with (
        Forger().running() as forger,
        running(store_url, **company(forger.issuer, OIDC_LEADS="care")) as site,
        site.browser() as browser,
    ):
        first, second = await begin(browser), await begin(browser)
        back = forger.authorize(first)
        forger.authorize(second)  # whose nonce the token has that the code of the first is redeemed for
        assert (await come_back(browser, back)).status_code == 401


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"metadata": {"issuer": "https://elsewhere.example"}}, "calls itself https://elsewhere.example"),
        ({"metadata": {"token_endpoint": 5}}, "does not answer as it should"),
        ({"keys": b"<html>"}, "jwks_uri: DecodeError"),
        ({"keys": b"[]"}, "jwks_uri: TypeError"),
        ({"keys": b'{"keys": [{"kty": "RSA"}]}'}, "jwks_uri: KeyParameterError"),
        ({"status": 502}, "HTTP 502"),
    ],
)
async def test_a_provider_that_is_broken_is_said_to_be(
    store: Any, store_url: str, broken: dict[str, Any], said: str
) -> None:
    async with Forger().running() as forger, running(store_url, **company(forger.issuer, OIDC_LEADS="care")) as site:
        for name, value in broken.items():
            setattr(forger, name, value)
        async with site.browser() as browser:
            answer = await browser.get("/login/company?lang=en")
            if answer.status_code == 303:
                answer = await come_back(browser, forger.authorize(answer.headers["location"]))
        assert answer.status_code == 503
        assert said in answer.text
        assert "the host can log in with the password" in answer.text


async def test_without_a_password_the_way_back_is_to_set_one(store: Any, store_url: str) -> None:
    async with Forger().running() as forger:
        forger.is_away = True
        settings = company(forger.issuer, OIDC_LEADS="care", ADMIN_PASSWORD="")
        async with running(store_url, **settings) as site, site.browser() as browser:
            assert "sets ADMIN_PASSWORD and starts" in (await browser.get("/login/company?lang=en")).text


async def test_new_keys_of_the_provider_are_read_when_they_are_first_used(store: Any, store_url: str) -> None:
    now = [0]
    async with Forger().running() as forger:
        settings = company(forger.issuer, OIDC_LEADS="care")
        async with running(store_url, lambda: wall_clock() + now[0], **settings) as site:
            assert (await forged(site, forger)).status_code == 303
            forger.key = forger.published = signing_key("two")
            forger.header = {"alg": "RS256", "kid": "two"}
            now[0] = 5 * MINUTE
            assert (await forged(site, forger, iat=int((wall_clock() + now[0]) / 1000))).status_code == 303


async def test_no_more_people_are_kept_than_may_be(store: Any, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.access.accounts.ACCOUNTS", 1)
    async with Forger().running() as forger, running(store_url, **company(forger.issuer, OIDC_LEADS="care")) as site:
        for _ in range(2):
            assert (await forged(site, forger)).status_code == 303
        refused = await forged(site, forger, sub="ben")
        assert refused.status_code == 403
        assert "as many as there may be" in refused.text


async def test_each_attempt_is_good_once_in_its_own_browser(store: Any, store_url: str) -> None:
    async with (
        Forger().running() as forger,
        running(store_url, **company(forger.issuer, OIDC_LEADS="care")) as site,
        site.browser() as one,
        site.browser() as other,
    ):
        first, second = await begin(one), await begin(one)
        back = forger.authorize(first)
        assert (await come_back(other, back)).status_code == 401, "of another browser"
        assert (await come_back(one, back)).status_code == 303
        replayed = await come_back(one, back)
        assert replayed.status_code == 401
        assert "used already" in replayed.text
        assert (await come_back(one, forger.authorize(second))).status_code == 303, "two tabs"
        for code, said in (("access_denied", "refused: access_denied."), ("Call+0800+1234", "refused: –.")):
            refused = await one.get(f"/login/company/callback?error={code}&state=x&lang=en")
            assert refused.status_code == 401
            assert said in refused.text


async def test_while_the_provider_is_away_those_inside_stay_and_the_password_opens(store: Any, store_url: str) -> None:
    async with (
        Forger().running() as forger,
        running(store_url, **company(forger.issuer, OIDC_LEADS="care")) as site,
        site.browser() as inside,
    ):
        assert (await come_back(inside, forger.authorize(await begin(inside)))).status_code == 303
        site.process.access.oidc._metadata = None  # type: ignore[union-attr] # noqa: SLF001 as an hour later
        forger.is_away = True
        async with site.browser() as late:
            answer = await late.get("/login/company?lang=en")
            assert answer.status_code == 503
            assert "HTTP 503" in answer.text
            assert (await late.post("/login", data={"password": PASSWORD})).status_code == 303
        assert (await inside.get("/floor/all")).status_code == 200


async def test_those_whom_no_setting_names_are_told_what_was_sent(store: Any, store_url: str) -> None:
    async with Forger().running() as forger, running(store_url, **company(forger.issuer, OIDC_LEADS="leads")) as site:
        refused = await forged(site, forger, roles=["care", "<b>"])
        assert refused.status_code == 403
        assert "&lt;b&gt;, care" in refused.text
        assert "Wanted is one of: leads" in refused.text
        left_out = await forged(site, forger, roles=None, _claim_names={"groups": "src1"})
        assert "left them out" in left_out.text


async def test_a_person_who_was_removed_is_out_at_once_until_an_admin_lets_them_in_again(
    store: Any, store_url: str
) -> None:
    async with (
        Forger().running() as forger,
        running(store_url, **company(forger.issuer, OIDC_ADMINS="care")) as site,
        site.browser() as browser,
    ):
        await come_back(browser, forger.authorize(await begin(browser)))
        (id_,) = site.process.access.accounts.all()
        await site.log_in()
        for action in ("reset", "change"):
            refused = await site.client.post(f"/people/{id_}", data={"action": action, "role": "viewer"})
            assert refused.status_code == 404, "the provider decides on it"
        async with site.socket("floor", headers=site.as_page(dict(browser.cookies))) as floor:
            assert (await Peer(floor).frame())["type"] == "snapshot"
            assert (await site.client.post(f"/people/{id_}", data={"action": "remove"})).status_code == 303
            assert await Peer(floor).closed() == 4401
        assert (await browser.get("/people")).status_code == 303
        assert (await forged(site, forger)).status_code == 403

        assert "Ana Example" in (await site.client.get("/people?lang=en")).text.partition("<h2>Removed</h2>")[2]
        assert (await site.client.post(f"/people/{id_}", data={"action": "readmit"})).status_code == 303
        assert (await forged(site, forger)).status_code == 303
        assert (await browser.get("/people")).status_code == 303, "the session from before is over for good"
        assert (await forged(site, forger, name="Ana Renamed")).status_code == 303
        await eventually(lambda: site.client.get("/people"), lambda page: "Ana Renamed" in page.text)
        assert (await site.client.post(f"/people/{id_}", data={"action": "readmit"})).status_code == 404
        await store.flushdb()  # the newest that is known comes back
        await eventually(lambda: forged(site, forger), lambda answer: answer.status_code == 303)
        assert (await site.client.post(f"/people/{id_}", data={"action": "remove"})).status_code == 303
        assert (await forged(site, forger)).status_code == 403


def test_grants_name_roles_addresses_and_teams() -> None:
    assert parse_grants("lead", "care-leads, ana@example.org team:Lille Nord team:Paris,") == (
        Grant("lead", "care-leads"),
        Grant("lead", "ana@example.org", ("Lille Nord", "Paris")),
    )
    for role, text in (("viewer", "care team:Lille"), ("lead", "team:Lille"), ("lead", "care team: ")):
        with pytest.raises(ValueError, match="team"):
            parse_grants(role, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET is not set"),
        ({"OIDC_LEADS": ""}, "no one could log in"),
        ({"OIDC_ISSUER": "login.example.org"}, "is no issuer"),
        ({"OIDC_ISSUER": "http://login.example.org"}, "is no issuer"),
        ({"OIDC_ISSUER": "https://login.microsoftonline.com/common/v2.0"}, "of all tenants"),
        ({"OIDC_ISSUER": "https://login.microsoftonline.com/Organizations/v2.0"}, "of all tenants"),
        ({"OIDC_ADMINS": "care team:Lille"}, "only leads have teams"),
        ({"OIDC_ADMINS": "@"}, "an address or @domain"),
    ],
)
def test_settings_that_log_no_one_in_are_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(company("https://login.example.org", OIDC_LEADS="care") | changes)
    assert said in str(refused.value)
    assert CLIENT_SECRET not in str(refused.value)


async def test_check_says_whether_the_provider_answers() -> None:
    async with Forger().running() as forger:
        settings = read_settings(company(forger.issuer, OIDC_LEADS="care"))
        (found,) = await identity_findings(settings)
        assert found.level is Level.WELL
        assert f"{OURS}/login/company/callback" in found.found
        forger.is_away = True
        (found,) = await identity_findings(settings)
        assert found.level is Level.WRONG

"""Log-in with the company's identity provider: OpenID Connect's authorization code flow, with PKCE and a nonce.

What is kept between the two halves of a log-in is in a signed cookie of the browser, one for each attempt: several tabs
may log in at once, in any process.
"""

import asyncio
import secrets
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from app.access.identity_provider import Grant, IdentityProvider, Role
from app.access.tokens import SignedValue
from app.clock import HOUR, MINUTE, SECOND, Clock
from app.errors import DeskboardError
from app.name_text import clean_name, visible
from app.records import Account

CALLBACK_PATH = "/login/company/callback"
DISCOVERY_LIFE = HOUR
KEYS_LIFE = 6 * HOUR
KEYS_AGAIN = MINUTE
"""An unknown key makes us read them again, at most this often."""
ATTEMPT_LIFE = 10 * MINUTE
AWAY_LIFE = 5 * SECOND
"""How long a provider that did not answer is not asked again: otherwise each attempt would wait for those before it."""
DEADLINE_SECONDS = 10
ANSWER_BYTES = 1_000_000
LEEWAY_SECONDS = 120
"""How far the provider's clock may be from ours."""
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Public keys only: `none` and shared secrets are refused whatever the provider offers."""
URL_CHARACTERS = ":/%#?=@[]!$&'()*+,;"
SCOPE = "openid profile email"
NAME_CHARACTERS, MAIL_CHARACTERS, ROLES_CHARACTERS = 100, 254, 500


class OidcError(DeskboardError):
    """A log-in that failed at the provider. `reason` is a message of the section `company`."""

    def __init__(self, reason: str, status: int = 401, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.values = values


class Attempt(SignedValue, frozen=True):
    state: str
    nonce: str
    verifier: str
    until: int
    next: str = ""
    """The page that was asked for."""


class _Metadata(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class Oidc:
    def __init__(self, provider: IdentityProvider, redirect_url: str, clock: Clock) -> None:
        self._provider = provider
        self._redirect_url = redirect_url
        self._clock = clock
        self._metadata: tuple[int, _Metadata] | None = None
        """When it was read, and what."""
        self._keys: tuple[int, KeySet] | None = None
        self._away: tuple[int, OidcError] | None = None
        """When it last did not answer, and why."""
        self._reading = asyncio.Lock()

    async def begin(self, next_page: str = "") -> tuple[str, Attempt]:
        """Return where to send a browser, and what its cookie is to hold. Raises OidcError."""
        metadata = await self._discover()
        until = self._clock() + ATTEMPT_LIFE
        state, nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        attempt = Attempt(state, nonce, verifier, until, next_page)
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._redirect_url,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(metadata.authorization_endpoint, query), attempt

    async def finish(self, attempt: Attempt, code: str) -> tuple[str, Account]:
        """Return the id and the account of the person who logged in. Raises OidcError."""
        metadata = await self._discover()
        tokens = await self._redeem(metadata, attempt, code)
        claims = await self._checked(metadata, tokens.id_token, attempt.nonce)
        if metadata.userinfo_endpoint and tokens.access_token:
            more = await self._user_info(metadata, tokens.access_token)
            if more.get("sub") == claims["sub"]:
                claims = {**more, **claims}
        return account_id(self._provider.issuer, claims["sub"]), self._account(claims)

    async def end_session_url(self, back: str) -> str:
        """Return where a browser logs out at the provider; empty: it offers none, or does not answer."""
        try:
            metadata = await self._discover()
        except OidcError:
            return ""
        if not metadata.end_session_endpoint:
            return ""
        query = {"client_id": self._provider.client_id, "post_logout_redirect_uri": back}
        return quote(_with_query(metadata.end_session_endpoint, query), safe=URL_CHARACTERS)

    async def _redeem(self, metadata: _Metadata, attempt: Attempt, code: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_url,
            "code_verifier": attempt.verifier,
        }
        auth = None
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            auth = httpx.BasicAuth(self._provider.client_id, self._provider.client_secret)
        else:
            form |= {"client_id": self._provider.client_id, "client_secret": self._provider.client_secret}
        status, body = await _fetch("POST", metadata.token_endpoint, data=form, auth=auth)
        if status >= 500:
            raise OidcError("away", 503, found=f"HTTP {status}")
        if status != 200:
            raise OidcError("refused", found=_error_in(body) or str(status))
        try:
            return msgspec.json.decode(body, type=_Tokens)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise OidcError("forged", found="id_token") from None

    async def _checked(self, metadata: _Metadata, id_token: str, nonce: str) -> dict[str, Any]:
        claims = await self._decoded(metadata, id_token, nonce)
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._provider.client_id:
            raise OidcError("forged", found="azp")
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise OidcError("forged", found="sub")
        return claims

    async def _decoded(self, metadata: _Metadata, id_token: str, nonce: str) -> dict[str, Any]:
        allowed = [name for name in metadata.id_token_signing_alg_values_supported if name in SIGNATURES] or ["RS256"]
        registry = jwt.JWTClaimsRegistry(
            now=self._clock() // SECOND,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            try:
                token = jwt.decode(id_token, await self._read_keys(metadata), algorithms=allowed)
            except (InvalidKeyIdError, KeyError):
                # The provider changed its keys since they were read.
                token = jwt.decode(id_token, await self._read_keys(metadata, again=True), algorithms=allowed)
            registry.validate(token.claims)
        except (JoseError, ValueError, KeyError) as error:
            claim = getattr(error, "claim", "")
            is_untimely = isinstance(error, ExpiredTokenError | InvalidClaimError) and claim in ("exp", "iat", "nbf")
            reason = "untimely" if is_untimely else "forged"
            raise OidcError(reason, found=claim or type(error).__name__, allowed=LEEWAY_SECONDS // 60) from None
        return dict(token.claims)

    async def _user_info(self, metadata: _Metadata, access_token: str) -> dict[str, Any]:
        """Some providers name groups only there."""
        try:
            headers = {"Authorization": f"Bearer {access_token}"}
            status, body = await _fetch("GET", metadata.userinfo_endpoint, headers=headers)
            found = msgspec.json.decode(body) if status == 200 else None
        except (OidcError, msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return found if isinstance(found, dict) else {}

    def _account(self, claims: Mapping[str, Any]) -> Account:
        mail, verified = str(claims.get("email") or "")[:MAIL_CHARACTERS], claims.get("email_verified") is True
        names = (claims.get("name"), claims.get("preferred_username"), mail, claims["sub"])
        name = visible(clean_name(next(str(text) for text in names if text)))[:NAME_CHARACTERS]
        values = self._roles_in(claims)
        found = _granted(self._provider.grants, values, mail.casefold() if verified else "")
        if found is None:
            wanted = ", ".join(sorted({_shown(grant.value) for grant in self._provider.grants}))
            said = ", ".join(sorted(values)[:20])[:ROLES_CHARACTERS] or "–"
            reason = "groups-left-out" if "_claim_names" in claims or claims.get("hasgroups") else "no-role"
            if reason == "no-role" and _granted(self._provider.grants, values, mail.casefold()):
                reason = "mail-unverified"
            raise OidcError(reason, 403, name=name, mail=mail or "–", found=said, allowed=wanted or "–")
        role, teams = found
        return Account(name=name, mail=mail, role=role, teams=teams, issuer=self._provider.issuer)

    def _roles_in(self, claims: Mapping[str, Any]) -> frozenset[str]:
        names = (self._provider.roles_claim,) if self._provider.roles_claim else ("roles", "groups")
        for name in names:
            found = claims.get(name)
            values = [found] if isinstance(found, str) else found
            if isinstance(values, list) and values:
                return frozenset(value for value in values if isinstance(value, str))
        return frozenset()

    async def _discover(self) -> _Metadata:
        async with self._reading:
            now = self._clock()
            if self._metadata is not None and 0 <= now - self._metadata[0] < DISCOVERY_LIFE:
                return self._metadata[1]
            if self._away is not None and 0 <= now - self._away[0] < AWAY_LIFE:
                raise self._away[1]
            try:
                metadata = await self._read_metadata()
            except OidcError as error:
                self._away = self._clock(), error
                raise
            self._metadata = now, metadata
            return metadata

    async def _read_metadata(self) -> _Metadata:
        status, body = await _fetch("GET", self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if status != 200:
            raise OidcError("away", 503, found=f"HTTP {status}")
        try:
            metadata = msgspec.json.decode(body, type=_Metadata)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise OidcError("away", 503, found=str(error)[:100]) from None
        if metadata.issuer != self._provider.issuer:
            raise OidcError("issuer", 503, found=metadata.issuer[:200], allowed=self._provider.issuer)
        return metadata

    async def _read_keys(self, metadata: _Metadata, *, again: bool = False) -> KeySet:
        async with self._reading:
            now = self._clock()
            if self._keys is not None and 0 <= now - self._keys[0] < (KEYS_AGAIN if again else KEYS_LIFE):
                return self._keys[1]
            status, body = await _fetch("GET", metadata.jwks_uri)
            if status != 200:
                raise OidcError("away", 503, found=f"HTTP {status}")
            try:
                keys = KeySet.import_key_set(msgspec.json.decode(body))
            except (msgspec.DecodeError, UnicodeDecodeError, JoseError, TypeError, KeyError) as error:
                raise OidcError("away", 503, found=f"jwks_uri: {type(error).__name__}") from None
            self._keys = now, keys
            return keys


def account_id(issuer: str, subject: str) -> str:
    return sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:16]


def _granted(grants: Iterable[Grant], values: frozenset[str], mail: str) -> tuple[Role, tuple[str, ...]] | None:
    """Return the highest role that is given, and to a lead of which teams. `mail`: empty unless it is verified."""
    domain = "@" + mail.rpartition("@")[2] if mail else ""
    given = [grant for grant in grants if grant.value in values or grant.value.casefold() in {mail, domain} - {""}]
    for role in ("admin", "lead", "viewer"):
        found = [grant for grant in given if grant.role == role]
        if found:
            is_of_all = any(not grant.teams for grant in found)
            teams = dict.fromkeys(team for grant in found for team in grant.teams)
            return found[0].role, () if is_of_all else tuple(teams)
    return None


def _shown(value: str) -> str:
    """Return to whom a role is given as strangers may read it: of an address only the domain."""
    name, at, domain = value.rpartition("@")
    return f"…@{domain}" if name and at else value


@cache
def _tls() -> ssl.SSLContext:
    """Read once: the system's certificates take 20 ms."""
    return httpx.create_ssl_context()


async def _fetch(method: str, address: str, **request: Any) -> tuple[int, bytes]:
    """Raises OidcError."""
    try:
        async with (
            asyncio.timeout(DEADLINE_SECONDS),
            httpx.AsyncClient(verify=_tls(), timeout=DEADLINE_SECONDS) as client,
            client.stream(method, address, **request) as response,
        ):
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES:
                    raise OidcError("away", 503, found=f"> {ANSWER_BYTES} B")
            return response.status_code, body
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        raise OidcError("away", 503, found=type(error).__name__) from None


def _error_in(body: bytes) -> str:
    """Return the code of an OAuth error."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(found.get("error", ""))[:100] if isinstance(found, dict) else ""


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

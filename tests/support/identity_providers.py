"""Identity providers that people log in with: two of other authors, and one that signs what it is told to."""

import asyncio
import json
import re
import socket
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.server import DEADLINE_SECONDS, NO_TLS, PromptServer, free_port

CLIENT, CLIENT_SECRET = "deskboard", "a secret of a test"


@asynccontextmanager
async def mock_provider(users: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[str]:
    """`users`: claims by subject."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    async with (
        _process("oidc-provider-mock", "--port", str(port), issuer=issuer),
        httpx.AsyncClient(verify=NO_TLS, timeout=DEADLINE_SECONDS) as client,
    ):
        for subject, claims in users.items():
            (await client.put(f"{issuer}/users/{subject}", json=dict(claims))).raise_for_status()
        yield issuer


async def consent_at_mock(address: str, subject: str) -> str:
    """Log in at the mock; return where it sends the browser."""
    async with httpx.AsyncClient(verify=NO_TLS, timeout=DEADLINE_SECONDS) as browser:
        response = await browser.post(address, data={"sub": subject})
    return response.headers["location"]


@asynccontextmanager
async def nano_provider(directory: Path) -> AsyncIterator[str]:
    """A process of its own, whose user `admin` has the role ADMIN."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    directory.mkdir(exist_ok=True)
    (directory / "settings.yaml").write_text(
        json.dumps(
            {
                "config_version": 1,
                "server": {"host": "127.0.0.1", "port": port},
                "oauth": {
                    "issuer": issuer,
                    "audience": CLIENT,
                    "clients": [{"client_id": CLIENT, "client_secret": CLIENT_SECRET}],
                },
            }
        )
    )
    user = {"password": "admin", "email": "ana@example.org", "roles": ["ADMIN"], "groups": ["care"]}
    (directory / "users.yaml").write_text(json.dumps({"config_version": 1, "users": {"admin": user}}))
    async with _process("nanoidp", "--config", str(directory), "--port", str(port), issuer=issuer):
        yield issuer


@asynccontextmanager
async def _process(command: str, *arguments: str, issuer: str) -> AsyncIterator[None]:
    """A command beside this Python, from when it answers."""
    path, nowhere = str(Path(sys.executable).with_name(command)), asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(path, *arguments, stdout=nowhere, stderr=nowhere)
    try:
        async with httpx.AsyncClient(verify=NO_TLS, timeout=DEADLINE_SECONDS) as client:
            deadline = time.monotonic() + 60
            while True:
                try:
                    await client.get(f"{issuer}/.well-known/openid-configuration")
                    break
                except httpx.TransportError:
                    assert process.returncode is None, f"{command} ended"
                    assert time.monotonic() < deadline, f"{command} does not answer"
                    await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


async def log_in_at_nano(address: str, name: str, password: str) -> str:
    """Return where it sends the browser."""
    async with httpx.AsyncClient(follow_redirects=True, verify=NO_TLS, timeout=DEADLINE_SECONDS) as browser:
        form = (await browser.get(address)).text
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
        action = urlsplit(address)._replace(query="").geturl()
        response = await browser.post(
            action, data={**fields, "username": name, "password": password}, follow_redirects=False
        )
    return response.headers["location"]


@cache
def signing_key(name: str) -> RSAKey:
    """One of a name for all tests of a process: to make one takes longer than most of what it is tested with."""
    return RSAKey.generate_key(2048, {"kid": name})


class Forger:
    """A provider that sends the tokens which a test wants."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = self.published = signing_key("one")
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}
        """What differs from a good token; None leaves a claim out."""
        self.secret_key: OctKey | None = None
        """Signs with a shared secret."""
        self.is_away = False
        self.metadata: dict[str, Any] = {}
        """What differs from good ones."""
        self.keys: bytes | None = None
        """What is sent in place of its keys."""
        self.user_info: dict[str, Any] = {}
        """What its userinfo address says; it has none while this is empty."""
        self.status = 200
        """Of an answer to a request for a token."""
        self.nonce = ""
        self.form: dict[str, list[str]] = {}
        """Of the last request for a token."""

    def authorize(self, address: str) -> str:
        """Return where a browser that was sent to an address would be sent back to."""
        query = parse_qs(urlsplit(address).query)
        self.nonce = query["nonce"][0]
        return f"{query['redirect_uri'][0]}?code=a-code&state={query['state'][0]}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Forger"]:
        routes = [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/jwks", self._jwks),
            Route("/token", self._token, methods=["POST"]),
            Route("/userinfo", self._userinfo),
        ]
        listener = socket.create_server(("127.0.0.1", 0))
        self.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = PromptServer(uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield self
        finally:
            server.end()
            await serving

    async def _metadata(self, _request: Request) -> Response:
        if self.is_away:
            return Response(status_code=503)
        names = ("authorization_endpoint", "token_endpoint", "end_session_endpoint")
        addresses = {name: f"{self.issuer}/{name.partition('_')[0]}" for name in names}
        if self.user_info:
            addresses["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        said = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **addresses}
        return JSONResponse(
            {**said, "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"], **self.metadata}
        )

    async def _userinfo(self, _request: Request) -> Response:
        return JSONResponse(self.user_info)

    async def _jwks(self, _request: Request) -> Response:
        if self.keys is not None:
            return Response(self.keys)
        return JSONResponse(KeySet([self.published]).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        self.form = parse_qs((await request.body()).decode())
        if self.status != 200:
            return Response(status_code=self.status)
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "ana",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "name": "Ana Example",
            "roles": ["care"],
        }
        claims = {name: value for name, value in (good | self.claims).items() if value is not None}
        if self.header["alg"] == "none":
            token = _unsigned(claims)
        else:
            token = jwt.encode(self.header, claims, self.secret_key or self.key)
        return JSONResponse({"id_token": token, "access_token": "a-token", "token_type": "Bearer"})


def _unsigned(claims: Mapping[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])

"""nginx, HAProxy and Caddy before a server of ours, with the very files of docs/proxies but for ports and TLS."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support.server import DEADLINE_SECONDS, NO_TLS, free_port

FILES = Path(__file__).parents[2] / "docs" / "proxies"
HOST = "board.example"

# What is found on the web more often than our files: nginx that passes every Upgrade on, HAProxy that shares all
# connections.
CARELESS_NGINX = ('default   "";', 'default upgrade; "" "";')
SHARING_HAPROXY = ("    option forwardfor\n", "    option forwardfor\n    http-reuse always\n")

Start = Callable[[int, int, Path], list[str]]
"""Takes the ports of a proxy and of Deskboard and a folder, and gives the arguments to start the proxy with."""


@asynccontextmanager
async def started(name: str, upstream: int, folder: Path, port: int = 0) -> AsyncIterator[int]:
    """Run a proxy before what listens on a port; gives the port of the proxy: `port`, or any that is free."""
    program = name.partition(" ")[0]
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    binary = shutil.which(program, path=path)
    if binary is None:
        assert "CI" not in os.environ, f"{program} is missing: make proxies installs it"
        pytest.skip(f"{program} is not installed: make proxies installs it")
    home = folder / name.replace(" ", "-")
    home.mkdir()
    port = port or free_port()
    arguments = (PROXIES | OVER_TLS)[name](port, upstream, home)
    scheme = "https" if name in OVER_TLS else "http"
    environment = {"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with (home / "log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            binary, *arguments, env=environment, stdout=log, stderr=log, cwd=home
        )
        try:
            await listens(f"{scheme}://127.0.0.1:{port}", process, home / "log")
            yield port
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def listens(url: str, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            assert process.returncode is None, log.read_text()
            try:
                async with httpx.AsyncClient(verify=False) as client:  # its certificate is of this test
                    if (await client.get(f"{url}/ready")).status_code == 200:
                        return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def replaced(file: str, *pairs: tuple[str, str]) -> str:
    text = (FILES / file).read_text()
    for old, new in pairs:
        assert old in text, (file, old)
        text = text.replace(old, new)
    return text


def nginx(port: int, upstream: int, home: Path, *pairs: tuple[str, str]) -> list[str]:
    ports = (("listen 80;", f"listen 127.0.0.1:{port};"), ("127.0.0.1:8000", f"127.0.0.1:{upstream}"))
    (home / "site.conf").write_text(replaced("nginx.conf", *ports, *pairs))
    folders = "".join(
        f"{kind}_temp_path {home}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {home}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {folders} include {home}/site.conf; }}\n"
    )
    return ["-p", str(home), "-c", str(home / "nginx.conf"), "-e", "stderr"]


def careless_nginx(port: int, upstream: int, home: Path) -> list[str]:
    return nginx(port, upstream, home, CARELESS_NGINX)


def nginx_over_tls(port: int, upstream: int, home: Path) -> list[str]:
    """As the comment of our file says: `listen ... ssl` with a certificate, here one that it signed itself."""
    certificate, key = self_signed()
    (home / "certificate.pem").write_bytes(certificate)
    (home / "key.pem").write_bytes(key)
    tls = f"ssl; ssl_certificate {home}/certificate.pem; ssl_certificate_key {home}/key.pem;"
    return nginx(port, upstream, home, (f"listen 127.0.0.1:{port};", f"listen 127.0.0.1:{port} {tls}"))


def self_signed() -> tuple[bytes, bytes]:
    """Return a certificate and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = (
        builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).sign(key, SHA256())
    )
    pem = serialization.Encoding.PEM
    own = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), own


def haproxy(port: int, upstream: int, home: Path, *pairs: tuple[str, str]) -> list[str]:
    ports = (("bind :80\n", f"bind 127.0.0.1:{port}\n"), ("127.0.0.1:8000", f"127.0.0.1:{upstream}"))
    (home / "haproxy.cfg").write_text(replaced("haproxy.cfg", *ports, *pairs))
    return ["-db", "-f", str(home / "haproxy.cfg")]


def sharing_haproxy(port: int, upstream: int, home: Path) -> list[str]:
    return haproxy(port, upstream, home, SHARING_HAPROXY)


def caddy(port: int, upstream: int, home: Path) -> list[str]:
    text = replaced("Caddyfile", (f"{HOST} {{", f"http://:{port} {{"), ("127.0.0.1:8000", f"127.0.0.1:{upstream}"))
    (home / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
    return ["run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")]


PROXIES: dict[str, Start] = {
    "nginx": nginx,
    "nginx that passes every Upgrade on": careless_nginx,
    "haproxy": haproxy,
    "haproxy that shares connections": sharing_haproxy,
    "caddy": caddy,
}

OVER_TLS: dict[str, Start] = {"nginx over TLS": nginx_over_tls}


async def get(port: int, path: str) -> int:
    async with httpx.AsyncClient(verify=NO_TLS, timeout=DEADLINE_SECONDS) as client:
        return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code

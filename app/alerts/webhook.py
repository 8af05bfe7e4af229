"""Our own webhook: one POST, signed as Standard Webhooks say, to the very address that its host was found to have."""

import asyncio
import base64
import hmac
import ssl
from hashlib import sha256

import httpx

from app.alerts.addresses import HostRefused, resolve
from app.bounds import ALERT_ANSWER_BYTES

DEFAULT_PORTS = {"http": 80, "https": 443}
USER_AGENT = "Deskboard"


class HttpSender:
    """Follows no redirect and no proxy, and reads little of the answer."""

    def __init__(self, *, allows_private: bool) -> None:
        self._allows_private = allows_private
        self._tls: ssl.SSLContext | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> str:
        """Return why a receiver did not take a body; empty: it did."""
        return await self._send("POST", url, body, {"Content-Type": "application/json", **headers})

    async def get(self, url: str) -> str:
        """Return why an address did not answer well; empty: it did."""
        return await self._send("GET", url, b"", {})

    async def _send(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> str:
        try:
            parsed = httpx.URL(url)
            port = parsed.port or DEFAULT_PORTS.get(parsed.scheme, 0)
            address = await resolve(parsed.host, port, allows_private=self._allows_private)
            async with await self._client() as client:
                request = client.build_request(
                    method,
                    # To that address, which was looked at: the name may lead elsewhere by now.
                    parsed.copy_with(host=address),
                    content=body,
                    headers={"Host": parsed.netloc.decode("ascii"), "User-Agent": USER_AGENT, **headers},
                    extensions={"sni_hostname": parsed.host},
                )
                response = await client.send(request, stream=True)
                try:
                    await _read_a_little(response)
                finally:
                    await response.aclose()
        except HostRefused as error:
            return str(error)
        except httpx.HTTPError as error:
            return _described(error)
        except (httpx.InvalidURL, ValueError, OSError) as error:
            return f"it cannot be reached ({type(error).__name__})"
        if response.is_success:
            return ""
        followed = ", and redirects are not followed" if response.is_redirect else ""
        return f"it answered {response.status_code}{followed}"

    async def _client(self) -> httpx.AsyncClient:
        if self._tls is None:
            # In a thread: to read the system's certificates takes 20 ms.
            self._tls = await asyncio.to_thread(httpx.create_ssl_context)
        return httpx.AsyncClient(verify=self._tls, follow_redirects=False, trust_env=False, timeout=None)  # noqa: S113 the caller has a deadline


async def _read_a_little(response: httpx.Response) -> None:
    """Read the answer, up to a bound: some senders count one that was not read as a failure."""
    read = 0
    async for piece in response.aiter_raw():
        read += len(piece)
        if read >= ALERT_ANSWER_BYTES:
            return


def signature_headers(id_: str, at: int, body: bytes, secret: str) -> dict[str, str]:
    """Return the headers of Standard Webhooks. `at`: in ms; `secret`: base64, empty: it is not signed."""
    timestamp = str(at // 1000)
    headers = {"webhook-id": id_, "webhook-timestamp": timestamp}
    if secret:
        signed = f"{id_}.{timestamp}.".encode() + body
        digest = hmac.digest(base64.b64decode(secret), signed, sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def _described(error: httpx.HTTPError) -> str:
    """Return what went wrong, without the address, which may hold secrets."""
    if isinstance(error, httpx.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "it cannot be connected to"
    return f"it hung up ({type(error).__name__})"

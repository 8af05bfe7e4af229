"""Where a process listens: on IPv4 and IPv6 if the machine has both, and on what it has if not."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from app.errors import ListenError
from app.server.run import ALL_INTERFACES, THIS_MACHINE, Host, listeners
from tests.support.server import DEADLINE_SECONDS, NO_TLS, deskboard_running, free_port

ABSENT_ADDRESS: Host = (socket.AF_INET6, "2001:db8::1")
"""As on a machine whose IPv6 is turned off: the address is none of its own."""
ABSENT_FAMILY: Host = (socket.AF_APPLETALK, "::")
"""As on a machine whose kernel has no IPv6."""


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def families(hosts: Sequence[Host]) -> list[socket.AddressFamily]:
    with listeners(hosts, free_port()) as sockets:
        return [listener.family for listener in sockets]


async def test_a_port_that_is_set_answers_on_ipv4_and_ipv6(tmp_path: Path) -> None:
    port = free_port()
    async with (
        deskboard_running(tmp_path, PORT=str(port)),
        httpx.AsyncClient(timeout=DEADLINE_SECONDS, verify=NO_TLS) as client,
    ):
        for host in ("127.0.0.1", "localhost", *(["[::1]"] if has_ipv6() else [])):
            assert (await client.get(f"http://{host}:{port}/ready")).status_code == 200, host


def test_nothing_but_this_machine_is_served_without_a_port() -> None:
    with listeners(THIS_MACHINE, free_port()) as sockets:
        assert [listener.getsockname()[0] for listener in sockets] == ["127.0.0.1"]


@pytest.mark.parametrize("absent", [ABSENT_ADDRESS, ABSENT_FAMILY])
def test_a_family_that_the_machine_lacks_is_left_out(absent: Host) -> None:
    ipv4, ipv6 = ALL_INTERFACES
    assert families((ipv4, absent)) == [socket.AF_INET]
    assert families((absent, ipv6)) == [socket.AF_INET6]
    with pytest.raises(ListenError, match="cannot listen on port"), listeners((absent,), free_port()):
        pass


@pytest.mark.parametrize(("taken", "address"), ALL_INTERFACES)
def test_a_port_that_another_program_has_is_told_for_both(taken: socket.AddressFamily, address: str) -> None:
    with ExitStack() as stack:
        other = stack.enter_context(socket.socket(taken))
        if taken == socket.AF_INET6:
            other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        other.bind((address, 0))
        other.listen()
        with (
            pytest.raises(ListenError, match="another program uses it"),
            listeners(ALL_INTERFACES, other.getsockname()[1]),
        ):
            pass


def test_peers_of_ipv4_come_as_such() -> None:
    with listeners(ALL_INTERFACES, free_port()) as sockets:
        for listener in sockets:
            listener.listen()
        with socket.create_connection(("127.0.0.1", sockets[0].getsockname()[1])):
            peer, (host, *_) = sockets[0].accept()
            peer.close()
        assert host == "127.0.0.1"

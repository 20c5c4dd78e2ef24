"""The proxies in front of a server: they keep the order, and may fall silent."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.benchmarks.latency import MUTE, Proxies
from tests.benchmarks.many import dead_port

PATIENCE_S = 20


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while said := self.request.recv(65536):
            self.request.sendall(said)


@pytest.fixture(scope="module")
def proxies() -> Iterator[Proxies]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Proxies(server.server_address[1], [4.0, 0.0]) as running:
            yield running
        server.shutdown()


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        yield client


def received(client: socket.socket, size: int) -> bytes:
    seen = b""
    while len(seen) < size:
        seen += client.recv(size - len(seen))
    return seen


@pytest.mark.parametrize("place", [0, 1])
def test_everything_comes_back_in_its_order(proxies: Proxies, place: int) -> None:
    sent = [bytes([number]) * 997 for number in range(200)]
    with connected(proxies.ports[place]) as client:
        for each in sent:
            client.sendall(each)
        assert received(client, 200 * 997) == b"".join(sent)


def test_round_trips_are_counted(proxies: Proxies) -> None:
    before = proxies.turns(0)
    with connected(proxies.ports[0]) as client:
        for _ in range(3):
            client.sendall(b"asked")
            assert received(client, 5) == b"asked"
    assert proxies.turns(0) - before == 3


def test_one_that_is_mute_swallows_what_it_is_sent(proxies: Proxies) -> None:
    with connected(proxies.ports[0]) as muted, connected(proxies.ports[1]) as other:
        muted.sendall(b"before")
        assert received(muted, 6) == b"before"
        proxies.change(0, MUTE)
        muted.sendall(b"while")
        other.sendall(b"other")
        assert received(other, 5) == b"other"
        # what is still on its way to the proxy would come with what is said next
        muted.settimeout(0.5)
        with pytest.raises(TimeoutError):
            muted.recv(1)
        muted.settimeout(PATIENCE_S)
        proxies.change(0, 1.0)
        muted.sendall(b"after")
        assert received(muted, 5) == b"after"


def test_a_dead_port_neither_takes_nor_refuses_a_connection() -> None:
    with dead_port() as port, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", port), 0.5)

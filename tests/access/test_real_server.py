"""What the layers in front of Streamlit say over a real socket."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

import pytest
import websockets

from dashboard.access.limits import SOCKETS_EACH
from tests.benchmarks.serving import LIMITED, Served, served

START_LIMIT_S = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    file = folder / "dashboard.toml"
    file.write_text('[connections.x]\nurl = "postgresql://u@127.0.0.1:1/x"\n')
    with served(file, folder, LIMITED) as running:
        asyncio.run(listening(running))
        yield running


async def listening(server: Served) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while True:
        with contextlib.suppress(OSError, websockets.InvalidHandshake):
            async with opened(server):
                return
        assert time.monotonic() < limit, "the server did not start"
        await asyncio.sleep(0.1)


def opened(server: Served, origin: str | None = None) -> "websockets.connect":
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    return websockets.connect(
        address, subprotocols=["streamlit"], origin=origin, proxy=None, ping_interval=None
    )


async def answered(server: Served, origin: str) -> int:
    try:
        async with opened(server, origin):
            return 101
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 101),
        ("http://127.0.0.1:1", 403),
        ("http://localhost:{port}", 403),
        ("http://127.0.0.1", 403),
        ("null", 403),
        ("http://[::1", 400),
        ("127.0.0.1:{port}", 400),
    ],
)
def test_a_page_of_another_origin_gets_no_websocket(
    server: Served, origin: str, status: int
) -> None:
    assert asyncio.run(answered(server, origin.format(port=server.port))) == status


def test_one_socket_too_many_is_refused_until_another_closes(server: Served) -> None:
    async def crowd() -> tuple[int, int]:
        own = f"http://127.0.0.1:{server.port}"
        async with contextlib.AsyncExitStack() as sockets:
            for _ in range(SOCKETS_EACH):
                await sockets.enter_async_context(opened(server))
            refused = await answered(server, own)
        while (status := await answered(server, own)) == 429:
            await asyncio.sleep(0.05)  # until the server has seen them go
        return refused, status

    assert asyncio.run(crowd()) == (429, 101)

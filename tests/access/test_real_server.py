"""What the layers in front of Streamlit say over a real socket."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.access.limits import SOCKETS_EACH
from dashboard.settings import project_folder
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


def got(server: Served, path: str) -> tuple[int, str, str]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers.get_content_type(), text


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/livez", 200, "text/plain"),
        ("/readyz", 200, "application/json"),
        ("/metrics", 200, "text/plain"),
        ("/api", 404, "application/json"),
        ("/api/v9/nothing", 404, "application/json"),
    ],
)
def test_programs_never_get_the_page(server: Served, path: str, status: int, kind: str) -> None:
    while path == "/readyz" and got(server, path)[0] == 503:
        time.sleep(0.1)
    answered_with, content_type, text = got(server, path)
    assert (answered_with, content_type) == (status, kind)
    assert "<html" not in text.lower()


def test_nothing_of_another_makes_a_line_in_the_log(server: Served) -> None:
    message = BackMsg()
    message.rerun_script.fragment_id = "x\n2026-11-29 00:00:00 FAKED: admin signed in\x1b[31m"

    async def asked() -> None:
        async with opened(server) as socket:
            await socket.send(message.SerializeToString())
            await asyncio.sleep(2)

    asyncio.run(asked())
    lines = (server.state / "server.log").read_text(encoding="utf-8").splitlines()
    assert [each for each in lines if each.startswith("2026-11-29 00:00:00 ")] == []
    assert [each for each in lines if "\x1b" in each] == []
    assert any("FAKED" in each for each in lines)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}, "ACCESS__INSECURE=true"),
        ({"ACCESS__MODE": "proxy", "ACCESS__PROXY__PEERS": "127.0.0.1"}, "FORWARDED_ALLOW_IPS"),
    ],
    ids=["everywhere", "forwarded"],
)
def test_a_server_that_would_be_exposed_does_not_start(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    file = tmp_path / "dashboard.toml"
    file.write_text("[[access.grant]]\nwho = ['*']\nlevel = 'viewer'\n")
    environ = {**os.environ, "DASHBOARD_CONFIG": str(file), **variables}
    environ.pop("FORWARDED_ALLOW_IPS", None)
    ended = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "dashboard/asgi.py", "--server.port=0"],
        cwd=project_folder(),
        env=environ,
        capture_output=True,
        text=True,
        timeout=START_LIMIT_S,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr

"""What others wait for while somebody asks for far more runs than can be done."""

import asyncio
import contextlib
import threading
import time
import urllib.request
from collections.abc import Iterator

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.access.limits import SOCKETS_EACH
from tests.benchmarks.capacity import LOOKUP, START_LIMIT_S, demo_served
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.serving import LIMITED, Served
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing, since
from tests.benchmarks.viewers import connected, first_page

MESSAGES = 5_000  # of one socket, in one burst
WATCHED_S = 10.0
ASKED_EVERY_S = 0.05
WAIT_MS = 500.0
ALONE = "/readyz, nobody asks for anything"


def measure(stage: Stage) -> Iterator[Section]:
    with demo_served(stage, LIMITED) as server:
        asyncio.run(first_page(server.address, LOOKUP, START_LIMIT_S))
        time.sleep(2)
        timings = [
            Timing(ALONE, _waits(server, 0)),
            Timing(f"/readyz, {MESSAGES:,} runs asked for by one socket", _waits(server, 1)),
            Timing(f"/readyz, the same by {SOCKETS_EACH} sockets", _waits(server, SOCKETS_EACH)),
        ]
    yield Section(
        "Somebody asks for thousands of runs in one burst",
        tuple(timings),
        ALONE,
        facts=tuple(
            Fact(f"longest: {each.what}", round(max(each.times)), "ms") for each in timings
        ),
        targets=(
            Target(
                "/readyz, longest beside one socket",
                max(timings[1].times),
                Bound.AT_MOST,
                WAIT_MS,
                "ms",
            ),
        ),
    )


def _waits(server: Served, sockets: int) -> tuple[float, ...]:
    """Ask whether it is ready, again and again, while so many sockets ask for runs."""
    over, waits = threading.Event(), list[float]()

    def watch() -> None:
        while not over.is_set():
            started = time.perf_counter()
            urllib.request.urlopen(f"{server.address}/readyz", timeout=60).read()
            waits.append(since(started))
            time.sleep(ASKED_EVERY_S)

    watching = threading.Thread(target=watch)
    watching.start()
    asyncio.run(_flood(server, sockets))
    over.set()
    watching.join()
    return tuple(waits)


async def _flood(server: Served, sockets: int) -> None:
    asked = BackMsg()
    asked.rerun_script.query_string = LOOKUP.query
    asked.rerun_script.page_name = LOOKUP.page
    message = asked.SerializeToString()

    async def flood() -> None:
        async with connected(server.address) as socket:
            draining = asyncio.create_task(_drain(socket))
            for _ in range(MESSAGES):
                await socket.send(message)
            await draining

    floods = [asyncio.create_task(flood()) for _ in range(sockets)]
    await asyncio.sleep(WATCHED_S)
    for each in floods:
        each.cancel()
    await asyncio.gather(*floods, return_exceptions=True)


async def _drain(socket: "websockets.ClientConnection") -> None:
    with contextlib.suppress(websockets.WebSocketException):
        async for _ in socket:
            pass

"""What the gate costs: the same pages without a sign-in and behind one, in turns."""

import asyncio
import contextlib
import time
import urllib.request
from collections.abc import Iterator, Mapping

import websockets

from dashboard.demo.seed import connect_urls
from dashboard.demo.state import configuration
from tests.benchmarks.capacity import HEALTH, LOOKUP, START_LIMIT_S
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.serving import UNLIMITED, Served, served
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Way, interleaved, percentile
from tests.benchmarks.viewers import Seen, Session, Visit, connected

WITHOUT, BEHIND, MASKED = "no sign-in", "behind the gate", "behind the gate, without names"
BLOCK = 30  # runs: processor time is told in hundredths of a second
MOST = 1.05  # times what the same page costs without
ACCESS = """
[access]
mode = "proxy"
[access.proxy]
peers = ["127.0.0.1"]
[[access.grant]]
who = ["lea@example.com"]
level = "admin"
names = true
[[access.grant]]
who = ["sam@example.com"]
level = "support"
"""
BELIEVES_NOBODY = {"FORWARDED_ALLOW_IPS": ""}


def measure(stage: Stage) -> Iterator[Section]:
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(_served(stage, "without", ""))
        guarded = stack.enter_context(_served(stage, "guarded", ACCESS))
        for each in (plain, guarded):
            _wait_until_ready(each)
        for title, visit in (("Health", HEALTH), ("Lookup", LOOKUP)):
            yield _page(stage, title, visit, plain, guarded)


@contextlib.contextmanager
def _served(stage: Stage, name: str, access: str) -> Iterator[Served]:
    folder = stage.folder / name
    folder.mkdir(exist_ok=True)
    path = folder / "served.toml"
    path.write_text(configuration(connect_urls(stage.demo)) + access, encoding="utf-8")
    with served(path, folder, UNLIMITED, BELIEVES_NOBODY) as server:
        yield server


def _wait_until_ready(server: Served) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{server.address}/readyz").close()
            return
        time.sleep(0.2)
    raise RuntimeError(f"{server.address} did not become ready")


def _page(stage: Stage, title: str, visit: Visit, plain: Served, guarded: Served) -> Section:
    lea, sam = ({"X-Forwarded-Email": f"{who}@example.com"} for who in ("lea", "sam"))
    looks = ((WITHOUT, plain, {}), (BEHIND, guarded, lea), (MASKED, guarded, sam))
    with asyncio.Runner() as runner, contextlib.ExitStack() as stack:
        ways, tabs = [], {}
        for name, server, headers in looks:
            tab = stack.enter_context(contextlib.closing(_Tab(runner, server, visit, headers)))
            ways.append(Way(name, tab.run))
            tabs[name] = tab
        timings = interleaved(ways, stage.options.rounds(200, 40))
        costs = _costs(tabs, stage.options.rounds(7, 3))
    ratio = costs[BEHIND] / costs[WITHOUT]
    return Section(
        f"{title}, run again in an open page",
        timings,
        WITHOUT,
        facts=tuple(
            Fact(f"processor time of a run, {name}", ms, "ms") for name, ms in costs.items()
        ),
        targets=(
            Target(f"{title} behind the gate, processor time", ratio, Bound.AT_MOST, MOST, "times"),
        ),
    )


def _costs(tabs: Mapping[str, "_Tab"], blocks: int) -> Mapping[str, float]:
    """Tell what a run costs its server, in turns: what it does besides hits all alike."""
    taken = [{name: tab.cost_ms() for name, tab in tabs.items()} for _ in range(blocks)]
    return {name: percentile([each[name] for each in taken], 0.5) for name in tabs}


class _Tab:
    """One socket, which stays open."""

    def __init__(
        self, runner: asyncio.Runner, server: Served, visit: Visit, headers: Mapping[str, str]
    ) -> None:
        self._runner = runner
        self._server = server
        self._socket = runner.run(_opened(server, headers))
        self._session = Session(self._socket, visit, Seen())

    def run(self) -> None:
        self._runner.run(self._session.run())

    def cost_ms(self) -> float:
        before = self._server.cpu_s
        for _ in range(BLOCK):
            self.run()
        return (self._server.cpu_s - before) * 1000 / BLOCK

    def close(self) -> None:
        self._runner.run(self._socket.close())


async def _opened(server: Served, headers: Mapping[str, str]) -> "websockets.ClientConnection":
    return await connected(server.address, headers)

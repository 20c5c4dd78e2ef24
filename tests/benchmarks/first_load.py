"""What a browser that knows nothing downloads until it shows a verdict, file by file."""

import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from tests.benchmarks.browser import CHROMIUM, FLAGS
from tests.benchmarks.capacity import demo_served
from tests.benchmarks.report import Bound, Fact, Section, Target
from tests.benchmarks.serving import LIMITED
from tests.benchmarks.stage import Stage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

VERDICT = f"/lookup?id={ONLY_LOCAL.id}&env={STAGING}"
HEALTH = "/"
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
SHOWN = f"{SETTLED} [data-testid=stAlert]"
SLOW = {"latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
PATIENCE_MS = 180_000
QUIET_MS = 2_000
MOST_BYTES = 1_200_000
MOST_SECONDS = 30.0
NAMED_FROM = 10_000
HASHED = re.compile(r"\.[\w-]{8}(?=\.\w+$)")


@dataclass(slots=True)
class Fetched:
    """A file as it came over the line, and as it is."""

    path: str
    sent: int = 0
    unpacked: int = 0
    encoding: str = ""

    @property
    def name(self) -> str:
        """Leave out the hash, which each version of Streamlit has another of."""
        return HASHED.sub("", self.path.rpartition("/")[2])


@dataclass(slots=True)
class Loaded:
    """One visit: until the page stood, and for a while after."""

    files: dict[str, Fetched] = field(default_factory=dict)
    until_shown_s: float = 0.0

    @property
    def sent(self) -> int:
        return sum(each.sent for each in self.files.values())

    @property
    def unpacked(self) -> int:
        return sum(each.unpacked for each in self.files.values())

    @property
    def largest_first(self) -> list[Fetched]:
        return sorted(self.files.values(), key=lambda each: -each.sent)

    @property
    def names(self) -> set[str]:
        return {each.name for each in self.files.values()}


def visit(page: "Page", address: str, *, slowly: bool = False) -> Loaded:
    """Open a page in a tab, and count what its browser downloads for it."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    if slowly:
        session.send("Network.emulateNetworkConditions", {"offline": False, **SLOW})
    seen = Loaded()
    _count(session, seen)
    started = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=PATIENCE_MS)
    page.wait_for_selector(SHOWN, timeout=PATIENCE_MS)
    seen.until_shown_s = time.perf_counter() - started
    page.wait_for_load_state("networkidle", timeout=PATIENCE_MS)
    page.wait_for_timeout(QUIET_MS)
    session.detach()
    return seen


def _count(session: "CDPSession", seen: Loaded) -> None:
    def asked(event: dict[str, Any]) -> None:
        url = urlsplit(event["request"]["url"])
        if url.scheme.startswith("http"):
            seen.files[event["requestId"]] = Fetched(url.path)

    def answered(event: dict[str, Any]) -> None:
        if file := seen.files.get(event["requestId"]):
            headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
            file.encoding = headers.get("content-encoding", "")

    def received(event: dict[str, Any]) -> None:
        if file := seen.files.get(event["requestId"]):
            file.unpacked += event["dataLength"]

    def ended(event: dict[str, Any]) -> None:
        if file := seen.files.get(event["requestId"]):
            file.sent = int(event["encodedDataLength"])

    handlers: dict[str, Callable[[dict[str, Any]], None]] = {
        "Network.requestWillBeSent": asked,
        "Network.responseReceived": answered,
        "Network.dataReceived": received,
        "Network.loadingFinished": ended,
    }
    for event, handler in handlers.items():
        session.on(event, handler)  # type: ignore[call-overload]  # each event has its own literal


def measure(stage: Stage) -> Iterator[Section]:
    """Visit the demo with a browser that has never been there."""
    if not (Path(CHROMIUM).exists() or shutil.which(CHROMIUM)):
        yield Section("First visit", notes=(f"Not measured: Chromium is missing at {CHROMIUM}.",))
        return
    from playwright.sync_api import sync_playwright

    with demo_served(stage, LIMITED) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield from _sections(browser, server.address)
        browser.close()


def _sections(browser: "Browser", address: str) -> Iterator[Section]:
    with browser.new_context() as context:
        visit(context.new_page(), f"{address}{VERDICT}")  # the server has compressed it all
    with browser.new_context() as context:
        first = visit(context.new_page(), f"{address}{VERDICT}")
        again = visit(context.new_page(), f"{address}{VERDICT}")
    with browser.new_context() as context:
        slow = visit(context.new_page(), f"{address}{VERDICT}", slowly=True)
    with browser.new_context() as context:
        health = visit(context.new_page(), f"{address}{HEALTH}")
    yield Section(
        "First visit, to a verdict",
        facts=(
            *_facts(first),
            Fact("a second visit", again.sent, "bytes"),
            Fact("until the verdict stands", first.until_shown_s, "s"),
        ),
        targets=(
            Target("bytes of a first visit to a verdict", first.sent, Bound.AT_MOST, MOST_BYTES),
            Target(
                "until the verdict stands, at 400 kbit/s and 400 ms",
                slow.until_shown_s,
                Bound.AT_MOST,
                MOST_SECONDS,
                "s",
            ),
        ),
    )
    yield Section("First visit, to Health with its charts", facts=_facts(health))


def _facts(loaded: Loaded) -> Sequence[Fact]:
    named = [each for each in loaded.largest_first if each.sent >= NAMED_FROM]
    rest = loaded.sent - sum(each.sent for each in named)
    return (
        Fact("all", loaded.sent, f"bytes, {loaded.unpacked:,} unpacked"),
        *(Fact(each.name, each.sent, f"bytes, {each.unpacked:,} unpacked") for each in named),
        Fact(f"{len(loaded.files) - len(named)} smaller ones", rest, "bytes"),
    )

"""From the click on “Look up” to the verdict on the screen, in a real browser."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from dashboard.settings import Settings
from tests.benchmarks import viewers
from tests.benchmarks.asking import asking
from tests.benchmarks.report import Section
from tests.benchmarks.serving import served
from tests.benchmarks.stage import TARGET, Stage
from tests.benchmarks.timing import Way, interleaved

TITLE = "The page: from the click on “Look up” to the verdict in Chromium"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
START_LIMIT_S = 60.0
IN_PROCESS = "look-up in this process, found"
CLICK_TO_VERDICT = """
([label, expected]) => new Promise(resolve => {
    const shown = () => {
        const alert = document.querySelector('[data-testid=stAlert]')
        return alert && alert.textContent.includes(expected)
    }
    const button = [...document.querySelectorAll('button')].find(
        each => each.textContent.includes(label)
    )
    const started = performance.now()
    const done = () => { seen.disconnect(); resolve(performance.now() - started) }
    const seen = new MutationObserver(() => shown() && done())
    seen.observe(document.body, {subtree: true, childList: true, characterData: true})
    button.click()
})
"""


def page(stage: Stage, settings: Settings, found: str, absent: str) -> Section:
    if not (Path(CHROMIUM).exists() or shutil.which(CHROMIUM)):
        return Section(TITLE, notes=(f"Not measured: Chromium is missing at {CHROMIUM}.",))
    from playwright.sync_api import Page, sync_playwright

    with contextlib.ExitStack() as stack:
        address = stack.enter_context(_ready(settings, stage.folder))
        look_up = stack.enter_context(asking(settings))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        stack.callback(browser.close)
        tab: Page = browser.new_page()
        tab.goto(f"{address}/lookup?id={found[:-1]}0&env={TARGET}")
        tab.wait_for_selector("[data-testid=stAlert]", timeout=START_LIMIT_S * 1000)

        def click(name: str, identifier: str) -> dict[str, float]:
            tab.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
            box = tab.get_by_label("Project ID, URL or the whole error")
            box.fill(identifier)
            box.blur()
            return {name: tab.evaluate(CLICK_TO_VERDICT, ["Look up", identifier])}

        timings = interleaved(
            [
                Way(IN_PROCESS, lambda: look_up(found)),
                Way("page, found", lambda: click("page, found", found)),
                Way("page, absent", lambda: click("page, absent", absent)),
            ],
            stage.options.rounds(30, 10),
        )
    return Section(TITLE, timings, IN_PROCESS)


@contextlib.contextmanager
def _ready(settings: Settings, folder: Path) -> Iterator[str]:
    assert settings.source
    with served(settings.source, folder) as server:
        asyncio.run(viewers.first_page(server.address, viewers.Visit(), START_LIMIT_S))
        yield server.address

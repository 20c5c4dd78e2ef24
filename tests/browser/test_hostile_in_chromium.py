"""The worst pastes in a real browser: no script runs, nothing foreign is drawn or fetched."""

from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.demo.scenarios import STAGING
from tests.browser.test_in_chromium import ask
from tests.browser.test_overview_pages import drawn
from tests.hostile.pastes import DIRECTIVES, HTML, MARKDOWN
from tests.repetitions import every_nth

PARTS = 2
WORST = (*HTML[:7], *MARKDOWN[6:10], *DIRECTIVES[:9])
FOREIGN = """() => [...document.querySelectorAll(
    'script, iframe, base, link, meta, math, .katex, img[src*=evil], a[href*=evil], '
    + 'a[href^="javascript"], [onerror], [onload]')]
    .filter(each => each.closest('[data-testid=stMain]')).map(each => each.outerHTML)"""
CLOSED = "[data-testid=stExpander] details:not([open]) > summary"


def unfold(page: Page) -> None:
    """Open every line: what is inside is drawn only then."""
    drawn(page)
    while page.locator(CLOSED).count():
        page.locator(CLOSED).first.click()
        drawn(page)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", every_nth(range(PARTS), PARTS))
def test_nothing_of_the_worst_is_more_than_text(part: int, page: Page, server: str) -> None:
    worst = WORST[part::PARTS]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/lookup?id=x&env={STAGING}")
    drawn(page)
    for each in (*worst, "\n".join(f"{number}-{each}" for number, each in enumerate(WORST))):
        ask(page, f"projectId: {each}")
        expect(page.get_by_test_id("stAlert").first).to_be_visible()
        unfold(page)
        assert page.evaluate(FOREIGN) == []
    for each in worst[:2]:
        page.goto(f"{server}/lookup?id={quote(each)}&env={STAGING}")
        expect(page.get_by_test_id("stAlert").first).to_be_visible()
        unfold(page)
        assert page.evaluate(FOREIGN) == []
    assert page.evaluate("window.hit") is None
    hosts = {urlsplit(each).hostname for each in asked if not each.startswith(("data:", "blob:"))}
    assert hosts == {"localhost"}

"""What axe-core finds on every page, light and dark, wide and narrow: nothing at any severity."""

import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard.demo.scenarios import ONLY_LOCAL, PREVIEW, SHOP, STAGING
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_in_chromium import ask
from tests.browser.test_overview_pages import drawn, first_row
from tests.repetitions import every_nth, repetition

SCHEMES = ("light", repetition("dark"))
WIDE, NARROW = 1400, 390
WIDTHS = (WIDE, repetition(NARROW))
COUNTED_MS = 3 * PATIENCE_MS  # orphans are counted after everything else


def health(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_selector("[data-testid=stMetric] [role=graphics-symbol]", state="attached")
    opened(page)


def opened(page: Page) -> None:
    """Open the first finding, with what it says and the statement that mends it."""
    line = page.get_by_test_id("stExpander").first
    line.locator("summary").click()
    expect(line.get_by_test_id("stCaptionContainer").last).to_be_visible()


def lookup(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup")


def verdict(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup?id={ONLY_LOCAL.id}&env={STAGING}")
    expect(page.get_by_test_id("stAlert").first).to_contain_text(ONLY_LOCAL.id)


def healthy(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup?id={SHOP.id}&env={STAGING}")
    expect(page.get_by_role("status").filter(has_text=SHOP.id).first).to_be_visible()


def unknown(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup?id={ONLY_LOCAL.id}&env={PREVIEW}")
    expect(page.get_by_role("status").filter(has_text=PREVIEW).first).to_be_visible()


def many(page: Page, server: str) -> None:
    verdict(page, server)
    ask(page, f"{SHOP.id}\n{ONLY_LOCAL.id}\nc{0:024d}")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("1 found and 2 missing")


def failures(page: Page, server: str) -> None:
    page.goto(f"{server}/failures")
    expect(page.get_by_role("heading", name="All failures")).to_be_visible()


def orphans(page: Page, server: str) -> None:
    page.goto(f"{server}/orphans")
    expect(page.get_by_test_id("stTable").first).to_be_visible(timeout=COUNTED_MS)


def migrations(page: Page, server: str) -> None:
    page.goto(f"{server}/migrations")
    drawn(page)
    first_row(page)
    expect(page.get_by_test_id("stTable").first).to_be_visible()


VIEWS = {
    each.__name__: each
    for each in (
        *(health, lookup, verdict, healthy, unknown, many),
        *(failures, orphans, migrations),
    )
}


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def tab(scheme: str, width: int, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(3 * PATIENCE_MS)  # a whole page, with all its charts
    yield context.new_page()
    context.close()


def found(page: Page) -> list[tuple[object, ...]]:
    """Let axe-core judge the page; it goes in through the debugger, which no CSP concerns."""
    return [
        (violation["id"], node["target"], node["html"][:200], node["failureSummary"])
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("view", every_nth(VIEWS, 4))
def test_nothing_is_found(view: str, tab: Page, server: str) -> None:
    VIEWS[view](tab, server)
    drawn(tab)
    assert found(tab) == []


def test_a_wide_table_scrolls_by_keyboard(browser: Browser, server: str) -> None:
    with browser.new_context(viewport={"width": NARROW, "height": 900}) as context:
        page = context.new_page()
        orphans(page, server)
        frame = page.get_by_role("group", name="Table").first
        frame.focus()
        page.keyboard.press("ArrowRight")
        # asked anew each time: a wait inside the page is code from a text, which its CSP refuses
        limit = time.monotonic() + PATIENCE_MS / 1000
        while not frame.evaluate("it => it.scrollLeft"):
            assert time.monotonic() < limit


def test_no_icon_is_read_out(browser: Browser, server: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        verdict(page, server)
        expect(page.get_by_role("img", name="icon")).to_have_count(0)
        expect(page.get_by_text("science", exact=True).first).to_be_attached()


def test_axe_is_there_and_sees(tab: Page, server: str) -> None:
    tab.goto(f"{server}/lookup")
    drawn(tab)
    tab.evaluate("document.querySelector('main, [data-testid=stMain]').innerHTML += '<img src=x>'")
    assert "image-alt" in [rule for rule, *_ in found(tab)]

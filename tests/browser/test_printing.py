"""Health on paper: figures that can be read, charts that are whole, nothing to press."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_overview_pages import drawn

COLUMNS = """() => [...document.querySelectorAll(':has(> [data-testid=stGridCell])')]
    .map(each => getComputedStyle(each).gridTemplateColumns.split(' ').length)"""
WIDEST = """() => Math.max(...[...document.querySelectorAll('[data-testid=stMain] *')]
    .map(each => each.getBoundingClientRect().right))"""
CUT_OFF = """() => [...document.querySelectorAll('.main-svg')]
    .filter(each => !each.hasAttribute('viewBox')).length"""
PAPER = {"width": 703, "height": 1031}  # A4 within its margins


def with_charts(page: Page, server: str) -> None:
    page.goto(server)
    chart = page.get_by_test_id("stPlotlyChart").first.locator(".main-svg").first
    expect(chart).to_be_attached(timeout=4 * PATIENCE_MS)  # megabytes, and drawn after all else
    drawn(page)


def test_health_prints_on_a4(page: Page, server: str) -> None:
    with_charts(page, server)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size(PAPER)
    assert set(page.evaluate(COLUMNS)) == {2}
    assert page.evaluate(WIDEST) <= PAPER["width"] + 1
    expect(page.get_by_role("button", name="Refresh")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.get_by_role("button", name="Refresh")).to_be_visible()


def test_a_chart_is_whole_on_paper(page: Page, server: str) -> None:
    with_charts(page, server)
    page.evaluate(f"addEventListener('beforeprint', () => {{{{ window.cutOff = ({CUT_OFF})() }}}})")
    page.pdf(format="A4")
    assert page.evaluate("window.cutOff") == 0
    assert page.evaluate(CUT_OFF) > 0

"""Ways through the pages: links in their tab, keys, the last look-ups, the clock."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.demo.scenarios import ONLY_LOCAL, SHOP, STAGING
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_in_chromium import ask, headline
from tests.browser.test_overview_pages import drawn

ZONE = "Europe/Berlin"
LOADED_MS = 3 * PATIENCE_MS  # a whole page, with all its charts


@pytest.fixture
def abroad(browser: Browser) -> Iterator[Page]:
    """Open a tab of a browser whose clock is not that of UTC."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, timezone_id=ZONE)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def box(page: Page) -> Locator:
    return page.get_by_label("Project ID, URL or the whole error")


def open_page(page: Page, address: str) -> None:
    """Open it, and wait until all of it is there."""
    page.goto(address)
    shortcuts = page.get_by_role("group", name="Shortcuts")
    expect(shortcuts.get_by_role("button").first).to_be_visible(timeout=LOADED_MS)
    drawn(page)


def look_up(page: Page, server: str, identifier: str) -> None:
    open_page(page, f"{server}/lookup?id={identifier}&env={STAGING}")
    headline(page, identifier)
    drawn(page)


def test_a_line_of_the_banner_leads_to_its_finding_and_back_returns(
    page: Page, server: str
) -> None:
    open_page(page, server)
    expect(page).to_have_title(
        re.compile("2 of 4 environments need attention; the status of 1 is unknown · ")
    )
    line = page.get_by_test_id("stAlert").get_by_role("link", name="failed in staging")
    line.click()
    expect(page).to_have_url(f"{server}/environment?env={STAGING}&finding=failed")
    expect(page).to_have_title("failed in staging · Environment")
    opened = page.locator("[data-testid=stExpander] details[open]")
    expect(opened).to_have_count(1)
    expect(opened).to_contain_text("failed in staging")
    page.go_back()
    expect(page).to_have_url(f"{server}/")
    expect(page.get_by_role("heading", name="Environment health")).to_be_visible()
    assert len(page.context.pages) == 1


def test_a_cell_of_the_matrix_leads_to_its_finding(page: Page, server: str) -> None:
    open_page(page, server)
    cell = page.get_by_test_id("stTable").get_by_role("link", name="extra migration")
    cell.first.click()
    expect(page).to_have_url(re.compile(r"/environment\?env=local&finding=db-ahead"))
    page.locator("details[open]").get_by_role("link", name="db-ahead").click()
    expect(page).to_have_url(f"{server}/help?code=db-ahead")
    expect(page.get_by_role("heading", name="db-ahead")).to_be_visible()
    assert len(page.context.pages) == 1


def test_a_bar_leads_to_the_migrations_of_its_environment(page: Page, server: str) -> None:
    open_page(page, server)
    chart = page.locator(".st-key-migrations_by_state, .st-key-migrations-by-state")
    bar = chart.locator(".bars .point path").first
    bar.scroll_into_view_if_needed()
    place = bar.bounding_box()
    assert place
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page).to_have_url(re.compile(r"/migrations\?env=\w+"))
    page.go_back()
    expect(page).to_have_url(f"{server}/")


def test_the_keyboard_looks_up_from_anywhere(page: Page, server: str) -> None:
    open_page(page, f"{server}/migrations")
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    page.keyboard.insert_text(ONLY_LOCAL.id)
    radio = page.get_by_role("radio", name=STAGING)
    radio.click()
    page.keyboard.press("Escape")
    expect(radio).to_be_checked()
    page.get_by_test_id("stForm").get_by_role("button", name="Look up").click()
    headline(page, "is not in staging")
    drawn(page)
    expect(page).to_have_title(f"{ONLY_LOCAL.id[:6]}… not in staging · Lookup")
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    page.keyboard.insert_text(SHOP.id)  # in place of what stood there
    page.keyboard.press("Control+Enter")
    headline(page, SHOP.id)
    expect(page).to_have_title(f"{SHOP.id[:6]}… in staging · Lookup")


def test_the_box_has_the_keyboard_where_nothing_is_asked_yet(page: Page, server: str) -> None:
    open_page(page, f"{server}/lookup")
    expect(box(page)).to_be_focused()
    look_up(page, server, ONLY_LOCAL.id)
    page.wait_for_timeout(500)
    expect(box(page)).not_to_be_focused()


def test_whoever_turned_to_something_else_keeps_the_keyboard(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup")
    page.wait_for_function(
        """() => {
            if (!document.activeElement.matches("textarea")) return false;
            document.querySelector("[data-testid=stMain] summary").focus();
            return true;
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.matches('summary')")


def test_the_menu_leads_back_to_the_last_look_up(page: Page, server: str) -> None:
    look_up(page, server, ONLY_LOCAL.id)
    page.get_by_role("link", name="Help", exact=True).first.click()
    expect(page.get_by_role("heading", name="Help")).to_be_visible()
    page.get_by_role("link", name="Lookup").first.click()
    headline(page, ONLY_LOCAL.id)
    expect(page).to_have_url(f"{server}/lookup?id={ONLY_LOCAL.id}&env={STAGING}")
    page.get_by_role("button", name="New look-up").click()
    headline(page, "Nothing looked up yet")
    expect(page).to_have_url(f"{server}/lookup")


def test_recent_look_ups_are_of_this_browser(abroad: Page, server: str) -> None:
    for each in (SHOP, ONLY_LOCAL):
        look_up(abroad, server, each.id)
        expect(abroad.get_by_role("region", name="Recent look-ups")).to_have_count(0)
    open_page(abroad, f"{server}/lookup")
    recent = abroad.get_by_role("region", name="Recent look-ups")
    expect(recent.get_by_role("listitem")).to_have_text(
        [f"{ONLY_LOCAL.id} in {STAGING}", f"{SHOP.id} in {STAGING}"]
    )
    recent.get_by_role("link", name=SHOP.id).click()
    headline(abroad, f"Project {SHOP.id}")
    assert len(abroad.context.pages) == 1
    ask(abroad, f"{SHOP.id}\n{ONLY_LOCAL.id}")
    headline(abroad, "1 found and 1 missing")
    drawn(abroad)
    open_page(abroad, f"{server}/lookup")
    expect(recent.get_by_role("listitem").first).to_have_text(f"2 IDs in {STAGING}")
    recent.get_by_role("button", name="Clear").click()
    expect(recent).to_be_hidden()
    abroad.reload()
    drawn(abroad)
    expect(recent).to_be_hidden()


def test_nothing_of_an_environment_that_is_not_seen_is_listed(page: Page, server: str) -> None:
    look_up(page, server, SHOP.id)
    page.evaluate("""() => {
        const key = Object.keys(localStorage).find((each) => each.startsWith("dashboard-recent"));
        const kept = JSON.parse(localStorage.getItem(key));
        kept.unshift({ids: ["x"], env: "of-somebody-else"}, 7);
        localStorage.setItem(key, JSON.stringify(kept));
    }""")
    open_page(page, f"{server}/lookup")
    recent = page.get_by_role("region", name="Recent look-ups")
    expect(recent.get_by_role("listitem")).to_have_text([f"{SHOP.id} in {STAGING}"])


def test_one_switch_turns_every_clock_and_the_browser_keeps_it(abroad: Page, server: str) -> None:
    told = abroad.get_by_test_id("stCaptionContainer").first
    open_page(abroad, f"{server}/failures")
    expect(told).to_contain_text(re.compile(r"\d\sCES?T\. Times in Europe/Berlin, your time zone"))
    abroad.get_by_role("button", name="Times are shown in Europe/Berlin").click()
    expect(told).to_contain_text(re.compile(r"\d\sUTC\. Times in UTC"))
    open_page(abroad, f"{server}/orphans")
    expect(told).to_contain_text("UTC")
    abroad.get_by_role("button", name="Times are shown in UTC").click()
    expect(told).to_contain_text(re.compile(r"\d\sCES?T"))
    abroad.reload()
    expect(told).to_contain_text(re.compile(r"\d\sCES?T"))


def test_in_utc_there_is_nothing_to_switch(page: Page, server: str) -> None:
    open_page(page, f"{server}/help")
    expect(page.get_by_role("group", name="Shortcuts").get_by_role("button")).to_have_count(1)


def test_the_shortcuts_take_no_room_of_the_page(page: Page, server: str) -> None:
    open_page(page, f"{server}/help")
    title = page.get_by_role("heading", name="Help", level=1).bounding_box()
    shortcuts = page.get_by_role("group", name="Shortcuts").bounding_box()
    assert title
    assert shortcuts
    assert shortcuts["y"] + shortcuts["height"] <= title["y"] < 110
    page.set_viewport_size({"width": 390, "height": 844})
    overflow = "document.scrollingElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(overflow)

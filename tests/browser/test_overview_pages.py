"""Health and Migrations in a browser: what is drawn on a canvas, addresses, and small screens."""

import pytest
from playwright.sync_api import Page, expect

from dashboard.demo.scenarios import PREVIEW, STAGING
from tests.repetitions import every_nth, repetition

CHECKBOX_X, FIRST_ROW_Y = 18, 52  # of a table's first row, which is drawn on a canvas
NEWEST = "20261109083349_upload_owner_index"


def drawn(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def first_row(page: Page) -> None:
    """Click the first row of the matrix, once it stands still."""
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("canvas").first).to_be_visible()
    page.wait_for_timeout(500)
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + CHECKBOX_X, box["y"] + FIRST_ROW_Y)


def test_a_migration_that_is_clicked_is_told_in_detail(page: Page, server: str) -> None:
    page.goto(f"{server}/migrations")
    drawn(page)
    first_row(page)
    expect(page.get_by_role("heading", name=NEWEST)).to_be_visible()
    details = page.get_by_test_id("stTable").first
    expect(details).to_contain_text("pending")
    expect(details).to_contain_text("applied")


def test_an_environment_is_chosen_in_the_address_and_survives_a_reload(
    page: Page, server: str
) -> None:
    page.goto(f"{server}/migrations")
    drawn(page)
    page.get_by_role("radio", name=PREVIEW).click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("1 of 1 environment")
    assert page.url == f"{server}/migrations?env={PREVIEW}"
    page.reload()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("1 of 1 environment")


def test_a_card_leads_to_the_migrations_of_its_environment(page: Page, server: str) -> None:
    page.goto(server)
    drawn(page)
    page.get_by_test_id("stPageLink").filter(has_text="Migrations").nth(1).click()
    expect(page.get_by_role("heading", name="Migrations", level=1)).to_be_visible()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("1 of 1 environment")
    assert page.url == f"{server}/migrations?env={STAGING}"


def test_refreshing_leaves_scroll_position_and_what_is_open(page: Page, server: str) -> None:
    page.goto(server)
    drawn(page)
    finding = page.get_by_test_id("stExpander").first
    finding.locator("summary").click()
    expect(finding.get_by_text("Apply", exact=True)).to_be_visible()
    main = page.get_by_test_id("stMain")
    main.evaluate("element => element.scrollTo(0, 300)")
    before = page.get_by_test_id("stCaptionContainer").first.inner_text()
    page.get_by_role("button", name="Refresh").evaluate("button => button.click()")
    expect(page.get_by_test_id("stCaptionContainer").first).not_to_have_text(before)
    drawn(page)
    assert main.evaluate("element => element.scrollTop") == 300
    expect(finding.get_by_text("Apply", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", every_nth(("/", "/migrations", "/migrations?env=staging"), 3))
@pytest.mark.parametrize("width", [390, repetition(1400)])
def test_nothing_is_wider_than_the_screen(page: Page, server: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server}{path}")
    drawn(page)
    overflow = "element => element.scrollWidth - element.clientWidth"
    assert page.get_by_test_id("stMain").evaluate(overflow) <= 0

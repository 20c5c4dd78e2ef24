"""The failures page in a real browser: a bar that is clicked, a row that is opened, a download."""

import gzip
from pathlib import Path

from playwright.sync_api import Page, expect

from dashboard.demo.scenarios import STAGING

PATIENCE_MS = 60_000
LINE = (
    '2026-11-2{} 10:00:00.123 UTC [1] ERROR:  insert or update on table "deployments" violates '
    'foreign key constraint "deployments_projectId_fkey"\n'
)


def open_failures(page: Page, server: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server}/failures?env={STAGING}&range=24h")
    expect(page.get_by_role("heading", name="All failures")).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def test_a_bar_narrows_the_list_and_a_row_opens(page: Page, server: str) -> None:
    open_failures(page, server)
    bars = page.locator(".barlayer .point path")
    expect(bars).not_to_have_count(0, timeout=PATIENCE_MS)
    places = [each for each in (bar.bounding_box() for bar in bars.all()) if each]
    bar = max(places, key=lambda place: place["height"])
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    expect(page.get_by_text("Click outside the bars to clear")).to_be_visible(timeout=PATIENCE_MS)
    table = page.get_by_test_id("stDataFrame").nth(1)
    table.scroll_into_view_if_needed()
    place = table.bounding_box()
    assert place
    page.mouse.click(place["x"] + 16, place["y"] + 52)
    expect(page.get_by_role("dialog")).to_contain_text(
        "deployments_projectId_", timeout=PATIENCE_MS
    )
    expect(page.get_by_role("dialog").get_by_text("Look up this ID")).to_be_visible()


def test_what_is_listed_can_be_downloaded(page: Page, server: str) -> None:
    open_failures(page, server)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("at,environment,project_id")
    assert text.count("deployments_projectId_fkey") == 23


def test_a_log_larger_than_any_other_upload_may_be_is_read(
    page: Page, server: str, tmp_path: Path
) -> None:
    """Streamlit's limit for all uploads holds for this one too: it must not be the smaller one."""
    padding = "2026-11-20 10:00:00.123 UTC [2] LOG:  checkpoint complete\n" * 60_000
    log, packed = tmp_path / "server.log", tmp_path / "server.log.gz"
    log.write_text(LINE.format(1) * 3 + padding)
    packed.write_bytes(gzip.compress(log.read_bytes()))
    open_failures(page, server)
    page.get_by_text("Upload a log").click()
    for number, each in enumerate((log, packed), start=1):
        page.locator("input[type=file]").set_input_files(each)
        asked = page.get_by_role("button", name="Read", exact=True)
        expect(asked).to_be_enabled(timeout=PATIENCE_MS)
        asked.click()
        expect(page.get_by_text(f"upload {number}: {each.name}").last).to_be_visible(
            timeout=PATIENCE_MS
        )
    expect(page.get_by_text("3 failures in 60,003 entries").last).to_be_visible()

"""What only a browser shows: typing, history, the clipboard, and that text stays text."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from dashboard.demo.databases import connect
from dashboard.demo.scenarios import DRAFT, ONLY_LOCAL, SHOP, STAGING
from dashboard.postgres.cluster import Cluster
from tests.repetitions import repetition

HOSTILE = (
    "**x** <script>window.hit=1</script> [a](javascript:1) :red[y] $z$ https://evil.example "
    "www.evil.example x@evil.example :smile: :material/home: a -- b -> c `d` ![i](x.png)"
)


def settled(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def headline(page: Page, words: str) -> None:
    expect(page.get_by_test_id("stAlert").first).to_contain_text(words)


def open_lookup(page: Page, server: str, identifier: str) -> None:
    page.goto(f"{server}/lookup?id={identifier}&env={STAGING}")
    headline(page, identifier)


def ask(page: Page, text: str) -> None:
    box = page.get_by_label("Project ID, URL or the whole error")
    box.fill(text)
    box.press("Control+Enter")


def test_look_up_by_typing_then_back_forward_and_reload(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup")
    settled(page)
    page.get_by_role("radio", name=STAGING).click()
    pasted = f"deploy failed: {ONLY_LOCAL.id} secret"
    ask(page, pasted)
    headline(page, "is not in staging")
    assert page.url == f"{server}/lookup?id={ONLY_LOCAL.id}&env={STAGING}"
    ask(page, SHOP.id)
    headline(page, f"Project {SHOP.id}")
    page.go_back()
    headline(page, f"Project {ONLY_LOCAL.id}")
    expect(page.get_by_label("Project ID, URL")).to_have_value(pasted)
    page.go_forward()
    headline(page, f"Project {SHOP.id}")
    page.reload()
    headline(page, f"Project {SHOP.id}")
    expect(page.get_by_label("Project ID, URL")).to_have_value(SHOP.id)


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_what_it_is_and_what_to_do_are_seen_without_scrolling(
    page: Page, server: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_lookup(page, server, ONLY_LOCAL.id)
    settled(page)
    headline = page.get_by_test_id("stAlertTitle").first
    assert headline.evaluate("found => getComputedStyle(found).fontSize") == "21px"
    for seen in (headline, page.get_by_role("heading", name=re.compile("^Do this: "))):
        expect(seen).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("stMarkdown").locator("ol > li").first).to_be_in_viewport(ratio=1)


COPIED = {
    "Reply to customer": "Your project exists in local, not in staging.",
    "Ticket (plain)": "\n\nDo this: Create the project in staging",
    "Ticket (Markdown)": "\n\n**Do this: Create the project in staging",
    "JSON": '"code": "environment-mismatch"',
    "Link": "/lookup?id=",
}


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.parametrize("width", [1400, repetition(390)])
def test_a_button_copies_and_says_so(page: Page, server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_lookup(page, server, ONLY_LOCAL.id)
    for button, words in COPIED.items():
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("status").get_by_text(f"Copied: {button}")).to_be_attached()
        copied = clipboard(page)
        assert words in copied
        assert "found\\:" not in copied
        assert "https\\:" not in copied
        if button.startswith("Ticket"):
            assert copied.lstrip("<").startswith(page.url)
        if button == "Link":
            assert copied == page.url
        if button == "JSON":
            assert json.loads(copied)["project_id"] == ONLY_LOCAL.id
        expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()


def test_copying_works_by_keyboard_and_without_the_clipboard_of_https(
    page: Page, server: str
) -> None:
    page.add_init_script("delete Navigator.prototype.clipboard")
    open_lookup(page, server, ONLY_LOCAL.id)
    first = page.get_by_role("button", name="Reply to customer", exact=True)
    first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("Copied: Ticket (plain)")).to_be_attached()
    box = page.get_by_label("Project ID, URL or the whole error")
    box.fill("")
    box.press("Control+V")
    expect(box).to_have_value(re.compile(r"Do this: Create the project in staging"))


def test_a_hostile_name_is_nothing_but_text_in_what_is_copied(
    page: Page, server: str, demo: Cluster
) -> None:
    with connect(demo, STAGING) as staging:
        update = 'update "Project" set name = %s where id = %s'
        staging.execute(update, (HOSTILE, DRAFT.id))
        try:
            open_lookup(page, server, DRAFT.id)
            for button in COPIED:
                page.get_by_role("button", name=button, exact=True).click()
                expect(page.get_by_role("button", name="Copied", exact=True)).to_be_visible()
                told = clipboard(page)
                assert ("evil" in told) == (button not in ("Reply to customer", "Link"))
                if button == "Ticket (Markdown)":
                    assert "\\<script>" in told
                    assert "\\[a](javascript:1)" in told
                expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
        finally:
            staging.execute(update, (DRAFT.name, DRAFT.id))
    assert page.evaluate("window.hit") is None


def test_a_suggestion_leads_to_the_id_that_was_meant(page: Page, server: str) -> None:
    meant = SHOP.id
    typo = meant.replace("n3wd2", "n3wb2")
    open_lookup(page, server, typo)
    page.get_by_role("button", name=meant).click()
    headline(page, f"Project {meant}")
    assert page.url == f"{server}/lookup?id={meant}&env={STAGING}"
    page.go_back()
    headline(page, typo)


def test_searching_by_name_leads_to_a_look_up(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup")
    settled(page)
    page.get_by_text("No ID at hand?").click()
    page.get_by_label("Name or owner's ID").fill("Shop de")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name=SHOP.id).click()
    headline(page, f"Project {SHOP.id}")


def test_a_hostile_name_is_nothing_but_text(page: Page, server: str, demo: Cluster) -> None:
    with connect(demo, STAGING) as staging:
        update = 'update "Project" set name = %s where id = %s'
        staging.execute(update, (HOSTILE, DRAFT.id))
        try:
            open_lookup(page, server, DRAFT.id)
            cell = page.get_by_role("cell", name=re.compile(r"^\*\*x\*\*"))
            expect(cell).to_have_text(HOSTILE)
        finally:
            staging.execute(update, (DRAFT.name, DRAFT.id))
    assert page.evaluate("window.hit") is None
    assert page.locator("main a[href*=evil], [data-testid=stMain] a[href*=evil]").count() == 0
    assert page.locator("[data-testid=stMain] a[href^=javascript]").count() == 0
    assert page.locator("[data-testid=stMain] .katex").count() == 0


def test_the_health_page_shows_who_needs_attention(page: Page, server: str) -> None:
    page.goto(server)
    expect(page.get_by_test_id("stAlert").first).to_contain_text(
        "2 of 4 environments need attention; the status of 1 is unknown"
    )
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    page.get_by_role("button", name="Refresh").click()
    settled(page)
    expect(page.get_by_text("PRODUCTION", exact=True)).to_be_visible()
    levels = page.eval_on_selector_all("h1,h2,h3,h4,h5,h6", "all => all.map(each => each.tagName)")
    assert levels[0] == "H1"
    assert set(levels[1:]) == {"H2"}


@pytest.mark.parametrize("path", [repetition("/"), f"/lookup?id={ONLY_LOCAL.id}&env={STAGING}"])
def test_a_telephone_scrolls_in_one_direction_only(page: Page, server: str, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}{path}")
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    settled(page)
    # a table may be wider, in a frame of its own that scrolls
    too_wide = """() => {
        const main = document.querySelector('[data-testid=stMain]');
        const framed = each => each !== main && (
            ['auto', 'scroll'].includes(getComputedStyle(each).overflowX)
            || framed(each.parentElement));
        return [...main.querySelectorAll('*')]
            .filter(each => each.getBoundingClientRect().right > window.innerWidth + 1)
            .filter(each => !framed(each.parentElement))
            .map(each => each.outerHTML.slice(0, 120));
    }"""
    assert page.evaluate(too_wide) == []
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")


def test_every_answer_has_security_headers(page: Page, server: str) -> None:
    answer = page.goto(f"{server}/lookup")
    assert answer
    headers = answer.headers
    assert "script-src 'self' 'sha256-" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"

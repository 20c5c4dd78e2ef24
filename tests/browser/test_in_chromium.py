"""What only a browser shows: typing, history, the clipboard, and that text stays text."""

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
    page.get_by_role("combobox", name="Failing environment").click()
    page.get_by_role("option", name=STAGING, exact=True).click()
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


@pytest.mark.parametrize(
    ("button", "expected"),
    [("Copy link", "/lookup?id="), ("Copy for the ticket", "**Do this: ")],
)
def test_copies_to_the_clipboard(page: Page, server: str, button: str, expected: str) -> None:
    open_lookup(page, server, ONLY_LOCAL.id)
    settled(page)  # what is drawn anew closes what is open
    page.get_by_role("button", name=button).click()
    code = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    code.hover()
    code.get_by_role("button", name="Copy to clipboard").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.length > 0)")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert expected in copied
    assert ONLY_LOCAL.id in copied
    if button == "Copy link":
        assert copied == page.url


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
    expect(page.get_by_test_id("stAlert").first).to_contain_text("3 of 4 environments need")
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

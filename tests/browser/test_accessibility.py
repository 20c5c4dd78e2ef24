"""What axe-core finds on every page, light and dark, wide and narrow: nothing grave of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard.demo.scenarios import ONLY_LOCAL, SHOP, STAGING
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_in_chromium import ask
from tests.browser.test_overview_pages import drawn, first_row
from tests.repetitions import repetition

GRAVE = ("serious", "critical")
SCHEMES = ("light", repetition("dark"))
WIDE, NARROW = 1400, 390
WIDTHS = (WIDE, repetition(NARROW))
COUNTED_MS = 3 * PATIENCE_MS  # orphans are counted after everything else


@dataclass(frozen=True, slots=True)
class Known:
    """What Streamlit draws by itself, where nothing of ours decides: axe's rule, and what it is.

    `view` and `width` are where it certainly is: an entry that Streamlit has mended, or a page no
    longer shows, is to be taken out.
    """

    rule: str
    element: str  # what the element, or one around it, matches
    scheme: str | None
    view: str
    width: int
    reason: str

    def expected(self, view: str, scheme: str, width: int) -> bool:
        return (self.view, self.width) == (view, width) and self.scheme in (None, scheme)


KNOWN = (
    Known(
        "color-contrast",
        "[data-testid=stButtonGroup] [data-selected=true] p",
        "dark",
        "failures",
        WIDE,
        "the chosen option is the primary colour on a tint of it, and the primary button white on "
        "it: no colour has the contrast for both; the option is marked for screen readers, too",
    ),
    Known(
        "scrollable-region-focusable",
        "[data-testid=stTable] > div",
        None,
        "orphans",
        NARROW,
        "a table that is wider than a telephone scrolls within its frame, which takes no focus",
    ),
    Known(
        "svg-img-alt",
        "[data-testid=stMetric] [role=graphics-symbol]",
        None,
        "health",
        WIDE,
        "the mark under the pointer in a metric's chart; the chart itself has a label",
    ),
)
MATCHES = "([place, known]) => document.querySelector(place)?.closest(known) != null"


def health(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_selector("[data-testid=stMetric] [role=graphics-symbol]", state="attached")


def lookup(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup")


def verdict(page: Page, server: str) -> None:
    page.goto(f"{server}/lookup?id={ONLY_LOCAL.id}&env={STAGING}")
    expect(page.get_by_test_id("stAlert").first).to_contain_text(ONLY_LOCAL.id)


def many(page: Page, server: str) -> None:
    verdict(page, server)
    ask(page, f"{SHOP.id}\n{ONLY_LOCAL.id}\nc{0:024d}")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("1 found and 2 not there")


def failures(page: Page, server: str) -> None:
    page.goto(f"{server}/failures")
    expect(page.get_by_role("heading", name="One by one")).to_be_visible()


def orphans(page: Page, server: str) -> None:
    page.goto(f"{server}/orphans")
    expect(page.get_by_test_id("stTable").first).to_be_visible(timeout=COUNTED_MS)


def migrations(page: Page, server: str) -> None:
    page.goto(f"{server}/migrations")
    drawn(page)
    first_row(page)
    expect(page.get_by_test_id("stTable").first).to_be_visible()


VIEWS = {
    each.__name__: each for each in (health, lookup, verdict, many, failures, orphans, migrations)
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


def grave(page: Page) -> Iterator[tuple[str, dict[str, Any]]]:
    """Let axe-core judge the page; it goes in through the debugger, which no CSP concerns."""
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in GRAVE:
            yield from ((violation["id"], node) for node in violation["nodes"])


def known(page: Page, scheme: str, rule: str, node: dict[str, Any]) -> Known | None:
    for each in KNOWN:
        if each.rule == rule and each.scheme in (None, scheme):
            place = node["target"][0]
            if page.evaluate(MATCHES, [place, each.element]):
                return each
    return None


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_grave_is_ours(view: str, tab: Page, scheme: str, width: int, server: str) -> None:
    VIEWS[view](tab, server)
    drawn(tab)
    ours, seen = [], set()
    for rule, node in grave(tab):
        excused = known(tab, scheme, rule, node)
        if excused:
            seen.add(excused)
        else:
            ours.append((rule, node["target"], node["html"][:200], node["failureSummary"]))
    assert ours == []
    assert {each for each in KNOWN if each.expected(view, scheme, width)} <= seen


def test_what_is_excused_is_looked_for() -> None:
    assert {each.view for each in KNOWN} <= VIEWS.keys()


def test_axe_is_there_and_sees(tab: Page, server: str) -> None:
    tab.goto(f"{server}/lookup")
    drawn(tab)
    tab.evaluate("document.querySelector('main, [data-testid=stMain]').innerHTML += '<img src=x>'")
    assert "image-alt" in [rule for rule, _ in grave(tab)]

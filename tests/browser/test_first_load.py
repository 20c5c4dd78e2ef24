"""What a browser downloads at first, shows meanwhile, and says when the server is gone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from dashboard.frontend import mends
from tests.benchmarks.first_load import MOST_BYTES, VERDICT, Fetched, Loaded, visit
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_in_chromium import headline, open_lookup
from tests.repetitions import repetition

SMALL = 2_000


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """Open a tab of a browser that has nothing kept, and may complain."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def first(browser: Browser, server: str) -> Loaded:
    with browser.new_context() as context:
        return visit(context.new_page(), f"{server}{VERDICT}")


def test_a_first_verdict_takes_no_more_than_it_may(first: Loaded) -> None:
    told = [f"{each.sent:,} {each.path}" for each in first.largest_first[:20]]
    assert first.sent < MOST_BYTES, told


def test_every_script_and_style_is_compressed(first: Loaded) -> None:
    ours = [each for each in first.files.values() if each.path.endswith((".js", ".css"))]
    assert len(ours) > 50
    assert [each.path for each in ours if not _compressed(each)] == []


def _compressed(file: Fetched) -> bool:
    return file.encoding == "gzip" or file.path.startswith("/_stcore/bidi-components/")


@pytest.mark.parametrize(
    "stem",
    ["PlotlyChart", "embed", "DataFrame", "rehype-katex", "remark-emoji", "MaterialSymbols"],
)
def test_what_no_verdict_shows_is_not_downloaded(first: Loaded, stem: str) -> None:
    assert [each.path for each in first.files.values() if stem in each.path] == []


def test_no_typeface_but_ours_is_downloaded(first: Loaded) -> None:
    fonts = {each.name for each in first.files.values() if each.path.endswith(".woff2")}
    assert fonts <= {
        "inter-latin-wght-normal.woff2",
        "jetbrains-mono-latin-wght-normal.woff2",
        "material-symbols-used.woff2",
    }


def test_no_highlighter_is_downloaded_and_sql_can_be_read(tab: Page, server: str) -> None:
    loaded = visit(tab, f"{server}{VERDICT}")
    closed = tab.get_by_text("SQL to check it")
    closed.click()
    code = tab.get_by_test_id("stCode").first
    expect(code).to_contain_text("select")
    assert code.evaluate("each => getComputedStyle(each.querySelector('pre, code')).fontFamily")
    drawn = [each for each in loaded.files.values() if "SyntaxHighlighter" in each.path]
    assert all(each.sent < SMALL for each in drawn)
    expect(tab.get_by_test_id("stCodeUnhighlighted").first).to_be_visible()


def test_all_that_is_named_by_a_hash_is_kept(tab: Page, server: str) -> None:
    visit(tab, f"{server}{VERDICT}")
    again = visit(tab.context.new_page(), f"{server}{VERDICT}")
    assert [
        each.path for each in again.files.values() if each.sent and each.path.startswith("/static/")
    ] == []


def test_a_page_that_is_still_loading_says_so(tab: Page, server: str) -> None:
    waiting: list[Route] = []
    tab.route(re.compile(r"/js/index\.[\w-]+\.js$"), lambda route: waiting.append(route))
    tab.goto(f"{server}{VERDICT}", wait_until="commit")
    expect(tab.get_by_role("status")).to_have_text("Loading …")
    expect(tab.get_by_role("heading", name="Deployment dashboard")).to_be_visible()
    assert tab.title() == "Lookup · Deployment dashboard"
    for each in waiting:
        each.continue_()
    headline(tab, ONLY_LOCAL.id)
    expect(tab.locator(".loading")).to_have_count(0)


def gone(tab: Page, server: str, status: int | None) -> list[WebSocketRoute]:
    """Let the server vanish under an open page: nothing answers, or a proxy does."""
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    def refuse(route: Route) -> None:
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, body="<html>nginx</html>")

    tab.route_web_socket(re.compile("/_stcore/stream"), connect)
    open_lookup(tab, server, ONLY_LOCAL.id)
    tab.get_by_label("Project ID, URL").fill("typed meanwhile")
    tab.route(re.compile("/_stcore/(health|host-config)"), refuse)
    return sockets


@pytest.mark.parametrize(
    ("status", "words"),
    [
        repetition(None, mends.RESTARTING),
        repetition(502, mends.RESTARTING),
        (401, mends.SIGNED_OUT),
    ],
)
def test_a_server_that_is_gone_is_told_in_our_words(
    tab: Page, server: str, status: int | None, words: str
) -> None:
    for each in gone(tab, server, status):
        each.close()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text(mends.TITLE)
    expect(dialog).to_contain_text(words)
    for word in ("Streamlit", "terminal", "nginx", "status"):
        expect(dialog).not_to_contain_text(word)
    tab.unroute(re.compile("/_stcore/(health|host-config)"))
    expect(dialog).to_have_count(0)
    expect(tab.get_by_label("Project ID, URL")).to_have_value("typed meanwhile")


def test_an_address_without_a_page_is_told_in_our_words(tab: Page, server: str) -> None:
    tab.goto(f"{server}/nowhere?env={STAGING}")
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text("Environment health is shown instead.")
    expect(dialog).not_to_contain_text("main page")

"""Health of twenty environments in a browser: how long the page is, and its charts' colours."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.demo.scenarios import LOCAL
from dashboard.demo.seed import connect_urls
from dashboard.demo.state import configuration
from dashboard.postgres.cluster import Cluster
from tests.browser.conftest import started
from tests.browser.test_overview_pages import drawn
from tests.repetitions import repetition
from tests.show.test_colours import colours

MORE = 16
SCREENS = 3
SCREEN_PX = 900


@pytest.fixture(scope="module")
def crowded(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demo and many names of its local database."""
    path, urls = tmp_path_factory.mktemp("many") / "dashboard.toml", connect_urls(demo)
    previews = (
        f'[connections.preview-{number}]\nurl = "{urls[LOCAL]}"\nrole = "preview"\n'
        for number in range(MORE)
    )
    text = configuration(urls).replace("[diagnosis]", "".join(previews) + "[diagnosis]")
    path.write_text(text, encoding="utf-8")
    with started(path) as address:
        yield address


def test_it_is_no_longer_than_three_screens(page: Page, crowded: str) -> None:
    page.goto(crowded)
    drawn(page)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    block = page.get_by_test_id("stMainBlockContainer")
    assert block.evaluate("element => element.scrollHeight") <= SCREENS * SCREEN_PX


@pytest.mark.parametrize("scheme", ["light", repetition("dark")])
def test_environments_are_drawn_in_the_colours_of_the_theme(
    page: Page, crowded: str, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(crowded)
    drawn(page)
    chart = page.get_by_test_id("stPlotlyChart").filter(has_text="production").first
    expect(chart).to_be_visible()
    expect(chart).to_contain_text("others (")
    legend = chart.locator(".legendtoggle").first
    expect(legend).to_be_attached()
    fills = chart.locator(".legendundefined, .legendbar path.legendundefined, .legend path").all()
    seen = {each.evaluate("element => getComputedStyle(element).fill") for each in fills}
    assert {rgb(each) for each in colours(scheme)} <= seen


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"

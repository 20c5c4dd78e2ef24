"""What three people save in a real browser: the file has no more than the page shows them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.collect.collector import Collector
from dashboard.collect.orphans.scan import count_all, page_of
from dashboard.demo.scenarios import STAGING
from dashboard.demo.seed import connect_urls
from dashboard.demo.sign_in import configuration as access
from dashboard.demo.state import configuration
from dashboard.diagnose.facts import Unavailable
from dashboard.postgres.cluster import Cluster, free_port
from dashboard.settings import load
from queries.rows import Orphan
from tests.access import provider
from tests.benchmarks.serving import LIMITED, served
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_sign_in import Site, answers, signed_in

GRANTS = f"""
[[access.grant]]
who = ["group:leads"]
level = "admin"
names = true
[[access.grant]]
who = ["group:support"]
level = "support"
environments = ["{STAGING}"]
[[access.grant]]
who = ["vera@example.com"]
level = "viewer"
environments = ["{STAGING}"]
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A kind of orphans, and its rows as they are."""

    kind: str
    rows: tuple[Orphan, ...]

    @property
    def owners(self) -> set[str]:
        return {each.owner_id for each in self.rows if each.owner_id}


@pytest.fixture(scope="module")
def site(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("rights"), free_port()
    address, file = f"http://localhost:{port}", folder / "dashboard.toml"
    with provider.running() as started:
        told = access(address, started.issuer, GRANTS)
        file.write_text(configuration(connect_urls(demo)) + told, encoding="utf-8")
        with served(file, folder, LIMITED, port=port) as server:
            answers(f"{server.address}/readyz")
            yield Site(address, started.issuer)


@pytest.fixture(scope="module")
def listed(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Listed:
    """Find a kind that has rows with owners."""
    path: Path = tmp_path_factory.mktemp("listed") / "dashboard.toml"
    path.write_text(configuration(connect_urls(demo)), encoding="utf-8")
    with closing(Collector(load(path, environ={}))) as collector:
        staging = collector.settings.databases[STAGING].environment
        found = dict(count_all(collector, [staging]))[staging]
        assert not isinstance(found, Unavailable)
        for kind, counted in found.kinds.items():
            for each in counted.columns:
                rows = page_of(collector, staging, each.column, None, 50)
                if not isinstance(rows, Unavailable) and any(row.owner_id for row in rows):
                    return Listed(kind.code, rows)
    raise AssertionError("no row has an owner")


def opened(browser: Browser, site: Site, who: str, path: str) -> Page:
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    signed_in(page, site, who, path)
    return page


def button(page: Page) -> Locator:
    """Find ours: tables have one of their own, which appears above them."""
    return page.locator("[data-testid=stDownloadButton] button", has_text="CSV")


def saved(page: Page) -> str:
    with page.expect_download() as download:
        button(page).first.click()
    return Path(download.value.path()).read_text("utf-8-sig")


def test_rows_are_saved_as_each_may_see_them(browser: Browser, site: Site, listed: Listed) -> None:
    path = f"/orphans?env={STAGING}&kind={listed.kind}"
    ids = {each.id for each in listed.rows if each.id}
    of_lea = saved(opened(browser, site, "lea", path))
    assert all(each in of_lea for each in ids | listed.owners)
    of_sam = saved(opened(browser, site, "sam", path))
    assert all(each in of_sam for each in ids)
    assert not any(each in of_sam for each in listed.owners)
    assert "owner-" in of_sam
    assert len(of_sam.splitlines()) == len(of_lea.splitlines())
    page = opened(browser, site, "vera", path)
    expect(page.get_by_text("you may see the number of rows, not the rows").first).to_be_visible()
    assert button(page).count() == 0


def test_failures_are_saved_as_each_may_see_them(browser: Browser, site: Site) -> None:
    path = "/failures?range=30d"
    files = {who: saved(opened(browser, site, who, path)) for who in ("lea", "sam", "vera")}
    assert len(files["lea"].splitlines()) > 2
    assert "production" in files["lea"] or "local" in files["lea"]
    assert {line.count(STAGING) > 0 for line in files["sam"].splitlines()[1:]} == {True}
    assert len(files["vera"].splitlines()) == 1, "the header alone"


def test_a_saved_file_is_nobody_s_without_a_sign_in(
    browser: Browser, site: Site, listed: Listed
) -> None:
    page = opened(browser, site, "lea", f"/orphans?env={STAGING}&kind={listed.kind}")
    with page.expect_download() as download:
        button(page).first.click()
    address = download.value.url
    assert "/media/" in address
    assert page.context.request.get(address).status == 200
    stranger = browser.new_context()
    assert stranger.request.get(address).status == 401
    stranger.close()

"""The orphans page: what is there, what is not known, and what the address asks."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.background import periodic_task, scans
from dashboard.demo.databases import connect
from dashboard.demo.leftovers import MIXTURES
from dashboard.demo.scenarios import DELETED_BUT_LOCAL, LOCAL, PREVIEW, PRODUCTION, STAGING
from dashboard.diagnose.orphans import KINDS
from dashboard.postgres.cluster import Cluster
from tests.show.opening import address, open_page, press, said, table, unlinked

pytestmark = pytest.mark.usefixtures("served", "fresh")
PATIENCE_S = 60


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the button count at once."""
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)


def opened(**params: str) -> AppTest:
    """Open the page once everything has been counted."""
    assert serving.current().orphans.wait_until_idle(PATIENCE_S)
    page = open_page("orphans", **params)
    assert not page.exception
    return page


def matrix(page: AppTest) -> dict[str, dict[str, str]]:
    """Read the table: kind by kind, what each environment says."""
    return {row["Kind"]: dict(row) for _, row in table(page).iterrows()}


def test_one_sentence_tells_the_worst_and_who_was_not_asked() -> None:
    page = opened()
    assert "1 critical kind of orphans in local and staging" in page.error[0].proto.title
    assert "refused" in page.error[0].value
    assert "not everything could be counted" not in page.error[0].value


def test_every_kind_has_a_row_and_only_what_is_certain_is_green() -> None:
    page = opened()
    rows = matrix(page)
    titles = {
        serving.current().nouns.fill(kind.title) for kind in KINDS if kind.code != "hidden-rows"
    }
    assert rows.keys() == {title.replace("'", "\\'") for title in titles}
    ghosts = rows["Deployments whose project is missing"]
    assert ":green-badge" in ghosts[PRODUCTION]
    assert "impossible" in ghosts[PRODUCTION]
    preview = PREVIEW.replace("-", "\\-")
    assert all("green" not in row[preview] for row in rows.values())
    assert all("not checked" in row[preview] for row in rows.values())


def stuck(demo: Cluster, environment: str) -> int:
    """Count what hangs, and beside it what a foreign key stopped."""
    with connect(demo, environment) as connection:
        failed = connection.execute("""
            select count(*) from convex_deployments
            where status = 'ERROR' and "lastDeployError" ilike '%foreign key constraint%'
        """).fetchone()
    assert failed
    return MIXTURES[environment].stuck + int(failed[0])


@pytest.mark.parametrize("environment", [LOCAL, STAGING])
def test_numbers_are_those_that_the_demo_planted(demo: Cluster, environment: str) -> None:
    mixture, rows = MIXTURES[environment], matrix(opened())
    shown = {
        "Services still running for deleted projects": mixture.services,
        "Stuck deployments": stuck(demo, environment),
        "Deployments of somebody else\\'s project": mixture.mismatched,
        "Deployments without an owner": mixture.ownerless,
        "Deployments of deleted projects": mixture.undeleted,
        "Files of deleted owners": mixture.files,
    }
    for title, number in shown.items():
        assert f" {number}]" in rows[title][environment], title


def test_a_kind_of_one_environment_shows_rows_and_statements() -> None:
    page = opened(env=STAGING, kind="soft-link-ghost")
    words = said(page)
    assert "covers 2 of 2 projectId columns" in words
    assert "exact" in words
    assert "Risk: medium" in words
    assert any("delete from public.uploads" in each.value for each in page.code)
    ids = {value for each in page.dataframe for value in each.value.get("Project ID", [])}
    assert DELETED_BUT_LOCAL.id in ids
    links = [link for each in page.dataframe for link in each.value["Look up"]]
    assert f"lookup?id={DELETED_BUT_LOCAL.id}&env={STAGING}" in links


def test_lost_projects_are_found_where_they_live() -> None:
    page = opened(env=STAGING, kind="cross-environment-orphan")
    assert "≥ 1" in said(page)
    assert "preview" in said(page)
    frame = page.dataframe[0].value
    assert (frame["Project ID"][0], frame["Exists in"][0]) == (DELETED_BUT_LOCAL.id, LOCAL)


def test_pages_follow_and_lead_back() -> None:
    page = opened(env=PRODUCTION, kind="undeployed-project")
    first = list(page.dataframe[0].value["ID"])
    second = list(press(page, "Next").dataframe[0].value["ID"])
    assert len(first) == len(second) == 50
    assert max(first) < min(second)
    assert list(press(page, "Back").dataframe[0].value["ID"]) == first


def test_choosing_puts_the_choice_into_the_address(demo: Cluster) -> None:
    page = opened()
    page.selectbox(key="orphans-kind").set_value("stuck").run()
    assert address(page) == {"kind": "stuck"}
    page = press(page, "Rows and SQL of staging")
    assert address(page) == {"env": STAGING, "kind": "stuck"}
    assert page.button_group(key="orphans-environment").value == STAGING
    assert len(page.dataframe[0].value) == stuck(demo, STAGING)


def test_unknown_names_in_the_address_are_told() -> None:
    page = opened(env="stagin", kind="ghosts")
    told = " ".join(each.value for each in page.error)
    assert "Unknown environment stagin" in told
    assert "Unknown kind ghosts" in told
    assert page.table


def test_an_environment_that_is_down_is_not_green() -> None:
    page = opened(env=PREVIEW, kind="ghost-child")
    assert "Not counted now" in said(page)
    assert ":green-badge" not in said(page)
    assert not page.dataframe


def test_leads_to_the_migrations() -> None:
    assert f"(migrations?env={STAGING})" in said(opened(env=STAGING))


def test_a_scan_goes_through_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "STEP", 200)
    page = opened(env=STAGING, kind="owner-mismatch")
    press(page, "Scan the whole table")
    scanning = serving.current().scans
    staging = next(e for e in serving.current().settings.environments if e.name == STAGING)
    assert scanning.wait_until_idle(staging, PATIENCE_S)
    assert f"**{MIXTURES[STAGING].mismatched}**" in said(page.run())
    scan = scanning.of(staging)
    assert scan
    assert scan.parts > 1


def test_row_security_leaves_nothing_green(demo: Cluster) -> None:
    with connect(demo, STAGING) as staging:
        staging.execute("alter table deployments enable row level security")
        try:
            page = open_fresh()
        finally:
            staging.execute("alter table deployments disable row level security")
    rows = matrix(page)
    assert "unknown" in rows["Deployments whose project is missing"][STAGING]
    assert "unknown" in rows["Unused deployments"][STAGING]
    assert "staging\\*\\*: not everything" in unlinked(said(page)).replace("**:", "\\*\\*:")


def open_fresh() -> Any:
    serving.stop()
    return opened()

"""The health page: who needs somebody, what was looked at, and how old that is."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.background import failures, orphans, periodic_task, snapshots
from dashboard.demo.databases import connect
from dashboard.demo.scenarios import ENVIRONMENTS, PRODUCTION, STAGING
from dashboard.postgres.cluster import Cluster
from tests.asking import exchanged
from tests.show.opening import open_page, said, table, unfold, unlinked

pytestmark = pytest.mark.usefixtures("served")
SETTLE_S = 60
OK = ":material/check: ok"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    # asked only when a test says so
    monkeypatch.setattr(snapshots, "FIRST_PAUSE_S", 3600.0)
    for each in (snapshots, failures, orphans):
        monkeypatch.setattr(each, "EVERY_S", 3600.0)
    monkeypatch.setattr(periodic_task, "RETRY_S", (3600.0,))


def refreshed() -> AppTest:
    """Open the page once every environment was asked anew."""
    served = serving.current()
    for _ in range(2):  # what is compared with the others' answers needs them first
        assert served.snapshots.wait_until_idle(SETTLE_S)
        served.snapshots.refresh_now()
    assert served.snapshots.wait_until_idle(SETTLE_S)
    return open_page("health")


def headline(page: AppTest) -> str:
    (box,) = (*page.error, *page.warning, *page.success, *page.info)
    return f"{box.proto.title}\n{box.value}"


@pytest.fixture
def production_without_key(demo: Cluster) -> Iterator[None]:
    drop = 'alter table deployments drop constraint "deployments_projectId_fkey"'
    add = (
        'alter table deployments add constraint "deployments_projectId_fkey" foreign key '
        '("projectId") references "Project" (id) on update cascade on delete cascade'
    )
    with connect(demo, PRODUCTION) as production:
        production.execute(drop)
        yield
        production.execute(add)


def test_says_who_needs_attention_and_why() -> None:
    words = unlinked(headline(refreshed()))
    assert "2 of 4 environments need attention; the status of 1 is unknown" in words
    assert "**staging** (Critical)" in words
    assert "**preview\\-412** (Unreachable)" in words
    assert "**local** (Attention)" in words
    assert "production" not in words


def test_every_environment_has_a_card_and_only_the_healthy_one_is_green() -> None:
    words = said(refreshed())
    for environment in ENVIRONMENTS:
        assert environment.role in words.lower()
    assert words.count(":green-badge[:material/check_circle: No problems]") == 1
    assert words.count(":gray-badge[:material/cloud_off: Unreachable]") == 1
    assert "PRODUCTION" in words


def test_counts_are_marked_exact() -> None:
    metrics = refreshed().metric
    assert [each.label for each in metrics] == ["Projects", "Deployments"] * 3
    assert all(each.proto.help.startswith("Exact") for each in metrics)
    assert all(each.value.replace(",", "").isdigit() for each in metrics)


def test_findings_come_with_evidence_and_fix_the_worst_first() -> None:
    page = refreshed()
    labels = [each.label for each in page.expander]
    assert [label.split("]")[0].split(" ")[-1] for label in labels] == [
        "Critical",
        "Critical",
        "Unreachable",
        "Attention",
        "order",  # of the fixes of one of them
    ]
    assert not any(each.children for each in page.expander)  # drawn once somebody opens it
    assert any("npx prisma migrate deploy" in each.value for each in unfold(page).code)
    assert all(each.children for each in page.expander)


def test_several_fixes_of_an_environment_are_put_in_order() -> None:
    page = refreshed()
    (plan,) = [each for each in page.expander if each.label.endswith("in this order")]
    assert plan.label.startswith("staging: ")
    steps = [each.value for each in unfold(page).markdown if each.value.startswith("**1. ")]
    assert len(steps) == 1


def test_the_matrix_never_calls_ok_what_was_not_looked_at() -> None:
    page = refreshed()
    matrix = table(page)
    assert list(matrix.columns[1:]) == ["local", "staging", "production", "preview\\-412"]
    assert not any(OK in cell for cell in matrix["preview\\-412"])
    others = [
        each for each in matrix.itertuples(index=False) if "Schema as expected" not in each[0]
    ]
    assert len(others) == len(matrix) - 1, "no other environment has the same migrations applied"
    assert all(OK in row[matrix.columns.get_loc("production")] for row in others)


def test_a_finding_appears_with_the_defect_and_vanishes_with_it(
    production_without_key: None,
) -> None:
    assert "**production** (Critical)" in unlinked(headline(refreshed()))
    assert "production has no foreign key" in said(refreshed()).replace("\\", "")


def test_and_production_is_healthy_again() -> None:
    assert "production" not in headline(refreshed())


def test_the_charts_name_who_is_missing() -> None:
    page = refreshed()
    assert len(page.get("plotly_chart")) == 3  # a demo without a history has no trend
    assert "No history is kept" in said(page)
    assert said(page).count("Not shown (no data)") == 3


def test_a_card_can_ask_its_environment_again() -> None:
    page = refreshed()
    tried = {each.environment.name: each.tried_at for each in serving.current().snapshots}
    page.button(key="ask preview-412").click().run()
    assert serving.current().snapshots.wait_until_idle(SETTLE_S)
    again = {each.environment.name: each.tried_at for each in serving.current().snapshots}
    assert {name for name in tried if tried[name] != again[name]} == {"preview-412"}
    assert not page.exception


def test_thirty_viewers_ask_no_more_than_one() -> None:
    refreshed()
    served = serving.current()
    assert served.orphans.wait_until_idle(SETTLE_S)
    assert served.failures.wait_until_idle(SETTLE_S)
    with exchanged() as asked:
        for _ in range(30):
            page = open_page("health")
            assert STAGING in said(page)
    assert asked == []


def test_refreshing_keeps_the_page() -> None:
    page = refreshed()
    page.button[0].click().run()
    assert not page.exception
    assert "2 of 4" in headline(page)

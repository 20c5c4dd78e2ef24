"""More than eight environments: one table, one line a cause, and no page without an end."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.access.viewer import OPERATOR
from dashboard.demo.scenarios import ENVIRONMENTS, LOCAL
from dashboard.demo.seed import connect_urls
from dashboard.postgres.cluster import Cluster
from dashboard.show import frames
from dashboard.show.health import table
from dashboard.show.shared import alike
from dashboard.view import view_of
from tests.show.opening import open_page, press, said, unfold

MORE = 8
SETTLE_S = 60


@pytest.fixture
def many(demo: Cluster, demo_file: Path, configured: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """Serve the demo and more previews, each of which is the local database."""
    config = tmp_path / "many.toml"
    url = connect_urls(demo)[LOCAL]
    previews = (
        f'[connections.preview-{number}]\nurl = "{url}"\nrole = "preview"\n'
        for number in range(MORE)
    )
    text = demo_file.read_text().replace("[diagnosis]", "".join(previews) + "[diagnosis]")
    config.write_text(text)
    configured.setenv("DASHBOARD_CONFIG", str(config))
    return len(ENVIRONMENTS) + MORE


def health(**params: str) -> AppTest:
    snapshots = serving.current().snapshots
    assert snapshots.wait_until_idle(SETTLE_S)
    page = open_page("health", **params)
    assert not page.exception
    return page


def names(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["Environment"])


def test_they_are_a_table_the_worst_first_and_production_before_others(many: int) -> None:
    page = health()
    shown = page.dataframe[0].value
    assert len(shown) == many > table.MANY
    assert not page.metric, "no card"
    order = list(table.COLOURS)
    statuses = [each[0] for each in shown["Status"]]
    assert statuses[0] == order[0] == "Critical"
    assert statuses[-1] == "No problems"
    assert names(page)[-1] == "production"
    words = said(page).replace("\\", "")
    assert "environments need attention" in words


def test_what_is_the_same_in_many_is_one_line(many: int) -> None:
    page = health()
    labels = [each.label.replace("\\", "") for each in page.expander]
    findings = [each for each in labels if "badge[" in each]
    assert len(findings) < many
    (same,) = [each for each in findings if "are one and the same database" in each]
    assert f"{MORE + 1} environments are one and the same database: local, preview-0" in same
    assert same.endswith(f"and {MORE - 2} more")


def test_inside_the_line_one_of_them_is_chosen(many: int) -> None:
    page = unfold(health())
    chosen = next(each for each in page.selectbox if each.label.endswith(" environments"))
    chosen.set_value(3).run()
    assert not page.exception


def test_roles_and_words_choose_among_them(many: int) -> None:
    assert names(health(role="production")) == ["production"]
    assert names(health(search="view-3")) == ["preview-3"]
    assert names(health(search="nothing like it")) == []


def test_a_line_is_worded_anew_only_when_there_is_something_new(many: int) -> None:
    health()
    kept = table._lines_of(OPERATOR, "UTC")
    assert len(kept) == many
    served = serving.current()
    served.clock.close()  # nothing is asked any more
    view = view_of(served, OPERATOR)
    assert view.snapshots.checkup
    healths = {each.environment: each for each in view.snapshots.checkup.environments}
    before = dict(table._lines(view, tuple(view.snapshots), healths))
    again = table._lines(view, tuple(view.snapshots), healths)
    assert all(again[name] is line for name, line in before.items())
    name, *others = before
    fewer = {each: said for each, said in healths.items() if each != name}
    changed = table._lines(view, tuple(view.snapshots), fewer)
    assert changed[name].row.status == ("Asking",)
    assert all(changed[each] is before[each] for each in others)


def test_environments_with_the_same_ledger_are_one_column(many: int) -> None:
    health()
    page = open_page("migrations")
    assert not page.exception
    columns = list(page.dataframe[0].value.columns)
    assert len(columns) < many
    checkup = serving.current().snapshots.checkup
    assert checkup
    groups = alike.grouped(checkup.environments, frames.shown)
    assert sum(map(len, groups)) == many
    assert [each[0].environment.name for each in groups] == columns[:-1]
    (same,) = (each for each in groups if each[0].environment.name == LOCAL)
    assert len(same) == MORE + 1
    lines = "".join(page.table[0].value["Environment"])
    assert "[production](environment?env=production) and " in lines


@pytest.mark.parametrize("room", ["orphans", "failures"])
def test_other_rooms_are_a_table_too_and_a_click_leads_to_one(many: int, room: str) -> None:
    health()
    assert serving.current().orphans.wait_until_idle(SETTLE_S)
    page = open_page(room)
    assert not page.exception
    assert len(page.dataframe[0].value) == many


def test_a_page_about_one_environment_tells_the_age_of_its_answer_alone(many: int) -> None:
    health()
    page = open_page("environment", env="production")
    assert "preview" not in page.caption[0].value
    press(page, "Refresh")
    assert not page.exception

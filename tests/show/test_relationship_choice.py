"""Another foreign key than the configured one: chosen on two pages, counted when it is shown."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.background import chosen
from dashboard.demo.scenarios import LOCAL, PRODUCTION, STAGING
from dashboard.diagnose.relationship import ChosenKey
from tests.asking import exchanged
from tests.show.opening import address, open_page, said, table
from tests.show.test_health_page import refreshed

pytestmark = pytest.mark.usefixtures("served")
TEAMS = "Project_teamId_fkey"
CONFIGURED = "deployments_projectId_fkey"
PAGES = ("orphans", "migrations")


def opened(name: str, **params: str) -> AppTest:
    refreshed()
    assert serving.current().orphans.wait_until_idle(60)
    page = open_page(name, **params)
    assert not page.exception
    return page


def field(page: AppTest) -> AppTest:
    return next(each for each in page.selectbox if each.label == "Foreign key")


@pytest.mark.parametrize("name", PAGES)
def test_all_foreign_keys_are_offered_the_configured_one_first(name: str) -> None:
    options = field(opened(name)).options
    assert options[0] == f"{CONFIGURED}: deployments.projectId → Project (configured)"
    assert f"{TEAMS}: Project.teamId → teams" in options
    assert len(options) == len(set(options)) > 1


@pytest.mark.parametrize("name", PAGES)
def test_the_choice_is_in_the_address_and_the_address_is_the_choice(name: str) -> None:
    page = opened(name)
    chosen_page = field(page).set_value(TEAMS).run()
    assert address(chosen_page)["relationship"] == TEAMS
    assert field(opened(name, relationship=TEAMS)).value == TEAMS
    back = field(chosen_page).set_value("").run()
    assert "relationship" not in address(back)


@pytest.mark.parametrize("name", PAGES)
def test_a_key_that_nobody_has_is_refused(name: str) -> None:
    page = opened(name, relationship="gone_fkey")
    (refusal,) = [each for each in page.error if "gone" in each.value]
    assert "deployments" in refusal.value
    assert field(page).value == ""


def test_orphans_are_counted_along_it_in_its_own_nouns() -> None:
    page = opened("orphans", relationship=TEAMS)
    kinds = list(table(page)["Kind"])
    assert "Projects whose team is missing" in kinds
    assert not any("deployment" in each.lower() for each in kinds)


def test_the_kind_is_kept_with_it_and_its_rows_are_offered() -> None:
    page = opened("orphans", relationship=TEAMS, kind="soft-link-ghost", env=STAGING)
    assert "is in no row of teams" in said(page)
    assert "KeyColumn" not in said(page)
    kind = next(each for each in page.selectbox if each.label == "Kind")
    turned = kind.set_value("unowned-deployment").run()
    assert address(turned) == {
        "relationship": TEAMS, "kind": "unowned-deployment", "env": STAGING,
    }  # fmt: skip


def test_the_constraint_is_shown_cell_by_cell() -> None:
    page = opened("migrations", relationship=TEAMS)
    cells = table(page, len(page.table) - 1)
    target = dict(cells.iloc[0])
    assert target["Part"] == "foreign key to"
    assert {target[LOCAL], target[STAGING], target[PRODUCTION]} == {"teams\\.id"}


def test_it_is_counted_once_for_all_who_look_on() -> None:
    opened("orphans", relationship=TEAMS)
    with exchanged() as sent:
        serving.current().chosen.orphans(ChosenKey(TEAMS))
    assert sent == []


def test_so_many_are_kept_and_no_more() -> None:
    refreshed()
    served = serving.current()
    for number in range(2 * chosen.MOST):
        served.chosen.along(ChosenKey(f"k{number}"))
    assert len(served.chosen._along) == chosen.MOST

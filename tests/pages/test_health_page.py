"""The health page: what answers, what does not, and how old that is."""

import pytest

from dashboard.demo.scenarios import ENVIRONMENTS
from tests.pages.opening import open_page, said

pytestmark = pytest.mark.usefixtures("served")


def test_says_how_many_answer_and_which_does_not() -> None:
    page = open_page("health")
    assert "3 of 4 environments answer" in page.warning[0].proto.title
    assert "preview" in page.warning[0].value
    assert "refused" in page.warning[0].value


def test_every_environment_has_a_card_and_only_those_that_answer_are_green() -> None:
    words = said(open_page("health"))
    for environment in ENVIRONMENTS:
        assert environment.role in words.lower()
    assert words.count(":green-badge") == 3
    assert words.count(":gray-badge[:material/cloud_off: Unreachable]") == 1
    assert "PRODUCTION" in words


def test_counts_are_marked_exact() -> None:
    metrics = open_page("health").metric
    assert [each.label for each in metrics] == [
        "Projects :gray[exact]",
        "Deployments :gray[exact]",
    ] * 3
    assert all(each.value.replace(",", "").isdigit() for each in metrics)


def test_the_charts_name_who_is_missing() -> None:
    page = open_page("health")
    assert len(page.get("plotly_chart")) == 2
    assert said(page).count("Not in this chart") == 2


def test_refreshing_keeps_the_page() -> None:
    page = open_page("health")
    page.button[0].click().run()
    assert not page.exception
    assert "3 of 4" in page.warning[0].proto.title

"""Environments in colours of their own: told apart by everybody, and never taken for a status."""

import itertools
import tomllib
from collections.abc import Iterator, Sequence

import plotly.io
import pytest
from coloraide import Color
from streamlit.elements.lib import streamlit_plotly_theme

from dashboard.settings import project_folder
from dashboard.show import charts
from dashboard.show.charts import ledgers, trends, verdicts
from dashboard.show.charts.layout import OTHERS, PALETTE

THEME = tomllib.loads((project_folder() / ".streamlit/config.toml").read_text())["theme"]
THEMES = ("light", "dark")
SIGHTS = (None, "protan", "deutan", "tritan")
APART, FROM_A_STATUS = 0.1, 0.07  # in Oklab, where 0.02 can just be told apart
GRAPHIC = 3.0  # WCAG 1.4.11
STATUSES = ("redColor", "orangeColor", "yellowColor", "greenColor", "grayColor")
RANKED = ["production", "staging", "local", "preview-1", "preview-2", "preview-3", "preview-4"]


def colours(theme: str) -> list[str]:
    return list(THEME[theme]["chartCategoricalColors"])


def seen(colour: str, sight: str | None) -> Color:
    return Color(colour).filter(sight) if sight else Color(colour)


def distance(one: str, other: str, sight: str | None = None) -> float:
    return float(seen(one, sight).distance(seen(other, sight), space="oklab"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_are_told_apart_by_everybody(theme: str, sight: str | None) -> None:
    for one, other in itertools.combinations(colours(theme), 2):
        assert distance(one, other, sight) >= APART, (one, other)


def statuses(theme: str) -> Iterator[str]:
    yield from (THEME[theme][name] for name in STATUSES)
    yield from (colour for _, colour in trends.SEVERITIES.values())
    yield from (trends.NOTHING_FOUND, *verdicts.BY_SEVERITY.values())
    yield from (ledgers.STATE_COLOURS[state] for state in ("failed", "pending", "applied"))


@pytest.mark.parametrize("theme", THEMES)
def test_none_is_a_status(theme: str) -> None:
    for own, status in itertools.product(colours(theme), set(statuses(theme))):
        assert distance(own, status) >= FROM_A_STATUS, (own, status)


@pytest.mark.parametrize("theme", THEMES)
def test_all_stand_out_and_production_most(theme: str) -> None:
    ground = THEME[theme]["backgroundColor"]
    contrasts = [Color(each).contrast(ground) for each in colours(theme)]
    assert min(contrasts) >= GRAPHIC
    assert contrasts[0] == max(contrasts)


def test_they_are_the_ones_that_streamlit_puts_into_charts() -> None:
    assert streamlit_plotly_theme
    standing_in = list(plotly.io.templates["streamlit"].layout.colorway)
    assert standing_in[: len(PALETTE)] == list(PALETTE)
    assert len(colours("light")) == len(colours("dark")) == len(PALETTE)


@pytest.mark.parametrize(
    "shown", [["staging"], ["preview-2", "production"], RANKED[:5], ["local", "preview-1"]]
)
def test_the_important_ones_keep_their_colours(shown: Sequence[str]) -> None:
    own = dict(zip(RANKED, PALETTE[:-1], strict=False))
    assert charts.colours(shown, RANKED) == {name: own[name] for name in shown}


def test_the_less_important_get_what_is_left_and_no_two_the_same() -> None:
    shown = ["production", "preview-3", "preview-4"]
    given = charts.colours(shown, RANKED)
    assert given["production"] == PALETTE[0]
    assert len(set(given.values())) == len(shown)
    assert OTHERS not in given.values()
    assert PALETTE[0] not in charts.colours(RANKED[1:6], RANKED).values()
    together = charts.colours([*RANKED[:5], "others (2)"], RANKED)
    assert together["others (2)"] == OTHERS
    assert len(set(together.values())) == len(PALETTE)

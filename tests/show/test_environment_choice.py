"""Environments to choose from: one click each, or searched where they are many."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.show.shared.environment_choice import MOST_PILLS

FEW = [f"e{number}" for number in range(MOST_PILLS)]
MANY = [*FEW, "one-more"]


def page() -> None:
    import streamlit as st

    from dashboard.show.shared import environment_choice as choice

    names = st.session_state["names"]
    if "start" in st.session_state:
        choice.put("field", st.session_state.pop("start"), names)
    choice.field(choice.FAILED, {each: each.upper() for each in names}, "field")
    st.text(choice.chosen("field") or "-")


def opened(names: list[str], start: str | None = None) -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["names"] = names
    if start:
        app.session_state["start"] = start
    return app.run()


def test_few_are_one_click_each() -> None:
    app = opened(FEW)
    assert not app.selectbox
    assert app.text[0].value == "-"
    assert app.button_group[0].set_value("e3").run().text[0].value == "e3"


def test_many_are_searched_and_none_is_a_choice_that_escape_cannot_take_away() -> None:
    app = opened(MANY)
    assert not app.button_group
    assert app.selectbox[0].options == ["Choose …", *(each.upper() for each in MANY)]
    assert app.text[0].value == "-"
    assert app.selectbox[0].set_value("one-more").run().text[0].value == "one-more"


@pytest.mark.parametrize("names", [FEW, MANY])
def test_what_is_not_there_is_not_chosen(names: list[str]) -> None:
    assert opened(names, "e1").text[0].value == "e1"
    assert opened(names, "gone").text[0].value == "-"


def test_a_choice_that_the_configuration_has_lost_is_none() -> None:
    app = opened(MANY, "one-more")
    app.session_state["names"] = [*MANY[:-2], "another"]
    assert app.run().text[0].value == "-"
    app.session_state["names"] = FEW
    assert app.run().text[0].value == "-"
    assert not app.exception

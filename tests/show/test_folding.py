"""Lines that open: what is inside is drawn only once somebody opens them."""

from streamlit.testing.v1 import AppTest

from dashboard.demo.scenarios import SHOP, STAGING
from tests.show.opening import open_page, unfold


def two_alike() -> None:
    import streamlit as st

    from dashboard.show.shared.lazy_expander import LazyExpander, draw

    draw(
        LazyExpander("Line", "the same", lambda words=words: st.write(words))
        for words in ("one", "two")
    )


def test_nothing_is_drawn_inside_a_closed_line() -> None:
    page = AppTest.from_function(two_alike).run()
    assert [each.label for each in page.expander] == ["Line", "Line"]
    assert not page.markdown
    assert not page.exception


def test_lines_of_the_same_name_open_apart() -> None:
    page = AppTest.from_function(two_alike).run()
    page.session_state["the same 2"] = True
    assert [each.value for each in page.run().markdown] == ["two"]
    assert [each.value for each in unfold(page).markdown] == ["one", "two"]
    assert not page.exception


def test_other_options_of_a_verdict_come_with_their_commands(served: None) -> None:
    page = open_page("lookup", id=f"{SHOP.id[:-1]}x", env=STAGING)
    lines = [each for each in page.expander if each.proto.id]
    assert lines
    assert not any(each.children for each in lines)
    opened = [each for each in unfold(page).expander if each.proto.id]
    assert all(each.children for each in opened)
    assert not page.exception

"""The card of what is to come: what stops first, of many the rest folded, long names broken."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.diagnose.health.ahead import Coming, Outlook
from tests.show.opening import said

LONG = "20261118094512_" + "a_rather_long_name_" * 9
LOCK = "ACCESS EXCLUSIVE on Team: stops reads and writes"


def drawn(*to_come: Coming) -> AppTest:
    """Draw one environment's."""

    def script(to_come: tuple) -> None:  # type: ignore[type-arg]  # names are not known there
        from dashboard.show.migrations import rehearsal

        rehearsal._of_one("staging", "staging", to_come)

    page = AppTest.from_function(script, args=(to_come,)).run()
    assert not page.exception
    return page


def passing(number: int) -> Coming:
    return Coming(f"{number}_step", Outlook.PASSES, locks=(f"{LOCK} {number}",))


def test_a_few_are_all_there() -> None:
    text = said(drawn(passing(1), Coming(LONG, Outlook.FAILS, "at statement 1", (LOCK,))))
    assert ":red-badge[:material/error: 1 fails] :green-badge[:material/check: 1 passes]" in text
    assert "1\\_\u200bstep" in text
    assert ":small[at statement 1]" in text


@pytest.mark.parametrize(("stops", "first"), [(7, "7_step"), (None, "0_step")])
def test_of_many_what_stops_is_first(stops: int | None, first: str) -> None:
    to_come = [passing(number) for number in range(30)]
    if stops is not None:
        to_come[stops] = Coming(first, Outlook.FAILS, "at statement 1")
    page = drawn(*to_come)
    text = said(page)
    assert first.replace("_", "\\_\u200b") in text
    assert "12\\_\u200bstep" not in text
    assert [each.label for each in page.expander] == ["All 30, in their order"]


def test_what_is_alike_is_one_entry() -> None:
    text = said(drawn(*(Coming(f"{each}_step", Outlook.UNKNOWN, "why") for each in range(30))))
    assert text.count(":small[why]") == 1
    assert "and 27 more" in text

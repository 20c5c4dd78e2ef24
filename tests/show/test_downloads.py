"""Files for spreadsheets: what looks like a formula stays a text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.show.downloads import cell, to_csv


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠x"]
)
def test_what_could_be_calculated_gets_a_quote(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["cm2f", "2026-11-22", "", "a=b", "'x"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_a_number_is_no_formula() -> None:
    assert cell(-1) == "-1"


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_no_cell_of_a_file_starts_a_formula(rows: list[list[str]]) -> None:
    text = to_csv(("=a", "b"), rows).decode("utf-8-sig")
    _header, *read = csv.reader(io.StringIO(text, newline=""))
    assert len(read) == len(rows)
    assert not [value for row in read for value in row if value.startswith(tuple("=+-@\t\r\n"))]

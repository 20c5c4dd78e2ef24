"""Files of failures: for spreadsheets without formulas, for programs as they are."""

import csv
import json
from datetime import UTC, datetime

import pytest

from dashboard.diagnose.failures import Failure, Signature
from dashboard.show.frames.failures import COLUMNS, to_csv, to_json

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)


def failure(identifier: str | None) -> Failure:
    return Failure(AT, "staging", identifier, Signature("23503", "x_fkey"), "the server's log")


def written(identifier: str) -> str:
    return to_csv([failure(identifier)]).decode("utf-8-sig")


@pytest.mark.parametrize("identifier", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(identifier: str) -> None:
    rows = list(csv.reader(written(identifier).splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert f"'{identifier}" in written(identifier)


@pytest.mark.parametrize("identifier", ["cmx", 'a"b', "two\nlines", "it's", ""])
def test_other_ids_are_as_they_are(identifier: str) -> None:
    _, row = csv.reader(written(identifier).splitlines(keepends=True))
    assert row[COLUMNS.index("project_id")] == identifier
    assert json.loads(to_json([failure(identifier)]))[0]["project_id"] == identifier


def test_json_tells_what_is_not_known() -> None:
    assert json.loads(to_json([failure(None)])) == [
        {
            "at": "2026-11-22T10:00:00+00:00",
            "environment": "staging",
            "project_id": None,
            "code": "23503",
            "constraint": "x_fkey",
            "subject": None,
            "operation": None,
            "source": "the server's log",
        }
    ]

"""What the migrations page says where it shows no table, over its truth tables."""

import pytest

from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.show.migrations import ledger_table
from tests.diagnose.builders import DOWN
from tests.diagnose.migrations.ledgers import A, folder, row, view
from tests.diagnose.reports import health, silent

WELL = health("staging", view(row(A), reference=folder(A)))
CLOSED = health("closed", view(rows=None, readable=False))
ALONE = health("alone", view(row(A), reference=None))
EMPTY = health("empty", view(reference=folder()))
SILENT = silent("down", DOWN)


@pytest.mark.parametrize(
    ("healths", "wrong_only", "words"),
    [
        ([SILENT, CLOSED], False, "No ledger is readable"),
        ([SILENT, CLOSED], True, "No ledger is readable"),
        ([EMPTY, SILENT], False, "no migrations in the ledger of empty"),
        ([WELL, ALONE], True, "unknown whether one is pending"),
        ([WELL, CLOSED, SILENT], True, "The ledger of staging shows no problems"),
    ],
)
def test_no_migration_is_shown(
    healths: list[EnvironmentHealth], wrong_only: bool, words: str
) -> None:
    assert words in ledger_table.nothing(healths, wrong_only=wrong_only)

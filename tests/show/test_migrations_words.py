"""What the migrations page says where it shows no table, over its truth tables."""

from dataclasses import replace

import pytest

from dashboard.diagnose.facts import Blocker, Unavailable
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.strict.migration import StrictMigration
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.show.migrations import constraint_tables, ledger_table
from queries.rows import Blocking
from tests.diagnose.builders import DOWN
from tests.diagnose.migrations.ledgers import A, C, folder, row, view
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


def before(ledger: LedgerView, nulls: Blocking | Unavailable) -> EnvironmentHealth:
    """Let the constraint be as it was before the strict migration, with nothing else in its way."""
    whole = health("staging", ledger)
    seen = whole.facts
    assert seen
    assert seen.column
    (key,) = seen.foreign_keys
    loose = replace(
        seen,
        column=replace(seen.column, not_null=False),
        indexes=(),
        foreign_keys=(replace(key, delete_action="n"),),
    )
    none = Blocking(0, ())
    blocking = {Blocker.NULL: nulls, Blocker.DUPLICATE: none}
    return replace(whole, facts=replace(loose, blocking=blocking))


@pytest.mark.parametrize(
    ("ledger", "nulls", "word"),
    [
        (view(row(A)), Blocking(0, ()), constraint_tables.PASSES),
        (view(row(A)), Blocking(1, ("d1",)), constraint_tables.FAILS),
        (view(row(A)), DOWN, constraint_tables.NOT_KNOWN),
        (view(row(A), would_fail=frozenset({C})), Blocking(0, ()), constraint_tables.FAILS),
        (view(row(A), row(C)), Blocking(0, ()), constraint_tables.BY_LEDGER),
    ],
)
def test_the_pre_flight_agrees_with_the_ledger(
    ledger: LedgerView, nulls: Blocking | Unavailable, word: str
) -> None:
    assert constraint_tables._outcome(StrictMigration(migration=C), before(ledger, nulls)) == word

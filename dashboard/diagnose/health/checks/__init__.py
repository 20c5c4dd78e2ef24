"""The checks of an environment, in the order they are shown: one module each."""

from collections.abc import Iterator

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.checks import (
    applied,
    cloned,
    data_migrations,
    empty_environment,
    foreign_key,
    known,
    on_delete,
    reachable,
    same_database,
    shared_ids,
    strict_migration,
    unindexed,
    unique,
    visible,
)

CHECKS: tuple[Check, ...] = (
    reachable.CHECK,
    visible.CHECK,
    strict_migration.CHECK,
    foreign_key.CHECK,
    on_delete.CHECK,
    unindexed.CHECK,
    unique.CHECK,
    applied.CHECK,
    known.CHECK,
    data_migrations.CHECK,
    same_database.CHECK,
    cloned.CHECK,
    shared_ids.CHECK,
    empty_environment.CHECK,
)
SCHEMA_CODES = frozenset(code for each in CHECKS if each.of_schema for code in each.codes)


def judge(case: Case, *, between: bool) -> Iterator[Finding]:
    """Yield what is wrong with one environment, or between it and those listed before it."""
    for check in CHECKS:
        if check.between is between:
            yield from check.judge(case)

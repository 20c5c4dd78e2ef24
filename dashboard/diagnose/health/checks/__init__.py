"""The checks of an environment, in the order they are shown: one module each."""

from collections.abc import Iterator
from dataclasses import replace

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health import keys
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.checks import (
    applied,
    cloned,
    data_migrations,
    empty_environment,
    foreign_key,
    key_indexes,
    known,
    on_delete,
    other_keys,
    partial,
    reachable,
    same_database,
    schema_drift,
    shared_ids,
    type_mismatch,
    unindexed,
    unique,
    visible,
    would_fail,
)

CHECKS: tuple[Check, ...] = (
    reachable.CHECK,
    visible.CHECK,
    partial.CHECK,
    would_fail.CHECK,
    foreign_key.CHECK,
    on_delete.CHECK,
    unindexed.CHECK,
    unique.CHECK,
    other_keys.CHECK,
    type_mismatch.CHECK,
    key_indexes.CHECK,
    schema_drift.CHECK,
    applied.CHECK,
    known.CHECK,
    data_migrations.CHECK,
    same_database.CHECK,
    cloned.CHECK,
    shared_ids.CHECK,
    empty_environment.CHECK,
)
SCHEMA_CODES = frozenset(
    code for each in CHECKS if each.of_schema for code in each.codes | each.grouped
)


def judge(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with one environment."""
    for check in CHECKS:
        if not check.between:
            yield from _named(check, case)


def judge_together(case: Case) -> Iterator[Finding]:
    """Yield what is told of all environments at once with one of them."""
    for check in CHECKS:
        if check.between and not check.in_pairs:
            yield from check.judge(case)


def judge_pairs(case: Case) -> Iterator[Finding]:
    """Yield what is between an environment and those listed before it."""
    for check in CHECKS:
        if check.in_pairs:
            yield from check.judge(case)


def _named(check: Check, case: Case) -> Iterator[Finding]:
    """Name the relationship with what is found of the configured one."""
    found = check.judge(case)
    key = case.facts.key
    if check.of_constraint and key:
        found = (replace(each, relationship=keys.reference(key)) for each in found)
    return iter(found)

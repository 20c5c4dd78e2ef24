"""What is new and what was resolved: every row of the table."""

from dataclasses import replace

import pytest

from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.changes import Changes, Then, changes
from dashboard.diagnose.health.report import EnvironmentHealth
from tests.diagnose.builders import DOWN
from tests.diagnose.migrations.ledgers import A, row, view
from tests.diagnose.reports import found, health, report, silent

LEDGER = view(row(A))
SILENCE = frozenset({"env-unreachable"})


def told(seen: EnvironmentHealth, was: Then | None, *between: Finding) -> Changes | None:
    then = {} if was is None else {seen.environment.name: was}
    return changes(report(seen, between=between), then, [seen.environment])


def codes(changed: Changes | None) -> tuple[list[str], list[str]] | None:
    if changed is None:
        return None
    return [each.first.code for each in changed.new], sorted(changed.resolved)


def now(*found_codes: str) -> EnvironmentHealth:
    return health("staging", LEDGER, *(found(each, Severity.ERROR) for each in found_codes))


@pytest.mark.parametrize(
    ("seen", "was", "expected"),
    [
        (now("failed"), None, None),
        (now("failed"), Then(frozenset()), (["failed"], [])),
        (now("failed"), Then(frozenset({"failed"})), ([], [])),
        (now("failed"), Then(frozenset({"pending"})), (["failed"], ["pending"])),
        (now(), Then(frozenset({"pending"}), SILENCE), ([], ["env-unreachable", "pending"])),
        (now("failed"), Then(None, SILENCE), ([], ["env-unreachable"])),
        (silent("staging", DOWN), Then(frozenset({"failed"})), (["env-unreachable"], [])),
        (silent("staging", DOWN), Then(frozenset({"failed"}), SILENCE), ([], [])),
        (silent("staging", DOWN), Then(None, SILENCE), ([], [])),
        (now("failed"), Then(frozenset(), muted=frozenset({"failed"})), ([], [])),
    ],
)
def test_every_row(
    seen: EnvironmentHealth, was: Then | None, expected: tuple[list[str], list[str]] | None
) -> None:
    assert codes(told(seen, was)) == expected


def test_what_is_muted_now_is_not_resolved() -> None:
    quiet = replace(now(), muted=(found("failed", Severity.ERROR),))
    assert codes(told(quiet, Then(frozenset({"failed"})))) == ([], [])


def test_what_is_between_environments_counts_and_notes_do_not() -> None:
    same = found("same-database", Severity.ERROR)
    noted = found("environment-copy", Severity.INFO)
    assert codes(told(now(), Then(frozenset()), same, noted)) == (["same-database"], [])


def test_the_same_in_several_environments_is_one() -> None:
    healths = [health(name, LEDGER, found("pending", Severity.ERROR, name)) for name in ("a", "b")]
    gone = {name: Then(frozenset({"failed"})) for name in ("a", "b")}
    changed = changes(report(*healths), gone, [each.environment for each in healths])
    assert changed is not None
    assert [each.environments for each in changed.new] == [("a", "b")]
    assert changed.resolved == {"failed": ("a", "b")}

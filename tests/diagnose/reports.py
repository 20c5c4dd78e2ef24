"""Cases for the checks, and reports of judged environments, made by hand."""

from dataclasses import replace
from typing import Any

from dashboard.diagnose.facts import EnvironmentFacts, Sample, Shared, Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.answered import Answered
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.diagnose.migrations.states import migration_statuses
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.diagnose.relationship import ConstraintSpec, Unique
from dashboard.environments import Environment, Role
from queries.rows import KeyIndex, KeyShape
from tests.diagnose.builders import facts
from tests.diagnose.migrations.ledgers import view

COLUMN = KeyShape(not_null=True, user_triggers=(), inheriting=0, subscribed=False)
UNIQUE = KeyIndex("key", alone=True, is_unique=True, usable=True, partial=False)
STRICT = ConstraintSpec("c", not_null=True, unique=Unique.VALID)


def place(name: str) -> Environment:
    return Environment(name, Role.STAGING)


def case(
    seen: EnvironmentFacts,
    *others: EnvironmentFacts,
    strict: ConstraintSpec | None = None,
    ledger: LedgerView | None = None,
) -> Case:
    """Judge one beside others that are listed before it; nobody has read its ledger."""
    return Case(seen, ledger or view(rows=None), Answered((*others, seen)), strict)


def inspected(environment: Environment, **changes: Any) -> EnvironmentFacts:
    """One environment whose constraint is strict, and whose rows could be compared."""
    return facts(
        environment,
        **{
            "column": COLUMN,
            "indexes": (UNIQUE,),
            "sample": Sample(empty=False, projects=()),
            "shared": Shared(frozenset({"p1"}), ()),
            "all_keys": (),
            **changes,
        },
    )


def found(code: str, severity: Severity, environment: str = "staging") -> Finding:
    return Finding(code, severity, f"{code} in {environment}", environment=environment)


def health(name: str, ledger: LedgerView, *findings: Finding, **changes: Any) -> EnvironmentHealth:
    """One that answered and was judged; `changes` are of its facts."""
    environment = place(name)
    return EnvironmentHealth(
        environment,
        findings,
        facts=inspected(environment, **changes),
        ledger=ledger,
        migration_statuses=migration_statuses(ledger),
    )


def silent(
    name: str, reason: Unavailable, earlier: EnvironmentHealth | None = None
) -> EnvironmentHealth:
    finding = found("env-unreachable", Severity.UNKNOWN, name)
    return EnvironmentHealth(place(name), (finding,), unavailable=reason, earlier=earlier)


def report(
    *healths: EnvironmentHealth,
    between: tuple[Finding, ...] = (),
    strict: ConstraintSpec | None = None,
) -> HealthReport:
    """Put them side by side; what is between them stands with the one that it is about, too."""
    told = tuple(
        replace(each, between=tuple(b for b in between if b.environment == each.environment.name))
        for each in healths
    )
    return HealthReport(told, between, strict=strict)

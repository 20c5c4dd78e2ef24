"""Checked environments made by hand."""

from dataclasses import replace

from dashboard.diagnose.evidence import Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.checks.samples import Sample, Shared
from dashboard.diagnose.health.checks.shape import Inspection
from dashboard.diagnose.health.checks.strict import Strict
from dashboard.diagnose.health.report import Checkup, Health, Survey
from dashboard.diagnose.migrations.states import standings
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.environments import Environment, Role
from queries.rows import KeyIndex, KeyShape
from tests.diagnose.builders import CONSTRAINT, look

COLUMN = KeyShape(not_null=True, user_triggers=(), inheriting=0, subscribed=False)
UNIQUE = KeyIndex("key", alone=True, is_unique=True, usable=True, partial=False)


def place(name: str) -> Environment:
    return Environment(name, Role.STAGING)


def survey(environment: Environment) -> Survey:
    seen = look(environment)
    inspection = Inspection.of(seen, CONSTRAINT)
    return Survey(
        seen,
        replace(inspection, column=COLUMN, indexes=(UNIQUE,)),
        sample=Sample(empty=False, projects=()),
        shared=Shared(frozenset({"p1"}), ()),
    )


def found(code: str, severity: Severity, environment: str = "staging") -> Finding:
    return Finding(code, severity, f"{code} in {environment}", environment=environment)


def health(name: str, ledger: LedgerView, *findings: Finding) -> Health:
    environment = place(name)
    return Health(
        environment,
        findings,
        survey=survey(environment),
        ledger=ledger,
        standings=standings(ledger),
    )


def silent(name: str, reason: Unavailable, earlier: Health | None = None) -> Health:
    finding = found("env-unreachable", Severity.UNKNOWN, name)
    return Health(place(name), (finding,), unavailable=reason, earlier=earlier)


def checkup(
    *healths: Health, between: tuple[Finding, ...] = (), strict: Strict | None = None
) -> Checkup:
    return Checkup(healths, between, (), strict)

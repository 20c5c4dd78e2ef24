"""What Prisma's own commands would answer, so that the page never seems to contradict them."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations import prisma
from dashboard.diagnose.migrations.contract import answers
from dashboard.diagnose.migrations.contract.answers import ContractAnswer, Said
from dashboard.diagnose.migrations.contract.view import ContractView
from dashboard.diagnose.migrations.prisma import Answer, Outcome
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.show.shared import alike
from dashboard.show.shared.escaping import escaped

WORDS = {
    Outcome.UP_TO_DATE: "Database schema is up to date!",
    Outcome.PENDING: "have not yet been applied",
    Outcome.DIVERGED: "history and table are different",
    Outcome.UNMANAGED: "not managed by Prisma Migrate",
    Outcome.FAILED: "have failed",
    Outcome.NOTHING: "No pending migrations to apply",
    Outcome.APPLIES: "applies what is pending",
    Outcome.NOT_EMPTY: "P3005: the schema is not empty",
    Outcome.FAILED_BEFORE: "P3009: failed migrations found",
    Outcome.FAILS: "P3018: a migration fails to apply",
    Outcome.LOCKED: "P1002: the lock is held",
    Outcome.NO_SCRIPT: "P3015: no migration.sql",
    Outcome.OTHER_PROVIDER: "P3019: another provider",
    Outcome.PERMISSION_DENIED: "permission denied",
}
NOT_KNOWN = ":gray-badge[:material/help: unknown]"


SAID = {
    Said.UP_TO_DATE: "Up to date",
    Said.PENDING: "migrations pending",
    Said.VIOLATION: "CONTRACT_SPACE_VIOLATION",
    Said.NOT_IN_HISTORY: "MARKER_NOT_IN_HISTORY",
    Said.NO_PATH: "No migration path",
    Said.NOTHING: "nothing will run",
    Said.RUNS: "what is pending will run",
    Said.UNREACHABLE: "PATH_UNREACHABLE",
    Said.MISMATCH: "MARKER_MISMATCH",
}


def draw(healths: Sequence[EnvironmentHealth]) -> None:
    """Ask each environment's own Prisma: 8 where it owns the migrations, else 7."""
    eight = [each for each in healths if each.ledger and each.ledger.by_contract]
    seven = [each for each in healths if each not in eight]
    if seven:
        _of_ledgers(seven)
    if eight:
        _of_contracts(eight)


def _of_contracts(healths: Sequence[EnvironmentHealth]) -> None:
    with st.container(border=True):
        st.header("What Prisma 8 reports", anchor=False)
        alike.table(
            healths,
            {
                "migration status": partial(_of_contract, answers.status),
                "db migrate --show": partial(_of_contract, answers.show),
                "db verify": partial(_of_contract, answers.verify),
            },
            "What Prisma 8's migration status, db migrate and db verify would answer",
        )
        st.caption(
            "Where this differs from the findings, trust the findings: `migration status` "
            "counts rolled-back migrations as applied, does not see edited packages, and always "
            "exits with 0. Only `db verify` compares the tables with the contract."
        )


def _of_contract(
    ask: Callable[[ContractView], ContractAnswer | None], health: EnvironmentHealth
) -> str:
    contract = health.ledger.contract if health.ledger else None
    answer = ask(contract) if contract else None
    return NOT_KNOWN if answer is None else _badge(answer.exit, SAID[answer.outcome])


def _of_ledgers(healths: Sequence[EnvironmentHealth]) -> None:
    with st.container(border=True):
        st.header("What Prisma reports", anchor=False)
        alike.table(
            healths,
            {"migrate status": _status, "migrate deploy": _deploy},
            "What prisma migrate status and prisma migrate deploy would answer",
        )
        st.caption(
            "Where this differs from the findings, trust the findings: `migrate status` does "
            "not see edited scripts or extra migrations, calls a running one failed, and hides "
            "a failed one behind pending ones."
        )


def _status(health: EnvironmentHealth) -> str:
    """Say once what all versions say."""
    older, newer = (
        _said(health.ledger, prisma.status(health.ledger, engine) if health.ledger else None)
        for engine in (prisma.Engine.UP_TO_7_8, prisma.Engine.SINCE_7_9)
    )
    return newer if older == newer else f"{older} (up to 7.8)  \n{newer} (since 7.9)"


def _deploy(health: EnvironmentHealth) -> str:
    return _said(health.ledger, prisma.deploy(health.ledger) if health.ledger else None)


def _said(view: LedgerView | None, answer: Answer | None) -> str:
    if view is None or answer is None:
        return NOT_KNOWN
    return _badge(answer.exit, WORDS[answer.outcome])


def _badge(status: int, words: str) -> str:
    colour, icon = ("red", "close") if status else ("green", "check")
    return f":{colour}-badge[:material/{icon}: exit {status}] {escaped(words)}"

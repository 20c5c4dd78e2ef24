"""What Prisma's own commands would answer, so that the page never seems to contradict them."""

from collections.abc import Sequence

import streamlit as st

from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations import prisma
from dashboard.diagnose.migrations.prisma import Answer, Outcome
from dashboard.diagnose.migrations.view import LedgerView
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
NOT_KNOWN = ":gray-badge[:material/help: not known]"


def draw(healths: Sequence[EnvironmentHealth]) -> None:
    with st.container(border=True):
        st.header("What Prisma would say", anchor=False)
        st.table(
            {
                "Environment": [escaped(each.environment.name) for each in healths],
                "migrate status, up to 7.8": [
                    _status(each, prisma.Engine.UP_TO_7_8) for each in healths
                ],
                "migrate status, since 7.9": [
                    _status(each, prisma.Engine.SINCE_7_9) for each in healths
                ],
                "migrate deploy": [_deploy(each) for each in healths],
            },
            border="horizontal",
            hide_index=True,
            alt="What prisma migrate status and prisma migrate deploy would answer",
        )
        st.caption(
            "Where this differs from the findings, the findings are right: `migrate status` does "
            "not see edited scripts or migrations that nobody knows, calls a running one failed, "
            "and hides a failed one behind what is pending."
        )


def _status(health: EnvironmentHealth, engine: prisma.Engine) -> str:
    return _said(health.ledger, prisma.status(health.ledger, engine) if health.ledger else None)


def _deploy(health: EnvironmentHealth) -> str:
    return _said(health.ledger, prisma.deploy(health.ledger) if health.ledger else None)


def _said(view: LedgerView | None, answer: Answer | None) -> str:
    if view is None or answer is None:
        return NOT_KNOWN
    colour, icon = ("red", "close") if answer.exit else ("green", "check")
    badge = f":{colour}-badge[:material/{icon}: exit {answer.exit}]"
    return f"{badge} {escaped(WORDS[answer.outcome])}"

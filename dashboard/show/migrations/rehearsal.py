"""The migrations still to come, rehearsed: what deploying makes of them, and what they lock."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import streamlit as st

from dashboard.diagnose import words
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.schema.preflight import Answer, Verdict
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse, RehearsedMigration
from dashboard.show.migrations.ledger_table import short
from dashboard.show.shared.escaping import escaped

MOST_SHOWN = 50  # the command line lists all
MOST_LOCKS = 5
MOST_REASONS = 3
PASSES = ":green-badge[:material/check: passes]"
FAILS = ":red-badge[:material/error: fails]"
UNKNOWN = ":gray-badge[:material/help: not known]"
NOT_REACHED = ":gray-badge[:material/block: not reached]"
BADGES = {Answer.PASSES: PASSES, Answer.FAILS: FAILS, Answer.UNKNOWN: UNKNOWN}


def draw(healths: Sequence[EnvironmentHealth]) -> None:
    """Draw nothing where nothing is to come."""
    waiting = [each for each in healths if each.rehearsed and each.rehearsed.pending]
    if not waiting:
        return
    with st.container(border=True):
        st.header("Pending migrations, rehearsed", anchor=False)
        st.caption(
            "Run in their order on an empty copy of each environment's schema; what rows may stop "
            "was asked of the rows as they are now. Locks are held to the end of the migration."
        )
        for each in waiting:
            _of_one(each)


def _of_one(health: EnvironmentHealth) -> None:
    pending = health.rehearsed.pending if health.rehearsed else ()
    st.markdown(f"**{escaped(health.environment.name)}**")
    if isinstance(pending, CannotRehearse):
        st.markdown(f"{UNKNOWN} {escaped(words.capital(f'{pending.reason}.'))}")
        return
    shown = pending[:MOST_SHOWN]
    reached = len([*takewhile(lambda each: not _fails(each), pending)])
    st.table(
        {
            "On deploying": [
                badge(each.verdict) if place <= reached else NOT_REACHED
                for place, each in enumerate(shown)
            ],
            "Migration": [_broken(each.name) for each in shown],
            "Why, and locks on tables that are there": [
                "  \n".join(map(escaped, _remarks(each))) or "–" for each in shown
            ],
        },
        border="horizontal",
        hide_index=True,
        alt=f"Pending migrations of {health.environment.name}, and the locks they take",
    )
    if len(pending) > MOST_SHOWN:
        st.caption(f"{len(pending) - MOST_SHOWN} more: `./run check --json` has all.")


def _fails(each: RehearsedMigration) -> bool:
    return each.verdict is not None and each.verdict.answer is Answer.FAILS


def badge(verdict: Verdict | None) -> str:
    return BADGES[verdict.answer] if verdict else UNKNOWN


def _remarks(each: RehearsedMigration) -> Iterator[str]:
    if each.verdict:
        yield from _reasons(each.verdict)
    yield from (lock.sentence for lock in each.locks[:MOST_LOCKS])
    if (more := len(each.locks) - MOST_LOCKS) > 0:
        yield f"{more} more locks"
    if each.assumed:
        yield f"assumed: {words.listed(list(each.assumed))}"


def _reasons(verdict: Verdict) -> Iterator[str]:
    said = "; ".join(verdict.reasons[:MOST_REASONS])
    if verdict.answer is Answer.FAILS:
        latest = "at the latest " if verdict.latest else ""
        yield f"{latest}at statement {verdict.step} with {', '.join(verdict.sqlstates)}: {said}"
    elif said:
        yield said


def _broken(name: str) -> str:
    """Let a long name go on in the next line, where a word of it begins."""
    return "_\u200b".join(map(escaped, short(name).split("_")))

"""The constraint: whether the strict migration would work, and where environments differ."""

import re
from collections.abc import Sequence

import streamlit as st

from dashboard.diagnose.facts import Blocker, EnvironmentFacts
from dashboard.diagnose.health.drift import Cell, Row
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.diagnose.health.strict import prediction
from dashboard.diagnose.health.strict.prediction import Count
from dashboard.diagnose.migrations.states import IN_DATABASE
from dashboard.diagnose.migrations.strict.migration import StrictMigration, StrictState
from dashboard.show.shared import links, relationship_choice
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView

NOT_KNOWN = ":gray-badge[:material/help: unknown]"
PASSES = ":green-badge[:material/check: would succeed]"
FAILS = ":red-badge[:material/error: would fail]"
DONE = ":green-badge[:material/check: applied]"
BY_LEDGER = ":red-badge[:material/error: only in the ledger]"
PARTIAL = ":red-badge[:material/error: partly applied]"
DRIFTED = ":orange-badge[:material/warning: neither before nor after]"
LONG = 30
_WORD = re.compile(r"(?<=[a-z0-9_.])(?=[A-Z_.])")
RULED_OUT = ":gray[ruled out]"


def preflight(checkup: HealthReport, healths: Sequence[EnvironmentHealth]) -> None:
    """Foretell, by environment, what stops the strict migration."""
    strict = checkup.strict
    with st.container(border=True):
        st.header("Strict migration", anchor=False)
        if strict is None:
            st.caption(
                "No environment has a strict constraint, and no migrations folder defines one: "
                "there is nothing to predict."
            )
            return
        st.caption(
            f"{escaped(strict.name)} makes the key required and unique. Blocking rows, in the "
            "order in which PostgreSQL stops:"
        )
        st.table(
            {
                "Environment": [links.to_environment(each.environment.name) for each in healths],
                "Migration": [_outcome(strict, each) for each in healths],
                **{
                    f"{title} ({blocker.value})": [_count(each, blocker) for each in healths]
                    for blocker, title in TITLES.items()
                },
            },
            border="horizontal",
            hide_index=True,
            alt="Whether the strict migration would apply, by environment",
        )


TITLES = {Blocker.NULL: "NULL", Blocker.DUPLICATE: "Duplicates", Blocker.DANGLING: "Ghosts"}


def _outcome(strict: StrictMigration, health: EnvironmentHealth) -> str:
    """Word the state of the strict migration; what was not counted is not known to pass.

    | catalog       | the ledger has it | stopped by rows | by what is there | word                |
    | ------------- | ----------------- | --------------- | ---------------- | ------------------- |
    | not known     | -                 | -               | -                | not known           |
    | after it      | -                 | -               | -                | is applied          |
    | half-way      | -                 | -               | -                | applied by half     |
    | before, drift | yes               | -               | -                | only by its ledger  |
    | before, drift | no                | yes             | -                | would fail          |
    | before, drift | no                | -               | yes              | would fail          |
    | before, drift | no                | not counted     | no               | not known           |
    | before        | no                | no              | no               | would apply         |
    | drift         | no                | no              | no               | neither             |
    """
    state = strict.state(health.facts) if health.facts else None
    if state is None or health.facts is None:
        return NOT_KNOWN
    if state is StrictState.S1:
        return DONE
    if state.partial:
        return f"{PARTIAL} {state.value}"
    predicted = _predicted(strict, health, health.facts)
    return DRIFTED if predicted == PASSES and state is StrictState.DRIFT else predicted


def _predicted(strict: StrictMigration, health: EnvironmentHealth, facts: EnvironmentFacts) -> str:
    if _ledgered(strict, health):
        return BY_LEDGER
    counts = _counts(facts)
    if any(each.number for each in counts) or _collides(strict, health):
        return FAILS
    return NOT_KNOWN if any(each.number is None for each in counts) else PASSES


def _ledgered(strict: StrictMigration, health: EnvironmentHealth) -> bool:
    """Whether the ledger says that it is applied, so that no deployment runs it again."""
    named = (each for each in health.migration_statuses if each.name == strict.migration)
    return any(each.state in IN_DATABASE for each in named)


def _collides(strict: StrictMigration, health: EnvironmentHealth) -> bool:
    return health.ledger is not None and strict.migration in health.ledger.would_fail


def _count(health: EnvironmentHealth, blocker: Blocker) -> str:
    if health.facts is None or health.facts.constraint is None:
        return NOT_KNOWN
    if blocker not in prediction.to_count(health.facts):
        return RULED_OUT
    found = next((each for each in _counts(health.facts) if each.blocker is blocker), None)
    if found is None or found.number is None:
        return NOT_KNOWN
    return f"{'' if found.exact else '≥ '}{found.number}"


def _counts(facts: EnvironmentFacts) -> tuple[Count, ...]:
    return prediction.counts(facts)


def drift(served: ServedView, checkup: HealthReport) -> None:
    """Compare the constraint cell by cell: the configured one, or another that was chosen."""
    with st.container(border=True):
        st.header("The constraint in each environment", anchor=False)
        chosen = relationship_choice.current(served)
        relationship_choice.draw(served)
        rows = served.chosen.drift(chosen) if chosen else checkup.drift
        names = [each.environment.name for each in checkup.environments]
        columns: dict[str, list[str]] = {
            "Part": [escaped(row.name) for row in rows],
            "Most have": [_usual(row) for row in rows],
        }
        for place, name in enumerate(names):
            columns[links.to_environment(name)] = [_cell(row.cells[place]) for row in rows]
        st.table(
            columns, border="horizontal", hide_index=True, alt="The constraint, by environment"
        )


def _usual(row: Row) -> str:
    return _broken(row.usual) if row.usual else ":gray[they differ]"


def _cell(cell: Cell) -> str:
    if cell.value is None:
        return NOT_KNOWN
    if cell.differs:
        return f":orange-badge[:material/difference: {_broken(cell.value)}]"
    return _broken(cell.value)


def _broken(value: str) -> str:
    """Let a long name go on in the next line, where a word of it begins: a cell cuts it off."""
    return "\u200b".join(map(escaped, _WORD.split(value))) if len(value) > LONG else escaped(value)

"""D14: a migration that is applied by half, told by what is there of what it makes.

| the ledger says      | of what it makes is there        | finding |
| -------------------- | -------------------------------- | ------- |
| to come              | some, and deploying stops at it  | partial |
| failed               | some                             | partial |
| to come, or failed   | all, nothing, or is not known    | -       |
| applied              | any                              | -       |

Some: neither all is as after it nor all as before it.
"""

from collections.abc import Iterator

from dashboard.diagnose import words
from dashboard.diagnose.finding import Fact, Finding, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.effects import effects
from dashboard.diagnose.migrations.states import TO_COME, MigrationState, migration_statuses


def judge(case: Case) -> Iterator[Finding]:
    """Tell each that has to be finished."""
    found = effects(case)
    rehearsed, facts = case.rehearsed, case.facts
    for name, effect in found.items():
        if rehearsed and effect.finish:
            present = rehearsed.presence[name]
            yield Finding(
                code="partial",
                severity=Severity.ERROR,
                environment=facts.name,
                subject=name,
                summary=f"The migration {words.short(name)} is only partly applied in "
                f"{facts.name}.",
                explanation="Its statements were run one by one and stopped midway, or somebody "
                "changed by hand what it changes. Run as it is, its script stops.",
                evidence=(
                    *(Fact(facts.name, f"there: {each}") for each in present.there),
                    *(Fact(facts.name, f"missing: {each}") for each in present.missing),
                ),
                fix=effect.finish,
                resolves_when="the database has all of what the migration creates",
            )


def _sees(case: Case) -> bool:
    """Whether what is there is known of all that may be there by half."""
    present = case.rehearsed.presence if case.rehearsed else {}
    return not case.ledger.unknown and all(
        each.name in present
        for each in migration_statuses(case.ledger)
        if each.state in TO_COME or each.state is MigrationState.FAILED
    )


CHECK = Check("Partly applied migrations", frozenset({"partial"}), judge, _sees)

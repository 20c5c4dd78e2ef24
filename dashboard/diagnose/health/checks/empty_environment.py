"""F3: an environment without a single project.

| a row was looked for           | other tables of that name | finding                           |
| ------------------------------ | ------------------------- | --------------------------------- |
| and found                      | -                         | -                                 |
| and there is none              | one holds rows            | wrong-target                      |
| and there is none              | one could not be seen     | empty-env, possible               |
| and there is none              | none holds rows           | empty-env; likely on a standby    |
| without an answer              | -                         | check-timeout                     |
| no, or rows cannot all be seen | -                         | - (see visibility)                |

Where the others' constraint points elsewhere, or the key's table seems to have been renamed,
wrong-target is said already: see foreign_key.
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import fixes, words
from dashboard.diagnose.facts import STANDBY, EnvironmentFacts, Sample, Unavailable
from dashboard.diagnose.finding import Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.samples import rows_of
from queries.rows import Table


def judge(case: Case) -> Iterator[Finding]:
    """Judge one environment; only a look at the tables themselves proves that it is empty."""
    facts, sample = case.facts, case.facts.sample
    if isinstance(sample, Unavailable) and rows_of(facts):
        yield _unanswered(facts, sample)
    if not isinstance(sample, Sample) or not sample.empty:
        return
    if not sample.filled:
        yield _empty(facts, sample)
    elif facts.catalog.expected_parent is None and facts.catalog.renamed_parent is None:
        yield _wrong_target(facts, sample.filled)


def _unanswered(facts: EnvironmentFacts, reason: Unavailable) -> Finding:
    name, parent = facts.name, facts.catalog.nouns.parent
    return Finding(
        code="check-timeout",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"It is unknown whether {name} has any {parent.many}.",
        explanation=f"So is which {parent.many} it shares with others. The catalog is still "
        "checked.",
        evidence=(
            Fact(name, f"not answered: {reason.message}", "any_row", facts.proof.as_of, None),
        ),
        fix=fixes.ask_again(facts.environment, "Wait until the load or the lock is gone."),
        resolves_when=f"{name} answers within the time limit",
    )


def _wrong_target(facts: EnvironmentFacts, filled: Sequence[Table]) -> Finding:
    name, parent, constraint = facts.name, rows_of(facts), facts.catalog.constraint
    nouns = facts.catalog.nouns
    empty = _called(parent.table) if parent else ""
    full = words.listed([_called(each) for each in filled])
    return Finding(
        code="wrong-target",
        severity=Severity.ERROR,
        confidence=Confidence.LIKELY,
        environment=name,
        summary=f"{constraint} references {empty} in {name}, which is empty; {full} contains rows.",
        explanation="PostgreSQL's error names the table without its schema, so it looks right. "
        f"{nouns.child.titles} of {nouns.parent.many} in the other table fail.",
        cause=4,
        evidence=(
            facts.fact(f"{empty} is empty; no rows are hidden", "any_row"),
            *(facts.fact(f"{_called(each)} has rows", "any_row") for each in filled),
        ),
        fix=fixes.which_table(constraint),
        resolves_when=f"{constraint} references the application's own table",
    )


def _called(table: Table) -> str:
    return f'{table.schema}."{table.name}"'


def _empty(facts: EnvironmentFacts, sample: Sample) -> Finding:
    name, parent, nouns = facts.name, rows_of(facts), facts.catalog.nouns
    standby = facts.proof.in_recovery
    unseen = tuple(f"{_called(each)} could not be checked" for each in sample.unseen)
    place = facts.environment.app_url or f"the {name} home page"
    return Finding(
        code="empty-env",
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN.lowered(bool(standby) + 2 * bool(unseen)),
        environment=name,
        summary=f"{name} has no {nouns.parent.many}.",
        explanation=f"Every {nouns.child} there fails with {facts.catalog.constraint}.",
        evidence=(
            facts.fact(
                f'"{parent.table.name if parent else ""}" is empty; no rows are hidden',
                "any_row",
            ),
        ),
        caveats=(*((STANDBY,) if standby else ()), *unseen),
        fix=Fix(
            option=1,
            title=f"Create the first {nouns.parent} in {name} or load data",
            steps=(
                "Check that its URL names the application's database.",
                *(() if unseen else ("If it should contain data, seed it or restore a backup.",)),
                f"Otherwise open {place}, create {nouns.parent.a} and {nouns.deploy} it.",
            ),
            risk="low (adds rows; nothing is changed or deleted)",
            link=facts.environment.app_url,
        ),
        resolves_when=f"{name} has {nouns.parent.a}",
    )


def _sees(case: Case) -> bool:
    """Whether the application's own table was seen: beside a full one an empty one is not it."""
    return isinstance(case.facts.sample, Sample) and not case.facts.sample.filled


CHECK = Check("Has {parent.many}", frozenset({"empty-env"}), judge, _sees, of_schema=False)

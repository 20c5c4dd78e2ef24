"""F3: an environment without a single project.

| a row was looked for           | other tables of that name | finding                           |
| ------------------------------ | ------------------------- | --------------------------------- |
| and found                      | -                         | -                                 |
| and there is none              | one holds rows            | wrong-target                      |
| and there is none              | one could not be seen     | empty-env, possible               |
| and there is none              | none holds rows           | empty-env; likely on a standby    |
| without an answer              | -                         | check-timeout                     |
| no, or rows cannot all be seen | -                         | - (see visibility)                |

Where the others' constraint points elsewhere, wrong-target is said already: see constraint.
"""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import fixes, words
from dashboard.diagnose.evidence import Unavailable
from dashboard.diagnose.finding import Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.health.checks.samples import Sample, Sampled, rows_of
from queries.rows import Table


def check(seen: Sampled, constraint: str) -> Iterator[Finding]:
    """Judge one environment; only a look at the tables themselves proves that it is empty."""
    if isinstance(seen.sample, Unavailable) and rows_of(seen.look):
        yield _unanswered(seen, seen.sample)
    if not isinstance(seen.sample, Sample) or not seen.sample.empty:
        return
    if not seen.sample.filled:
        yield _empty(seen, seen.sample, constraint)
    elif seen.look.schema.namesake is None:
        yield _wrong_target(seen, seen.sample.filled, constraint)


def _unanswered(seen: Sampled, reason: Unavailable) -> Finding:
    name, look = seen.name, seen.look
    return Finding(
        code="check-timeout",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"Whether {name} has any project was not answered.",
        explanation="Nor which projects it shares with others; the catalog is judged all the same.",
        evidence=(
            Fact(name, f"not answered: {reason.message}", "any_row", look.proof.as_of, None),
        ),
        fix=fixes.ask_again(look.environment, "Wait until the load or the lock is gone."),
        resolves_when=f"{name} answers within the time limit",
    )


def _wrong_target(seen: Sampled, filled: Sequence[Table], constraint: str) -> Finding:
    name, parent = seen.name, rows_of(seen.look)
    empty = _called(parent.table) if parent else ""
    full = words.listed([_called(each) for each in filled])
    return Finding(
        code="wrong-target",
        severity=Severity.ERROR,
        confidence=Confidence.LIKELY,
        environment=name,
        summary=f"{constraint} points at {empty} in {name}, which has no row; {full} holds rows.",
        explanation="PostgreSQL's error names the table without its schema, so it looks right. "
        "Projects of the other table cannot be deployed.",
        cause=4,
        evidence=(
            _saw(seen, f"{empty} has no row, with every row visible"),
            *(_saw(seen, f"{_called(each)} has rows") for each in filled),
        ),
        fix=Fix(
            title="Find out which table the application uses",
            steps=(
                "Compare the table in schema.prisma, with its @@schema and @@map, and the ?schema= "
                "of the application's DATABASE_URL with both tables.",
                "Write a migration that makes the foreign key point at the table that it uses.",
            ),
            risk="none yet: nothing is changed before it is understood",
            needs_role="developer",
        ),
        resolves_when=f"{constraint} points at the application's own table",
    )


def _called(table: Table) -> str:
    return f'{table.schema}."{table.name}"'


def _saw(seen: Sampled, sentence: str) -> Fact:
    look = seen.look
    return Fact(seen.name, sentence, "any_row", look.proof.as_of, round(look.ms, 1))


def _empty(seen: Sampled, sample: Sample, constraint: str) -> Finding:
    name, look, parent = seen.name, seen.look, rows_of(seen.look)
    standby = look.proof.in_recovery
    unseen = tuple(f"{_called(each)} could not be looked into" for each in sample.unseen)
    place = look.environment.app_url or f"the {name} home page"
    return Finding(
        code="empty-env",
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN.lowered(bool(standby) + 2 * bool(unseen)),
        environment=name,
        summary=f"{name} has no project at all.",
        explanation=f"Whatever is deployed there fails with {constraint}.",
        evidence=(
            _saw(
                seen, f'"{parent.table.name if parent else ""}" has no row, with every row visible'
            ),
        ),
        caveats=(*(("a standby answered, not the primary",) if standby else ()), *unseen),
        fix=Fix(
            option=1,
            title=f"Create the first project in {name}, or fill it",
            steps=(
                "Check that its URL names the database that the application uses.",
                *(() if unseen else ("If it should have data: seed it, or restore a backup.",)),
                f"Else open {place}, create a project there and deploy that one.",
            ),
            risk="low: rows are added, nothing is changed or deleted",
            link=look.environment.app_url,
        ),
        resolves_when=f"{name} has a project",
    )

"""F3: an environment without a single project.

| a row was looked for           | finding                                       |
| ------------------------------ | --------------------------------------------- |
| and found                      | -                                             |
| and there is none              | empty-env, certain; likely where on a standby |
| without an answer              | check-timeout                                 |
| no, or rows cannot all be seen | - (see visibility)                            |
"""

from collections.abc import Iterator

from dashboard.diagnosis import fixes
from dashboard.diagnosis.checks.samples import Sample, Sampled, rows_of
from dashboard.diagnosis.evidence import Unavailable
from dashboard.diagnosis.finding import Confidence, Fact, Finding, Fix, Severity


def check(seen: Sampled, constraint: str) -> Iterator[Finding]:
    """Judge one environment; only a look at the table itself proves that it is empty."""
    if isinstance(seen.sample, Unavailable) and rows_of(seen.look):
        yield _unanswered(seen, seen.sample)
    if not isinstance(seen.sample, Sample) or not seen.sample.empty:
        return
    yield _empty(seen, constraint)


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


def _empty(seen: Sampled, constraint: str) -> Finding:
    name, look, parent = seen.name, seen.look, rows_of(seen.look)
    standby = look.proof.in_recovery
    place = look.environment.app_url or f"the {name} home page"
    return Finding(
        code="empty-env",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY if standby else Confidence.CERTAIN,
        environment=name,
        summary=f"{name} has no project at all.",
        explanation=f"Whatever is deployed there fails with {constraint}.",
        evidence=(
            Fact(
                name,
                f'"{parent.table.name if parent else ""}" has no row, with every row visible',
                "any_row",
                look.proof.as_of,
                round(look.ms, 1),
            ),
        ),
        caveats=("a standby answered, not the primary",) if standby else (),
        fix=Fix(
            option=1,
            title=f"Create the first project in {name}, or fill it",
            steps=(
                "Check that its URL names the database that the application uses.",
                "If it should have data: seed it, or restore a backup.",
                f"Else open {place}, create a project there and deploy that one.",
            ),
            risk="low: rows are added, nothing is changed or deleted",
            link=look.environment.app_url,
        ),
        resolves_when=f"{name} has a project",
    )

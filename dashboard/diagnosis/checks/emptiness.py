"""F3: an environment without a single project.

| a row was looked for | finding                                      |
| -------------------- | -------------------------------------------- |
| and found            | -                                            |
| and there is none    | empty-env, certain; likely where on a standby |
| no, or no answer     | -                                            |
"""

from collections.abc import Iterator

from dashboard.diagnosis.checks.samples import Sample, Sampled, rows_of
from dashboard.diagnosis.finding import Confidence, Fact, Finding, Fix, Severity


def check(seen: Sampled, constraint: str) -> Iterator[Finding]:
    """Judge one environment; only a look at the table itself proves that it is empty."""
    if not isinstance(seen.sample, Sample) or not seen.sample.empty:
        return
    name, look, parent = seen.name, seen.look, rows_of(seen.look)
    standby = look.proof.in_recovery
    place = look.environment.app_url or f"the {name} home page"
    yield Finding(
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

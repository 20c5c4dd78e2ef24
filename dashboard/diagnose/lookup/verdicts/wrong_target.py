"""D5 as the cause: the foreign key points at a table that is not the application's.

| in the table the key names | in the table it should name | verdict      |
| -------------------------- | --------------------------- | ------------ |
| absent                     | found                       | wrong-target |
| anything else              | anything else               | -            |
"""

from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.lookup import options
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject


def wrong_target(evidence: Evidence) -> Finding | None:
    found = evidence.found
    if (
        found is None
        or evidence.here.state is not PresenceState.ABSENT
        or not found.facts.foreign_keys
    ):
        return None
    rightful, parent = found.catalog.expected_parent, found.catalog.parent
    if rightful is None or parent is None:
        return None
    if not any(each.exact for each in found.expected_projects or ()):
        return None
    points_at = f'{parent.table.schema}."{parent.table.name}"'
    should_be = f'{rightful.table.schema}."{rightful.table.name}"'
    name, nouns = found.facts.foreign_keys[0].name, evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="wrong-target",
            severity=Severity.ERROR,
            cause=4,
            summary=(
                f"{subject(evidence)} is in {should_be} of {evidence.target.name}, but "
                f"{name} points at {points_at}, which does not have it."
            ),
            explanation=(
                "PostgreSQL's error names the table without its schema, so it looks right. "
                f"Every {nouns.child} of {nouns.parent.a} that is only in the right table fails."
            ),
            fix=options.recreate_foreign_key(evidence, name),
            alternatives=(options.deploy_migrations(evidence),),
            resolves_when=f"{name} points at {should_be}",
        ),
    )

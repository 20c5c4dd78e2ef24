"""D5 as the cause: the foreign key points at a table that is not the application's.

| in the key's table | in one that it may be meant to name | verdict              |
| ------------------ | ----------------------------------- | -------------------- |
| absent             | found, and others' key names it     | wrong-target         |
| absent             | found, and it is only called so     | wrong-target, likely |
| anything else      | anything else                       | -                    |
"""

from dashboard.diagnose import fixes
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.lookup import options
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject
from dashboard.diagnose.lookup.verdicts.replying import reply


def wrong_target(evidence: Evidence) -> Finding | None:
    found = evidence.found
    if (
        found is None
        or evidence.here.state is not PresenceState.ABSENT
        or not found.facts.foreign_keys
    ):
        return None
    rightful, parent = found.rightful_parent, found.catalog.parent
    if rightful is None or parent is None:
        return None
    should_be = f'{rightful.table.schema}."{rightful.table.name}"'
    name, nouns = found.facts.foreign_keys[0].name, evidence.nouns
    as_elsewhere = rightful == found.catalog.expected_parent
    certain = Confidence.CERTAIN if as_elsewhere else Confidence.LIKELY
    return make_finding(
        evidence,
        Finding(
            code="wrong-target",
            severity=Severity.ERROR,
            confidence=certain,
            cause=4,
            summary=(
                f"{subject(evidence)} is in {should_be} of {evidence.target.name}, but {name} "
                f'references {parent.table.schema}."{parent.table.name}", which does not have '
                "it."
            ),
            explanation=(
                "PostgreSQL's error names the table without its schema, so it looks right. "
                f"Every {nouns.child} of {nouns.parent.a} that exists only in the other table "
                "fails."
            ),
            reply=lambda: reply(evidence, "Your {parent} exists in {here}. {ours}"),
            fix=lambda: (
                options.recreate_foreign_key(evidence, name)
                if as_elsewhere
                else fixes.which_table(name)
            ),
            alternatives=lambda: (options.deploy_migrations(evidence),) if as_elsewhere else (),
            resolves_when=f"{name} references {should_be}",
        ),
    )

"""D2 as the cause: a second foreign key on the deployment's column wants the ID elsewhere, too.

A row has to satisfy every foreign key of its column. An error that names one of them is about
that one.

| in the parent | where the other key points | the error names | verdict            |
| ------------- | -------------------------- | --------------- | ------------------ |
| found         | absent                     | it, or none     | double-fk          |
| found         | cannot be asked            | it, or none     | double-fk, unknown |
| anything else                                                 ||| -                  |
"""

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.checks.foreign_key import drop_strays
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject
from dashboard.diagnose.lookup.verdicts.replying import reply


def double_fk(evidence: Evidence) -> Finding | None:
    found, named = evidence.found, evidence.error.constraint if evidence.error else None
    if found is None or not found.other_parents or evidence.here.project is None:
        return None
    others = {
        key: found.other_parents[key.name]
        for key in found.facts.keys
        if key.name in found.other_parents and named in (None, key.name)
    }
    lacking = next((key for key, there in others.items() if there is False), None)
    key = lacking or next((key for key, there in others.items() if there is None), None)
    if key is None:
        return None
    one, child = evidence.nouns.parent, evidence.nouns.child.a
    name, table = evidence.target.name, f'{key.parent_schema}."{key.parent_table}"'
    whether = "which does not have it" if lacking else "where we could not check"
    return make_finding(
        evidence,
        Finding(
            code="double-fk",
            severity=Severity.ERROR if lacking else Severity.UNKNOWN,
            summary=(
                f"{subject(evidence)} exists in {name}, but {key.name} also requires it in "
                f"{table}, {whether}."
            ),
            explanation=(
                f"{words.capital(child)} must satisfy every foreign key on its column, "
                + (
                    f"so {child} of this {one} fails."
                    if lacking
                    else f"so it is unknown whether {child} of this {one} is accepted."
                )
            ),
            reply=lambda: reply(
                evidence,
                f"Your {{parent}} exists in {{here}}. {'{ours}' if lacking else '{maybe_ours}'}",
            ),
            fix=lambda: drop_strays(found.facts),
            resolves_when=f"{key.name} is dropped, or {table} has the {one}",
        ),
    )

"""An error that no other rule explains: it is named, and never hidden behind a project.

| the error                                       | the project | verdict                          |
| ----------------------------------------------- | ----------- | -------------------------------- |
| of the database or Prisma, about something else | any         | not-explained                    |
| not understood, or nothing that was read fits   | there       | not-explained                    |
| not understood, or without a code               | not there   | not-explained, beside the others |
| not understood                                  | not named   | not-explained                    |
| explained by another rule                       | any         | -                                |
"""

from dashboard.diagnose import words
from dashboard.diagnose.finding import Confidence, Finding, Fix, Severity
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject
from dashboard.diagnose.lookup.verdicts.pasted_error import explains
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.paste import PastedError, Problem

ABOUT_SOMETHING_ELSE = frozenset({Problem.CONNECTION, Problem.CHECK, Problem.DATABASE})
ABOUT_THE_KEY_OR_NOT = frozenset(
    {Problem.UNIQUE, Problem.RELATION, Problem.NULL, Problem.VALIDATION}
)
# a missing row explains these, one that is there does not
ABOUT_WHAT_IS_THERE = frozenset(
    {Problem.NOT_FOUND, Problem.INCONSISTENT, Problem.TABLE_MISSING, Problem.COLUMN_MISSING}
    | {Problem.OTHER}
)


def about_something_else(evidence: Evidence) -> Finding | None:
    """Speak before any verdict on the id, of an error that no id explains."""
    facts, error = evidence.facts, evidence.error
    if facts is None or error is None:
        return None
    open_question = error.problem in ABOUT_THE_KEY_OR_NOT and not explains(error, facts)
    other = error.problem in ABOUT_SOMETHING_ELSE and not _says_little(evidence, error)
    if not other and not open_question:
        return None
    name = evidence.target.name
    about = f"is about {error.about}, not" if error.about else "is not"
    noun = evidence.nouns.parent
    summary = f"The error in {name} {about} about a missing {noun}: {_named(error)}."
    told = reply(evidence, "The error is not about a missing {parent}. {we_look}")
    return _finding(evidence, error, summary, told, Confidence.CERTAIN)


def beside_a_project(evidence: Evidence) -> Finding | None:
    error, name = evidence.error, evidence.target.name
    if error is None or error.problem not in ABOUT_WHAT_IS_THERE:
        return None
    if evidence.here.state is not PresenceState.FOUND:
        return None
    there = f"{subject(evidence)} exists in {name}, which does not explain the error"
    told = reply(
        evidence, "Your {parent} exists in {here}, so the error has another cause. {we_look}"
    )
    return _finding(evidence, error, f"{there}: {_named(error)}.", told, Confidence.LIKELY)


def beside_the_verdict(evidence: Evidence) -> Finding | None:
    """Speak after the verdict on the id; without an id there is none."""
    error = evidence.error
    if error is None or not _says_little(evidence, error):
        return None
    name = evidence.target.name
    summary = f"The error in {name} does not say what it is about: {_named(error)}."
    told = reply(evidence, "We do not know the cause of this error yet. {we_look}")
    return _finding(evidence, error, summary, told, Confidence.POSSIBLE)


def _says_little(evidence: Evidence, error: PastedError) -> bool:
    """Whether a missing project may be what the error is about, for all that it says."""
    if evidence.here.state is PresenceState.FOUND:
        return False
    if error.problem is Problem.OTHER:
        return True
    raised = error.sqlstate in (None, "P0001")  # by the database, or by a function in it
    return evidence.id is not None and error.problem is Problem.DATABASE and raised


def _finding(
    evidence: Evidence, error: PastedError, summary: str, told: str, confidence: Confidence
) -> Finding:
    return make_finding(
        evidence,
        Finding(
            code="not-explained",
            severity=Severity.WARNING,
            confidence=confidence,
            summary=summary,
            explanation=_known(evidence),
            reply=told,
            fix=lambda: _fix(evidence, error),
            resolves_when="the error no longer occurs",
        ),
    )


def _named(error: PastedError) -> str:
    """Quote the error, or name it by its code."""
    code = error.prisma_code or error.sqlstate
    if error.sentence is None:
        return f"it has the code {code}" if code else "the text quotes no message"
    said = f"“{words.line(error.sentence)}”"
    return f"{said} ({code})" if code and code not in said else said


def _known(evidence: Evidence) -> str:
    """Say what is known of the id all the same."""
    name, project = evidence.target.name, evidence.here.project
    match evidence.here.state:
        case PresenceState.FOUND if project:
            return f"{subject(evidence)} exists in {name}: {words.project(project)}."
        case PresenceState.ABSENT:
            return f"{subject(evidence)} is also not in {name}."
        case _:
            return f"The text contains no {evidence.nouns.parent} ID to look up."


def _fix(evidence: Evidence, error: PastedError) -> Fix:
    name, nouns = evidence.target.name, evidence.nouns
    match error.problem:
        case Problem.CONNECTION:
            return Fix(
                title=f"Connect the {name} application to its database",
                steps=(
                    "Compare host, port, database and user in the application's DATABASE_URL "
                    f"for {name} with the intended database.",
                    "Check that this database accepts connections from where the application runs.",
                ),
                needs_role="operations",
            )
        case _:
            return Fix(
                title="Resolve the error itself",
                steps=(
                    "Read the error in the application's log with the lines around it: it names "
                    "the table, value or limit.",
                    f"If it is about {nouns.child.a}, look up the ID of its {nouns.parent}.",
                ),
                needs_role="developer",
            )

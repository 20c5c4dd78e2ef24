"""The ID was never filled in: the application sent what stands for one.

| the value                                | the target has it | verdict        |
| ---------------------------------------- | ----------------- | -------------- |
| empty, in the error                      | -                 | placeholder-id |
| undefined, null, :projectId, {id} and so | no                | placeholder-id |
| anything else                                              || -              |
"""

from dashboard.diagnose import fixes, words
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.making import make_finding
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.paste import Source, is_placeholder


def placeholder_id(evidence: Evidence) -> Finding | None:
    error, pasted = evidence.error, evidence.paste.id
    if pasted is None and not (error and error.key == ""):
        return None
    if pasted and not is_placeholder(pasted.text):
        return None
    if pasted and (evidence.here.state is not PresenceState.ABSENT or evidence.found_elsewhere):
        return None
    parent = evidence.nouns.parent
    sent = f"the text “{words.short(pasted.text)}”" if pasted else "an empty text"
    by_postgres = pasted is None or pasted.source is Source.DETAIL
    return make_finding(
        evidence,
        Finding(
            code="placeholder-id",
            severity=Severity.ERROR,
            confidence=Confidence.CERTAIN if by_postgres else Confidence.LIKELY,
            cause=3,
            summary=(
                f"The application sends {sent} to {evidence.target.name} as the {parent}'s ID."
            ),
            explanation=(f"No {parent} is missing: the request has no value for the ID."),
            reply=lambda: reply(
                evidence, "The request came without the ID of your {parent}. {we_look}"
            ),
            fix=lambda: fixes.in_the_application(
                "Set the ID where the application builds the request",
                "Find where the ID comes from (a route parameter, a form, an environment "
                "variable) and why it is not set.",
                "Make the application reject the request when it is not set.",
            ),
            resolves_when=f"the application sends the ID of {parent.a}",
        ),
    )

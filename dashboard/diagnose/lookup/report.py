"""A judged look-up in the forms it leaves the program in: JSON, text, and a ticket's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from dashboard.diagnose import markdown, words
from dashboard.diagnose.facts import IdFacts
from dashboard.diagnose.failures import KnownFailures, cause, total
from dashboard.diagnose.finding import SEVERITY_WORDS, Command, Fact, Finding, Fix, Severity
from dashboard.diagnose.lookup.evidence import Evidence, Placed, Presence, PresenceState
from dashboard.diagnose.lookup.proof import Proof
from dashboard.diagnose.lookup.verdicts import Diagnosis
from dashboard.diagnose.paste import Paste
from dashboard.environments import Environment
from queries.rows import Project

SUBJECT_WORDS = {
    PresenceState.FOUND: "found",
    PresenceState.ABSENT: "missing",
    PresenceState.UNKNOWN: "unknown",
}
STATE_WORDS = {
    PresenceState.FOUND: "found",
    PresenceState.ABSENT: "not found",
    PresenceState.UNKNOWN: "unknown",
}


def to_json(evidence: Evidence, diagnosis: Diagnosis, proof: Proof | None = None) -> dict[str, Any]:
    """Return the object that `lookup --json` prints for one id."""
    return {
        "project_id": evidence.id,
        "target": evidence.target.name,
        "input": _input(evidence.paste),
        "verdict": diagnosis.verdict.to_dict(),
        "findings": [finding.to_dict() for finding in diagnosis.findings],
        "environments": {
            each.name: _environment(evidence.presence(each)) for each in evidence.answers
        },
        "relationship": asdict(evidence.relationship) if evidence.relationship else None,
        "key": dict(evidence.key) if evidence.key else None,
        "proof": proof.to_json() if proof else None,
        "failures": _failures(evidence) if evidence.known_failures else None,
    }


def _failures(evidence: Evidence) -> dict[str, Any]:
    """Return what failed before for the id in the target, and which sources were asked for it."""
    known = evidence.known_failures
    return {
        "days": known.days if known else None,
        "asked": list(known.asked) if known else [],
        "not_asked": list(known.unasked) if known else [],
        "recent": [
            {
                "cause": cause(each.signature, evidence.constraint, evidence.nouns),
                "code": each.signature.code,
                "constraint": each.signature.constraint,
                "source": each.source,
                "failures": each.failures,
                "first_at": each.first_at.isoformat(),
                "last_at": each.last_at.isoformat(),
            }
            for each in evidence.failures
        ],
    }


def placed_to_json(placed: Placed) -> dict[str, Any]:
    """Return the object that `lookup --json` prints for one id where no environment is meant."""
    return {
        "project_id": placed.id,
        "target": None,
        "input": _input(placed.paste),
        "verdict": None,
        "findings": [],
        "environments": {
            each.name: _environment(presence) for each, presence in placed.presences.items()
        },
        "relationship": None,
        "key": None,
        "proof": None,
        "failures": None,
    }


def _input(paste: Paste) -> dict[str, Any]:
    normalised = paste.id.normalised if paste.id else ()
    return {"kind": paste.kind, "normalised": [*normalised, *paste.notes]}


def _environment(presence: Presence) -> dict[str, Any]:
    reason, project = presence.reason, presence.project
    return {
        "state": presence.state.value,
        "reason": {"kind": reason.kind.value, "message": reason.message} if reason else None,
        "project": _project(project) if project else None,
    }


def _project(project: Project) -> dict[str, str | bool | None]:
    return {
        "id": project.id,
        "name": project.name,
        "owner_id": project.owner_id,
        "created_at": _iso(project.created_at),
        "updated_at": _iso(project.updated_at),
        "deleted_at": _iso(project.deleted_at),
        "deleted": project.deleted,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def to_text(evidence: Evidence, diagnosis: Diagnosis, proof: Proof | None = None) -> str:
    """Write it for a terminal."""
    return "\n".join(_text_lines(evidence, diagnosis, proof))


def _text_lines(evidence: Evidence, diagnosis: Diagnosis, proof: Proof | None) -> Iterator[str]:
    verdict = diagnosis.verdict
    yield f"{standing(evidence, verdict)}: {words.line(verdict.summary)}"
    yield f"  {verdict.code}"
    if verdict.explanation:
        yield f"  {words.line(verdict.explanation)}"
    yield from _reading(evidence.paste)
    yield from _section("Tell the customer", [verdict.reply] if verdict.reply else [])
    yield from _section("Recent failures", failure_lines(evidence))
    yield from _section("Where the ID exists", _presence_lines(evidence.id, evidence.presences))
    facts = [_fact_line(fact) for fact in verdict.evidence]
    yield from _section("Evidence", [*facts, *(proof.lines if proof else ())])
    yield from _section("What could make this wrong", verdict.caveats)
    if verdict.fix:
        yield from _section(f"Do this: {verdict.fix.title}", _fix_lines(verdict.fix))
    yield from _section("Other options", [_in_a_line(fix) for fix in verdict.alternatives])
    beside = [f"{each.word}: {each.summary}" for each in diagnosis.findings]
    yield from _section("Also found", beside)


def standing(evidence: Evidence, verdict: Finding) -> str:
    """Word what the verdict is about, and how sure it is; of what is unknown nobody is sure."""
    if verdict.severity is Severity.UNKNOWN:
        return SEVERITY_WORDS[verdict.severity]
    return f"{about(evidence)} ({verdict.confidence})"


def about(evidence: Evidence) -> str:
    """Name the subject and its state in the target: Project found."""
    parent = evidence.nouns.parent
    if evidence.id is None:
        return f"No {parent} ID"
    return f"{parent.title} {SUBJECT_WORDS[evidence.here.state]}"


def placed_to_text(placed: Placed) -> str:
    """Write for a terminal where an id exists, as long as nobody says which environment failed."""
    return "\n".join(_placed_lines(placed))


def _placed_lines(placed: Placed) -> Iterator[str]:
    yield words.line(placed.sentence)
    yield from _reading(placed.paste)
    yield from _section("Where the ID exists", _presence_lines(placed.id, placed.presences))
    yield f"\nFor a verdict, name the environment where the {placed.nouns.child} failed: --target"


def _reading(paste: Paste) -> Iterator[str]:
    for note in (*(paste.id.normalised if paste.id else ()), *paste.notes):
        yield f"  Read from the text: {words.line(note)}."


def failure_lines(evidence: Evidence) -> list[str]:
    """Say what failed before for the id, and which sources could not tell."""
    known = evidence.known_failures
    if known is None or evidence.id is None:
        return []
    return [*_failed(evidence, known), *(f"not checked: {each}" for each in known.unasked)]


def _failed(evidence: Evidence, known: KnownFailures) -> Iterator[str]:
    for each in evidence.failures:
        why = cause(each.signature, evidence.constraint, evidence.nouns)
        yield f"{words.capital(why)}: {total([each])} ({each.source})"
    if known.asked and not evidence.failures:
        yield (
            f"none in the last {words.count(known.days, 'day')} (checked: "
            f"{words.listed(known.asked)})"
        )
    if not known.asked and not known.unasked:
        yield f"not checked: {evidence.target.name} has no source of failures"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n{words.line(title)}"
        yield from (f"  {words.line(line)}" for line in lines)


def _presence_lines(identifier: str | None, presences: Mapping[Environment, Presence]) -> list[str]:
    if identifier is None:
        return []
    width = max(len(each.name) for each in presences)
    return [
        f"{each.name:<{width}}  {presence_words(presence)}" for each, presence in presences.items()
    ]


def places(presences: Mapping[Environment, Presence]) -> str:
    """Say in one line what each environment answered: found in local, not found in staging."""
    said = (
        (word, [each.name for each, presence in presences.items() if presence.state is state])
        for state, word in STATE_WORDS.items()
    )
    return "; ".join(f"{word} in {words.listed(names)}" for word, names in said if names)


def presence_words(presence: Presence) -> str:
    """Say in a line whether an environment has the project, or why that is not known."""
    if presence.project:
        return f"found: {words.project(presence.project)}"
    if presence.reason:
        return f"unknown: {presence.reason.message}"
    return STATE_WORDS[presence.state]


def _fact_line(fact: Fact) -> str:
    details = ", ".join(
        part
        for part in (
            fact.query or "",
            f"{fact.ms:g} ms" if fact.ms is not None else "",
            words.moment(fact.as_of) if fact.as_of else "",
        )
        if part
    )
    return f"{fact.environment}: {fact.fact}" + (f" ({details})" if details else "")


def _fix_lines(fix: Fix) -> list[str]:
    steps = [f"{number}. {step}" for number, step in enumerate(fix.steps, start=1)]
    commands = [line for command in fix.commands for line in _command_lines(command)]
    return [*steps, *commands, f"Risk: {fix.risk} · Who: {fix.needs_role}"]


def _command_lines(command: Command) -> list[str]:
    title = [f"{command.title}:"] if command.title else []
    return [*title, *(f"    {line}" for line in command.text.split("\n"))]


def _in_a_line(fix: Fix) -> str:
    return f"{fix.title}. {' '.join(fix.steps)}"


def to_ticket(evidence: Evidence, diagnosis: Diagnosis, link: str) -> str:
    """Write it for a ticket that takes text as it is; the link to the look-up stands first."""
    return "\n".join(_ticket_lines(evidence, diagnosis.verdict, link)) + "\n"


def _ticket_lines(evidence: Evidence, verdict: Finding, link: str) -> Iterator[str]:
    yield link
    yield f"\n{words.line(verdict.summary)}"
    yield _judged(evidence, verdict)
    if verdict.explanation:
        yield f"\n{words.line(verdict.explanation)}"
    yield from _section("Tell the customer", [verdict.reply] if verdict.reply else [])
    yield from _section("Recent failures", failure_lines(evidence))
    yield from _section("Where the ID exists", _presence_lines(evidence.id, evidence.presences))
    yield from _section("What could make this wrong", verdict.caveats)
    if verdict.fix:
        yield from _section(f"Do this: {verdict.fix.title}", _fix_lines(verdict.fix))


def to_markdown(evidence: Evidence, diagnosis: Diagnosis, link: str) -> str:
    """Write it for a ticket in Markdown: nothing in it is markup but what is meant as such."""
    return "\n".join(_markdown_lines(evidence, diagnosis.verdict, link)) + "\n"


def _markdown_lines(evidence: Evidence, verdict: Finding, link: str) -> Iterator[str]:
    yield f"<{link}>"
    yield f"\n**{markdown.escape(verdict.summary)}**"
    yield f"\n{_judged(evidence, verdict)}"
    if verdict.explanation:
        yield f"\n{markdown.escape(verdict.explanation)}"
    if verdict.reply:
        yield f"\n**Tell the customer**\n\n{markdown.escape(verdict.reply)}"
    yield from markdown.bullets("Recent failures", failure_lines(evidence))
    yield from markdown.bullets(
        "Where the ID exists", _presence_lines(evidence.id, evidence.presences)
    )
    yield from markdown.bullets("What could make this wrong", verdict.caveats)
    if verdict.fix:
        yield f"\n**Do this: {markdown.escape(verdict.fix.title)}**\n"
        yield from markdown.numbered(verdict.fix.steps)
        for command in verdict.fix.commands:
            yield f"\n{markdown.fenced(command)}"


def _judged(evidence: Evidence, verdict: Finding) -> str:
    return f"{standing(evidence, verdict)}: {verdict.code}; {_asked_at(evidence)}"


def _asked_at(evidence: Evidence) -> str:
    answered = (each for each in evidence.answers.values() if isinstance(each, IdFacts))
    first = next(answered, None)
    return words.moment(first.facts.proof.as_of if first else evidence.now)

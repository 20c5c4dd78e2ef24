"""Family C, the project is there: then a missing project is not the cause.

| missing-parent error | created            | deleted at | owner   | verdict               |
| -------------------- | ------------------ | ---------- | ------- | --------------------- |
| pasted               | within the race    | any        | any     | present-race          |
| pasted               | after the error    | any        | any     | present-created-later |
| pasted               | before, or unknown | any        | any     | present-unexplained   |
| any                  | any                | set        | any     | soft-deleted          |
| any                  | any                | any        | missing | owner-missing         |
| none                 | any                | unset      | any     | project-present       |

Several rows may apply: the first is the headline, the others stand beside it. Where others of the
same call are missing, those explain the error, and one that is there is not to blame for it. A
project whose deployments fail is never well: the verdicts on that stand in place of the last.

Beside present-unexplained, the newest deployment there tells whether the application writes there:

| newest deployment         | said                                         |
| ------------------------- | -------------------------------------------- |
| a day or more before it   | app-elsewhere                                |
| after the error           | a caveat: it did write there                 |
| in between, or none       | -                                            |
| not looked for            | a caveat: that                               |
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from dashboard.diagnose import fixes, words
from dashboard.diagnose.facts import EnvironmentFacts, IdFacts
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.lookup import options
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts.making import make_finding, subject
from dashboard.diagnose.lookup.verdicts.other_parents import double_fk
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.paste import Problem
from dashboard.diagnose.relationship import guards
from dashboard.environments import Environment
from queries.rows import Project

COMPARED = {
    True: "a copy: what can be compared agrees",
    False: "a collision: the {parent.many} differ",
    None: "it is unknown whether they are the same {parent}",
}
LONG_SILENT = timedelta(days=1)
ABOUT_A_PARENT = (Problem.MISSING_PARENT, Problem.FOREIGN_KEY)


def present_race(evidence: Evidence) -> Finding | None:
    project, gap = evidence.here.project, _created_after_error(evidence)
    if project is None or gap is None or abs(gap) > evidence.race:
        return None
    nouns = evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="present-race",
            severity=Severity.WARNING,
            confidence=Confidence.POSSIBLE,
            summary=(
                f"{subject(evidence)} exists in {evidence.target.name}; it was created "
                f"within {evidence.race.total_seconds():.0f} s of the error."
            ),
            explanation=(
                f"Until the {nouns.parent} is committed, no other transaction sees it, so "
                f"{nouns.child.a} at the same moment fails."
            ),
            reply=lambda: reply(
                evidence,
                "Your {parent} was probably still being created when this failed. It exists "
                "now: please {again}.",
            ),
            fix=lambda: options.retry_deployment(
                evidence,
                f"{words.capital(nouns.again)}: the {nouns.parent} exists now.",
                f"If it happens again, create the {nouns.parent} and its {nouns.child} in one "
                "transaction.",
            ),
            resolves_when=f"the {nouns.child} is sent after the {nouns.parent} is committed",
        ),
    )


def present_created_later(evidence: Evidence) -> Finding | None:
    project, gap = evidence.here.project, _created_after_error(evidence)
    if project is None or gap is None or gap <= evidence.race:
        return None
    created, failed = project.created_at, evidence.error.at if evidence.error else None
    if created is None or failed is None:
        return None
    nouns = evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="present-created-later",
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            summary=(
                f"{subject(evidence)} exists in {evidence.target.name} since "
                f"{words.moment(created)}, which is after the error ({words.moment(failed)})."
            ),
            explanation=f"The {nouns.parent} did not exist yet when the error occurred.",
            reply=lambda: reply(
                evidence,
                "Your {parent} did not exist yet when this failed. It exists now: please {again}.",
            ),
            fix=lambda: options.retry_deployment(
                evidence, f"{words.capital(nouns.again)}: the {nouns.parent} exists now."
            ),
            resolves_when=f"the {nouns.child} is sent again",
        ),
        "clocks may differ, and the application sets the creation time",
    )


def present_unexplained(evidence: Evidence) -> Finding | None:
    project, gap = evidence.here.project, _created_after_error(evidence)
    if project is None or not _about_a_parent(evidence):
        return None
    if gap is not None and gap >= -evidence.race:
        return None
    if double_fk(evidence):  # which explains it
        return None
    return make_finding(
        evidence,
        Finding(
            code="present-unexplained",
            severity=Severity.WARNING,
            summary=(
                f"{subject(evidence)} exists in {evidence.target.name}, so a missing "
                f"{evidence.nouns.parent} is not the cause there."
            ),
            explanation=(
                f"It is {words.project(project)}. Either the application uses another database, "
                f"or the {evidence.nouns.parent} was created after the error."
            ),
            reply=lambda: reply(
                evidence,
                "Your {parent} exists in {here}, so the error has another cause. {we_look}",
            ),
            fix=lambda: options.check_connection(evidence),
            resolves_when="the application uses the database checked here",
        ),
        *_doubts(evidence),
    )


def _doubts(evidence: Evidence) -> Iterator[str]:
    name, at = evidence.target.name, evidence.error.at if evidence.error else None
    child = evidence.nouns.child
    if at is None:
        yield "the text gives no time, so it is unknown which came first"
        return
    silent = _silent(evidence)
    if silent is None and (evidence.facts is None or evidence.facts.newest_deployment is None):
        yield f"the newest {child} in {name} was not checked: no index covers it"
    elif silent is not None and silent < timedelta():
        yield f"{name} received {child.many} after the error, so the application does use it"


def app_elsewhere(evidence: Evidence) -> Finding | None:
    """Speak when nothing was deployed there for long before an error that nothing explains."""
    silent = _silent(evidence)
    if silent is None or silent < LONG_SILENT or present_unexplained(evidence) is None:
        return None
    name, nouns = evidence.target.name, evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="app-elsewhere",
            severity=Severity.WARNING,
            confidence=Confidence.POSSIBLE,
            summary=(
                f"{name} received no {nouns.child} for {words.count(silent.days, 'day')} before "
                "the error: the application may use another database."
            ),
            explanation=(
                f"The {nouns.parent} exists although the error says it does not. If the failing "
                f"application belongs to {name}, it has not written to this database for a long "
                "time."
            ),
            reply=lambda: reply(evidence, "{maybe_ours}"),
            fix=lambda: options.check_connection(evidence),
            resolves_when="the application uses the database checked here",
        ),
    )


def _silent(evidence: Evidence) -> timedelta | None:
    """How long before the error the newest deployment was made; None where that is not known."""
    newest = evidence.facts.newest_deployment if evidence.facts else None
    at = evidence.error.at if evidence.error else None
    return at - newest.at if newest and newest.at and at else None


def soft_deleted(evidence: Evidence) -> Finding | None:
    project = evidence.here.project
    marked = words.marked_as_deleted(project) if project else None
    if marked is None:
        return None
    name, nouns = evidence.target.name, evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="soft-deleted",
            severity=Severity.WARNING,
            summary=f"{subject(evidence)} exists in {name} but is {marked}.",
            explanation=(
                "The row still exists, so it cannot cause a foreign-key error. The application "
                f"may refuse to {nouns.deploy} a deleted {nouns.parent}."
            ),
            reply=lambda: reply(
                evidence,
                "Your {parent} is marked as deleted in {here}. Please restore it or create a "
                "new one, then {again}.",
            ),
            fix=lambda: fixes.in_the_application(
                f"Restore the {nouns.parent} in the application",
                f"Restore the {nouns.parent} in {name}, then {nouns.again}.",
                "If that is not possible, create a new one.",
            ),
            alternatives=lambda: (options.create_project(evidence),),
            resolves_when=f"the {nouns.parent} is no longer marked as deleted",
        ),
    )


def owner_missing(evidence: Evidence) -> Finding | None:
    found, project = evidence.found, evidence.here.project
    if found is None or project is None or project.owner_id is None:
        return None
    if found.owner_found is not False or found.catalog.owner is None:
        return None
    nouns = evidence.nouns
    return make_finding(
        evidence,
        Finding(
            code="owner-missing",
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            summary=(
                f"{subject(evidence)} exists in {evidence.target.name}, but its owner "
                f"{words.short(project.owner_id)} is missing from "
                f"{found.catalog.owner.table.name}."
            ),
            explanation=(
                f"The {nouns.child}'s foreign key is not affected, but others may be, and the "
                f"{nouns.parent} cannot be copied to another environment."
            ),
            reply=lambda: reply(
                evidence,
                "The owner of your {parent} in {here} no longer exists. Please tell us "
                "who should own it.",
            ),
            fix=lambda: fixes.in_the_application(
                f"Give the {nouns.parent} an owner",
                f"Find out who should own the {nouns.parent} and assign it to them.",
            ),
            resolves_when=f"the {nouns.parent}'s owner exists",
        ),
    )


def project_present(evidence: Evidence) -> Finding | None:
    found, project = evidence.found, evidence.here.project
    if found is None or project is None or _about_a_parent(evidence):
        return None
    if words.marked_as_deleted(project) or evidence.lasting_failures:
        return None
    enforced = _enforced(found.facts)
    return make_finding(
        evidence,
        Finding(
            code="project-present",
            severity=Severity.OK if enforced and not evidence.here.missing else Severity.INFO,
            summary=lambda: _present(evidence, found, project),
            explanation=lambda: _deployment_words(evidence, found),
            reply=lambda: _reply(evidence, found),
            fix=lambda: options.verify(
                evidence, f"The {evidence.nouns.parent} exists; there is nothing to create."
            ),
            resolves_when="nothing is wrong",
        ),
        *(
            ()
            if enforced
            else (("the foreign key in this environment has a problem: see Also found"),)
        ),
        *_not_asked(evidence),
    )


def _present(evidence: Evidence, found: IdFacts, project: Project) -> str:
    """Say that it is there, and what of that matters to whoever deploys it."""
    there = f"{subject(evidence)} exists in {evidence.target.name}: {words.project(project)}"
    child = found.catalog.child
    if evidence.deployments(found) and child and child.key_unique:
        there += f"; it already has its {evidence.nouns.child}"
    if evidence.absent_beside:
        missing = words.some(evidence.absent_beside)
        there += f". The error is about {missing} in the same call"
    return f"{there}."


def _not_asked(evidence: Evidence) -> Iterator[str]:
    known = evidence.known_failures
    if known and known.unasked:
        yield f"recent failures of this ID may be missing: {'; '.join(known.unasked)}"


def several_envs(evidence: Evidence) -> Finding | None:
    """Say that environments share the id, and whether it is a copy or a collision."""
    found = {
        each: project
        for each in evidence.answers
        if (project := evidence.presence(each).project) is not None
    }
    if len(found) < 2:
        return None
    same = _same(evidence, found)
    places = words.environments(list(found))
    what = COMPARED[same].format(parent=evidence.nouns.parent)
    return make_finding(
        evidence,
        Finding(
            code="several-envs",
            severity=Severity.INFO,
            summary=f"{subject(evidence)} exists in {places}: {what}.",
            explanation=(
                "One is a copy of the other, or both come from one backup."
                if same
                else (
                    f"Check which one is meant: they may be different {evidence.nouns.parent.many}."
                )
            ),
            reply=lambda: reply(
                evidence,
                "Your {parent} exists in {places}. Please tell us which one you mean.",
                list(found),
            ),
            resolves_when="the ID exists in one environment only",
        ),
    )


def _same(evidence: Evidence, found: Mapping[Environment, Project]) -> bool | None:
    """Compare what may be read in all of the places; None where that is nothing."""
    readable = [
        set(answer.catalog.parent.columns)
        for each in found
        if isinstance(answer := evidence.answers[each], IdFacts) and answer.catalog.parent
    ]
    roles = set.intersection(*readable) & {"name", "owner", "created_at"}
    facts = {
        tuple(
            value
            for role, value in (
                ("name", each.name), ("owner", each.owner_id), ("created_at", each.created_at),
            )
            if role in roles
        )
        for each in found.values()
    }  # fmt: skip
    return len(facts) == 1 if roles else None


def _about_a_parent(evidence: Evidence) -> bool:
    error = evidence.error
    if evidence.absent_beside:
        return False
    return bool(error and error.problem in ABOUT_A_PARENT and evidence.is_ours(error.constraint))


def _created_after_error(evidence: Evidence) -> timedelta | None:
    """How much later than the error the project was created; None where either is unknown."""
    project, error = evidence.here.project, evidence.error
    if not _about_a_parent(evidence) or project is None or error is None:
        return None
    if project.created_at is None or error.at is None:
        return None
    return project.created_at - error.at


def _enforced(facts: EnvironmentFacts) -> bool:
    parent = facts.catalog.parent
    return bool(facts.foreign_keys and parent) and all(
        guards(key) and parent is not None and key.parent_oid == parent.table.oid
        for key in facts.foreign_keys
    )


def _reply(evidence: Evidence, found: IdFacts) -> str:
    child = found.catalog.child
    if evidence.deployments(found) and child and child.key_unique:
        told = "Your {parent} exists in {here} and already has its {child}. Please update that one."
        return reply(evidence, told)
    told = (
        "Your {parent} exists in {here}. If something still fails, please send us the whole error."
    )
    return reply(evidence, told)


def _deployment_words(evidence: Evidence, found: IdFacts) -> str:
    nouns = evidence.nouns
    if found.deployments is None:
        return f"We could not check whether it has {nouns.child.a}."
    child = found.catalog.child
    if evidence.deployments(found) and child and child.key_unique:
        return f"It already has {nouns.child.a} (only one is allowed): update it."
    if evidence.deployments(found):
        return f"It already has {nouns.child.a}; no unique index limits it to one."
    return f"It has no {nouns.child} yet; a missing {nouns.parent} is not the cause."

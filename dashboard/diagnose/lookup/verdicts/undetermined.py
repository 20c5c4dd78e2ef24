"""Family A: what cannot be known, and why. No conclusion without the target's answer.

| the target's answer                     | verdict             |
| --------------------------------------- | ------------------- |
| nothing was asked: no id in the text    | no-id               |
| could not connect, or was cut off       | env-unreachable     |
| credentials or address not accepted     | env-auth            |
| a query ran out of time or was stopped  | check-timeout       |
| the catalog changed while it was read   | migration-running   |
| the table may not be read               | table-forbidden     |
| row security hides rows                 | rls-hides           |
| table, schema or constraint not there   | table-absent        |
| a replica that lags, and no row on it   | replica-lag         |
| no row, and Prisma's lock is held       | migration-running   |
| anything else                           | -                   |
"""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.diagnose import fixes, unanswered, words
from dashboard.diagnose.facts import Definition, EnvironmentFacts, Kind, Unavailable
from dashboard.diagnose.failures import total
from dashboard.diagnose.finding import Command, Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.lookup import options
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.seen import gather
from dashboard.diagnose.lookup.verdicts.not_explained import (
    about_something_else,
    beside_the_verdict,
)
from dashboard.diagnose.lookup.verdicts.pasted_error import appid_taken
from dashboard.diagnose.lookup.verdicts.placeholder import placeholder_id
from dashboard.diagnose.lookup.verdicts.replying import reply
from dashboard.diagnose.paste import PastedError, Problem
from queries import patterns

MOST_SUGGESTED = 10

NOT_CHECKED = "We could not check your {parent} in {here} yet. {we_look}"
WITHOUT_ID = frozenset(
    {
        Problem.NULL,
        Problem.VALIDATION,
        Problem.TABLE_MISSING,
        Problem.COLUMN_MISSING,
        Problem.STILL_REFERENCED,
        Problem.MIGRATION,
    }
)
_COLUMN = patterns.lazy(r"[A-Za-z0-9]+(?:_id)?(?=_fkey$)")


def no_id(evidence: Evidence) -> Finding | None:
    """Ask for the id where the judgement needs one: Prisma's P2003 never contains it."""
    if judged_without_id(evidence):
        return None
    if evidence.id is not None:
        reason = _hidden(evidence, Kind.NO_ID)
        return _ask_for_whole_key(evidence, reason) if reason else None
    if appid_taken(evidence) or placeholder_id(evidence):
        return None
    return _ask_for_id(evidence)


def nothing_to_judge(evidence: Evidence) -> Finding | None:
    """Ask for the id, last of all: without one only some errors can be judged."""
    return _ask_for_id(evidence)


def _ask_for_id(evidence: Evidence) -> Finding:
    error, parent = evidence.error, evidence.nouns.parent
    known = evidence.known_failures
    failed = known.ids[:MOST_SUGGESTED] if known and evidence.paste.id is None else ()
    asked = _unknown(
        evidence,
        code="no-id",
        summary=_without_id(evidence, error),
        explanation=_meaning(evidence, error, len(failed)),
        reply=lambda: reply(
            evidence,
            "Please send us the ID of your {parent}: it is in the address of its page.",
        ),
        fix=lambda: _find_id(evidence, [identifier for identifier, _ in failed]),
        resolves_when=f"a text with the {parent}'s ID is looked up",
        suggestions=tuple(identifier for identifier, _ in failed),
        caveats=known.unasked if known else (),
    )
    facts = (
        Fact(
            evidence.target.name,
            f"{words.short(identifier)}: {total(groups)}",
            groups[0].source,
        )
        for identifier, groups in failed
    )
    return replace(asked, evidence=(*facts, *asked.evidence))


def _without_id(evidence: Evidence, error: PastedError | None) -> str:
    """Say what the error means for the relationship; without one, that nothing can be said."""
    name, nouns = evidence.target.name, evidence.nouns
    code = f"{error.prisma_code or error.sqlstate}: " if error and _has_code(error) else ""
    match error.problem if error else None:
        case Problem.MISSING_PARENT:
            said = f"{nouns.child.a} named {nouns.parent.a} that did not exist in {name}"
        case Problem.FOREIGN_KEY:
            said = (
                f"a foreign key in {name} failed: {nouns.child.a} named {nouns.parent.a} that "
                f"did not exist, or {nouns.parent.a} with {nouns.child.many} was deleted"
            )
        case Problem.UNIQUE | Problem.RELATION:
            said = f"the {nouns.parent} already had {nouns.child.a} in {name}"
        case _:
            return f"The text contains no {nouns.parent} ID, so {name} was not checked."
    told = f"{code}{said}" if code else words.capital(said)
    return f"{told}; the error does not say which {nouns.parent}."


def _has_code(error: PastedError) -> bool:
    return bool(error.prisma_code or error.sqlstate)


def _meaning(evidence: Evidence, error: PastedError | None, failed: int) -> str:
    name, nouns = evidence.target.name, evidence.nouns
    if failed:
        noun = "ID is" if failed == 1 else "IDs are"
        return f"{failed} {noun} known to have failed like this in {name} (newest first)."
    if error is None:
        return f"We need to know which {nouns.parent} is meant."
    if error.problem in (Problem.UNIQUE, Problem.RELATION):
        return f"Update the existing {nouns.child} instead of creating a second one."
    return "Prisma's error names the constraint but not the ID; PostgreSQL's DETAIL line has it."


def _find_id(evidence: Evidence, failed: Sequence[str]) -> Fix:
    """Lead to the id: what is known to have failed, then search, then logs."""
    parent, column = evidence.nouns.parent, _key_column(evidence)
    listed = words.some(failed)
    known = (f"Look up one of the IDs that failed: {listed}.",) if failed else ()
    return Fix(
        title=f"Find the {parent} ID and paste it",
        steps=(
            *known,
            f"Search for the {parent} by name or owner below (No ID at hand?).",
            f"Or take it from the address bar of the {parent}'s page.",
            f"Or from the request log: the body of the failed call has it as {column}.",
            f"Or from PostgreSQL's log: DETAIL: Key ({column})=(…). Npgsql shows it with "
            "Include Error Detail=true.",
        ),
    )


def _ask_for_whole_key(evidence: Evidence, reason: Unavailable) -> Finding:
    definition = evidence.facts.catalog.definition if evidence.facts else None
    columns = ", ".join(definition.parent_columns if definition else ())
    return _unknown(
        evidence,
        code="no-id",
        summary=f"{words.capital(reason.message)}.",
        explanation="One value alone does not identify a row.",
        reply=lambda: reply(
            evidence, "Please send us the complete ID of your {parent}: a part is missing."
        ),
        fix=lambda: Fix(
            title="Paste all values of the key",
            steps=(
                "PostgreSQL's DETAIL line has all of them: Key (…)=(…) is not present in table ….",
                f"Or paste them in this order, in parentheses: ({columns}).",
            ),
        ),
        resolves_when="a text with a value for each column of the key is looked up",
    )


def _key_column(evidence: Evidence) -> str:
    """Name the child's columns as an environment has them, or as Prisma names the constraint."""
    known = (each.catalog.definition for each in (evidence.found, *evidence.others) if each)
    columns = (", ".join(each.child_columns) for each in known if each)
    named = _COLUMN.search(evidence.constraint)
    return next(columns, named[0] if named else "…")


def judged_without_id(evidence: Evidence) -> bool:
    error = evidence.error
    if error is None:
        return False
    foreign = error.problem in (Problem.MISSING_PARENT, Problem.FOREIGN_KEY)
    other = foreign and not evidence.is_ours(error.constraint)
    if other or error.problem in WITHOUT_ID or about_something_else(evidence):
        return True
    return evidence.facts is not None and beside_the_verdict(evidence) is not None


def unreachable(evidence: Evidence) -> Finding | None:
    reason = _reason(evidence, unanswered.UNREACHABLE)
    if reason is None:
        return None
    name = evidence.target.name
    return _unknown(
        evidence,
        code="env-unreachable",
        summary=f"{name} is unreachable; whether it has the ID is unknown.",
        explanation=f"{reason.message}.",
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: unanswered.fix(evidence.target, reason.kind),
        resolves_when=f"{name} answers",
    )


def rejected(evidence: Evidence) -> Finding | None:
    reason = _reason(evidence, unanswered.AUTH)
    if reason is None:
        return None
    name = evidence.target.name
    return _unknown(
        evidence,
        code="env-auth",
        summary=f"{name} rejected the dashboard's login; whether it has the ID is unknown.",
        explanation=f"{reason.message}.",
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: unanswered.fix(evidence.target, reason.kind),
        resolves_when=f"{name} accepts the dashboard's role",
    )


def timed_out(evidence: Evidence) -> Finding | None:
    reason = _reason(evidence, unanswered.TIMEOUT) or _hidden(evidence, Kind.SLOW)
    if reason is None:
        return None
    name = evidence.target.name
    return _unknown(
        evidence,
        code="check-timeout",
        summary=f"{name} did not finish the check in time; whether it has the ID is unknown.",
        explanation=f"{reason.message}.",
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: unanswered.fix(evidence.target, reason.kind),
        resolves_when=f"{name} answers within the time limit",
    )


def catalog_in_motion(evidence: Evidence) -> Finding | None:
    """Tables that change between two questions are being migrated."""
    reason = _reason(evidence, unanswered.IN_MOTION)
    if reason is None:
        return None
    return _migration_running(evidence, f"The tables changed while we read them: {reason.message}.")


def forbidden(evidence: Evidence) -> Finding | None:
    reason = _hidden(evidence, Kind.FORBIDDEN) or _reason(evidence, unanswered.FORBIDDEN)
    if reason is None:
        return None
    facts = evidence.facts
    return _unknown(
        evidence,
        code="table-forbidden",
        summary=(
            f"The dashboard may not read the table in {evidence.target.name}; whether it has "
            "the ID is unknown."
        ),
        explanation=f"{reason.message}.",
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: _grant(facts) if facts else None,
        resolves_when="the role has select on the needed columns",
    )


def _grant(facts: EnvironmentFacts) -> Fix:
    catalog, role = facts.catalog, facts.catalog.server.role
    if catalog.parent:
        return fixes.grant(facts.name, [catalog.parent], role)
    parent = catalog.definition.parent_schema if catalog.definition else catalog.name
    return fixes.use_schema(facts.name, parent, role)


def rows_hidden(evidence: Evidence) -> Finding | None:
    reason = _hidden(evidence, Kind.ROWS_HIDDEN)
    if reason is None or evidence.facts is None:
        return None
    return _unknown(
        evidence,
        code="rls-hides",
        summary=(
            f"Row security hides rows from the dashboard in {evidence.target.name}; whether it "
            "has the ID is unknown."
        ),
        explanation=f"{reason.message}: a hidden row may exist.",
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: fixes.see_every_row(evidence.target.name, evidence.facts.catalog.server.role),
        resolves_when="the role sees all rows of the table",
    )


def constraint_unknown(evidence: Evidence) -> Finding | None:
    """Speak where nothing tells which tables to look into: no migration need be missing."""
    reason = _hidden(evidence, Kind.CONSTRAINT_UNKNOWN)
    if reason is None or evidence.facts is None:
        return None
    return _unknown(
        evidence,
        code="table-absent",
        summary=f"{words.capital(reason.message)}: whether it has the ID is unknown.",
        explanation=fixes.which_constraint(evidence.facts.catalog),
        cause=4,
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: fixes.correct_constraint(evidence.target.name),
        resolves_when="the configured constraint is a foreign key of the environment",
    )


def table_absent(evidence: Evidence) -> Finding | None:
    kinds = (Kind.TABLE_ABSENT, Kind.SCHEMA_ABSENT)
    reason = next(filter(None, (_hidden(evidence, kind) for kind in kinds)), None)
    if reason is None or evidence.facts is None:
        return None
    return _unknown(
        evidence,
        code="table-absent",
        summary=f"{words.capital(reason.message)}: whether it has the ID is unknown.",
        explanation=_where_else(evidence.facts, evidence.facts.catalog.definition),
        cause=4,
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: options.deploy_migrations(
            evidence, "First check that the URL names the right database and ?schema=."
        ),
        resolves_when="the table exists in the configured schema",
    )


def replica_lag(evidence: Evidence) -> Finding | None:
    reason = _hidden(evidence, Kind.REPLICA_LAG)
    if reason is None:
        return None
    return _unknown(
        evidence,
        code="replica-lag",
        confidence=Confidence.LIKELY,
        summary=(
            f"The replica of {evidence.target.name} lags behind, so {evidence.nouns.parent.a} "
            "missing on it may exist."
        ),
        explanation=f"{reason.message}.",
        reply=lambda: reply(evidence, NOT_CHECKED),
        fix=lambda: fixes.ask_again(
            evidence.target, "Check on the primary, or wait for the replica."
        ),
        resolves_when="the replica has caught up, or the primary is checked",
    )


def migration_running(evidence: Evidence) -> Finding | None:
    facts = evidence.facts
    if facts is None or evidence.here.state is not PresenceState.ABSENT:
        return None
    if facts.migrating is None:
        return None
    return _migration_running(evidence, f"{facts.migrating} is held right now.")


def _migration_running(evidence: Evidence, explanation: str) -> Finding:
    name = evidence.target.name
    return _unknown(
        evidence,
        code="migration-running",
        confidence=Confidence.LIKELY,
        summary=f"A migration is running in {name}: what is missing now may exist afterwards.",
        explanation=explanation,
        reply=lambda: reply(
            evidence,
            "An update of {here} is running. Please try again in a few minutes.",
        ),
        fix=lambda: Fix(
            title="Wait for the migration, then look up again",
            steps=(
                "Wait until the running deploy is done.",
                "After ten minutes, suspect a leftover lock (Prisma's P1002). The query shows "
                "who holds it.",
            ),
            commands=(
                Command(
                    "select l.pid, a.application_name, a.state, a.query_start\n"
                    "from pg_locks l join pg_stat_activity a using (pid)\n"
                    "where l.locktype = 'advisory' and l.objid = 72707369;"
                ),
            ),
        ),
        resolves_when="no migration is running",
    )


def _reason(evidence: Evidence, code: str) -> Unavailable | None:
    """Return why the target gave no answer, where that has this code."""
    answer = evidence.answer
    if isinstance(answer, Unavailable) and unanswered.code(answer.kind) == code:
        return answer
    return None


def _hidden(evidence: Evidence, kind: Kind) -> Unavailable | None:
    reason = evidence.here.reason if evidence.facts else None
    return reason if reason and reason.kind is kind else None


def _where_else(facts: EnvironmentFacts, definition: Definition | None) -> str:
    name = definition.parent_table if definition else ""
    others = [each.schema for each in facts.catalog.tables if each.name == name]
    elsewhere = f' The schema {words.listed(others)} has a table "{name}".' if others else ""
    if facts.ledger or facts.contract_edges:
        return (
            "The ledger says that migrations were applied, so the table was dropped or "
            f"moved.{elsewhere}"
        )
    return (
        f"The URL may name the wrong database or schema, or nothing was ever migrated.{elsewhere}"
    )


def _unknown(evidence: Evidence, **values: object) -> Finding:
    return Finding(
        severity=Severity.UNKNOWN,
        environment=evidence.target.name,
        evidence=lambda: gather(evidence),
        **values,  # type: ignore[arg-type]  # the fields of Finding, checked by its constructor
    )

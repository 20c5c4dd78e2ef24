"""What was seen, as sentences: every environment's word on the id, then the target's details."""

from collections.abc import Iterator

from dashboard.diagnose import words
from dashboard.diagnose.evidence import Evidence, Look, State, Unavailable
from dashboard.diagnose.finding import Fact
from dashboard.diagnose.fixes import DELETE_ACTIONS
from dashboard.environments import Environment
from queries.rows import ForeignKey


def gather(evidence: Evidence) -> tuple[Fact, ...]:
    """List the facts, the target's first."""
    order = (evidence.target, *(each for each in evidence.answers if each != evidence.target))
    presence = tuple(fact for each in order for fact in _presence(evidence, each))
    return presence + (tuple(_details(evidence, evidence.look)) if evidence.look else ())


def _presence(evidence: Evidence, environment: Environment) -> Iterator[Fact]:
    answer = evidence.answers[environment]
    if isinstance(answer, Unavailable):
        yield Fact(environment.name, f"could not be asked: {answer.message}")
        return
    if evidence.id is not None:
        sentence = _presence_words(evidence, answer)
        yield _fact(answer, sentence, "projects_by_id")
    if answer.identity.system_identifier:
        version = answer.schema.server.version.split(" ")[0]
        yield _fact(answer, f"{_role(answer)}, PostgreSQL {version}", "proof")


def _presence_words(evidence: Evidence, look: Look) -> str:
    presence = evidence.presence(look.environment)
    match presence.state:
        case State.FOUND if presence.project:
            return f"has the project: {words.project(presence.project)}"
        case State.ABSENT:
            table = look.schema.parent.table.name if look.schema.parent else "the table"
            if look.projects:
                other = words.short(look.projects[0].id)
                return f'no row in "{table}" under this very ID, but one under {other}'
            spellings = len(evidence.paste.id.variants) + 1 if evidence.paste.id else 1
            tested = words.count(spellings, "spelling")
            return f'no row in "{table}" under {tested} of the ID, with every row visible'
        case _:
            reason = presence.reason.message if presence.reason else "no reason given"
            return f"could not say: {reason}"


def _role(look: Look) -> str:
    return "a standby answered" if look.proof.in_recovery else "the primary answered"


def _details(evidence: Evidence, look: Look) -> Iterator[Fact]:
    for key in look.foreign_keys:
        yield _fact(look, foreign_key_words(key), "foreign_keys")
    if look.deployments is not None and look.schema.child:
        rows = words.count(len(evidence.deployments(look)), "row")
        table = look.schema.child.table.name
        yield _fact(look, f'"{table}" has {rows} with this ID', "deployments_by_project")
    yield from _newest(look)
    for trace in look.traces:
        last = f", the newest from {words.moment(trace.last_at)}" if trace.last_at else ""
        rows = words.count(trace.rows, "row")
        yield _fact(
            look, f"{trace.table}.{trace.column} still carries the ID: {rows}{last}", "traces"
        )
    for hit in look.entities:
        yield _fact(look, f"the ID is {hit.table}.{hit.column}", "entities")
    if look.migrations is not None:
        yield _fact(look, _ledger(look), "migrations")


def _newest(look: Look) -> Iterator[Fact]:
    newest, child = look.newest_deployment, look.schema.child
    if newest and newest.at and child:
        sentence = f'the newest row of "{child.table.name}" is from {words.moment(newest.at)}'
        yield _fact(look, sentence, "newest_row")


def foreign_key_words(key: ForeignKey) -> str:
    flags = (
        "validated" if key.validated else "not validated",
        "" if key.enforced else "not enforced",
        "" if key.child_triggers_on is not False else "its checks on new rows are switched off",
        "" if key.parent_triggers_on is not False else "its checks on deletes are switched off",
    )
    target = f'{key.parent_schema}."{key.parent_table}"'
    action = DELETE_ACTIONS.get(key.delete_action, key.delete_action)
    return f"{key.name} points at {target}, on delete {action}, {', '.join(filter(None, flags))}"


def _ledger(look: Look) -> str:
    rows = look.migrations or ()
    applied = {row.name for row in rows if row.finished_at and not row.rolled_back_at}
    unfinished = [row.name for row in rows if not row.finished_at and not row.rolled_back_at]
    stuck = f", {words.listed(unfinished)} started and not finished" if unfinished else ""
    return f"{words.count(len(applied), 'migration')} applied{stuck}"


def _fact(look: Look, sentence: str, query: str) -> Fact:
    return Fact(look.environment.name, sentence, query, look.proof.as_of, round(look.ms, 1))

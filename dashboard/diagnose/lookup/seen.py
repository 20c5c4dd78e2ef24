"""What was seen, as sentences: every environment's word on the id, then the target's details."""

from collections.abc import Iterator, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts, IdFacts, Unavailable
from dashboard.diagnose.finding import Fact
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.migrations.states import live
from dashboard.environments import Environment
from queries.rows import Migration


def gather(evidence: Evidence) -> tuple[Fact, ...]:
    """List the facts, the target's first."""
    order = (evidence.target, *(each for each in evidence.answers if each != evidence.target))
    presence = tuple(fact for each in order for fact in _presence(evidence, each))
    return presence + (tuple(_details(evidence, evidence.found)) if evidence.found else ())


def _presence(evidence: Evidence, environment: Environment) -> Iterator[Fact]:
    answer = evidence.answers[environment]
    if isinstance(answer, Unavailable):
        yield Fact(environment.name, f"not checked: {answer.message}")
        return
    if evidence.id is not None:
        sentence = _presence_words(evidence, answer)
        yield answer.facts.fact(sentence, "projects_by_id")
    if answer.facts.identity.system_identifier:
        version = answer.catalog.server.version.split(" ")[0]
        yield answer.facts.fact(f"{_role(answer.facts)}, PostgreSQL {version}", "proof")


def _presence_words(evidence: Evidence, found: IdFacts) -> str:
    presence = evidence.presence(found.environment)
    match presence.state:
        case PresenceState.FOUND if presence.project:
            return f"has the {evidence.nouns.parent}: {words.project(presence.project)}"
        case PresenceState.ABSENT:
            parent = evidence.nouns.parent
            if found.projects:
                other = words.short(found.projects[0].id)
                return f"no {parent} with exactly this ID, but one with {other}"
            cleaned = evidence.paste.id is not None and evidence.paste.id.variants
            how = " (as pasted or cleaned)" if cleaned else ""
            return f"no {parent} with this ID{how}; no rows are hidden"
        case _:
            reason = presence.reason.message if presence.reason else "no reason given"
            return f"unknown: {reason}"


def _role(facts: EnvironmentFacts) -> str:
    return "a standby answered" if facts.proof.in_recovery else "the primary answered"


def _details(evidence: Evidence, found: IdFacts) -> Iterator[Fact]:
    facts = found.facts
    for key in facts.foreign_keys:
        yield facts.fact(words.foreign_key(key), "foreign_keys")
    if found.deployments is not None and found.catalog.child:
        rows = words.count(len(evidence.deployments(found)), "row")
        table = found.catalog.child.table.name
        yield facts.fact(f'"{table}" has {rows} with this ID', "deployments_by_project")
    yield from _newest(facts)
    for trace in found.traces:
        last = f", the newest from {words.moment(trace.last_at)}" if trace.last_at else ""
        rows = words.count(trace.rows, "row")
        yield facts.fact(
            f"{trace.table}.{trace.column} still contains the ID: {rows}{last}", "traces"
        )
    for hit in found.entities:
        yield facts.fact(f"the ID is {hit.table}.{hit.column}", "entities")
    if facts.ledger is not None:
        yield facts.fact(_ledger(facts.ledger), "migrations")
    yield from _contract(facts)


def _newest(facts: EnvironmentFacts) -> Iterator[Fact]:
    newest, child = facts.newest_deployment, facts.catalog.child
    if newest and newest.at and child:
        sentence = f'the newest row of "{child.table.name}" is from {words.moment(newest.at)}'
        yield facts.fact(sentence, "newest_row")


def _contract(facts: EnvironmentFacts) -> Iterator[Fact]:
    """Say where Prisma 8 has brought the database, where it was there."""
    for marker in facts.markers or ():
        since = words.moment(marker.updated_at)
        contract = marker.core_hash.removeprefix("sha256:")[:12]
        sentence = f"Prisma 8's marker of {marker.space} is at {contract} since {since}"
        yield facts.fact(sentence, "contract_markers")
    if edges := facts.contract_edges:
        last = edges[-1]
        applied = words.count(len(edges), "migration")
        sentence = f"Prisma 8 has applied {applied}, the last {last.name or 'by db update'}"
        yield facts.fact(sentence, "contract_ledger")


def _ledger(rows: Sequence[Migration]) -> str:
    applied = {row.name for row in live(rows) if row.finished_at}
    unfinished = [row.name for row in live(rows) if not row.finished_at]
    stuck = f", {words.listed(unfinished)} started but never finished" if unfinished else ""
    return f"{words.count(len(applied), 'migration')} applied{stuck}"

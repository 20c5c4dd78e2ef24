"""What the throw-away server says of each environment: asked where something has changed.

| asked                           | of                    | where                                |
| ------------------------------- | --------------------- | ------------------------------------ |
| what the applied scripts make   | the throw-away server | a script changed, or was applied     |
| what is there                   | the environment       | always: thirteen short queries       |
| how one server prints both      | the throw-away server | texts differ, and were not asked for |
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

from psycopg import sql

from dashboard.collect import packages_to_come
from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts, Kind, Unavailable
from dashboard.diagnose.health.report import Context, FactsOfAll, ledgers
from dashboard.diagnose.migrations.contract.view import ContractView
from dashboard.diagnose.migrations.schema import drift
from dashboard.diagnose.migrations.schema.applied import applied_set, to_come
from dashboard.diagnose.migrations.schema.forecast import forecast, with_waiting
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.diagnose.migrations.schema.preflight import Counted, Preflight, Risk, judged
from dashboard.diagnose.migrations.schema.presence import Present, lasting, present, traces
from dashboard.diagnose.migrations.schema.rehearsed import (
    AppliedSet,
    CannotRehearse,
    Rehearsed,
    RehearsedMigration,
    SchemaComparison,
)
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, Ask, Conversation, Deadline, Fleet, Limits
from dashboard.rehearsal.catalog import search_path, statements
from dashboard.rehearsal.client import Rehearsals, Replayed, Scripts, Tried
from dashboard.settings import Settings
from queries import registry, rows
from queries.query import Statement

MOST_TRACED = 60  # of the last that are applied: each takes a look at the whole catalog
MOST_BESIDE = 4  # answers of the throw-away server are kept beside one for each environment
PREFLIGHT = Limits(deadline_s=20.0, statement_timeout_ms=2000)  # of all questions, and of each
# classes of SQLSTATE: names, types, what depends on what; never what is in a row, nor 25, for who
# deploys may run a script statement by statement
OF_THE_SCHEMA = frozenset({"0A", "2B", "3F", "42", "55"})
NOT_HERE = 'extension "'  # that the throw-away server has not, says nothing of another one
OPAQUE = frozenset({"do_stmt", "call_stmt"})  # what these do may depend on rows
TRANSACTIONS = registry.TRANSACTIONS.bind()
IN_BETWEEN = frozenset({Kind.LOCKED, Kind.UNCLASSIFIED})  # XX000: it was dropped meanwhile
CONTRACT_SCHEMA = "prisma_contract"
LEFT_OUT = CannotRehearse("the rehearsal was left out (--no-rehearsal)")
SWITCHED_OFF = CannotRehearse("the rehearsal is switched off")

T = TypeVar("T")


class _Kept(Generic[T]):
    """The newest answers, by what was asked."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, asked: Hashable) -> T | None:
        return self._answers.get(asked)

    def keep(self, asked: Hashable, answer: T) -> T:
        self._answers[asked] = answer
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return answer


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    """What was rehearsed, and by migration what may stop it on the rows that are there."""

    said: Rehearsed
    risks: tuple[tuple[Risk, ...], ...] = ()


class Rehearser:
    """Compares the schema of each environment with what its migrations make."""

    def __init__(self, settings: Settings, fleet: Fleet) -> None:
        self._fleet = fleet
        self._server = Rehearsals(settings.rehearsal) if settings.rehearsal else None
        most = len(settings.databases) + MOST_BESIDE
        self._replayed = _Kept[Replayed](most)
        self._compared = _Kept[SchemaComparison](most)
        self._rehearsed = _Kept[_Rehearsal](most)

    def rest(self) -> None:
        """Let the server go: what it said is kept, and it is asked again where that changes."""
        if self._server:
            self._server.rest()

    def close(self) -> None:
        if self._server:
            self._server.close()

    def rehearse(
        self, asked: Sequence[Environment], facts: FactsOfAll, context: Context
    ) -> Mapping[Environment, Rehearsed]:
        """Say of each that answered what could be rehearsed, or why nothing could."""
        views = ledgers(facts, context)
        answered = (each for each in asked if each in views)
        return {each: self._one(facts[each], views[each], context.scripts) for each in answered}

    def _one(
        self,
        facts: EnvironmentFacts | Unavailable,
        view: LedgerView,
        texts: Mapping[str, str],
    ) -> Rehearsed:
        applied, server = applied_set(view, texts), self._server
        if isinstance(facts, Unavailable):
            return _nothing(CannotRehearse(facts.message))
        if server and view.contract and view.by_contract and isinstance(applied, CannotRehearse):
            return self._of_packages(server, view.contract, applied, facts, view.schema)
        if server is None or isinstance(applied, CannotRehearse):
            return _nothing(SWITCHED_OFF if isinstance(applied, AppliedSet) else applied)
        expected = self._expected(server, applied, view.schema)
        if isinstance(expected, CannotRehearse):
            return _nothing(expected)
        compared = self._compared_there(server, applied, expected, view.schema, facts)
        if isinstance(compared, CannotRehearse):
            return _nothing(compared)
        rehearsal = self._to_come(server, compared, expected, view, texts)
        said = self._on_its_rows(facts.environment, rehearsal)
        return self._with_waiting(facts.environment, said, compared.found)

    def _compared_there(
        self,
        server: Rehearsals,
        applied: AppliedSet,
        expected: Replayed,
        schema: str,
        facts: EnvironmentFacts,
    ) -> SchemaComparison | CannotRehearse:
        """Read what is there, and compare it with what is expected."""
        found = self._found(facts, sorted({schema, *expected.image.schemas}))
        if isinstance(found, Unavailable):
            return CannotRehearse(found.message)
        return self._comparison(server, applied, schema, expected, found)

    def _of_packages(
        self,
        server: Rehearsals,
        contract: ContractView,
        why: CannotRehearse,
        facts: EnvironmentFacts,
        schema: str,
    ) -> Rehearsed:
        """Rehearse what Prisma 8 would run; what was applied is in its contract, not compared."""
        waiting, unread = packages_to_come.waiting(contract)
        schemas = {schema, *(each.schema for each in facts.catalog.tables)} - {CONTRACT_SCHEMA}
        found = self._found(facts, sorted(schemas)) if waiting else None
        if isinstance(found, Unavailable):
            return Rehearsed(why, CannotRehearse(found.message))
        if found is None:
            return Rehearsed(why, unread)
        if found.held:
            return Rehearsed(why, CannotRehearse(_being_changed(found.held)))
        planned = server.plan(schema, found, waiting)
        if isinstance(planned, CannotRehearse):
            return Rehearsed(why, planned)
        scripts = tuple((each.name, each.script) for each in planned)
        tried = server.rehearse(schema, found, scripts)
        if isinstance(tried, CannotRehearse):
            return Rehearsed(why, tried)
        told = tuple(_foretold(each, found) for each in tried)
        said = self._on_its_rows(
            facts.environment, _Rehearsal(Rehearsed(why, told), tuple(_risks(tried)))
        )
        said = self._with_waiting(facts.environment, said, found)
        ended = next((each for each in planned if each.refused or each.doubt), None)
        return replace(
            said, pending=(*packages_to_come.ended(said.pending, ended), *(() if ended else unread))
        )

    def _found(self, facts: EnvironmentFacts, schemas: Sequence[str]) -> SchemaImage | Unavailable:
        read = partial(read_image, schemas=schemas, major=facts.catalog.server.major)
        return self._fleet.run_one(read, BACKGROUND, facts.environment)

    def _to_come(
        self,
        server: Rehearsals,
        compared: SchemaComparison,
        expected: Replayed,
        view: LedgerView,
        texts: Mapping[str, str],
    ) -> "_Rehearsal":
        """Rehearse what is still to come, on the schema as it is and on the one expected."""
        if held := compared.found.held:
            return _Rehearsal(Rehearsed(compared, CannotRehearse(_being_changed(held))))
        pending, unfinished = to_come(view, texts)
        asked = (view.schema, pending, unfinished, expected.scripts, compared.found.digest)
        if kept := self._rehearsed.get(asked):
            return kept
        presence = self._presence(server, compared, expected, view.schema, unfinished + pending)
        tried = server.rehearse(view.schema, compared.found, pending)
        if isinstance(tried, CannotRehearse):
            return _Rehearsal(Rehearsed(compared, tried, presence))
        told = tuple(_foretold(each, compared.found) for each in tried)
        rehearsal = _Rehearsal(Rehearsed(compared, told, presence), tuple(_risks(tried)))
        return self._rehearsed.keep(asked, rehearsal)

    def _on_its_rows(self, environment: Environment, rehearsal: "_Rehearsal") -> Rehearsed:
        """Ask anew what only rows tell: these change without the schema."""
        said, pending = rehearsal.said, rehearsal.said.pending
        if isinstance(pending, CannotRehearse) or not pending:
            return said
        ask = partial(_counted, risks=rehearsal.risks)
        counted = self._fleet.run_one(ask, PREFLIGHT, environment)
        if isinstance(counted, Unavailable):
            counted = [
                [Counted(risk, None, counted.message) for risk in of] for of in rehearsal.risks
            ]
        return replace(
            said,
            pending=tuple(
                replace(each, verdict=judged(answers))
                for each, answers in zip(pending, counted, strict=True)
            ),
        )

    def _with_waiting(
        self, environment: Environment, said: Rehearsed, found: SchemaImage
    ) -> Rehearsed:
        """Ask who is in the way of the locks now; they are told without where that is not known."""
        pending = said.pending
        if isinstance(pending, CannotRehearse) or not any(each.locks for each in pending):
            return said
        ask = partial(_in_the_way, schemas=found.schemas)
        told = self._fleet.run_one(ask, BACKGROUND, environment)
        if isinstance(told, Unavailable):
            return said
        waiting = (replace(each, locks=with_waiting(each.locks, found, *told)) for each in pending)
        return replace(said, pending=tuple(waiting))

    def _presence(
        self,
        server: Rehearsals,
        compared: SchemaComparison,
        expected: Replayed,
        schema: str,
        more: Scripts,
    ) -> Mapping[str, Present]:
        """Look for what migrations make: those to come, and where it has drifted the last ones."""
        own, other = (server.trace(schema, *each) for each in _split(expected, compared, more))
        live = drift.with_expected_names(compared.found, compared.differences)
        found: dict[str, Present] = {}
        for each in () if isinstance(other, CannotRehearse) else other:
            if each.outcome.name not in compared.applied.edited:
                kept = lasting(tuple(traces(each.before, each.after)), expected.image)
                found[each.outcome.name] = present(kept, live)
        for each in () if isinstance(own, CannotRehearse) else own:
            if each.outcome.failure is None:
                made = tuple(traces(each.before, each.after))
                found[each.outcome.name] = present(made, live)
        return found

    def _expected(
        self, server: Rehearsals, applied: AppliedSet, schema: str
    ) -> Replayed | CannotRehearse:
        """Replay in the order of the ledger, else in that of the folder."""
        told: Replayed | CannotRehearse = SWITCHED_OFF
        for scripts in dict.fromkeys((applied.scripts, tuple(sorted(applied.scripts)))):
            told = self._replay(server, scripts, schema)
            if isinstance(told, CannotRehearse) or told.failed is None:
                return told
        return told if isinstance(told, CannotRehearse) else CannotRehearse(_stopped(told))

    def _replay(
        self, server: Rehearsals, scripts: Scripts, schema: str
    ) -> Replayed | CannotRehearse:
        if kept := self._replayed.get((schema, scripts)):
            return kept
        told = server.replay(schema, scripts)
        if isinstance(told, CannotRehearse):
            return told
        return self._replayed.keep((schema, scripts), told)

    def _comparison(
        self,
        server: Rehearsals,
        applied: AppliedSet,
        schema: str,
        expected: Replayed,
        found: SchemaImage,
    ) -> SchemaComparison | CannotRehearse:
        asked = (schema, applied, found.digest)
        if kept := self._compared.get(asked):
            return kept
        texts = drift.texts(expected.image, found)
        printed = server.reprint(schema, expected.scripts, found, texts) if texts else {}
        if isinstance(printed, CannotRehearse):
            return printed
        differences = drift.differences(expected.image, found, printed)
        assumed = tuple(dict.fromkeys(one for each in expected.outcomes for one in each.assumed))
        comparison = SchemaComparison(applied, expected.image, found, differences, assumed)
        return self._compared.keep(asked, comparison)


def left_out(asked: Sequence[Environment]) -> Mapping[Environment, Rehearsed]:
    """Say of each that it was left out, as was asked for."""
    return dict.fromkeys(asked, _nothing(LEFT_OUT))


def _nothing(why: CannotRehearse) -> Rehearsed:
    return Rehearsed(why, why)


def _foretold(tried: Tried, live: SchemaImage) -> RehearsedMigration:
    outcome = tried.outcome
    locks = () if outcome.failure else forecast(tried.steps, live)
    return RehearsedMigration(
        outcome.name, outcome.failure, _certain(tried), outcome.assumed, locks
    )


def _certain(tried: Tried) -> bool:
    """Believe a failure where no row could have changed it."""
    failure = tried.outcome.failure
    if failure is None or failure[1].startswith(NOT_HERE):
        return False
    of_schema = failure[0][:2] in OF_THE_SCHEMA
    return of_schema and not tried.outcome.assumed and not OPAQUE & set(tried.kinds)


def _risks(tried: Sequence[Tried]) -> Iterator[tuple[Risk, ...]]:
    """List what may stop each, the one after the other."""
    if not tried:
        return
    preflight = Preflight(tried[0].before)
    for each in tried:
        yield (*preflight.risks(each.steps), *_of_the_rehearsal(each))


def _of_the_rehearsal(tried: Tried) -> Iterator[Risk]:
    """Add what the rehearsal itself has stopped at, or could not take apart."""
    following, failure = len(tried.steps) + 1, tried.outcome.failure
    for each in tried.outcome.assumed:
        yield Risk(following, "", each, doubt="it was made for the rehearsal")
    if failure:
        sqlstate, message = failure
        certain = _certain(tried)
        doubt = "" if certain else "an empty copy of the schema stops there; rows may matter"
        yield Risk(following, sqlstate, message, doubt=doubt, sure=certain)
    elif len(tried.steps) < len(tried.kinds):
        yield Risk(following, "", "the script", doubt="its statements could not be told apart")


def _counted(
    _environment: Environment, deadline: Deadline, risks: Sequence[Sequence[Risk]]
) -> Conversation[list[list[Counted]]]:
    """Count the rows in the way, up to the first statement that is certain to be stopped."""
    counted: list[list[Counted]] = []
    for of_one in risks:
        answers: list[Counted] = []
        for risk in of_one:
            answers.append((yield from _answer(risk, deadline)))
        counted.append(answers)
    return counted


def _answer(risk: Risk, deadline: Deadline) -> Conversation[Counted]:
    if risk.sure:
        return Counted(risk, 1)
    if not risk.text:
        return Counted(risk, None, risk.doubt)
    statement = Statement("preflight", risk.text.replace("%", "%%"), {}, rows.RowCount)
    answers = yield Ask([statement], PREFLIGHT.within(deadline))
    if isinstance(answers, Unavailable):
        return Counted(risk, None, answers.message)
    return Counted(risk, answers.one(statement).rows)


def _split(
    expected: Replayed, compared: SchemaComparison, more: Scripts
) -> tuple[tuple[Scripts, Scripts], tuple[Scripts, Scripts]]:
    """Say what to trace beyond all that is applied, and from where on of what is."""
    traced = MOST_TRACED if compared.drifted else 0
    place = max(0, len(expected.scripts) - traced)
    return (expected.scripts, more), (expected.scripts[:place], expected.scripts[place:])


def _in_the_way(
    _environment: Environment, _deadline: Deadline, schemas: Sequence[str]
) -> Conversation[tuple[Sequence[rows.TableLock], rows.Transactions] | Unavailable]:
    locks, transactions = registry.TABLE_LOCKS.bind(schemas=list(schemas)), TRANSACTIONS
    answers = yield Ask([locks, transactions], BACKGROUND)
    if isinstance(answers, Unavailable):
        return answers
    return answers.rows(locks), answers.one(transactions)


def _being_changed(held: Collection[Key]) -> str:
    named = words.some(sorted({key[-1] for key in held}))
    return f"being changed right now: {named}"


def _stopped(told: Replayed) -> str:
    failed = told.failed
    if failed is None or failed.failure is None:
        raise TypeError("only what failed is said to have stopped")
    sqlstate, message = failed.failure
    needs = [each for each in failed.assumed if each.endswith(", empty")]
    why = f" (it needs {', '.join(needs)})" if needs else ""
    return f"{failed.name} stops on an empty database, with {sqlstate}: {message}{why}"


def read_image(
    _environment: Environment, _deadline: Deadline, schemas: Sequence[str], major: int
) -> Conversation[SchemaImage | Unavailable]:
    """Read a catalog; once more where something was locked or dropped in between."""
    told = yield from _read(schemas, major)
    if isinstance(told, Unavailable) and told.kind in IN_BETWEEN:
        told = yield from _read(schemas, major)
    return told


def _read(schemas: Sequence[str], major: int) -> Conversation[SchemaImage | Unavailable]:
    """Read it with its names as short as the throw-away server's, but for what is held."""
    extensions = registry.CATALOG_EXTENSIONS.bind()
    held = registry.CATALOG_HELD.bind(schemas=list(schemas))
    answers = yield Ask([extensions, held], BACKGROUND)
    if isinstance(answers, Unavailable):
        return answers
    there, in_the_way = answers.rows(extensions), answers.rows(held)
    path = sql.SQL(", ").join(map(sql.Identifier, search_path(schemas, there)))
    limits = replace(BACKGROUND, planner=(("search_path", path.as_string(None)),))
    asked = statements(schemas, in_the_way)
    answers = yield Ask([*asked.values()], limits)
    if isinstance(answers, Unavailable):
        return answers
    found = {kind: answers.rows(statement) for kind, statement in asked.items()}
    return SchemaImage.of(major, {"extension": there, **found}, in_the_way)

"""What the throw-away server says of each environment: asked where something has changed.

| asked                           | of                    | where                                |
| ------------------------------- | --------------------- | ------------------------------------ |
| what the applied scripts make   | the throw-away server | a script changed, or was applied     |
| what is there                   | the environment       | always: thirteen short queries       |
| how one server prints both      | the throw-away server | texts differ, and were not asked for |
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from psycopg import sql

from dashboard.collect import packages_to_come
from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts, Kind, Unavailable
from dashboard.diagnose.health.report import Context, FactsOfAll, ledgers
from dashboard.diagnose.migrations.contract.view import ContractView
from dashboard.diagnose.migrations.schema import drift
from dashboard.diagnose.migrations.schema.applied import NONE_APPLIED, ToCome, applied_set, to_come
from dashboard.diagnose.migrations.schema.forecast import forecast, with_waiting
from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from dashboard.diagnose.migrations.schema.preflight import Preflight
from dashboard.diagnose.migrations.schema.presence import (
    Presence,
    Present,
    lasting,
    present,
    traces,
)
from dashboard.diagnose.migrations.schema.rehearsed import (
    AppliedSet,
    CannotRehearse,
    Rehearsed,
    RehearsedMigration,
    SchemaComparison,
)
from dashboard.diagnose.migrations.schema.verdict import (
    Answer,
    Counted,
    Loss,
    Risk,
    Verdict,
    judged,
)
from dashboard.diagnose.migrations.view import LedgerView
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, Ask, Conversation, Deadline, Fleet, Limits
from dashboard.rehearsal.catalog import search_path, statements
from dashboard.rehearsal.client import Rehearsals, Replayed, Scripts, Tried
from dashboard.settings import Settings
from queries import patterns, registry, rows
from queries.query import Statement
from queries.records import dataclass

MOST_TRACED = 60  # of the last that are applied: each takes a look at the whole catalog
MOST_BESIDE = 4  # answers of the throw-away server are kept beside one for each environment
PREFLIGHT = Limits(deadline_s=20.0, statement_timeout_ms=2000)  # of all questions, and of each
LEAST_LEFT_S = 1.0
PATIENT = Limits(deadline_s=900.0, statement_timeout_ms=600_000)  # on demand
PATIENCE_KEPT_S = 900.0  # rows change meanwhile
MOST_PATIENT = 200
# classes of SQLSTATE: names, types, what depends on what; never what is in a row, nor 25, for who
# deploys may run a script statement by statement
OF_THE_SCHEMA = frozenset({"0A", "2B", "3F", "42", "55"})
NOT_HERE = 'extension "'  # that the throw-away server has not, says nothing of another one
OF_A_VALUE = "22"
TOO_SLOW = "it takes too long to ask here"
SLOW = (Kind.SLOW, Kind.TIMEOUT)
NO_RIGHT = "42501"
FOR_WANT = frozenset({"42704", "42883", "42P01", "3F000"})
LACKED_HERE = patterns.lazy(r"collation|text search|tablespace|access method|language")
OPAQUE = frozenset({"do_stmt", "call_stmt"})  # what these do may depend on rows
TRANSACTIONS = registry.TRANSACTIONS.bind()
IN_BETWEEN = frozenset({Kind.LOCKED, Kind.UNCLASSIFIED})  # XX000: it was dropped meanwhile
CONTRACT_SCHEMA = "prisma_contract"
LEFT_OUT = CannotRehearse("the rehearsal was left out (--no-rehearsal)")
SWITCHED_OFF = CannotRehearse("the rehearsal is switched off")

NOTHING_YET = Replayed((), SchemaImage(0, {}))

T = TypeVar("T")


class Kept(Generic[T]):
    """The newest answers, by what was asked."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, asked: Hashable) -> T | None:
        return self._answers.get(asked)

    def keep(self, asked: Hashable, answer: T) -> T:
        self._answers[asked] = answer
        self._answers.move_to_end(asked)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return answer


@dataclass(frozen=True, slots=True)
class Questions:
    """What may stop one migration on the rows that are there, and what it drops of them."""

    risks: tuple[Risk, ...]
    losses: tuple[Loss, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    """What was rehearsed, and by migration what is to be asked."""

    said: Rehearsed
    questions: tuple[Questions, ...] = ()


@dataclass(frozen=True, slots=True)
class _Here:
    """What is there, and how that compares with what the applied scripts make."""

    schema: str
    found: SchemaImage
    compared: SchemaComparison | CannotRehearse

    @property
    def drifted(self) -> bool:
        return isinstance(self.compared, SchemaComparison) and bool(self.compared.drifted)

    @property
    def edited(self) -> tuple[str, ...]:
        return () if isinstance(self.compared, CannotRehearse) else self.compared.applied.edited

    @property
    def live(self) -> SchemaImage:
        """Give what is there by the names that it was expected to have."""
        if isinstance(self.compared, CannotRehearse):
            return self.found
        return drift.with_expected_names(self.found, self.compared.differences)


class Rehearser:
    """Compares the schema of each environment with what its migrations make."""

    def __init__(self, settings: Settings, fleet: Fleet) -> None:
        self._fleet = fleet
        self._server = Rehearsals(settings.rehearsal) if settings.rehearsal else None
        most = len(settings.databases) + MOST_BESIDE
        self._replayed = Kept[Replayed](most)
        self._compared = Kept[SchemaComparison](most)
        self._rehearsed = Kept[_Rehearsal](most)
        self._last: dict[Environment, _Rehearsal] = {}
        self._patient = Kept[tuple[float, Counted]](MOST_PATIENT)

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
        waiting = to_come(view, texts)
        if isinstance(waiting, CannotRehearse):
            return _nothing(waiting)
        if server is None:
            return _nothing(SWITCHED_OFF)
        expected = self._expected(server, applied, view.schema)
        found = self._found(facts, _schemas(facts, view, expected))
        if isinstance(found, Unavailable):
            return _nothing(CannotRehearse(found.message))
        compared = self._comparison(server, applied, view.schema, expected, found)
        here = _Here(view.schema, found, compared)
        rehearsal = self._to_come(server, here, expected, waiting)
        said = self._on_its_rows(facts.environment, rehearsal)
        return self._with_waiting(facts.environment, said, found)

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
            facts.environment, _Rehearsal(Rehearsed(why, told), tuple(questions(tried, schema)))
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
        here: "_Here",
        expected: Replayed | CannotRehearse,
        waiting: ToCome,
    ) -> "_Rehearsal":
        """Rehearse what is still to come, on the schema as it is and on the one expected.

        What failed and left nothing behind runs again first, as soon as it is marked so.
        """
        if held := here.found.held:
            return _Rehearsal(Rehearsed(here.compared, CannotRehearse(_being_changed(held))))
        scripts = expected.scripts if isinstance(expected, Replayed) else None
        asked = (here.schema, waiting, scripts, here.found.digest)
        if kept := self._rehearsed.get(asked):
            return replace(kept, said=replace(kept.said, schema=here.compared))
        presence = self._presence(server, here, expected, waiting.scripts)
        said = Rehearsed(here.compared, (), presence, waiting.scripts)
        again = tuple(each for each in waiting.unfinished if _left_nothing(presence.get(each[0])))
        tried = server.rehearse(here.schema, here.found, again + waiting.pending)
        if isinstance(tried, CannotRehearse):
            return _Rehearsal(replace(said, pending=tried))
        told = tuple(_foretold(each, here.found) for each in tried)
        asked_of_rows = tuple(questions(tried, here.schema))
        return self._rehearsed.keep(asked, _Rehearsal(replace(said, pending=told), asked_of_rows))

    def _on_its_rows(self, environment: Environment, rehearsal: "_Rehearsal") -> Rehearsed:
        """Ask anew what only rows tell: these change without the schema."""
        said, pending = rehearsal.said, rehearsal.said.pending
        self._last[environment] = rehearsal
        if isinstance(pending, CannotRehearse) or not pending:
            return said
        ask = partial(_verdicts, questions=rehearsal.questions, slow=self._asked_patiently)
        verdicts = self._fleet.run_one(ask, PREFLIGHT, environment)
        if isinstance(verdicts, Unavailable):
            verdicts = [_unasked(each, verdicts) for each in rehearsal.questions]
        return replace(
            said,
            pending=tuple(
                replace(each, verdict=verdict)
                for each, verdict in zip(pending, verdicts, strict=True)
            ),
        )

    def ask_patiently(self, environment: Environment) -> None:
        """Ask what took too long once more; the answers are kept for a while."""
        last = self._last.get(environment)
        asked = [] if last is None else [risk for of in last.questions for risk in of.risks]
        ask = partial(_patiently, risks=[risk for risk in asked if risk.text])
        counted = self._fleet.run_one(ask, PATIENT, environment)
        for each in [] if isinstance(counted, Unavailable) else counted:
            self._patient.keep((environment, each.risk.text), (time.monotonic(), each))

    def _asked_patiently(self, environment: Environment, risk: Risk) -> Counted | None:
        kept = self._patient.get((environment, risk.text))
        if kept is None or time.monotonic() - kept[0] > PATIENCE_KEPT_S:
            return None
        return replace(kept[1], risk=risk)

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
        here: "_Here",
        expected: Replayed | CannotRehearse,
        more: Scripts,
    ) -> Mapping[str, Present]:
        """Look for what migrations make: those to come, and where it has drifted the last ones."""
        if isinstance(expected, CannotRehearse):
            return {}
        own, other = (server.trace(here.schema, *each) for each in _split(expected, here, more))
        found: dict[str, Present] = {}
        for each in () if isinstance(other, CannotRehearse) else other:
            if each.outcome.name not in here.edited:
                kept = lasting(tuple(traces(each.before, each.after)), expected.image)
                found[each.outcome.name] = present(kept, here.live)
        for each in () if isinstance(own, CannotRehearse) else own:
            if each.outcome.failure is None:
                made = tuple(traces(each.before, each.after))
                found[each.outcome.name] = present(made, here.live)
        return found

    def _expected(
        self, server: Rehearsals, applied: AppliedSet | CannotRehearse, schema: str
    ) -> Replayed | CannotRehearse:
        """Replay in the order of the ledger, else in that of the folder."""
        if applied is NONE_APPLIED:
            return NOTHING_YET
        if isinstance(applied, CannotRehearse):
            return applied
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
        applied: AppliedSet | CannotRehearse,
        schema: str,
        expected: Replayed | CannotRehearse,
        found: SchemaImage,
    ) -> SchemaComparison | CannotRehearse:
        if isinstance(applied, CannotRehearse):
            return applied
        if isinstance(expected, CannotRehearse):
            return expected
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


def _schemas(
    facts: EnvironmentFacts, view: LedgerView, expected: Replayed | CannotRehearse
) -> list[str]:
    """Choose which to read: those that migrations make things in, as far as that is known."""
    if isinstance(expected, Replayed) and expected is not NOTHING_YET:
        return sorted({view.schema, *expected.image.schemas})
    return sorted({view.schema, *(each.schema for each in facts.catalog.tables)})


def left_out(asked: Sequence[Environment]) -> Mapping[Environment, Rehearsed]:
    """Say of each that it was left out, as was asked for."""
    return dict.fromkeys(asked, _nothing(LEFT_OUT))


def _nothing(why: CannotRehearse) -> Rehearsed:
    return Rehearsed(why, why)


def _left_nothing(found: Present | None) -> bool:
    return found is not None and found.presence is Presence.NONE


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
    if any(row.parents and not row.bound for _, row in tried.before.all("relation")):
        return False  # what heirs have of their own is not copied exactly
    of_schema = failure[0][:2] in OF_THE_SCHEMA and not _of_this_server(tried, *failure)
    return of_schema and not tried.outcome.assumed and not OPAQUE & set(tried.kinds)


def _of_this_server(tried: Tried, sqlstate: str, message: str) -> bool:
    """Whether it may fail only here: for want of a right, or of what another server has."""
    lacking = sqlstate in FOR_WANT and (tried.stand_ins or LACKED_HERE.search(message))
    return sqlstate == NO_RIGHT or bool(lacking)


def questions(tried: Sequence[Tried], schema: str) -> Iterator[Questions]:
    """List what may stop each, the one after the other."""
    if not tried:
        return
    preflight = Preflight(tried[0].before, schema)
    for each in tried:
        risks = (*preflight.risks(each.steps), *_of_the_rehearsal(each))
        statements = (*(step.text for step in each.steps), each.following)
        yield Questions(risks, tuple(preflight.losses), statements)


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


@dataclass(frozen=True, slots=True)
class _TimeLeft:
    """What one question may take, and until when there is an answer to all of them."""

    limits: Limits
    deadline: Deadline


def _verdicts(
    environment: Environment,
    deadline: Deadline,
    questions: Sequence[Questions],
    slow: Callable[[Environment, Risk], Counted | None],
) -> Conversation[list[Verdict]]:
    """Ask of each migration; what takes too long may have been asked before."""
    verdicts: list[Verdict] = []
    left = _TimeLeft(PREFLIGHT, deadline)
    for each in questions:
        asked = yield from _answered(each.risks, left)
        answers = [
            (answer.why == TOO_SLOW and slow(environment, answer.risk)) or answer
            for answer in asked
        ]
        verdict = judged(answers, each.statements)
        losses = yield from _losses(each.losses, verdict.step, left)
        too_slow = verdict.answer is Answer.UNKNOWN and any(e.why == TOO_SLOW for e in answers)
        verdicts.append(replace(verdict, losses=losses, too_slow=too_slow))
    return verdicts


def _patiently(
    _environment: Environment, deadline: Deadline, risks: Sequence[Risk]
) -> Conversation[list[Counted]]:
    """Ask again only what takes long."""
    counted: list[Counted] = []
    for risk in risks:
        answer = yield from _answer(risk, _TimeLeft(PREFLIGHT, deadline))
        if answer.why == TOO_SLOW:
            counted.append((yield from _answer(risk, _TimeLeft(PATIENT, deadline))))
    return counted


def _unasked(questions: Questions, why: Unavailable) -> Verdict:
    answers = [Counted(risk, 1 if risk.sure else None, why.message) for risk in questions.risks]
    return judged(answers, questions.statements)


def _answered(risks: Sequence[Risk], left: _TimeLeft) -> Conversation[list[Counted]]:
    """Count the rows in the way, up to the first statement that is certain to be stopped."""
    answers: list[Counted] = []
    stopped: int | None = None
    for risk in risks:
        if stopped is not None and risk.step > stopped:
            break
        answer = yield from _answer(risk, left)
        answers.append(answer)
        if answer.number and not risk.possible:
            stopped = risk.step
    return answers


def _answer(risk: Risk, left: _TimeLeft) -> Conversation[Counted]:
    if risk.sure:
        return Counted(risk, 1)
    if not risk.text:
        return Counted(risk, None, risk.doubt)
    answer = yield from _ask(risk.text, rows.RowCount, left)
    if isinstance(answer, Unavailable):
        return _failed(risk, answer)
    if not answer.rows or risk.possible or not risk.keyed:
        return Counted(risk, answer.rows)
    keyed = yield from _ask(risk.keyed, rows.Blocking, left)
    keys = () if isinstance(keyed, Unavailable) else keyed.first_ids
    return Counted(risk, answer.rows, keys=keys)


def _failed(risk: Risk, why: Unavailable) -> Counted:
    """Take an error about what is in a row for the answer, where the statement would have it."""
    if risk.computed and why.sqlstate.startswith(OF_A_VALUE):
        return Counted(risk, 1, sqlstate=why.sqlstate)
    if why.kind is Kind.FORBIDDEN and risk.reads:
        return Counted(risk, None, f"the role may not read all of {words.listed(list(risk.reads))}")
    return Counted(risk, None, TOO_SLOW if why.kind in SLOW else why.message)


def _losses(
    losses: Sequence[Loss], stopped: int | None, left: _TimeLeft
) -> Conversation[tuple[Loss, ...]]:
    """Count what is dropped up to where it is stopped; what holds nothing is no loss."""
    found: list[Loss] = []
    for loss in losses:
        if stopped is not None and loss.step >= stopped:
            break
        number = None
        if loss.text:
            answer = yield from _ask(loss.text, rows.RowCount, left)
            number = None if isinstance(answer, Unavailable) else answer.rows
        if number != 0:
            found.append(replace(loss, number=number))
    return tuple(found)


def _ask(text: str, row: type[T], left: _TimeLeft) -> Conversation[T | Unavailable]:
    if left.deadline.remaining_s < LEAST_LEFT_S:
        return Unavailable(Kind.SLOW, TOO_SLOW)  # rather than lose what was answered
    statement = Statement("preflight", text.replace("%", "%%"), {}, row)
    answers = yield Ask([statement], left.limits.within(left.deadline))
    return answers if isinstance(answers, Unavailable) else answers.one(statement)


def _split(
    expected: Replayed, here: _Here, more: Scripts
) -> tuple[tuple[Scripts, Scripts], tuple[Scripts, Scripts]]:
    """Say what to trace beyond all that is applied, and from where on of what is."""
    traced = MOST_TRACED if here.drifted else 0
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

"""Ask all environments concurrently, each within its deadline; failures become Unavailable."""

import queue
import threading
import time
from collections.abc import (
    Callable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
    Set,
)
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from dashboard.collect.catalog import Catalog, Discovery, column_names, define
from dashboard.collect.lookup.batch import NotSeen, Seen
from dashboard.collect.lookup.plan import MOST_NEAR, LookupPlan, batches, names_of
from dashboard.diagnose.evidence import (
    Answer,
    Definition,
    Evidence,
    Kind,
    Schema,
    State,
    Unavailable,
)
from dashboard.diagnose.paste import Paste
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP, Answers, Connections, Deadline, Limits, timed_out
from dashboard.postgres.turns import Turns
from dashboard.settings import Settings
from queries import registry, rows
from queries.query import Name, Statement

SHAPE_TTL_S = 60.0
_STALE_SHAPE = (Kind.SCHEMA_CHANGED, Kind.FORBIDDEN)
# what one of a look-up's questions may run into, while the project itself can be read
_ONE_QUESTION = (Kind.SLOW, Kind.LOCKED, Kind.UNSUITABLE_ID)
AGAIN = Limits(deadline_s=0.5, statement_timeout_ms=400)  # of an environment that just answered

BULK = Limits(deadline_s=6.0, statement_timeout_ms=4000)  # of many ids

R = TypeVar("R")


class Collector:
    """Gathers evidence; a catalog-only probe, kept for a minute, shapes what is sent."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connections = Connections(settings)
        self._probes: dict[str, _Probe] = {}

    def close(self) -> None:
        self._connections.close()

    def look_up(self, paste: Paste) -> Iterator[tuple[Environment, Answer]]:
        """Ask every environment for one id, live; answers come in the order they arrive."""
        return ((environment, seen.of(paste)) for environment, seen in self.look_up_all([paste]))

    def look_up_all(self, pastes: Sequence[Paste]) -> Iterator[tuple[Environment, Seen]]:
        """Ask every environment for all ids at once; each id's answer is taken from what it saw."""
        pivot = Pivot(self.settings.databases)

        def work(environment: Environment, deadline: Deadline) -> Seen:
            return self.looks(environment, pastes, pivot, deadline)

        answers = self.ask_all(work, _limits(pastes))
        return ((environment, _seen(answer)) for environment, answer in answers)

    def evidence(
        self, paste: Paste, target: Environment, answers: Mapping[Environment, Answer]
    ) -> Evidence:
        """Put the answers in the order of the page, with what only now can be asked."""
        ordered = {each: answers[each] for each in self.settings.environments}
        return self._completed([self._evidence_in(target)(paste=paste, answers=ordered)])[0]

    def evidence_of_all(self, pastes: Sequence[Paste], target: Environment) -> list[Evidence]:
        """Look up all ids, and hand over the evidence on each: what it would be of one alone."""
        if not pastes:
            return []
        seen = dict(self.look_up_all(pastes))
        ordered = {each: seen[each] for each in self.settings.environments}
        evidence = self._evidence_in(target)
        return self._completed(
            [
                evidence(paste=paste, answers={each: ordered[each].of(paste) for each in ordered})
                for paste in pastes
            ]
        )

    def look(
        self, environment: Environment, paste: Paste, pivot: "Pivot", deadline: Deadline
    ) -> Answer:
        """Ask one environment for one id."""
        return self.looks(environment, [paste], pivot, deadline).of(paste)

    def looks(
        self,
        environment: Environment,
        pastes: Sequence[Paste],
        pivot: "Pivot",
        deadline: Deadline,
    ) -> Seen:
        """Ask one environment; a catalog that hides what was asked for is read again first."""
        cached = environment.name in self._probes
        seen = self._look_once(environment, pastes, pivot, deadline)
        if not _outdated(seen) and not (cached and _unseen(seen)):
            return seen
        self._probes.pop(environment.name, None)
        return self._look_once(environment, pastes, pivot, deadline)

    def look_again(
        self,
        environment: Environment,
        paste: Paste,
        deadline: Deadline,
        rightful: tuple[str | None, str],
    ) -> Answer:
        """Ask once more, with the table that the others' constraint points at."""
        return self._look_once(environment, [paste], Pivot(()), deadline, rightful).of(paste)

    def find(
        self, by: str, value: str
    ) -> Iterator[tuple[Environment, tuple[rows.Project, ...] | Unavailable]]:
        """Find projects by the start of their `name` or by their `owner`, where indexed."""
        pivot = Pivot(self.settings.databases)

        def work(
            environment: Environment, deadline: Deadline
        ) -> tuple[rows.Project, ...] | Unavailable:
            return self._find(environment, by, value, pivot, deadline)

        return self.ask_all(work, LOOKUP)

    def powers(self, environment: Environment) -> tuple[rows.Power, ...] | Unavailable:
        """List what the environment's role could do beyond reading."""
        statement = registry.WRITE_POWERS.bind()

        def work(environment: Environment, deadline: Deadline) -> Answers | Unavailable:
            return self.ask(environment, [statement], LOOKUP, deadline)

        answers = self.ask_one(work, LOOKUP, environment)
        return answers if isinstance(answers, Unavailable) else answers.rows(statement)

    def ask(
        self,
        environment: Environment,
        statements: Sequence[Statement[Any]],
        limits: Limits,
        deadline: Deadline,
    ) -> Answers | Unavailable:
        """Send the statements to one environment in one round trip.

        Only `ask_all` cuts off what is past its deadline: ask from a work given to it.
        """
        return self._connections.ask(environment.name, statements, limits, deadline)

    def ask_all(
        self,
        work: Callable[[Environment, Deadline], R],
        limits: Limits,
        environments: Sequence[Environment] | None = None,
    ) -> Iterator[tuple[Environment, R | Unavailable]]:
        """Run `work` for each environment in a thread of its own, and wait for none too long.

        A deadline begins when an environment's turn comes, so that of many none is given up on
        that was never asked.
        """
        asked = self.settings.environments if environments is None else environments
        deadlines: dict[Environment, Deadline] = {}
        pending, unheard = set(asked), threading.Event()
        try:
            done = _started(work, asked, limits, deadlines, unheard)
            while pending:
                begun = _begun(pending, deadlines)
                left = [each.remaining_s for each in begun.values()]
                try:
                    environment, outcome = done.get(timeout=min(left, default=limits.deadline_s))
                except queue.Empty:
                    for environment in [each for each in begun if begun[each].expired]:
                        pending.discard(environment)
                        yield environment, self._given_up(environment, begun[environment])
                    continue
                if environment in pending:
                    pending.discard(environment)
                    yield environment, _raised(outcome)
        finally:  # whoever asked may not have listened to the end
            unheard.set()
            for deadline in _begun(pending, deadlines).values():
                deadline.expire()

    def ask_one(
        self, work: Callable[[Environment, Deadline], R], limits: Limits, environment: Environment
    ) -> R | Unavailable:
        """Run `work` for one environment, where somebody watches its deadline."""
        ((_, outcome),) = self.ask_all(work, limits, (environment,))
        return outcome

    def _given_up(self, environment: Environment, deadline: Deadline) -> Unavailable:
        deadline.expire()
        return timed_out(self.settings.databases[environment.name].address, deadline.seconds)

    def schema(
        self,
        environment: Environment,
        pivot: "Pivot",
        deadline: Deadline,
        rightful: tuple[str | None, str] | None = None,
    ) -> Schema | Unavailable:
        """Shape the environment's catalog, as seen at most a minute ago."""
        probe = self._probe(environment, deadline)
        if isinstance(probe, Unavailable):
            pivot.report(environment.name, probe)
            return probe
        pivot.report(environment.name, probe.own)
        elsewhere = () if probe.own else pivot.elsewhere(deadline.remaining_s / 2)
        return probe.shape(elsewhere, rightful)

    def _probe(self, environment: Environment, deadline: Deadline) -> "_Probe | Unavailable":
        probe = self._probes.get(environment.name)
        if probe and time.monotonic() - probe.seen_at < SHAPE_TTL_S:
            return probe
        catalog = self._catalog(environment, deadline)
        if isinstance(catalog, Unavailable):
            return catalog
        schema = self.settings.databases[environment.name].schema
        fresh = _Probe(Discovery(catalog, self.settings.constraint, schema, self.settings.columns))
        self._probes[environment.name] = fresh
        return fresh

    def _catalog(self, environment: Environment, deadline: Deadline) -> Catalog | Unavailable:
        names = column_names(self.settings.columns, self.settings.constraint)
        schema = self.settings.databases[environment.name].schema
        server = registry.SERVER.bind(schema=schema)
        foreign_keys = registry.FOREIGN_KEYS.bind(child_oid=None)
        tables = registry.TABLES.bind()
        columns = registry.COLUMNS.bind(names=names)
        answers = self.ask(environment, [server, foreign_keys, tables, columns], LOOKUP, deadline)
        if isinstance(answers, Unavailable):
            return answers
        return Catalog(
            server=answers.one(server),
            foreign_keys=answers.rows(foreign_keys),
            tables=answers.rows(tables),
            columns=answers.rows(columns),
        )

    def _look_once(
        self,
        environment: Environment,
        pastes: Sequence[Paste],
        pivot: "Pivot",
        deadline: Deadline,
        rightful: tuple[str | None, str] | None = None,
    ) -> Seen:
        schema = self.schema(environment, pivot, deadline, rightful)
        if isinstance(schema, Unavailable):
            return NotSeen(schema)
        plan, limits = LookupPlan(schema, pastes), _limits(pastes)

        def asked(plan: LookupPlan) -> Answers | Unavailable:
            return self.ask(environment, plan.statements, limits.within(deadline), deadline)

        answers = asked(plan)
        if isinstance(answers, Unavailable) and (plain := plan.plain(answers)):
            plan = plain
            answers = asked(plan)
        if isinstance(answers, Unavailable) and answers.kind in _ONE_QUESTION:
            plan = plan.reduced(answers.message)
            again = asked(plan)
            # the little time that is left says less than what was met first
            slow = isinstance(again, Unavailable) and again.kind is Kind.SLOW
            answers = answers if slow else again
        if isinstance(answers, Unavailable):
            return NotSeen(answers)
        return plan.looks(environment, answers)

    def _evidence_in(self, target: Environment) -> Callable[..., Evidence]:
        """Fix what is the same for all ids of a look-up."""
        return partial(
            Evidence,
            target=target,
            constraint=self.settings.constraint,
            now=datetime.now(UTC),
            race=self.settings.thresholds.race,
            replica_lag=self.settings.thresholds.replica_lag,
            migrations_folder=_text(self.settings.migrations),
            expected_migrations=_folder_names(self.settings.migrations),
        )

    def _completed(self, seen: Sequence[Evidence]) -> list[Evidence]:
        """Ask the target what only the others' answers could raise."""
        evidences = self._with_rightful_table(seen)
        owners = self._owners_in_target(evidences)
        return [
            replace(each, owner_in_target=owner in owners)
            if owners is not None and (owner := _owner_elsewhere(each))
            else each
            for each in evidences
        ]

    def _with_rightful_table(self, seen: Sequence[Evidence]) -> Sequence[Evidence]:
        """Look also into the table that the others' constraint points at, where it differs."""
        rightful = seen[0].rightful  # a matter of the schemas, whatever was asked for
        missing = [each for each in seen if each.here.state is State.ABSENT]
        if rightful is None or not missing:
            return seen
        pastes = [each.paste for each in missing]

        def work(environment: Environment, deadline: Deadline) -> Seen:
            return self._look_once(environment, pastes, Pivot(()), deadline, rightful)

        target = seen[0].target
        again = _seen(self.ask_one(work, _limits(pastes, AGAIN), target))
        if isinstance(again, NotSeen):
            return seen
        return [
            replace(each, answers={**each.answers, target: again.of(each.paste)})
            if each.here.state is State.ABSENT
            else each
            for each in seen
        ]

    def _owners_in_target(self, seen: Sequence[Evidence]) -> Set[str] | None:
        """Ask which owners of projects found elsewhere are known to the target."""
        owners = sorted({name for each in seen if (name := _owner_elsewhere(each))})
        look = next((each.look for each in seen if each.look), None)
        if not owners or look is None or look.schema.owner is None:
            return None
        owner = look.schema.owner
        names: dict[str, Name] = {
            "owner": (owner.table.schema, owner.table.name),
            "key": owner.column,
            "key_type": owner.type,
        }
        statements = batches(registry.OWNERS_BY_ID, names, owners, owner.type)

        def work(environment: Environment, deadline: Deadline) -> Answers | Unavailable:
            return self.ask(environment, statements, LOOKUP, deadline)

        answers = self.ask_one(work, _limits(owners, AGAIN), seen[0].target)
        if isinstance(answers, Unavailable):
            return None
        return {each.asked for statement in statements for each in answers.rows(statement)}

    def _find(
        self, environment: Environment, by: str, value: str, pivot: "Pivot", deadline: Deadline
    ) -> tuple[rows.Project, ...] | Unavailable:
        schema = self.schema(environment, pivot, deadline)
        if isinstance(schema, Unavailable):
            return schema
        if schema.parent is None or by not in schema.parent.searchable:
            words = f"{environment.name}: no index answers for the {by}, so it is not searched"
            return Unavailable(Kind.UNSUITABLE_ID, words)
        names = names_of(schema.parent, "parent")
        if by == "name":
            escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            statement = registry.PROJECTS_BY_NAME.bind(names, prefix=escaped)
        else:
            statement = registry.PROJECTS_BY_OWNER.bind(names, owner_id=value)
        answers = self.ask(environment, [statement], LOOKUP, deadline)
        return answers if isinstance(answers, Unavailable) else answers.rows(statement)


class _Probe:
    """A catalog as it was seen, and what it is shaped into: the same in look-up after look-up."""

    def __init__(self, discovery: Discovery) -> None:
        self.seen_at = time.monotonic()
        self.own = define(discovery.catalog, discovery.constraint, discovery.schema)
        self._discovery = discovery
        self._shapes: dict[object, Schema] = {}

    def shape(
        self, elsewhere: tuple[Definition, ...], rightful: tuple[str | None, str] | None
    ) -> Schema:
        """Shape it beside what others know; see Discovery.shape."""
        beside = (elsewhere, rightful)
        if beside not in self._shapes:
            self._shapes[beside] = self._discovery.shape(elsewhere, rightful)
        return self._shapes[beside]


def _started(
    work: Callable[[Environment, Deadline], R],
    asked: Sequence[Environment],
    limits: Limits,
    deadlines: MutableMapping[Environment, Deadline],
    unheard: threading.Event,
) -> "queue.SimpleQueue[tuple[Environment, R | BaseException]]":
    """Start a thread for each; whose turn comes has its deadline put among the others.

    None begins once nobody listens any more, which the event says.
    """
    done: queue.SimpleQueue[tuple[Environment, R | BaseException]] = queue.SimpleQueue()
    turns, all_started = Turns(), threading.Event()

    def run(environment: Environment) -> None:
        all_started.wait()  # else those at work keep the others from being started
        try:
            with turns.taken():
                deadline = deadlines[environment] = Deadline(limits.deadline_s)
                if unheard.is_set():
                    return
                answer = work(environment, deadline)
            done.put((environment, answer))
        except BaseException as bug:  # noqa: BLE001  # handed over, and raised by the asker
            done.put((environment, bug))

    try:
        for each in asked:
            threading.Thread(target=run, args=(each,), daemon=True).start()
    except RuntimeError:  # there are too many threads
        unheard.set()
        raise
    finally:
        all_started.set()
    return done


def _begun(
    pending: Set[Environment], deadlines: Mapping[Environment, Deadline]
) -> dict[Environment, Deadline]:
    """Pick those whose turn has come; never goes through what other threads add to."""
    return {each: deadlines[each] for each in pending if each in deadlines}


def _raised(outcome: R | BaseException) -> R:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


class Pivot:
    """What the environments of one look-up know of the constraint, for one that has lost it.

    `written` is what the migrations folder says: the last resort, where all have lost it.
    """

    def __init__(self, names: Iterable[str], written: Definition | None = None) -> None:
        self._names = tuple(names)
        self._written = written
        self._outstanding = set(self._names)
        self._definitions: dict[str, Definition | None] = {}
        self._changed = threading.Condition()

    def report(self, name: str, said: Definition | Unavailable | None) -> None:
        """Note what one has; who does not answer still has what it said before."""
        with self._changed:
            self._outstanding.discard(name)
            if not isinstance(said, Unavailable):
                self._definitions[name] = said
            self._changed.notify_all()

    def of_others(self, name: str, timeout_s: float) -> tuple[Definition, ...]:
        """Wait likewise, and give what the environments apart from one have in their catalogs."""
        with self._changed:
            self._changed.wait_for(lambda: not self._outstanding, timeout_s)
            said = self._definitions.items()
            return tuple(each for other, each in said if each and other != name)

    def elsewhere(self, timeout_s: float) -> tuple[Definition, ...]:
        """Wait until all have said what they know, and give it in the order of the page."""
        with self._changed:
            self._changed.wait_for(lambda: not self._outstanding, timeout_s)
            named = [*(self._definitions.get(name) for name in self._names), self._written]
            return tuple(definition for definition in named if definition)


def _limits(asked: Sequence[object], of_few: Limits = LOOKUP) -> Limits:
    return of_few if len(asked) <= MOST_NEAR else BULK


def _seen(answer: Seen | Unavailable) -> Seen:
    return NotSeen(answer) if isinstance(answer, Unavailable) else answer


def _owner_elsewhere(evidence: Evidence) -> str | None:
    """Name the owner of a project that was found only elsewhere."""
    if evidence.here.state is not State.ABSENT:
        return None
    found = evidence.found_elsewhere
    project = evidence.presence(found[0].environment).project if found else None
    return project.owner_id if project else None


def _outdated(seen: Seen) -> bool:
    """Whether the catalog moved on since it was probed, so that the question was the wrong one."""
    if isinstance(seen, NotSeen):
        return seen.reason.kind in _STALE_SHAPE
    schema, proof = seen.shared.schema, seen.shared.proof
    if schema.parent is None or schema.child is None:
        return False
    asked = {
        _pointing(key)
        for key in schema.foreign_keys
        if key.child_oid == schema.child.table.oid and key.child_columns == (schema.child.key,)
    }
    named = proof.parent_named and proof.child_named
    readable = proof.parent_readable is not schema.parent.forbidden
    visible = proof.row_security == schema.parent.table.row_security
    same = asked == {_pointing(key) for key in seen.shared.foreign_keys}
    return not (same and named and readable and visible)


def _pointing(key: rows.ForeignKey) -> tuple[object, ...]:
    """Tell what a foreign key ties together, by name and by identity."""
    return (key.oid, key.parent_oid, key.parent_schema, key.parent_table, key.parent_columns)


def _unseen(seen: Seen) -> bool:
    """Whether the catalog is the reason for seeing nothing: then only a fresh one counts."""
    if isinstance(seen, NotSeen):
        return False
    schema = seen.shared.schema
    return schema.parent is None or schema.child is None or seen.projects is None


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _folder_names(folder: Path | None) -> tuple[str, ...] | None:
    """List the migrations of the folder, in order; None where it is not configured or gone."""
    if folder is None or not folder.is_dir():
        return None
    return tuple(sorted(each.parent.name for each in folder.glob("*/migration.sql")))

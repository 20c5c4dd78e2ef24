"""What is asked of an environment itself, whatever else is asked: its facts, in one round trip."""

from dataclasses import replace
from functools import partial
from typing import Any, Protocol, Self, TypeVar

from dashboard.collect.catalog import STALE, CatalogReader, Definitions
from dashboard.diagnose.facts import (
    Catalog,
    EnvironmentFacts,
    Identity,
    Kind,
    TableAccess,
    Target,
    Unavailable,
)
from dashboard.diagnose.relationship import ForeignKeyState
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP, Answers, Ask, Conversation, Deadline, Limits
from queries import registry, rows
from queries.query import Statement
from queries.records import dataclass

# what one of several questions may run into, while the others can be answered
ONE_QUESTION = (Kind.SLOW, Kind.LOCKED, Kind.UNSUITABLE_ID)


class Plan(Protocol):
    """Statements that are sent together; `without` leaves out what may be why they failed."""

    @property
    def statements(self) -> list[Statement[Any]]: ...

    def without(self, why: Unavailable) -> Self | None: ...


P = TypeVar("P", bound=Plan)
T = TypeVar("T")


def answered(
    plan: P, limits: Limits, deadline: Deadline
) -> Conversation[tuple[P, Answers | Unavailable]]:
    """Ask; where one of the questions fails, ask for the rest, and tell which plan was answered."""
    answers = yield Ask(plan.statements, limits.within(deadline))
    if not isinstance(answers, Unavailable) or (fewer := plan.without(answers)) is None:
        return plan, answers
    fewer, again = yield from answered(fewer, limits, deadline)
    if isinstance(again, Unavailable) and again.kind is Kind.SLOW:
        return plan, answers  # the little time that is left says less than what was met first
    return fewer, again


def proof_of(catalog: Catalog) -> Statement[rows.Proof]:
    parent, child = catalog.parent, catalog.child
    return registry.PROOF.bind(
        parent_oid=parent.table.oid if parent else None,
        parent_schema=parent.table.schema if parent else None,
        parent_table=parent.table.name if parent else None,
        child_oid=child.table.oid if child else None,
        child_schema=child.table.schema if child else None,
        child_table=child.table.name if child else None,
        needed_columns=list(parent.key.names) if parent else [],
    )


class EnvironmentPlan:
    """Shaped by the catalog, whose every condition of a proof is read again beside the rows.

    `constraint` adds what a check asks of it.
    """

    def __init__(
        self,
        catalog: Catalog,
        constraint: "ConstraintPlan | None" = None,
        reduced: str | None = None,
    ) -> None:
        self.catalog = catalog
        self._constraint = constraint
        self._reduced = reduced
        self._proof = proof_of(catalog)
        self._foreign_keys = self._plan_foreign_keys()
        self._identifier = self._plan_identifier()
        self._migrations = None if reduced else self._plan_migrations()
        self._markers = registry.CONTRACT_MARKERS.bind() if self._reads("marker") else None
        self._edges = registry.CONTRACT_LEDGER.bind() if self._reads("ledger") else None

    def without(self, why: Unavailable) -> "EnvironmentPlan | None":
        """Leave out the ledger, and where time ran out the keys of all tables."""
        if why.kind not in ONE_QUESTION or self._reduced:
            return None
        constraint = self._constraint
        if constraint and why.kind is Kind.SLOW:  # nobody locks the system catalogs
            constraint = constraint.without_all_keys()
        return EnvironmentPlan(self.catalog, constraint, why.message)

    @property
    def statements(self) -> list[Statement[Any]]:
        ledgers = (self._migrations, self._markers, self._edges)
        planned = (self._proof, self._foreign_keys, self._identifier, *ledgers)
        own = [statement for statement in planned if statement is not None]
        return [*own, *(self._constraint.statements if self._constraint else ())]

    def facts(self, environment: Environment, answers: Answers) -> EnvironmentFacts:
        """Read the answers."""
        catalog, proof = self.catalog, answers.one(self._proof)
        identifiers = answers.rows(self._identifier)
        facts = EnvironmentFacts(
            environment=environment,
            ms=answers.ms,
            catalog=catalog,
            identity=Identity(
                identifiers[0].system_identifier if identifiers else None,
                catalog.server.database_oid,
                catalog.server.started_at,
                catalog.name,
            ),
            proof=proof,
            foreign_keys=self._keys_of_child(answers),
            migrations=_read(answers, self._migrations),
            markers=_contract(answers, self._markers, catalog.contract.marker),
            contract_edges=_contract(answers, self._edges, catalog.contract.ledger),
            unsearched=catalog.unsearched,
            reduced=self._reduced,
        )
        return self._constraint.add_to(facts, answers) if self._constraint else facts

    def _reads(self, table: str) -> bool:
        access = getattr(self.catalog.contract, table)
        return access is TableAccess.READABLE and not self._reduced

    def _keys_of_child(self, answers: Answers) -> tuple[rows.ForeignKey, ...]:
        child, keys = self.catalog.child, answers.rows(self._foreign_keys)
        return tuple(key for key in keys if child and key.child_columns == child.key.names)

    def _plan_foreign_keys(self) -> Statement[rows.ForeignKey] | None:
        child = self.catalog.child
        return registry.FOREIGN_KEYS.bind(child_oid=child.table.oid) if child else None

    def _plan_identifier(self) -> Statement[rows.SystemIdentifier] | None:
        readable = self.catalog.server.system_identifier_readable
        return registry.SYSTEM_IDENTIFIER.bind() if readable else None

    def _plan_migrations(self) -> Statement[rows.Migration] | None:
        ledger = self.catalog.ledger
        if ledger is None or not self.catalog.ledger_readable or ledger.row_security:
            return None
        logs = "logs" if self.catalog.ledger_logs_readable else None
        return registry.MIGRATIONS.bind({"ledger": (ledger.schema, ledger.name), "logs": logs})


def _read(answers: Answers, statement: Statement[T] | None) -> tuple[T, ...] | None:
    return None if statement is None else answers.rows(statement)


def _contract(
    answers: Answers, statement: Statement[T] | None, access: TableAccess
) -> tuple[T, ...] | None:
    """Give no rows of a table that is not there; one that was not read may have any."""
    return () if access is TableAccess.ABSENT else _read(answers, statement)


class ConstraintPlan:
    """What guards the child's key column, by the catalog alone: no table is scanned.

    `all_keys`: those of all other tables are asked for, too.
    """

    def __init__(self, catalog: Catalog, *, all_keys: bool = True) -> None:
        child = catalog.child
        oid, names = (child.table.oid, list(child.key.names)) if child else (0, [])
        self._column = registry.KEY_SHAPE.bind(child_oid=oid, names=names)
        self._indexes = registry.KEY_INDEXES.bind(child_oid=oid, names=names)
        self._keys = registry.FOREIGN_KEYS.bind(child_oid=None) if all_keys else None
        self._columns = registry.FOREIGN_KEY_COLUMNS.bind()
        self._without = partial(ConstraintPlan, catalog, all_keys=False)

    def without_all_keys(self) -> "ConstraintPlan":
        return self._without()

    @property
    def statements(self) -> list[Statement[Any]]:
        own: list[Statement[Any]] = [self._column, self._indexes]
        return [*own, self._keys, self._columns] if self._keys else own

    def add_to(self, facts: EnvironmentFacts, answers: Answers) -> EnvironmentFacts:
        """Add what was read of the constraint."""
        return replace(
            facts,
            column=next(iter(answers.rows(self._column)), None),
            indexes=answers.rows(self._indexes),
            all_keys=self._all_keys(answers) if self._keys else None,
        )

    def _all_keys(self, answers: Answers) -> tuple[ForeignKeyState, ...]:
        columns = {each.oid: each for each in answers.rows(self._columns)}
        return tuple(
            ForeignKeyState(key, columns[key.oid])
            for key in answers.rows(self._keys)
            if key.oid in columns
        )


@dataclass(frozen=True, slots=True)
class Inspection:
    """How one environment is asked for its facts."""

    catalogs: CatalogReader
    definitions: Definitions

    def facts(
        self, environment: Environment, deadline: Deadline
    ) -> Conversation[EnvironmentFacts | Unavailable]:
        """Read the facts; a catalog that hides something is read again first."""
        once = partial(self.expecting, environment, deadline, None)
        return self.catalogs.retried(environment, once, _is_stale)

    def expecting(
        self, environment: Environment, deadline: Deadline, expected: Target | None
    ) -> Conversation[EnvironmentFacts | Unavailable]:
        """Read them with the table that the others' constraint points at, where it differs."""
        catalog = yield from self.catalogs.read(environment, deadline, self.definitions, expected)
        if isinstance(catalog, Unavailable):
            return catalog
        plan = EnvironmentPlan(catalog, ConstraintPlan(catalog))
        plan, answers = yield from answered(plan, LOOKUP, deadline)
        return answers if isinstance(answers, Unavailable) else plan.facts(environment, answers)


def _is_stale(facts: EnvironmentFacts | Unavailable, *, kept: bool) -> bool:
    if isinstance(facts, Unavailable):
        return facts.kind in STALE
    parent, child = facts.catalog.parent, facts.catalog.child
    hidden = parent is None or child is None or parent.forbidden or parent.table.row_security
    return outdated(facts) or (kept and hidden)


def outdated(facts: EnvironmentFacts) -> bool:
    """Whether the catalog moved on since it was read, by what was read again beside the rows."""
    catalog, proof = facts.catalog, facts.proof
    if proof.prisma_8 is catalog.contract.absent:
        return True
    if catalog.parent is None or catalog.child is None:
        return False
    asked = {
        _tied(key)
        for key in catalog.foreign_keys
        if key.child_oid == catalog.child.table.oid and key.child_columns == catalog.child.key.names
    }
    named = proof.parent_named and proof.child_named
    readable = proof.parent_readable is not catalog.parent.forbidden
    visible = proof.row_security == catalog.parent.table.row_security
    same = asked == {_tied(key) for key in facts.foreign_keys}
    return not (same and named and readable and visible)


def _tied(key: rows.ForeignKey) -> tuple[object, ...]:
    """Tell what a foreign key ties together, by name and by identity."""
    return (key.oid, key.parent_oid, key.parent_schema, key.parent_table, key.parent_columns)

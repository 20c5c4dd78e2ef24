"""What all questions together would read of an environment, if its role could read everything.

The catalog is shaped as if every column could be read, whatever schema it is in; the statements
that this would send name the columns. So a grant that helps nobody, such as that of a column which
no index leads with and no question asks for, is none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dashboard.collect.catalog import read_rows
from dashboard.collect.discovery import CatalogRows
from dashboard.collect.environment import ConstraintPlan, EnvironmentPlan
from dashboard.collect.failure_sources import LOG_VIEW, REACH_VIEW, FailurePlan, Source
from dashboard.collect.failures.sources import of_health
from dashboard.collect.health.plan import SamplePlan
from dashboard.collect.lookup.ids import names_of
from dashboard.collect.lookup.plan import LookupPlan
from dashboard.collect.orphans import statements
from dashboard.diagnose.cascades import Graph
from dashboard.diagnose.facts import Catalog, EnvironmentFacts, Relation, Unavailable
from dashboard.diagnose.grants import Grants, TableGrant
from dashboard.diagnose.key_types import fits
from dashboard.diagnose.orphans import (
    Ages,
    Cardinality,
    CountedColumn,
    Relationship,
    Roles,
    counted_columns,
)
from dashboard.diagnose.paste import Paste, PastedError, PastedId, Problem
from dashboard.diagnose.paste.values import Source as PasteSource
from dashboard.postgres import LOOKUP, Ask, Conversation
from dashboard.settings import Settings
from queries import registry, rows
from queries.query import Query, Row, Statement
from queries.reads import Read, reads
from queries.records import dataclass

USABLE = "and has_schema_privilege(n.oid, 'usage')"
LOG_FUNCTIONS = {
    LOG_VIEW: "constraint_violations_tail(bigint)",
    REACH_VIEW: "constraint_violations_reach_of(bigint)",
}
# an id of every type that a key can have, and an error whose time is compared with rows
IDS = ("cm00000000000000000000000", "00000000-0000-0000-0000-000000000000", "1")
PASTES = tuple(
    Paste(
        "id",
        errors=(PastedError(Problem.MISSING_PARENT, at=datetime(2026, 1, 1, tzinfo=UTC)),),
        ids=(PastedId(each, (), PasteSource.TYPED, ()),),
    )
    for each in IDS
)


def _of_every_schema(body: str) -> str:
    if USABLE not in body:
        raise ValueError("the query does not say which schemas it leaves out")
    return body.replace(USABLE, "")


def everywhere(query: Query[Row]) -> Query[Row]:
    """Ask also about schemas that the role may not use."""
    return query.changed(_of_every_schema)


FAILURE_COLUMNS = everywhere(registry.FAILURE_COLUMNS)


def catalog(settings: Settings, schema: str | None) -> Conversation[CatalogRows | Unavailable]:
    """Read the whole catalog, what the role may not use included."""
    tables, columns = everywhere(registry.TABLES), everywhere(registry.COLUMNS)
    return (yield from read_rows(settings, schema, tables, columns))


def as_if_readable(seen: CatalogRows) -> CatalogRows:
    return replace(
        seen,
        tables=tuple(replace(each, readable=True) for each in seen.tables),
        columns=tuple(replace(each, readable=True) for each in seen.columns),
    )


@dataclass(frozen=True, slots=True)
class Access:
    """An environment as it would be read, what that takes, and where failures are told of."""

    facts: EnvironmentFacts
    grants: Grants
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class AccessReader:
    """Asks one environment for all that decides what would be read of it."""

    settings: Settings
    seen: CatalogRows
    cardinality: Cardinality

    def read(self, facts: EnvironmentFacts) -> Conversation[Access | Unavailable]:
        shape = facts.catalog
        plan = FailurePlan(shape, self.settings.failures, self.settings.columns)
        failing = FAILURE_COLUMNS.bind(None, **plan.columns.values)
        schemas = registry.SCHEMAS.bind()
        related = statements.RelationshipPlan(facts)
        answers = yield Ask([failing, plan.logging, schemas, *related.statements], LOOKUP)
        if isinstance(answers, Unavailable):
            return answers
        columns, logging = answers.rows(failing), answers.one(plan.logging)
        readable = tuple(replace(each, readable=True) for each in columns)
        sources = plan.sources(readable, replace(logging, tail_executable=True))
        of_rows: list[Statement[Any]] = []
        if facts.ends is not None:
            statuses = yield from self._statuses(shape, columns)
            relationship = related.relationship(answers, self.cardinality)
            roles = Roles(shape.owners, shape.owner_columns, statuses)
            ages = Ages(self.settings.thresholds.undeployed, self.settings.thresholds.stuck)
            of_rows = list(_of_orphans(relationship, roles, ages))
        planned = (*_of_environment(facts), *_of_failures(plan, sources), *of_rows)
        needed = frozenset(read for each in planned for read in reads(each))
        return Access(
            facts,
            self._grants(needed, columns, answers.rows(schemas), logging),
            plan.sources(columns, logging),
        )

    def _statuses(
        self, shape: Catalog, columns: Sequence[rows.FailureColumn]
    ) -> Conversation[Mapping[int, tuple[rows.StatusValue, ...] | Unavailable]]:
        """Read what status columns say; one that may not be read is taken for a deployment's."""
        labels = {(each.table_oid, each.name): each.labels for each in columns}
        readable = {(each.table_oid, each.name) for each in self.seen.columns if each.readable}
        usable = {each.oid for each in self.seen.tables if each.readable}
        statuses: dict[int, tuple[rows.StatusValue, ...] | Unavailable] = {}
        for each in filter(None, (shape.child, *shape.references)):
            oid, column = each.table.oid, each.columns.get("status")
            if column is None or each.table.row_security:
                continue
            assumed = labels.get((oid, column)) or ("DEPLOYED",)
            statuses[oid] = tuple(rows.StatusValue(value, True) for value in assumed)
            if (oid, column) in readable and oid in usable:
                statement = statements.status_values(each)
                answers = yield Ask([statement], LOOKUP)
                if not isinstance(answers, Unavailable):
                    statuses[oid] = answers.rows(statement)
        return statuses

    def _grants(
        self,
        needed: frozenset[Read],
        failing: Sequence[rows.FailureColumn],
        schemas: Sequence[rows.Schema],
        logging: rows.Logging,
    ) -> Grants:
        usable = {each.name for each in schemas if each.usable}
        closed = {each.name for each in schemas if not each.usable_by_all}
        tables = {each.oid: each for each in self.seen.tables}
        readable = {
            (each.schema, each.table_name, each.name): each.readable and each.schema in usable
            for each in failing
        } | {
            (table.schema, table.name, each.name): each.readable and table.schema in usable
            for each in self.seen.columns
            if (table := tables.get(each.table_oid))
        }
        granted = tuple(_by_table(needed, readable))
        functions = tuple(
            (each.schema, LOG_FUNCTIONS[each.name])
            for each in granted
            if each.name in LOG_FUNCTIONS and logging.tail_executable is not None
        )
        used = dict.fromkeys(each.schema for each in granted)
        return Grants(
            self.seen.server.role,
            tuple(each for each in used if each in closed),
            granted,
            functions,
        )


def _by_table(
    needed: frozenset[Read], readable: Mapping[tuple[str, str, str], bool]
) -> Iterator[TableGrant]:
    """Yield the columns by relation, in the catalog's order; any one where any will do."""
    for relation in sorted({relation for relation, _ in needed}):
        schema, name = relation
        known = [each for _, _, each in (key for key in readable if key[:2] == relation)]
        asked = {column for where, column in needed if where == relation and column is not None}
        columns = sorted(asked, key=known.index) if asked <= set(known) else sorted(asked)
        columns = columns or known[:1]
        missing = [each for each in columns if not readable.get((schema, name, each), False)]
        if columns:
            yield TableGrant(schema, name, tuple(columns), tuple(missing))


def _of_environment(facts: EnvironmentFacts) -> Iterator[Statement[Any]]:
    """Write what a look-up, a check and the counts of Health would send."""
    shape = facts.catalog
    yield from EnvironmentPlan(shape, ConstraintPlan(shape)).statements
    yield from LookupPlan(_searched_for_ids(shape), _pastes(shape)).statements
    yield from SamplePlan(facts).statements
    for relation in filter(None, (shape.own_parent, shape.child)):
        yield from _counted(relation)


def _pastes(shape: Catalog) -> Sequence[Paste]:
    """Write ids that the key can hold, whatever its type: of several columns, one with them all."""
    key = shape.own_parent.key if shape.own_parent else ()
    if len(key) < 2:
        return PASTES
    fitting = (next(each for each in IDS if fits(each, column.type)) for column in key)
    whole = PastedId(",".join(fitting), (), PasteSource.TYPED, ())
    return [replace(PASTES[0], ids=(whole,))]


def _searched_for_ids(shape: Catalog) -> Catalog:
    """Leave out the unique columns that hold no ids: whoever pastes one pastes no address."""
    named = {
        (key.parent_oid, column) for key in shape.foreign_keys for column in key.parent_columns
    }
    own = shape.own_parent.key.names if shape.own_parent else ()
    kept = (
        each
        for each in shape.entities
        if each.column.name.lower().endswith("id")
        or each.column.name in own
        or (each.table.oid, each.column.name) in named
    )
    return replace(shape, entities=tuple(kept))


def _counted(relation: Relation) -> Iterator[Statement[Any]]:
    names = names_of(relation, "counted")
    yield registry.ROW_COUNT.bind(names)
    if "created_at" in relation.columns:
        yield registry.ROWS_PER_DAY.bind(names, since=None)


def _of_failures(plan: FailurePlan, sources: Sequence[Source]) -> Iterator[Statement[Any]]:
    span = of_health()
    for each in sources:
        if each.names:
            yield plan.summary(each, span)
        if each.names and (reach := plan.reach(each)):
            yield reach
    if any(each.names for each in sources) and (meanwhile := plan.successes(*[span.since] * 2)):
        yield meanwhile


def _of_orphans(relationship: Relationship, roles: Roles, ages: Ages) -> Iterator[Statement[Any]]:
    for column in counted_columns(relationship, roles):
        if not (column.closed or column.proven):
            found = statements.found(column, datetime.now(UTC), ages)
            yield found
            if order := statements.scan_order(column):
                yield statements.place_after(column, order, None, 1)
            yield from _of_cascades(column, found, relationship)


def _of_cascades(
    column: CountedColumn, found: Statement[rows.Orphan], relationship: Relationship
) -> Iterator[Statement[Any]]:
    shape, cleanup = relationship.facts.catalog, column.kind.cleanup
    if cleanup is None or not cleanup.deletes or shape.expected_parent:
        return
    graph = Graph.below(column.counted.table, shape, relationship.foreign_keys)
    if graph.acting and not graph.reason:
        yield statements.cascading(statements.removed(column, found), graph, shape)

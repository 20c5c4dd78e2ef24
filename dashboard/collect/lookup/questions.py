"""What a look-up asks of one environment: shaped by its catalog, so that nothing is scanned."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from dashboard.collect.discovery.catalog_rows import family
from dashboard.collect.lookup.ids import (
    asked_of,
    batches,
    chunks,
    in_order,
    names_of,
    spellings_of,
    suitable,
)
from dashboard.collect.lookup.near import beginning, could_be_cased, slips
from dashboard.diagnose.facts import Catalog, Key, Relation
from dashboard.diagnose.paste import Paste, PastedError, Problem
from queries import registry, rows
from queries.query import Name, Query, Statement
from queries.records import dataclass
from queries.text import KeyColumns, Only

MOST_NEAR = 10  # ids: near misses take a statement of about 1,800 probes for each
TINY = 10_000  # rows: read whole in a few milliseconds

R = TypeVar("R")


@dataclass(frozen=True)
class Asked:
    """One environment's catalog and what was pasted; `exact`: only the ids as they were pasted."""

    catalog: Catalog
    pastes: Sequence[Paste]
    exact: bool = False

    @cached_property
    def spellings(self) -> list[str]:
        most = 1 if self.exact else None
        spelled = (spellings_of(paste, self.catalog)[:most] for paste in self.pastes)
        return in_order(each for spellings in spelled for each in spellings)

    @cached_property
    def values(self) -> list[str]:
        """List all that other tables are asked for; none where a key of several columns is."""
        if self.catalog.definition and len(self.catalog.definition.child_columns) > 1:
            return []
        return in_order(each for paste in self.pastes for each in asked_of(paste))

    @property
    def parent(self) -> Relation | None:
        return _searchable(self.catalog.parent)

    @property
    def few(self) -> bool:
        return len(self.pastes) <= MOST_NEAR


Statements = Mapping[object, Statement[R]]  # by what each is about: an id, an error, or its place


@dataclass(frozen=True, eq=False)
class LookupQuestion(Generic[R]):
    """`statements` are what to send; none where nothing can be found, None where it is not asked.

    `essential`: there is no verdict without the answer; where another question fails, those that
    are not essential are left out.
    """

    statements: Callable[[Asked], Statements[R] | None]
    essential: bool = False


def _one(statement: Statement[R]) -> Statements[R]:
    return {0: statement}


def _projects(asked: Asked) -> Statements[rows.AskedProject] | None:
    return _found(asked, asked.parent) if asked.parent else None


def _rightful_projects(asked: Asked) -> Statements[rows.AskedProject]:
    """Ask the tables that the constraint may be meant to point at, by their oid."""
    return _of_each(asked, {each.table.oid: each for each in asked.catalog.rightful_parents})


def _other_parents(asked: Asked) -> Statements[rows.AskedProject]:
    """Ask the other tables that the child's column must be in, by the name of the foreign key."""
    return _of_each(asked, asked.catalog.other_parents)


def _of_each(
    asked: Asked, relations: Mapping[Any, Relation | None]
) -> Statements[rows.AskedProject]:
    return {
        (name, place): statement
        for name, relation in relations.items()
        if (searchable := _searchable(relation))
        for place, statement in _found(asked, searchable).items()
    }


def _searchable(relation: Relation | None) -> Relation | None:
    """Return the table only where all of its rows can be seen and an index answers for its key."""
    if relation is None or relation.forbidden or relation.table.row_security:
        return None
    return relation if relation.key_indexed else None


def _found(asked: Asked, relation: Relation) -> Statements[rows.AskedProject]:
    names = names_of(relation, "parent")
    if relation.table.kind == "r":  # partitions belong to their table, inheriting tables do not
        names["parent"] = Only((relation.table.schema, relation.table.name))
    found = batches(registry.PROJECTS_BY_ID, names, asked.spellings, relation.key)
    return dict(enumerate(found))


def _owners(asked: Asked) -> Statements[rows.Asked] | None:
    parent, owner = asked.catalog.parent, asked.catalog.owner
    if not _visible(asked) or parent is None or owner is None or owner.table.row_security:
        return None
    names: dict[str, Name] = {
        "parent": (parent.table.schema, parent.table.name),
        "owner": (owner.table.schema, owner.table.name),
        "parent_key": parent.key,
        "parent_owner": parent.columns["owner"],
        "key": KeyColumns([owner.column]),
    }
    return dict(enumerate(batches(registry.PROJECT_OWNERS, names, asked.spellings, parent.key)))


def _visible(asked: Asked) -> bool:
    parent = asked.catalog.parent
    return bool(parent and not parent.forbidden and not parent.table.row_security)


def _near(asked: Asked) -> Statements[rows.Project]:
    return _each(asked, _near_one)


def _near_one(parent: Relation, paste: Paste, identifier: str) -> Statement[rows.Project] | None:
    near = slips(identifier, parent.key_type)
    return _unless_there(registry.NEAR_IDS, parent, paste, **near._asdict()) if near else None


def _by_prefix(asked: Asked) -> Statements[rows.Project]:
    return _each(asked, _prefix_one)


def _prefix_one(parent: Relation, paste: Paste, identifier: str) -> Statement[rows.Project] | None:
    begins = beginning(identifier, parent.key_type)
    return (
        _unless_there(registry.IDS_BY_PREFIX, parent, paste, **begins._asdict()) if begins else None
    )


def _other_case(asked: Asked) -> Statements[rows.OtherCase]:
    return _each(asked, _other_case_one)


def _other_case_one(
    parent: Relation, _: Paste, identifier: str
) -> Statement[rows.OtherCase] | None:
    if not could_be_cased(identifier, parent.key_type):
        return None
    whole = parent.table.estimate <= TINY  # of one that was never analysed, too: it stops in time
    names = names_of(parent, "parent")
    return registry.IDS_IN_OTHER_CASE.bind(names, id=identifier, whole=whole)


def _unless_there(
    query: Query[rows.Project], parent: Relation, paste: Paste, **values: object
) -> Statement[rows.Project]:
    """Ask about one id in vain, where any of its spellings is there."""
    ids = suitable([paste.id.text, *paste.id.variants], parent.key) if paste.id else []
    return query.bind(names_of(parent, "parent"), ids=ids, **values)


def _each(
    asked: Asked, one: Callable[[Relation, Paste, str], Statement[R] | None]
) -> Statements[R]:
    """Plan a statement of its own for each id that has one; of many none has."""
    if asked.parent is None or asked.parent.plain_key is None or not asked.few:
        return {}
    parent = asked.parent
    planned = (
        (paste.id.text, one(parent, paste, paste.id.text)) for paste in asked.pastes if paste.id
    )
    return {identifier: statement for identifier, statement in planned if statement}


def _sample(asked: Asked) -> Statements[rows.SampleId] | None:
    if asked.parent is None or asked.parent.plain_key is None or not asked.spellings:
        return None
    return _one(registry.SAMPLE_IDS.bind(names_of(asked.parent, "parent")))


def _deployments(asked: Asked) -> Statements[rows.AskedDeployment] | None:
    child = asked.catalog.child
    if child is None or not child.key_indexed or child.forbidden or child.table.row_security:
        return None
    names = {**names_of(child, "child"), "parent_key": child.key}
    found = batches(registry.DEPLOYMENTS_BY_PROJECT, names, asked.spellings, child.key)
    return dict(enumerate(found))


def _entities(asked: Asked) -> Statements[rows.Entity]:
    """Ask columns of a type together, for the ids that they can hold."""
    by_type: defaultdict[str, list[tuple[int, Key]]] = defaultdict(list)
    for number, key in enumerate(asked.catalog.entities):
        by_type[family(key.column.type[1])].append((number, key))
    return {
        (name, place): statement
        for name, keys in by_type.items()
        for place, statement in _union(asked, registry.ENTITIES, keys, "entity").items()
    }


def _traces(asked: Asked) -> Statements[rows.Trace]:
    keys = list(enumerate(asked.catalog.unguarded_references))
    return _union(asked, registry.TRACES, keys, "carrier")


def _union(
    asked: Asked, query: Query[R], keys: Sequence[tuple[int, Key]], placeholder: str
) -> Statements[R]:
    if not keys:
        return {}
    branches = [_branch(number, key, placeholder) for number, key in keys]
    ids = chunks(suitable(asked.values, KeyColumns([keys[0][1].column])))
    return {place: query.union(branches, ids=chunk) for place, chunk in enumerate(ids)}


def _branch(number: int, key: Key, placeholder: str) -> Mapping[str, Name]:
    return {
        "branch": number,
        placeholder: (key.table.schema, key.table.name),
        "key": KeyColumns([key.column]),
        "project": key.columns.get("project"),
        "created_at": key.columns.get("created_at"),
    }


def _newest(asked: Asked) -> Statements[rows.Newest] | None:
    """Ask only where an error has a time to compare it with, and no table is scanned."""
    child = asked.catalog.child
    timed = any(paste.error and paste.error.at for paste in asked.pastes)
    if child is None or not timed or child.table.row_security:
        return None
    tiny = 0 <= child.table.estimate <= TINY
    if "created_at" not in child.columns or not (tiny or "created_at" in child.searchable):
        return None
    table = (child.table.schema, child.table.name)
    names: dict[str, Name] = {"child": table, "created_at": child.columns["created_at"]}
    return _one(registry.NEWEST_ROW.bind(names))


def _named_columns(asked: Asked) -> Statements[rows.ColumnPresence]:
    """Ask for what an error says is missing, by that error."""
    errors = dict.fromkeys(paste.error for paste in asked.pastes)
    return {each: _presence(asked, each) for each in errors if each and _misses_a_name(each)}


def _misses_a_name(error: PastedError) -> bool:
    if error.problem is Problem.COLUMN_MISSING:
        return bool(error.columns)
    return error.problem is Problem.TABLE_MISSING and error.table is not None


def _presence(asked: Asked, error: PastedError) -> Statement[rows.ColumnPresence]:
    return registry.COLUMN_PRESENCE.bind(
        schema=asked.catalog.name,
        table_name=error.table,
        column_name=error.columns[0] if error.columns else None,
    )


PROJECTS = LookupQuestion(_projects, essential=True)
OWNERS = LookupQuestion(_owners)
NEAR = LookupQuestion(_near)
BY_PREFIX = LookupQuestion(_by_prefix)
OTHER_CASE = LookupQuestion(_other_case)
SAMPLE = LookupQuestion(_sample)
RIGHTFUL_PROJECTS = LookupQuestion(_rightful_projects)
OTHER_PARENTS = LookupQuestion(_other_parents)
DEPLOYMENTS = LookupQuestion(_deployments)
ENTITIES = LookupQuestion(_entities)
TRACES = LookupQuestion(_traces)
NEWEST = LookupQuestion(_newest)
NAMED_COLUMNS = LookupQuestion(_named_columns, essential=True)

"""What a deletion does beyond its own rows: the foreign keys that act on it, and on how many rows.

| on delete             | the column | rows that refer to a deleted one | and what refers to those |
| --------------------- | ---------- | -------------------------------- | ------------------------ |
| cascade               | any        | are deleted                      | is looked at as well     |
| set null              | NOT NULL   | keep the deletion from happening | -                        |
| set null, set default | any other  | are changed                      | -                        |
| restrict, no action   | any        | keep the deletion from happening | -                        |

It is not known what goes along where anything but these acts, or may: triggers and rules of a user,
triggers that are switched off, tables that inherit, keys of single partitions.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from dashboard.diagnose import words
from dashboard.diagnose.facts import Catalog
from queries.records import dataclass
from queries.rows import CascadeCount, ForeignKey, Table


class Fate(StrEnum):
    DELETED = "deleted"
    CHANGED = "changed"
    KEEPING = "keeping"


_FATES = {
    "c": Fate.DELETED,
    "n": Fate.CHANGED,
    "d": Fate.CHANGED,
    "r": Fate.KEEPING,
    "a": Fate.KEEPING,
}
_NO_ACTION, _SET_NULL = "a", "n"
CONSENT = "That is more than the rows themselves: delete them only if all their owners agree."


@dataclass(frozen=True, slots=True)
class Node:
    """What becomes of the rows of one table."""

    oid: int
    table: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class ActingKey:
    """A foreign key that acts; `parent` and `child` are the places of its nodes in the list."""

    key: ForeignKey
    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything that acts when rows of the first node are deleted, over as many steps as it is.

    `reason` is why what it does cannot be foretold.
    """

    nodes: tuple[Node, ...]
    acting: tuple[ActingKey, ...]
    reason: str | None = None

    @classmethod
    def below(cls, table: Table, catalog: Catalog, keys: Iterable[ForeignKey]) -> "Graph":
        """Follow the keys from a table downwards; one that is not enforced does nothing."""
        enforced = [key for key in keys if key.enforced]
        nodes = [Node(table.oid, _called(table.schema, table.name), Fate.DELETED)]
        acting: list[ActingKey] = []
        for place, node in enumerate(nodes):  # grows while it is gone through
            if node.fate is Fate.DELETED:
                for key in enforced:
                    if key.parent_oid == node.oid:
                        acting.append(ActingKey(key, place, _place(nodes, key, catalog)))
        reason = next(_reasons(nodes, acting, enforced, catalog), None)
        return cls(tuple(nodes), tuple(acting), reason)

    def counted(self, counts: Sequence[CascadeCount], own: int) -> "Cascades":
        numbers = {self.nodes[each.node]: each.rows for each in counts}
        return Cascades(rows=numbers, own=own)


def _place(nodes: list[Node], key: ForeignKey, catalog: Catalog) -> int:
    node = Node(key.child_oid, _called(key.child_schema, key.child_table), _fate(key, catalog))
    if node not in nodes:
        nodes.append(node)
    return nodes.index(node)


def _fate(key: ForeignKey, catalog: Catalog) -> Fate:
    columns = (catalog.comparable.get((key.child_oid, name)) for name in key.child_columns)
    refused = any(each and each.not_null for each in columns)
    return Fate.KEEPING if refused and key.delete_action == _SET_NULL else _FATES[key.delete_action]


def _reasons(
    nodes: Sequence[Node], acting: Sequence[ActingKey], keys: Sequence[ForeignKey], catalog: Catalog
) -> Iterator[str]:
    """Name what keeps it from being foretold: what cannot be followed comes first."""
    tables = {each.oid: each for each in catalog.tables}
    deleted = {each.oid for each in nodes if each.fate is Fate.DELETED}
    for each in acting:
        yield from _of_key(each.key, catalog, deleted)
    for node in nodes:
        yield from _of_table(node, tables.get(node.oid), catalog, counted=bool(acting))
    ends = (tables.get(oid) for key in keys for oid in (key.child_oid, key.parent_oid))
    parted = any(tables[each.oid].kind == "p" or tables[each.oid].partition for each in nodes)
    if parted and any(each and each.partition for each in ends):
        yield "a foreign key belongs to a single partition"


def _of_key(key: ForeignKey, catalog: Catalog, deleted: Container[int]) -> Iterator[str]:
    name, comparable = words.line(key.name), catalog.comparable
    children = {(key.child_oid, each) for each in key.child_columns}
    parents = {(key.parent_oid, each) for each in key.parent_columns}
    if not (children | parents) <= comparable.keys():
        yield f"the columns of {name} cannot be read or compared"
    if key.parent_triggers_on is not True:
        yield f"triggers of {name} are switched off"
    if key.delete_action == _NO_ACTION and key.child_oid in deleted:
        yield f"{name} may keep rows that would be deleted with them"


def _of_table(node: Node, table: Table | None, catalog: Catalog, *, counted: bool) -> Iterator[str]:
    if table is None or (counted and node.oid not in catalog.row_keys):
        yield f"no readable column identifies the rows of {node.table}"
        return
    if counted and table.row_security:
        yield f"row security hides rows of {node.table}"
    if _does_more(table, node.fate):
        yield f"triggers or rules of {node.table} have further effects"
    if table.inherited:
        yield f"other tables inherit from {node.table}"


def _does_more(table: Table, fate: Fate) -> bool:
    match fate:
        case Fate.DELETED:
            return table.more_on_delete
        case Fate.CHANGED:
            return table.more_on_update
        case Fate.KEEPING:
            return False


def _called(schema: str, table: str) -> str:
    return words.line(table if schema == "public" else f"{schema}.{table}")


@dataclass(frozen=True, slots=True)
class Cascades:
    """How many rows a deletion takes or touches beyond its own; `unknown` is why that is not known.

    `barred` is why nothing is deleted whatever goes along. Without any of them, nothing acts on it.
    `own` is how many rows are deleted themselves, at least.
    """

    rows: Mapping[Node, int] | None = None
    own: int = 0
    unknown: str | None = None
    barred: str | None = None

    @classmethod
    def of_catalog(cls, table: Table, catalog: Catalog) -> "Cascades":
        """Say what the catalog alone knows: whether anything acts at all."""
        graph = Graph.below(table, catalog, catalog.foreign_keys)
        if graph.reason:
            return cls(unknown=graph.reason)
        if not graph.acting:
            return cls()
        tables = dict.fromkeys(graph.nodes[each.child].table for each in graph.acting)
        acting = f"foreign keys of {words.listed(list(tables))} act on it"
        return cls(unknown=f"{acting}; the page Orphan candidates counts their rows")

    @property
    def acting(self) -> bool:
        """Whether any foreign key acts on the deletion."""
        return self.rows is not None or self.unknown is not None

    @property
    def obstacle(self) -> str | None:
        """Say why no statement that deletes the rows is given."""
        if self.barred:
            return f"No DELETE is given: {self.barred}."
        if self.unknown:
            return (
                f"It is unknown what a deletion would also remove: {self.unknown}. So no DELETE "
                "is given."
            )
        if keeping := self._of(Fate.KEEPING):
            return f"Deleting them fails as long as {keeping} refer to them: handle those first."
        return None

    @property
    def sentence(self) -> str:
        """Say in numbers what goes along."""
        if self.rows is None:
            return "No foreign key acts on this deletion: no other rows are removed."
        parts = (
            (self._of(Fate.DELETED), "by cascade it also deletes {}"),
            (self._of(Fate.CHANGED), "it sets the reference to null or its default in {}"),
        )
        told = [wording.format(rows) for rows, wording in parts if rows]
        sentence = "; ".join(told) or "no other rows are removed: none refer to these"
        return f"{sentence[0].upper()}{sentence[1:]}.{f' {CONSENT}' * self.takes_more}"

    @property
    def takes_more(self) -> bool:
        """Whether more rows go along than there are of those that are to go."""
        deleted = (rows for each, rows in (self.rows or {}).items() if each.fate is Fate.DELETED)
        return sum(deleted) > self.own

    def _of(self, fate: Fate) -> str:
        rows = [(each.table, rows) for each, rows in (self.rows or {}).items() if each.fate is fate]
        return words.listed([_counted(*each) for each in rows if each[1]]) if rows else ""


# what is a lost row here may be a valid one of the table that is meant
OF_ANOTHER_TABLE = Cascades(barred="the foreign key here references another table than elsewhere")


def _counted(table: str, rows: int) -> str:
    return f"{rows:,} {'row' if rows == 1 else 'rows'} of {table}"

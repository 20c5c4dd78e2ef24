"""What a deletion does beyond its own rows: the foreign keys that act on it, and on how many rows.

| on delete             | rows that refer to a deleted one | and what refers to those |
| --------------------- | -------------------------------- | ------------------------ |
| cascade               | are deleted                      | is looked at as well     |
| set null, set default | are changed                      | -                        |
| restrict, no action   | keep the deletion from happening | -                        |
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboard.diagnosis import words
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


@dataclass(frozen=True, slots=True)
class Node:
    """What becomes of the rows of one table."""

    oid: int
    table: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Leg:
    """A foreign key that acts; `parent` and `child` are the places of its nodes in the list."""

    key: ForeignKey
    parent: int
    child: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything that acts when rows of the first node are deleted, over as many steps as it is."""

    nodes: tuple[Node, ...]
    legs: tuple[Leg, ...]

    @classmethod
    def below(cls, table: Table, keys: Iterable[ForeignKey]) -> "Graph":
        """Follow the keys from a table downwards; one that is not enforced does nothing."""
        acting = [key for key in keys if key.enforced]
        nodes = [Node(table.oid, _called(table.schema, table.name), Fate.DELETED)]
        legs: list[Leg] = []
        for place, node in enumerate(nodes):  # grows while it is gone through
            if node.fate is Fate.DELETED:
                for key in acting:
                    if key.parent_oid == node.oid:
                        legs.append(Leg(key, place, _place(nodes, key)))
        return cls(tuple(nodes), tuple(legs))

    @property
    def reason(self) -> str | None:
        """Say why not all of it can be counted."""
        wide = [leg.key.name for leg in self.legs if len(leg.key.child_columns) > 1]
        return f"{words.listed(wide)} ties several columns" if wide else None

    def counted(self, counts: Sequence[CascadeCount]) -> "Cascades":
        numbers = {self.nodes[each.node]: each.rows for each in counts}
        return Cascades(rows=numbers)


def _place(nodes: list[Node], key: ForeignKey) -> int:
    table = _called(key.child_schema, key.child_table)
    node = Node(key.child_oid, table, _FATES[key.delete_action])
    if node not in nodes:
        nodes.append(node)
    return nodes.index(node)


def _called(schema: str, table: str) -> str:
    return table if schema == "public" else f"{schema}.{table}"


@dataclass(frozen=True, slots=True)
class Cascades:
    """How many rows a deletion takes or touches beyond its own; `unknown` is why that is not known.

    Without either, no foreign key acts on it.
    """

    rows: Mapping[Node, int] | None = None
    unknown: str | None = None

    @classmethod
    def of_catalog(cls, table: Table, keys: Iterable[ForeignKey]) -> "Cascades":
        """Say what the catalog alone knows: whether anything acts at all."""
        graph = Graph.below(table, keys)
        if not graph.legs:
            return cls()
        tables = dict.fromkeys(leg.key.child_table for leg in graph.legs)
        acting = f"foreign keys of {words.listed(list(tables))} act on it"
        return cls(unknown=f"{acting}; the page Orphan candidates counts their rows")

    @property
    def acting(self) -> bool:
        """Whether any foreign key acts on the deletion."""
        return self.rows is not None or self.unknown is not None

    @property
    def obstacle(self) -> str | None:
        """Say why no statement that deletes the rows is given."""
        if self.unknown:
            return (
                f"What their deletion takes along is not known: {self.unknown}. So no statement "
                "that deletes them is given."
            )
        if keeping := self._of(Fate.KEEPING):
            return f"Deleting them fails while {keeping} refer to them: decide about those first."
        return None

    @property
    def sentence(self) -> str:
        """Say in numbers what goes along."""
        if self.rows is None:
            return "No foreign key acts on this deletion: it takes no other row."
        parts = (
            (self._of(Fate.DELETED), "by cascade it also deletes {}"),
            (self._of(Fate.CHANGED), "it sets the reference to null or its default in {}"),
        )
        told = [wording.format(rows) for rows, wording in parts if rows]
        sentence = "; ".join(told) or "it takes no other row: none refers to these"
        return f"{sentence[0].upper()}{sentence[1:]}."

    def _of(self, fate: Fate) -> str:
        rows = [(each.table, rows) for each, rows in (self.rows or {}).items() if each.fate is fate]
        return words.listed([_counted(*each) for each in rows if each[1]]) if rows else ""


def _counted(table: str, rows: int) -> str:
    return f"{rows:,} {'row' if rows == 1 else 'rows'} of {table}"

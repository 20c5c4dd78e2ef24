"""A schema by its catalog alone, the same from PostgreSQL 12 to 18: compared, kept, made again.

An object is known by its kind and its name; its facets are what decides how it works. What tells it
apart within one database whatever it is called, and how large it is, is no facet.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, fields
from functools import cached_property
from typing import Any, Self

from queries import patterns, rows
from queries.records import dataclass

Key = tuple[str, ...]  # the kind, and its name from the schema on
Facets = Mapping[str, object]
_SPACE = patterns.lazy(r"\s+")


@dataclass(frozen=True, slots=True)
class CatalogKind:
    """How one kind of object is read: its row, the fields of its name, and those not compared."""

    row: type[Any]
    name: tuple[str, ...]
    aside: frozenset[str] = frozenset()

    def key(self, kind: str, row: Any) -> Key:
        return (kind, *(getattr(row, each) for each in self.name))


TABLE_AND_NAME = ("schema", "table", "name")
SCHEMA_AND_NAME = ("schema", "name")
KINDS: Mapping[str, CatalogKind] = {
    "extension": CatalogKind(rows.CatalogExtension, ("name",), frozenset({"schema"})),
    "enum": CatalogKind(rows.CatalogEnum, SCHEMA_AND_NAME, frozenset({"oid"})),
    "domain": CatalogKind(rows.CatalogDomain, SCHEMA_AND_NAME, frozenset({"oid"})),
    "relation": CatalogKind(
        rows.CatalogRelation, SCHEMA_AND_NAME, frozenset({"oid", "file", "estimate", "pages"})
    ),
    "column": CatalogKind(
        rows.CatalogColumn,
        TABLE_AND_NAME,
        frozenset({"relation", "number", "type_oid", "type_kind"}),
    ),
    "sequence": CatalogKind(
        rows.CatalogSequence,
        SCHEMA_AND_NAME,
        frozenset({"oid", "cache", "owner", "owner_number"}),
    ),
    "constraint": CatalogKind(
        rows.CatalogConstraint,
        TABLE_AND_NAME,
        frozenset(
            {"oid", "relation", "target", "match", "numbers", "target_numbers", "expression"}
        ),
    ),
    "index": CatalogKind(
        rows.CatalogIndex,
        SCHEMA_AND_NAME,
        frozenset({"oid", "relation", "method", "numbers", "terms", "predicate", "exclusion"})
        | {"of_constraint", "file", "pages"},
    ),
    "function": CatalogKind(
        rows.CatalogFunction, (*SCHEMA_AND_NAME, "identity"), frozenset({"oid", "whole"})
    ),
    "trigger": CatalogKind(rows.CatalogTrigger, TABLE_AND_NAME, frozenset({"oid", "relation"})),
    "policy": CatalogKind(rows.CatalogPolicy, TABLE_AND_NAME),
    "rule": CatalogKind(rows.CatalogRule, TABLE_AND_NAME),
    "statistics": CatalogKind(rows.CatalogStatistics, SCHEMA_AND_NAME),
}


def squeezed(text: object) -> object:
    """Take white space as one, and leave out what only ends a statement."""
    return _SPACE.sub(" ", text).strip(" ;") if isinstance(text, str) else text


@dataclass(frozen=True, eq=False)
class SchemaImage:
    """Everything in some schemas of one database at one moment; `major` is its server's version.

    `held` are relations and functions, by kind, schema and name, that were being changed then: what
    they are is not known, and neither they nor what is theirs is among the objects.
    """

    major: int
    objects: Mapping[Key, Any] = field(repr=False)
    held: frozenset[Key] = frozenset()

    @classmethod
    def of(
        cls,
        major: int,
        found: Mapping[str, Iterable[Any]],
        held: Iterable[rows.CatalogHeld] = (),
    ) -> Self:
        """Put the rows of each kind together."""
        return cls(
            major,
            {KINDS[kind].key(kind, row): row for kind in KINDS for row in found.get(kind, ())},
            frozenset((each.kind, each.schema, each.name) for each in held),
        )

    def holds(self, key: Key, row: Any) -> bool:
        """Whether an object of another image was being changed here, or its table was."""
        table = table_of(key, row)
        return key[:3] in self.held or (table is not None and ("relation", *table) in self.held)

    def all(self, kind: str) -> Iterator[tuple[Key, Any]]:
        return ((key, row) for key, row in self.objects.items() if key[0] == kind)

    @cached_property
    def facets(self) -> Mapping[Key, Facets]:
        return {key: self._facets(key[0], row) for key, row in self.objects.items()}

    @cached_property
    def tables(self) -> Mapping[int, Key]:
        """Name each relation by its oid."""
        return {row.oid: key for key, row in self.all("relation")}

    @cached_property
    def columns(self) -> Mapping[tuple[int, int], rows.CatalogColumn]:
        """Tell each column by what stays the same across a rename."""
        return {(row.relation, row.number): row for _, row in self.all("column")}

    @cached_property
    def schemas(self) -> tuple[str, ...]:
        return tuple(sorted({key[1] for key in self.objects if key[0] != "extension"}))

    @cached_property
    def digest(self) -> str:
        """Tell images apart by what is compared, and by the server that printed it."""
        facets = sorted((key, sorted(each.items())) for key, each in self.facets.items())
        told = [self.major, facets, sorted(self.held)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def owner(self, sequence: rows.CatalogSequence) -> rows.CatalogColumn | None:
        """Return the column that a sequence goes with."""
        if sequence.owner is None or sequence.owner_number is None:
            return None
        return self.columns.get((sequence.owner, sequence.owner_number))

    def _facets(self, kind: str, row: Any) -> Facets:
        of, names = KINDS[kind], _names(type(row))
        found: dict[str, object] = {
            name: getattr(row, name)
            for name in names
            if name not in of.name and name not in of.aside
        }
        if kind == "sequence":
            column = self.owner(row)
            found["owned_by"] = f"{column.table}.{column.name}" if column else None
        if kind in ("relation", "function"):
            text = "definition" if kind == "relation" else "source"
            found[text] = squeezed(found[text])
        if kind == "index":  # told by a facet of its own
            found["definition"] = str(found["definition"]).replace(" NULLS NOT DISTINCT", "")
        return found

    def change_to(self, after: "SchemaImage") -> dict[str, Any]:
        """Tell as JSON what has become otherwise: a few objects of hundreds."""
        changed = {key: row for key, row in after.objects.items() if self.objects.get(key) != row}
        gone = [list(key) for key in self.objects if key not in after.objects]
        return {"gone": gone, **SchemaImage(after.major, changed).to_json()}

    def changed(self, change: Mapping[str, Any]) -> "SchemaImage":
        """Return the image that such a change leads to."""
        gone = {tuple(key) for key in change["gone"]}
        kept = {key: row for key, row in self.objects.items() if key not in gone}
        return SchemaImage(self.major, {**kept, **SchemaImage.from_json(change).objects})

    def to_json(self) -> dict[str, Any]:
        listed: dict[str, list[list[Any]]] = {}
        for key, row in self.objects.items():
            values = [getattr(row, name) for name in _names(type(row))]
            listed.setdefault(key[0], []).append(values)
        return {"major": self.major, "rows": listed}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        found = {kind: [KINDS[kind].row(*each) for each in of] for kind, of in told["rows"].items()}
        return cls.of(told["major"], found)


def _names(row: type[Any]) -> Sequence[str]:
    return [each.name for each in fields(row)]


def table_of(key: Key, row: Any) -> tuple[str, str] | None:
    """Name the table that an object belongs to, if it does."""
    if key[0] == "relation":
        return row.schema, row.name
    table = getattr(row, "table", None)
    return (row.schema, table) if table else None

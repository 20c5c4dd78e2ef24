"""As much of a schema as a few rows need to be written, and neutral values for the rest of them.

What decides whether one write is refused is kept as it is there: the columns that are given, their
types, and every key and index that tells of them. What depends on values that nobody told is not.

| part of a table                     | becomes                                             |
| ----------------------------------- | --------------------------------------------------- |
| a column that is given              | as it is there, but for how a value is computed     |
| another one, NOT NULL, no default   | as it is there, and filled                          |
| another one, with a constant        | as it is there                                      |
| another one, otherwise computed     | may be null: the environment would have filled it   |
| unique and primary keys, indexes    | as they are there; columns in them are filled       |
| a foreign key of given columns      | as it is there, where its other table has rows here |
| a check of given columns alone      | as it is there                                      |
| other foreign keys and checks       | left out, and told                                  |
| triggers, policies, rules           | left out, and told                                  |
| partitions, heirs                   | one plain table                                     |
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from dashboard.diagnose.migrations.schema.image import Key, SchemaImage
from queries import patterns, rows
from queries.records import dataclass

Values = Mapping[str, str | None]
TableName = tuple[str, str]  # its schema, and its name
BUILT_IN_BELOW = 16384  # the first oid that is somebody's own
OFF = "D"
_CONSTANT = patterns.lazy(
    r"(?:'(?:[^']|'')*'|-?[0-9.]+|true|false)(?:::[\w \".]+(?:\([0-9,]+\))?(?:\[\])?)?"
)
_LENGTH = patterns.lazy(r"(?:character|character varying|bit|bit varying)\((\d+)\)")


class NotReproducible(Exception):  # noqa: N818  # an answer, not an error of ours
    """The rows cannot be written anywhere else than there."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns that hold what those of another table's row do, which is written before."""

    columns: tuple[str, ...]
    table: TableName
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of which only the `values` are known.

    `columns` are the only ones that are written beside those; None: whatever has to be.
    """

    table: TableName
    values: tuple[tuple[str, str | None], ...] = ()
    columns: tuple[str, ...] | None = None
    refers: tuple[Reference, ...] = ()

    @property
    def told(self) -> frozenset[str]:
        """Name the columns whose values are known, or another row's."""
        others = (name for each in self.refers for name in each.columns)
        return frozenset((*dict(self.values), *others))


class Do(StrEnum):
    INSERT = "insert"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Write:
    """What is done with a row; what is `tried` may be refused, and is undone."""

    do: Do
    row: Row
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a write was refused; `named` is the constraint, or the column that is null."""

    sqlstate: str
    named: str

    def __str__(self) -> str:
        return f"{self.sqlstate} on {self.named}" if self.named else self.sqlstate


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writes, up to the first that had to pass; `unmade` are parts of the copy."""

    outcomes: tuple[Refusal | None, ...]
    unmade: tuple[str, ...] = ()


@dataclass(frozen=True)
class Excerpt:
    """What some rows need of a schema; `refused` is what they are written to see, if anything."""

    whole: SchemaImage
    written: tuple[Row, ...]
    refused: Refusal | None = None

    @cached_property
    def image(self) -> SchemaImage:
        """Take the tables, their keys, and the types of what is given."""
        made = dict(self._types())
        for key, row in self._tables.items():
            made[key] = replace(
                row, kind="r", persistence="p", row_security=False, forced_row_security=False,
                options=(), partition_key=None, bound=None, parents=(),
            )  # fmt: skip
        made.update((key, self._column(row)) for key, row in self._columns)
        made.update(self._constraints)
        made.update((key, row) for key, row in self._indexes if row.is_unique and row.valid)
        return SchemaImage(self.whole.major, made)

    @property
    def named(self) -> str | None:
        return self.refused.named if self.refused else None

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """Name what may decide in the environment, and is not in the excerpt."""
        return (*self._left_out_constraints(), *self._left_out_effects())

    @property
    def knows(self) -> bool:
        """Whether what it is about is in it."""
        known = {key[-1] for key in self.image.objects if key[0] in ("constraint", "index")}
        return self.named in known | {row.name for _, row in self._columns}

    def filled(self) -> list[dict[str, str | None]]:
        """Give each row what it needs beside what is known; rows of one table differ in it."""
        before: dict[TableName, int] = {}
        last: dict[TableName, Values] = {}
        told = []
        for row in self.written:
            number = before[row.table] = before.get(row.table, -1) + 1
            found = {**dict(self._fillers(row, number)), **dict(row.values)}
            for each in row.refers:
                targets = (last[each.table][name] for name in each.targets)
                found.update(zip(each.columns, targets, strict=True))
            last[row.table] = found
            told.append(found)
        return told

    def _fillers(self, row: Row, number: int) -> Iterator[tuple[str, str]]:
        for _, column in self._columns:
            if (column.schema, column.table) != row.table or column.name in row.told:
                continue
            place = (column.relation, column.number)
            if not self._is_needed(column) or not self._is_written(row, column):
                continue
            value = self._filler(column, 0 if place in self._in_named else number)
            if value is not None:
                yield column.name, value
            elif place in self._primary:
                raise NotReproducible(f"no value is known for {column.table}.{column.name}")

    def _is_written(self, row: Row, column: rows.CatalogColumn) -> bool:
        primary = (column.relation, column.number) in self._primary
        return row.columns is None or column.name in row.columns or primary

    @cached_property
    def _given(self) -> Mapping[TableName, frozenset[str]]:
        given: dict[TableName, frozenset[str]] = {}
        for row in self.written:
            given[row.table] = given.get(row.table, frozenset()) | row.told
            for each in row.refers:
                given[each.table] |= set(each.targets)
        return given

    @cached_property
    def _tables(self) -> Mapping[Key, rows.CatalogRelation]:
        return {("relation", *table): self._table(table) for table in self._given}

    def _table(self, table: TableName) -> rows.CatalogRelation:
        found = self.whole.objects.get(("relation", *table))
        if found is None or found.kind not in ("r", "p"):
            raise NotReproducible(f"{'.'.join(table)} could not be read from the catalog")
        relation: rows.CatalogRelation = found
        return relation

    @cached_property
    def _columns(self) -> Sequence[tuple[Key, rows.CatalogColumn]]:
        return [*self._own("column")]

    def _own(self, kind: str) -> Iterator[tuple[Key, Any]]:
        return (
            (key, row)
            for key, row in self.whole.all(kind)
            if (row.schema, row.table) in self._given
        )

    def _types(self) -> Iterator[tuple[Key, Any]]:
        yield from self.whole.all("enum")
        given = [row for _, row in self._columns if self._is_given(row)]
        oids = {row.type_oid for row in given}
        yield from ((key, row) for key, row in self.whole.all("domain") if row.oid in oids)
        if not all(map(self._is_known, given)):
            yield from self.whole.all("extension")

    def _is_given(self, column: rows.CatalogColumn) -> bool:
        return column.name in self._given[column.schema, column.table]

    @cached_property
    def _enums(self) -> Mapping[int, rows.CatalogEnum]:
        return {row.oid: row for _, row in self.whole.all("enum")}

    @cached_property
    def _domains(self) -> Mapping[int, rows.CatalogDomain]:
        return {row.oid: row for _, row in self.whole.all("domain")}

    def _is_known(self, column: rows.CatalogColumn) -> bool:
        own = column.type_oid in self._enums or column.type_oid in self._domains
        return own or column.type_oid < BUILT_IN_BELOW

    def _column(self, column: rows.CatalogColumn) -> rows.CatalogColumn:
        given = self._is_given(column)
        plain = column.type if given else self._plain_type(column)
        constant = plain == column.type and _is_constant(column)
        known = given or constant or not (_is_computed(column) or self._filler(column, 0) is None)
        return replace(
            column,
            type=plain,
            identity="",
            generated="",
            default_value=column.default_value if constant else None,
            collation_name=column.collation_name if given else None,
            not_null=column.not_null and known,
        )

    def _plain_type(self, column: rows.CatalogColumn) -> str:
        """Name a type that a neutral value fits: a domain may refuse it, and others be unknown."""
        if column.type_oid in self._domains:
            base = self._domains[column.type_oid].base
            return base if _neutral(base, 0) is not None else "text"
        return column.type if self._is_known(column) else "text"

    def _filler(self, column: rows.CatalogColumn, number: int) -> str | None:
        if column.type_oid in self._enums:
            labels = self._enums[column.type_oid].labels
            return labels[number % len(labels)] if labels else None
        return _neutral(self._plain_type(column), number)

    def _is_needed(self, column: rows.CatalogColumn) -> bool:
        place = (column.relation, column.number)
        if place in self._primary | self._in_named or self._is_given(column):
            return True
        domain = self._domains.get(column.type_oid)
        not_null = column.not_null or (domain is not None and domain.not_null)
        if place in self._in_unique and (not_null or place in self._nulls_count):
            return True
        return not_null and not _is_computed(column)

    @cached_property
    def _indexes(self) -> Sequence[tuple[Key, rows.CatalogIndex]]:
        return [*self._own("index")]

    @cached_property
    def _primary(self) -> frozenset[tuple[int, int]]:
        return _places(row for _, row in self._indexes if row.is_primary)

    @cached_property
    def _in_unique(self) -> frozenset[tuple[int, int]]:
        return _places(row for _, row in self._indexes if row.is_unique)

    @cached_property
    def _nulls_count(self) -> frozenset[tuple[int, int]]:
        return _places(row for _, row in self._indexes if row.nulls_not_distinct)

    @cached_property
    def _in_named(self) -> frozenset[tuple[int, int]]:
        return _places(row for _, row in self._indexes if row.name == self.named)

    @cached_property
    def _constraints(self) -> Mapping[Key, rows.CatalogConstraint]:
        """Take them in the order they were made in: the oldest key is checked first."""
        own = sorted(self._own("constraint"), key=lambda each: each[1].oid)
        return {key: row for key, row in own if self._is_kept(row)}

    def _is_kept(self, row: rows.CatalogConstraint) -> bool:
        if row.type in ("p", "u"):
            return True
        if row.type == "f" and self.whole.tables.get(row.target) not in self._tables:
            return False
        return row.type in ("f", "c") and self._tells_of_given(row)

    def _tells_of_given(self, row: rows.CatalogConstraint) -> bool:
        columns = (self.whole.columns.get((row.relation, each)) for each in row.numbers)
        return bool(row.numbers) and all(each and self._is_given(each) for each in columns)

    def _left_out_constraints(self) -> Iterator[str]:
        words = {"f": "foreign key", "c": "check", "x": "exclusion constraint"}
        for key, row in self._own("constraint"):
            if key not in self._constraints:
                yield f"{words[row.type]} {row.name}"

    def _left_out_effects(self) -> Iterator[str]:
        yield from (f"trigger {row.name}" for _, row in self._own("trigger") if row.enabled != OFF)
        tables = dict.fromkeys(row.table for _, row in self._own("policy"))
        yield from (f"row security of {each}" for each in tables)
        yield from (f"rule {row.name}" for _, row in self._own("rule") if row.enabled != OFF)


def _is_constant(column: rows.CatalogColumn) -> bool:
    return not column.generated and bool(_CONSTANT.fullmatch(column.default_value or ""))


def _is_computed(column: rows.CatalogColumn) -> bool:
    return bool(column.default_value is not None or column.identity or column.generated)


def _places(indexes: Iterable[rows.CatalogIndex]) -> frozenset[tuple[int, int]]:
    return frozenset((row.relation, number) for row in indexes for number in row.numbers)


def _neutral(kind: str, number: int) -> str | None:
    """Write the value of a number in a type; None where none is known."""
    if kind.endswith("[]"):
        return "{}"
    plain = kind.partition("(")[0].partition(" with")[0]
    if plain in _TEXTS:
        most = _LENGTH.fullmatch(kind)
        return str(number)[: int(most[1]) if most else None]
    write = _NEUTRAL.get(plain)
    return write(number) if write else None


_FIRST_DAY = date(2000, 1, 1)
_TEXTS = ("text", "character", "character varying", "name", '"char"')
_NUMBERS = (
    *("smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid"),
    *("json", "jsonb"),
)
_NEUTRAL: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(_NUMBERS, str),
    **dict.fromkeys(
        ("date", "timestamp", "timestamp without time zone"),
        lambda number: str(_FIRST_DAY + timedelta(days=number)),
    ),
    **dict.fromkeys(("time", "time without time zone"), lambda number: f"00:{number % 60:02}"),
    "boolean": lambda number: "true" if number % 2 else "false",
    "interval": lambda number: f"{number} days",
    "uuid": lambda number: f"00000000-0000-0000-0000-{number:012}",
    "bytea": lambda number: rf"\x{number % 256:02x}",
    "inet": lambda number: f"0.0.0.{number % 256}",
    "cidr": lambda number: f"0.0.0.{number % 256}/32",
    "macaddr": lambda number: f"00:00:00:00:00:{number % 256:02x}",
    "xml": lambda number: f"<_{number}/>",
    "tsvector": lambda number: f"'{number}'",
    "point": lambda number: f"(0,{number})",
    **dict.fromkeys(
        ("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"),
        lambda _number: "empty",
    ),
}

"""What a script wants to find, not to find, makes and drops: one step after the other."""

from dataclasses import dataclass
from enum import StrEnum


class ObjectKind(StrEnum):
    """A table, a view, an index and a sequence are relations: their names exclude each other."""

    SCHEMA = "schema"
    RELATION = "relation"
    COLUMN = "column"
    CONSTRAINT = "constraint"
    TYPE = "type"
    LABEL = "label"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """`of` is the table of a column or constraint, and the type of a label.

    `schema` is empty where the script names none.
    """

    kind: ObjectKind
    name: str
    schema: str = ""
    of: str = ""

    @property
    def label(self) -> str:
        within = f" of {self.of}" if self.of else ""
        return f"{self.kind.value} {self.name}{within}"

    def inside(self, kind: ObjectKind, name: str) -> "SchemaObject":
        return SchemaObject(kind, name, self.schema, self.name)


@dataclass(frozen=True, slots=True)
class Demand:
    """An object, and the SQLSTATE that PostgreSQL stops with where it is not as wanted."""

    object: SchemaObject
    sqlstate: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement wants of a table's rows; `nulls`: that the columns have none."""

    table: SchemaObject
    columns: tuple[str, ...]
    nulls: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, or a part of one.

    `made` are the objects it makes, each with what it is dropped with. `blank`: the column it adds
    is NULL in every row. `unless_there` and `unless_gone` are those of IF NOT EXISTS and IF EXISTS.
    `doubt` is why it may fail for other reasons; after an `opaque` step nothing is known any more.
    """

    there: tuple[Demand, ...] = ()
    free: tuple[Demand, ...] = ()
    made: tuple[tuple[SchemaObject, SchemaObject | None], ...] = ()
    dropped: tuple[SchemaObject, ...] = ()
    unless_there: SchemaObject | None = None
    unless_gone: SchemaObject | None = None
    rows: Rows | None = None
    blank: bool = False
    doubt: str | None = None
    opaque: str | None = None

    @property
    def objects(self) -> tuple[SchemaObject, ...]:
        demanded = tuple(each.object for each in (*self.there, *self.free))
        optional = tuple(each for each in (self.unless_there, self.unless_gone) if each)
        made = tuple(each for each, _ in self.made)
        return (*demanded, *optional, *made, *self.dropped)

"""Which expressions of a script mean in a question what they mean there, by PostgreSQL's grammar.

Only what is immutable and PostgreSQL's own is taken over. An enum is a text in a question: the
environment may not know its type yet, or not all of its labels.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from dashboard.diagnose.migrations.schema.image import SchemaImage
from queries import rows
from queries.records import dataclass

FIRST_OWN_OID = 16384  # below it are the server's own types
COMPARISONS = frozenset({"=", "<>", "~~", "!~~", "~", "!~", "~~*", "!~~*", "~*", "!~*"})
ORDERINGS = frozenset({"<", ">", "<=", ">=", "BETWEEN", "NOT BETWEEN"})
JOINING = "||"
FUNCTIONS = frozenset(
    {"length", "char_length", "octet_length", "lower", "upper", "btrim", "ltrim", "rtrim", "md5"}
)
TEXTS = frozenset({"text", "varchar", "bpchar"})
TYPES = TEXTS | {
    "int2", "int4", "int8", "numeric", "float4", "float8", "bool", "date", "timestamp",
    "timestamptz", "uuid", "json", "jsonb",
}  # fmt: skip
NODES = frozenset((
    "Node", "A_Const", "BoolExpr", "NullTest", "BooleanTest", "A_ArrayExpr", "List", "String",
    "Integer", "Float", "Boolean", "BitString", "CoalesceExpr", "CaseExpr", "CaseWhen",
))  # fmt: skip
ENUM, ENUMS = "text", "text[]"


@dataclass(frozen=True, slots=True)
class Expression:
    """`uses` are the numbers of its columns; `fails`: it may, on what is in a row."""

    text: str
    uses: frozenset[int] = frozenset()
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What the names in an expression over one table mean; `called` are the names of the table."""

    columns: Mapping[str, rows.CatalogColumn]
    enums: AbstractSet[str]
    functions: AbstractSet[str]
    called: AbstractSet[str]

    @classmethod
    def of(cls, image: SchemaImage, relation: int, alias: str = "") -> "Scope":
        table = image.tables[relation]
        return cls(
            {each.name: each for each in image.columns.values() if each.relation == relation},
            enums_of(image),
            {key[2] for key, _ in image.all("function")},
            {alias or table[2]},
        )

    def presented(self, column: rows.CatalogColumn) -> str | None:
        return presented(column, self.enums)


def enums_of(image: SchemaImage) -> AbstractSet[str]:
    return {key[2] for key, _ in image.all("enum")}


def bare(kind: str) -> str:
    """Take the name of a type out of how it is written."""
    return kind.removesuffix("[]").rpartition(".")[2].strip('"')


def presented(column: rows.CatalogColumn, enums: AbstractSet[str]) -> str | None:
    """Say which type a column has in a question; None where it is not PostgreSQL's own."""
    if column.type_oid < FIRST_OWN_OID:
        return column.type
    if bare(column.type) not in enums:
        return None
    return ENUMS if column.type.endswith("[]") else ENUM


def parsed(text: str) -> Any | None:
    """Parse one expression; None where it is none."""
    import postgast  # its half a second is for who has something to rehearse

    try:
        tree = postgast.parse(f"select {text}")
    except postgast.PgQueryError:
        return None
    if len(tree.stmts) != 1:
        return None
    select = tree.stmts[0].stmt.select_stmt
    alone = len(select.target_list) == 1 and not select.target_list[0].res_target.name
    alone = alone and {each.name for each, _ in select.ListFields()} <= PLAIN_SELECT
    return select.target_list[0].res_target.val if alone else None


PLAIN_SELECT = frozenset({"target_list", "limit_option", "op"})


def read(text: str, scope: Scope) -> Expression | None:
    node = parsed(text)
    return None if node is None else taken(node, scope)


def taken(node: Any, scope: Scope) -> Expression | None:
    """Take an expression over into a question; None where it may mean something else there."""
    inner = list(_walked(node))
    if not all(_means_the_same(each, parent, scope) for each, parent in inner):
        return None
    columns = [scope.columns[_column(each)] for each, _ in inner if _is(each, "ColumnRef")]
    operators = {_named(each.name) for each, _ in inner if _is(each, "A_Expr")}
    kinds = {scope.presented(each) for each in columns}
    if operators & ORDERINGS and any(_is_enum(each, scope) for each in columns):
        return None
    if JOINING in operators and not all(_is_text(each) for each in kinds):
        return None
    fails = any(_may_fail(each) for each, _ in inner)
    return Expression(_written(node, scope), frozenset(each.number for each in columns), fails)


def _is_enum(column: rows.CatalogColumn, scope: Scope) -> bool:
    return column.type_oid >= FIRST_OWN_OID and scope.presented(column) is not None


def _is_text(kind: str | None) -> bool:
    return kind is not None and kind.startswith(("text", "character varying"))


def _means_the_same(node: Any, parent: Any | None, scope: Scope) -> bool:
    match node.DESCRIPTOR.name:
        case "A_Expr":
            return _named(node.name) in COMPARISONS | ORDERINGS | {JOINING}
        case "FuncCall":
            return _is_plain_call(node, scope)
        case "ColumnRef":
            column = scope.columns.get(_column(node))
            asked = parent is not None and _is(parent, "NullTest")
            return (
                column is not None
                and _qualified(node, scope)
                and (asked or scope.presented(column) is not None)
            )
        case "TypeCast":
            return not _is_enum_name(node.type_name, scope) or is_constant(node.arg)
        case "TypeName":
            return _named(node.names) in TYPES or _is_enum_name(node, scope)
        case name:
            return name in NODES


def _is_plain_call(node: Any, scope: Scope) -> bool:
    name = _named(node.funcname)
    more = node.agg_order or node.agg_star or node.agg_distinct or node.func_variadic
    more = more or node.HasField("agg_filter") or node.HasField("over")
    return name in FUNCTIONS and name not in scope.functions and not more


def _column(node: Any) -> str:
    return str(node.fields[-1].string.sval)


def _qualified(node: Any, scope: Scope) -> bool:
    """Whether it is of this table: bare, or behind its name."""
    table = [each.string.sval for each in node.fields][:-1]
    return not table or (len(table) == 1 and table[0] in scope.called)


def _is_enum_name(node: Any, scope: Scope) -> bool:
    return _named(node.names) not in TYPES and node.names[-1].string.sval in scope.enums


def is_constant(node: Any) -> bool:
    """Whether it is one value, or a list of such."""
    allowed = ("Node", "A_Const", "A_ArrayExpr", "String", "Integer", "Float", "Boolean")
    types = ("TypeCast", "TypeName", "BitString")
    return all(each.DESCRIPTOR.name in (*allowed, *types) for each, _ in _walked(node))


def _may_fail(node: Any) -> bool:
    if _is(node, "TypeCast"):
        wide = _named(node.type_name.names) in TEXTS and not node.type_name.typmods
        return not wide and not is_constant(node.arg)
    if _is(node, "A_Expr"):
        pattern = _named(node.name) not in {"=", "<>", JOINING, *ORDERINGS}
        return pattern and not is_constant(node.rexpr)
    return False


def _written(node: Any, scope: Scope) -> str:
    import postgast

    tree = postgast.parse("select 1")
    target = tree.stmts[0].stmt.select_stmt.target_list[0].res_target
    target.val.CopyFrom(node)
    for each, _ in list(_walked(target.val)):
        if _is(each, "ColumnRef"):
            del each.fields[:-1]
        elif _is(each, "TypeName") and _is_enum_name(each, scope):
            del each.names[:]
            each.names.add().string.sval = ENUM
    return str(postgast.deparse(tree)).removeprefix("SELECT ")


def _is(node: Any, name: str) -> bool:
    return bool(node.DESCRIPTOR.name == name)


def _named(parts: Any) -> str | None:
    """Name what is PostgreSQL's own; None for what has another schema."""
    schema, *name = ["pg_catalog", *(each.string.sval for each in parts)][-2:]
    return name[0] if schema == "pg_catalog" else None


def _walked(node: Any, parent: Any | None = None) -> Iterator[tuple[Any, Any | None]]:
    """Yield every message of a tree once, with what it is part of, over the mere wrappers."""
    yield node, parent
    above = parent if _is(node, "Node") else node
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        for each in [value] if hasattr(value, "ListFields") else value:
            yield from _walked(each, above)

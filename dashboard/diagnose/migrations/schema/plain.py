"""Which parts of a script can be followed without being run, by PostgreSQL's own grammar."""

import re
from collections.abc import Iterator
from typing import Any

# what changes no row, and does not depend on any beyond what is asked for
FOLLOWED = frozenset((
    "create_stmt", "create_enum_stmt", "alter_enum_stmt", "index_stmt", "alter_table_stmt",
    "rename_stmt", "drop_stmt", "create_extension_stmt", "comment_stmt",
    "create_function_stmt", "create_trig_stmt", "view_stmt", "create_schema_stmt",
    "create_seq_stmt", "alter_seq_stmt", "variable_set_stmt", "grant_stmt",
    "create_policy_stmt", "transaction_stmt", "lock_stmt", "create_stats_stmt",
    "alter_owner_stmt",
))  # fmt: skip
ALTERATIONS = frozenset((
    "AT_AddColumn", "AT_AddConstraint", "AT_DropNotNull", "AT_DropColumn", "AT_SetNotNull",
    "AT_ColumnDefault", "AT_DropConstraint", "AT_AlterColumnType", "AT_ValidateConstraint",
    "AT_EnableRowSecurity", "AT_DisableRowSecurity", "AT_ForceRowSecurity",
    "AT_ChangeOwner", "AT_SetStorage", "AT_ReplicaIdentity", "AT_SetStatistics",
    "AT_SetRelOptions", "AT_ResetRelOptions", "AT_AlterConstraint", "AT_AddIndexConstraint",
))  # fmt: skip
# immutable, in pg_catalog, and the same for whatever type of a column
OPERATORS = frozenset({"=", "<>", "<", ">", "<=", ">=", "~~", "!~~", "~", "!~"})
FUNCTIONS = frozenset({"length", "char_length", "octet_length", "lower", "upper", "btrim"})
MADE_BY = frozenset(
    {"now", "gen_random_uuid", "nextval", "uuid_generate_v4", "clock_timestamp"}
)  # defaults that cannot fail
NODES = frozenset((
    "Node", "A_Const", "ColumnRef", "A_Expr", "BoolExpr", "NullTest", "BooleanTest",
    "TypeCast", "TypeName", "A_ArrayExpr", "List", "FuncCall", "String", "Integer", "Float",
    "Boolean", "BitString",
))  # fmt: skip
TYPES = frozenset((
    "text", "varchar", "bpchar", "int2", "int4", "int8", "numeric", "float4", "float8",
    "bool", "date", "timestamp", "timestamptz", "uuid",
))  # fmt: skip
_CONSTANT = re.compile(r"(?:'(?:[^']|'')*'|-?[0-9.]+|true|false|NULL)(?:::[\w ]+(?:\([0-9,]+\))?)?")
_CALLED = re.compile(r"([\w\"]+)\(")
_TEXT = re.compile(r"'(?:[^']|'')*'")


def not_followed(text: str, kind: str) -> str | None:
    """Say why a statement cannot be followed; None where it can."""
    if kind not in FOLLOWED:
        words = kind.removesuffix("_stmt").replace("_", " ")
        return f"“{words}” is not followed: it may change rows, or depend on them"
    if kind == "create_stmt" and re.search(r"(?i)\b(partition\s+of|inherits)\b", text):
        return "a partition or an heir takes rows of its parent"
    if kind == "alter_table_stmt":
        odd = sorted({*_alterations(text)} - ALTERATIONS)
        return f"{odd[0]} is not followed" if odd else None
    return None


def _alterations(text: str) -> Iterator[str]:
    import postgast  # its half a second is for who has something to rehearse

    kinds = postgast.pg_query_pb2.AlterTableType
    for statement in postgast.parse(text).stmts:
        for each in statement.stmt.alter_table_stmt.cmds:
            yield kinds.Name(each.alter_table_cmd.subtype)


def is_constant(expression: str) -> bool:
    """Whether it is one value of a type that every server has."""
    return _CONSTANT.fullmatch(expression) is not None


def cannot_fail(expression: str) -> bool:
    """Whether a default has a value for every row, and computes none from one."""
    called = _CALLED.findall(_TEXT.sub("''", expression))
    return all(name.strip('"').lower() in MADE_BY for name in called)


def is_plain(expression: str) -> bool:
    """Whether a condition means the same outside of the constraint that it is from."""
    import postgast

    try:
        tree = postgast.parse(f"select 1 where {expression}")
    except postgast.PgQueryError:
        return False
    if len(tree.stmts) != 1:
        return False
    return all(map(_is_plain, _walked(tree.stmts[0].stmt.select_stmt.where_clause)))


def _is_plain(node: Any) -> bool:
    match node.DESCRIPTOR.name:
        case "A_Expr":
            return _built_in(node.name) in OPERATORS
        case "FuncCall":
            return _built_in(node.funcname) in FUNCTIONS
        case "ColumnRef":
            return len(node.fields) == 1
        case "TypeName":
            return _built_in(node.names) in TYPES
        case name:
            return name in NODES


def _built_in(parts: Any) -> str | None:
    """Name what is PostgreSQL's own; None for what has another schema."""
    schema, *name = ["pg_catalog", *(each.string.sval for each in parts)][-2:]
    return name[0] if schema == "pg_catalog" else None


def _walked(node: Any) -> Iterator[Any]:
    """Yield every message of a tree once."""
    yield node
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        for each in [value] if hasattr(value, "ListFields") else value:
            yield from _walked(each)

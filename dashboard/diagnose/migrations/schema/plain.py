"""Which parts of a script can be followed without being run, by PostgreSQL's own grammar."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from queries import patterns

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
MADE_BY = frozenset(
    {"now", "gen_random_uuid", "nextval", "uuid_generate_v4", "clock_timestamp"}
)  # defaults that cannot fail
MOST_KEPT = 2_000  # scripts: a folder that has not changed is read once
DISTINCT = frozenset({"gen_random_uuid", "uuid_generate_v4", "nextval"})
TEXTS_OF = frozenset({"lower", "upper", "btrim", "ltrim", "rtrim", "md5"})
NOW = "now"
_TRANSACTION = patterns.lazy(r"(?i)\s*(begin|start|commit|end)\b")
_CALLED = patterns.lazy(r"([\w\"]+)\(")
_TEXT = patterns.lazy(r"'(?:[^']|'')*'")


def not_followed(text: str, kind: str) -> str | None:
    """Say why a statement cannot be followed; None where it can."""
    if kind not in FOLLOWED:
        words = kind.removesuffix("_stmt").replace("_", " ")
        return f"“{words}” is not followed: it may change rows, or depend on them"
    if kind == "transaction_stmt" and not _TRANSACTION.match(text):
        return "what is undone, or may be, is not followed"
    if kind == "create_stmt" and re.search(r"(?i)\b(partition\s+of|inherits)\b", text):
        return "a partition or an heir takes rows of its parent"
    if kind == "alter_table_stmt":
        odd = sorted({*map(_kind, _commands(text))} - ALTERATIONS)
        return f"{odd[0]} is not followed" if odd else None
    return None


@lru_cache(maxsize=MOST_KEPT)
def tables_of(script: str) -> frozenset[str]:
    """Name the tables that a script makes."""
    import postgast

    try:
        statements = [each.stmt for each in postgast.parse(script).stmts]
    except postgast.PgQueryError:
        return frozenset()
    made = (each.create_stmt for each in statements if each.WhichOneof("node") == "create_stmt")
    return frozenset(each.relation.relname for each in made)


def _commands(text: str) -> Iterator[Any]:
    import postgast  # its half a second is for who has something to rehearse

    for statement in postgast.parse(text).stmts:
        for each in statement.stmt.alter_table_stmt.cmds:
            yield each.alter_table_cmd


def _kind(command: Any) -> str:
    values = command.DESCRIPTOR.fields_by_name["subtype"].enum_type.values_by_number
    return str(values[command.subtype].name)


def cannot_fail(expression: str) -> bool:
    """Whether a default has a value for every row, and computes none from one."""
    called = _CALLED.findall(_TEXT.sub("''", expression))
    return all(name.strip('"').lower() in MADE_BY for name in called)


def using(text: str, column: str) -> Any | None:
    """Find what a column of a new type is made of, as a tree; None where that is not said."""
    for each in _commands(text):
        if each.name == column and _kind(each) == "AT_AlterColumnType":
            definition = getattr(each, "def").column_def
            if definition.HasField("raw_default"):
                return definition.raw_default
    return None


def cascades(node: Any) -> bool:
    values = node.DESCRIPTOR.fields_by_name["behavior"].enum_type.values_by_number
    return bool(values[node.behavior].name == "DROP_CASCADE")


def renamed_label(text: str, kind: str) -> str | None:
    """Name the enum of which a label is renamed: rows that hold it hold another one then."""
    if kind != "alter_enum_stmt":
        return None
    node = statement(text, kind)
    return str(node.type_name[-1].string.sval) if node.old_val else None


def computed_anew(text: str) -> Iterator[tuple[str, str]]:
    """Name the columns that are made of something, even if of their type; and their table."""
    import postgast

    for each in postgast.parse(text).stmts:
        for column in {command.name for command in _commands(text)}:
            if using(text, column) is not None:
                yield str(each.stmt.alter_table_stmt.relation.relname), column


def cast(node: Any) -> tuple[Any, str | None]:
    """Take the outermost cast off, and name the type."""
    if node.WhichOneof("node") != "type_cast":
        return node, None
    return node.type_cast.arg, str(node.type_cast.type_name.names[-1].string.sval)


def statement(text: str, kind: str) -> Any:
    """Parse the one statement that a step is."""
    import postgast

    return getattr(postgast.parse(text).stmts[0].stmt, kind)


def made_for_each(node: Any) -> str | None:
    """Name the function that a value is made by whatever is in a row."""
    kind = node.WhichOneof("node")
    if kind == "sqlvalue_function":
        stamps = ("SVFOP_CURRENT_TIMESTAMP", "SVFOP_CURRENT_TIMESTAMP_N")
        fields = node.sqlvalue_function.DESCRIPTOR.fields_by_name
        named = fields["op"].enum_type.values_by_number[node.sqlvalue_function.op].name
        return NOW if named in stamps else None
    if kind != "func_call":
        return (cast(node)[0] is not node and made_for_each(cast(node)[0])) or None
    name = str(node.func_call.funcname[-1].string.sval)
    return name if name in MADE_BY else None


def leaves(node: Any) -> Iterator[Any]:
    """Yield what an expression may be: the parts that COALESCE and CASE choose from."""
    match node.WhichOneof("node"):
        case "coalesce_expr":
            parts = list(node.coalesce_expr.args)
        case "case_expr":
            parts = [each.case_when.result for each in node.case_expr.args]
            if node.case_expr.HasField("defresult"):
                parts.append(node.case_expr.defresult)
        case _:
            yield node
            return
    for each in parts:
        yield from leaves(each)


def is_null(node: Any) -> bool:
    inner, _ = cast(node)
    return bool(inner.WhichOneof("node") == "a_const" and inner.a_const.isnull)


def column(node: Any) -> str | None:
    """Name the column that an expression is; None for anything else."""
    if node.WhichOneof("node") != "column_ref":
        return None
    return str(node.column_ref.fields[-1].string.sval)


def makes_text(node: Any) -> bool:
    match node.WhichOneof("node"):
        case "func_call":
            return str(node.func_call.funcname[-1].string.sval) in TEXTS_OF
        case "a_expr":
            return [str(each.string.sval) for each in node.a_expr.name] == ["||"]
        case "type_cast":
            return cast(node)[1] == "text"
        case _:
            return False

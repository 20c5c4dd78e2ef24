"""Every .sql file, its row class and its registry line agree, and only reads."""

import dataclasses
import re
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pglast import parse_sql
from pglast.ast import FuncCall, RawStmt, SelectStmt
from pglast.visitors import Visitor

from dashboard.demo.databases import READER, create_database, drop_database, reader_url
from dashboard.postgres.cluster import Cluster
from queries import registry
from queries.query import ColumnMismatchError, Query
from queries.text import KeyColumn, KeyColumns
from tests.servers import per_worker

FOLDER = Path(registry.__file__).parent
QUERIES = {query.name: query for query in vars(registry).values() if isinstance(query, Query)}
# What a placeholder is filled with where no schema is at hand.
TABLES = {"parent", "child", "entity", "carrier", "owner", "ledger", "counted", "failures", "reach"}
TYPES = {"key_type", "owner_type", "place_type", "parent_type"}
KEYS = {"key", "parent_key", "child_key"}
NUMBERS = {"branch", "told_by", "node", "parent_node"}
OIDS = {
    "bool": bool, "int8": int, "int4": int, "text": str, "varchar": str, "timestamptz": datetime,
    "float8": float, "float4": float, "_text": tuple, "_int2": tuple,
}  # fmt: skip


def names(query: Query[Any]) -> dict[str, Any]:
    """Fill every placeholder: the tables of the product are not needed to parse."""
    filled: dict[str, Any] = {name: name for name in query.identifiers}
    filled |= {name: key(name) for name in KEYS & query.identifiers}
    filled |= dict.fromkeys(TABLES & query.identifiers, ("public", "Project"))
    filled |= dict.fromkeys(TYPES & query.identifiers, ("pg_catalog", "text"))
    filled |= dict.fromkeys({"found"} & query.identifiers, FOUND)
    filled |= dict.fromkeys({"branches"} & query.identifiers, BRANCHES)
    return filled | dict.fromkeys(NUMBERS & query.identifiers, 0)


def plain(query: Query[Any]) -> str:
    text = query.bind(names(query), **dict.fromkeys(query.parameters)).text
    return re.sub(r"%\(\w+\)s", "null", text).replace("%%", "%")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
class TestFile:
    def test_has_one_registry_line_of_its_own_name(self, path: Path) -> None:
        assert QUERIES[path.stem].name == path.stem
        assert getattr(registry, path.stem.upper()) is QUERIES[path.stem]

    def test_states_its_contract(self, path: Path) -> None:
        header = [line for line in path.read_text().splitlines() if line.startswith("--")]
        assert header[0].startswith("-- ")
        assert header[0].endswith(".")
        for label in ("Params:", "Returns:", "Cost:"):
            assert any(line.startswith(f"-- {label}") for line in header), label
        assert f"rows.{QUERIES[path.stem].row.__name__}" in " ".join(header)

    def test_names_its_parameters_in_the_header(self, path: Path) -> None:
        params = path.read_text().partition("Params:")[2].partition("-- Returns:")[0]
        for name in QUERIES[path.stem].parameters:
            assert name in params, name

    def test_is_exactly_one_select_that_writes_nothing(self, path: Path) -> None:
        (statement,) = parse_sql(plain(QUERIES[path.stem]))
        assert isinstance(statement, RawStmt)
        assert isinstance(statement.stmt, SelectStmt)
        assert parts(statement).others == []

    def test_calls_only_what_reads(self, path: Path) -> None:
        (statement,) = parse_sql(plain(QUERIES[path.stem]))
        assert parts(statement).functions <= {*CONSTANT, *READING}


class Parts(Visitor):
    """Collects what is called, and what is not reading: other statements, row locks, into."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[str] = []
        self.functions: set[str] = set()

    def visit(self, _ancestors: Any, node: Any) -> None:
        kind = type(node).__name__
        if kind.endswith("Stmt") and kind not in ("RawStmt", "SelectStmt"):
            self.others.append(kind)

    def visit_SelectStmt(self, _ancestors: Any, node: SelectStmt) -> None:  # noqa: N802
        if node.lockingClause or node.intoClause:
            self.others.append("lock or into")

    def visit_FuncCall(self, _ancestors: Any, node: FuncCall) -> None:  # noqa: N802
        schema, *name = ("pg_catalog", *(each.sval for each in node.funcname))[-2:]
        self.functions.add(name[0] if schema == "pg_catalog" else f"{schema}.{name[0]}")


def parts(statement: RawStmt) -> Parts:
    found = Parts()
    found(statement)
    return found


# Functions that PostgreSQL itself calls immutable or stable: they change nothing.
CONSTANT = frozenset((
    "array_agg", "bool_and", "bool_or", "cardinality", "chr", "concat_ws", "convert_to", "count",
    "current_database", "current_setting", "date_trunc", "extract", "format_type",
    "generate_series", "has_any_column_privilege", "has_column_privilege",
    "has_database_privilege", "has_function_privilege", "has_schema_privilege",
    "has_sequence_privilege", "has_server_privilege", "has_table_privilege", "hashtext", "left",
    "length", "lower", "max", "min", "pg_get_constraintdef", "pg_get_expr",
    "pg_get_function_arguments", "pg_get_function_identity_arguments",
    "pg_get_function_result", "pg_get_functiondef", "pg_get_indexdef", "pg_get_partkeydef",
    "pg_get_ruledef", "pg_get_statisticsobjdef", "pg_get_triggerdef", "pg_get_viewdef",
    "pg_has_role",
    "pg_postmaster_start_time", "regexp_replace", "repeat", "reverse", "row_number",
    "row_security_active", "starts_with", "statement_timestamp", "substr", "substring",
    "to_jsonb", "txid_current_snapshot", "unnest", "upper", "version",
))  # fmt: skip
# Volatile because what they tell may change while a statement runs; they only tell.
READING = frozenset((
    "clock_timestamp", "pg_control_system", "pg_is_in_recovery", "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn", "pg_last_xact_replay_timestamp",
))  # fmt: skip
VOLATILE = """
select distinct p.proname, p.provolatile = 'v'
from pg_proc as p
where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any(%s)
"""


def test_only_what_tells_the_state_of_the_server_is_volatile(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(cluster.superuser)) as connection:
        found = connection.execute(VOLATILE, [[*CONSTANT, *READING]]).fetchall()
    assert {name for name, volatile in found if volatile} == READING
    assert {name for name, _ in found} == {*CONSTANT, *READING}


@pytest.mark.parametrize(
    "text",
    [
        "with gone as (delete from users returning id) select count(*) from gone",
        "select * into mine from users",
        "select id from users for update",
        "select id from users for key share",
        "with a as (with b as (insert into users values (1) returning 1) select 1 from b) select 1",
        "select 1 from (select id from users for share) as u",
    ],
)
def test_what_writes_would_be_seen(text: str) -> None:
    (statement,) = parse_sql(text)
    assert parts(statement).others


@pytest.mark.parametrize(
    "text", ["select nextval('a')", "select mine.length('a')", "select pg_sleep(1)"]
)
def test_what_is_called_would_be_seen(text: str) -> None:
    (statement,) = parse_sql(text)
    assert not parts(statement).functions <= {*CONSTANT, *READING}


def test_every_query_has_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(QUERIES)


def test_every_file_of_the_folder_is_sql_or_the_loader() -> None:
    loader = {"__init__.py", "query.py", "rows.py", "registry.py", "reads.py", "text.py"}
    material = {"patterns.py", "records.py"}  # of which rows and texts are made
    assert {each.name for each in FOLDER.iterdir() if each.suffix == ".py"} == loader | material


def key(*names: str) -> KeyColumns:
    return KeyColumns(KeyColumn(name, ("pg_catalog", "text")) for name in names)


PARENT = {
    "parent": ("public", "Project"), "counted": ("public", "Project"), "key": key("id"),
    "key_type": ("pg_catalog", "text"), "owner_type": ("pg_catalog", "text"), "name": "name",
    "owner": "userId", "created_at": "createdAt", "updated_at": "updatedAt",
    "deleted_at": "deletedAt", "deleted": None,
}  # fmt: skip
CHILD = {
    "child": ("public", "deployments"), "parent": ("public", "Project"), "id": "id",
    "key": key("projectId"), "parent_key": key("id"),
}  # fmt: skip
COUNTED = {
    "counted": ("public", "deployments"), "parent": ("public", "Project"),
    "child": ("public", "deployments"), "id": "id", "key": key("projectId"), "project": "projectId",
    "owner": "userId", "created_at": "createdAt", "updated_at": "updatedAt", "status": None,
    "error": None, "accessed_at": "lastAccessed", "deleted_at": None, "deleted": None,
    "place": "id", "place_type": ("pg_catalog", "text"), "parent_type": ("pg_catalog", "text"),
    "parent_key": key("id"), "parent_owner": "userId", "parent_deleted_at": "deletedAt",
    "parent_deleted": None, "child_key": key("projectId"),
}  # fmt: skip
SERVICE = {
    **COUNTED, "counted": ("public", "convex_deployments"), "owner": None, "status": "status",
}  # fmt: skip
NOW = datetime(2026, 11, 22, tzinfo=UTC)
FOUND = registry.ROWS_WITHOUT_KEY.bind(COUNTED)
REFERRING = {
    "child": ("public", "deployments"), "child_key": key("projectId"), "child_id": "id", "node": 0,
    "parent": ("public", "Project"), "parent_key": key("id"), "parent_id": "id", "parent_node": 0,
    "parent_type": ("pg_catalog", "text"),
}  # fmt: skip
BRANCHES = registry.ROWS_REFERRING.union([REFERRING])
REMOVED = registry.ROWS_BESIDE_NEWEST.bind(COUNTED)
# a branch speaks of a row that goes, which the whole has
AROUND = {
    "rows_referring": "select x.* from (select 0 as node, 'x' as id) as g"
    " inner join lateral ({}) as x on true",
}
FAILURES = {
    "failures": ("public", "convex_deployments"), "told_by": 1, "id": "id", "at": "updatedAt",
    "project_id": "projectId", "status": "status", "error": "lastDeployError", "code": None,
    "constraint_name": None, "table_name": None, "operation": None, "key_column": None,
    "key_value": None, "indexed": "projectId", "indexed_type": ("pg_catalog", "text"),
}  # fmt: skip
CONTRACT = f"""
create schema prisma_contract;
create table prisma_contract.marker
    (space text, core_hash text, updated_at timestamptz, invariants text[]);
create table prisma_contract.ledger (id bigint, space text, migration_name text,
    migration_hash text, origin_core_hash text, destination_core_hash text, created_at timestamptz);
grant usage on schema prisma_contract to {READER};
grant select on prisma_contract.marker, prisma_contract.ledger to {READER};
"""
REACH = f"""
create schema ops;
create view ops.constraint_violations_reach as
    select now() as covered_from, cast(1 as bigint) as log_bytes, cast(1 as bigint) as read_bytes;
grant usage on schema ops to {READER};
grant select on ops.constraint_violations_reach to {READER};
"""
SPAN = {
    "since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "statuses": ["error"],
    "tables": None, "child_column": "projectId", "parent_column": "id", "parent_table": "Project",
    "ids": ["x"],
}  # fmt: skip
FAILED = registry.FAILURES_FOUND.bind(FAILURES, **SPAN)
BOUND: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "any_row": (PARENT, {}),
    "children_of_deleted": (COUNTED, {}),
    **{
        f"catalog_{kind}": ({}, {"schemas": ["public"], "held": [], "held_functions": []})
        for kind in (
            "columns", "constraints", "domains", "enums", "functions", "held", "indexes",
            "policies", "relations", "rules", "sequences", "statistics", "triggers",
        )
    },
    "catalog_extensions": ({}, {}),
    "contract_columns": ({}, {}),
    "contract_ledger": ({}, {}),
    "contract_markers": ({}, {}),
    "database_state": ({}, {}),
    "column_presence": ({}, {"schema": None, "table_name": "Project", "column_name": None}),
    "columns": ({}, {"names": ["id"]}),
    "composite_indexes": ({}, {}),
    "deployments_by_project": (
        {
            "child": ("public", "deployments"), "id": "id", "parent_key": key("projectId"),
            "owner": "userId", "created_at": "createdAt", "status": None,
            "key_type": ("pg_catalog", "text"),
        },
        {"ids": ["x"]},
    ),
    "entities": (
        {
            "entity": ("public", "users"), "key": key("id"), "project": None, "branch": 0,
            "key_type": ("pg_catalog", "text"),
        },
        {"ids": ["x"]},
    ),
    "failure_columns": (
        {}, {"parent_oid": 0, "child_oid": 0, "pointing": ["projectId"], "relations": []},
    ),
    "failures_by_id": (
        {"found": FAILED}, {"wanted": ["x"], "codes": None, "constraint_name": None, "most": 1},
    ),
    "failures_found": (FAILURES, SPAN),
    "failures_page": (
        {"found": FAILED}, {"code": None, "before_at": None, "before_id": None, "most": 1},
    ),
    "failures_summary": (
        {"found": FAILED},
        {
            "since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z",
            "unit": "day", "zone": "Europe/Berlin",
        },
    ),
    "foreign_keys": ({}, {"child_oid": None}),
    "ids_by_prefix": (PARENT, {"ids": ["x"], "prefix": "cm", "low": "cm", "high": "cmz"}),
    "ids_in_other_case": (PARENT, {"id": "x1", "whole": True}),
    "ids_present": (PARENT, {"ids": ["x"]}),
    "insert_effects": ({}, {"parent_oid": 0}),
    "foreign_key_columns": ({}, {}),
    "key_indexes": ({}, {"child_oid": 0, "names": ["projectId"]}),
    "key_shape": ({}, {"child_oid": 0, "names": ["projectId"]}),
    "last_projects": (PARENT, {}),
    "keys_in_several_rows": (COUNTED, {}),
    "lost_ids": ({"found": FOUND}, {"most": 10}),
    "log_reach": ({"reach": ("ops", "constraint_violations_reach")}, {}),
    "logging": ({}, {"child_oid": 0}),
    "migrations": ({"ledger": ("public", "_prisma_migrations"), "logs": "logs"}, {}),
    "near_ids": (PARENT, {"ids": ["x"], "id": "x1", "alphabet": "ab", "fitting": None}),
    "newest_row": ({"child": ("public", "deployments"), "created_at": "createdAt"}, {}),
    "null_share": ({}, {"schema": "public", "table_name": "x", "column_name": "y"}),
    "orphans_counted": ({"found": FOUND}, {"most": None}),
    "orphans_paged": ({"found": FOUND}, {"after": None, "most": 10}),
    "orphans_sampled": ({**COUNTED, "found": FOUND}, {"percent": 1.0}),
    "owners_by_id": (
        {"owner": ("public", "users"), "key": key("id"), "key_type": ("pg_catalog", "text")},
        {"ids": ["x"]},
    ),
    "owners_differing": (COUNTED, {}),
    "place_after": (COUNTED, {"low": None, "step": 10}),
    "project_owners": (
        {
            "parent": ("public", "Project"), "owner": ("public", "users"), "key": key("id"),
            "parent_key": key("id"), "parent_owner": "userId", "key_type": ("pg_catalog", "text"),
        },
        {"ids": ["x"]},
    ),
    "projects_among": (PARENT, {"ids": ["x"]}),
    "projects_by_id": (PARENT, {"ids": ["x"], "id": "x"}),
    "projects_by_name": (PARENT, {"prefix": "x"}),
    "projects_by_owner": (PARENT, {"owner_id": "x"}),
    "projects_undeployed": (
        {**COUNTED, "counted": ("public", "Project"), "key": key("id"), "project": "id"},
        {"before": NOW},
    ),
    "proof": (
        {},
        {
            "parent_oid": None, "parent_schema": None, "parent_table": None, "child_oid": None,
            "child_schema": None, "child_table": None, "needed_columns": ["id"],
        },
    ),
    "row_count": (PARENT, {}),
    "rows_between": (
        {"child": ("public", "deployments"), "created_at": "createdAt", "status": None},
        {"since": SPAN["since"], "until": SPAN["until"], "statuses": []},
    ),
    "rows_per_day": (PARENT, {"since": "2026-01-01T00:00:00Z"}),
    "rows_beside_newest": (COUNTED, {}),
    "rows_cascading": ({"found": REMOVED, "branches": BRANCHES}, {}),
    "rows_not_accessed": (COUNTED, {"before": NOW}),
    "rows_referring": (REFERRING, {}),
    "rows_stuck": (SERVICE, {"stuck_before": NOW, "ongoing": ["X"], "failed": ["Y"]}),
    "rows_without_key": (COUNTED, {}),
    "rows_without_parent": (COUNTED, {}),
    "sample_ids": (PARENT, {}),
    "schemas": ({}, {}),
    "server": ({}, {"schema": None}),
    "services_left_over": (SERVICE, {"over": ["X"]}),
    "session": ({}, {}),
    "status_values": (SERVICE, {"child_oid": 0, "column_name": "status"}),
    "system_identifier": ({}, {}),
    "table_columns": ({}, {"parent_oid": 0}),
    "table_locks": ({}, {"schemas": ["public"]}),
    "tables": ({}, {}),
    "traces": (
        {
            "carrier": ("public", "uploads"), "key": key("projectId"), "created_at": "createdAt",
            "branch": 0, "key_type": ("pg_catalog", "text"),
        },
        {"ids": ["x"]},
    ),
    "transactions": ({}, {}),
    "write_powers": ({}, {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def product(cluster: Cluster) -> Iterator[str]:
    """A database with the product's empty tables, as the role that only reads."""
    name = per_worker("queries")
    create_database(cluster, name)
    with psycopg.connect(cluster.url(name), autocommit=True) as connection:
        connection.execute(REACH.encode())
        connection.execute(CONTRACT.encode())
    yield reader_url(cluster, name)
    drop_database(cluster, name)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_runs_under_the_documented_grants_and_returns_its_row_class(
    name: str, product: str
) -> None:
    """The types of the columns are those of the row class, with or without any row."""
    identifiers, values = BOUND[name]
    statement = QUERIES[name].bind(identifiers, **values)
    with psycopg.connect(product) as connection:
        text = AROUND.get(name, "{}").format(statement.text)
        cursor = connection.execute(text.encode(), statement.values)
        described = cursor.description or []
        rows = statement.rows([column.name for column in described], cursor.fetchall())
        types = [psycopg.adapters.types[column.type_code].name for column in described]
        arrays = [column.type_display.endswith("[]") for column in described]
    assert all(isinstance(row, statement.row) for row in rows)
    hints = typing.get_type_hints(statement.row)
    for field, kind, is_array in zip(dataclasses.fields(statement.row), types, arrays, strict=True):
        expected = tuple if is_array else OIDS[kind]
        assert _allows(hints[field.name], expected), f"{name}.{field.name}: {kind}"


def _allows(hint: Any, kind: type) -> bool:
    alternatives = typing.get_args(hint) if typing.get_origin(hint) is not tuple else ()
    return any((typing.get_origin(each) or each) is kind for each in (alternatives or (hint,)))


def test_a_column_too_many_is_an_error() -> None:
    statement = registry.OWNERS_BY_ID.bind(BOUND["owners_by_id"][0], ids=[])
    with pytest.raises(ColumnMismatchError):
        statement.rows(["id", "name"], [])


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(TypeError, match="ids"):
        registry.OWNERS_BY_ID.bind(BOUND["owners_by_id"][0])


def test_identifiers_cannot_break_out() -> None:
    hostile = 'x"; drop table users; --%s :ids %(ids)s {key}'
    statement = registry.OWNERS_BY_ID.bind(
        {"owner": ("public", hostile), "key": key("id"), "key_type": ("pg_catalog", "text")}, ids=[]
    )
    quoted = '"' + hostile.replace('"', '""') + '"'
    assert f'from "public".{quoted.replace("%", "%%")} as o' in statement.text
    assert statement.text.count("%(ids)s") == 2  # the real one, and the escaped one of the name
    text, names = statement.numbered
    assert f'from "public".{quoted} as o' in text.decode()
    assert (text.count(b"$1"), names) == (1, ("ids",))

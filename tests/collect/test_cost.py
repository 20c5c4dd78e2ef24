"""What a look-up costs must not grow with the tables: index probes only, on a million rows."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.environment import Inspection
from dashboard.collect.health.plan import SamplePlan, sharing
from dashboard.collect.lookup.plan import LookupPlan
from dashboard.demo.databases import reader_url
from dashboard.diagnose.facts import Catalog, EnvironmentFacts
from dashboard.diagnose.paste import read
from dashboard.postgres import BACKGROUND, LOOKUP
from dashboard.postgres.cluster import Cluster
from queries import registry
from queries.query import Statement
from queries.rows import Asked
from queries.text import KeyColumns
from tests.asking import configured
from tests.servers import filled_once

MILLION, FEWER = 1_000_000, 200_000  # rows, and in a short run
BIG = {"Project", "deployments", "users", "uploads"}  # the others are empty
KEY = "'c' || lpad(to_hex(n), 24, '0')"
FILL = f"""
insert into users (id, email, "updatedAt") select 'u' || n, n || '@x', now()
    from generate_series(1, {{rows}} / 10) as n;
insert into "Project" (id, name, "userId", "updatedAt")
    select {KEY}, 'project ' || n, 'u' || (n % ({{rows}} / 10) + 1), now()
    from generate_series(1, {{rows}}) as n;
insert into deployments (id, "appId", "projectId", files, "updatedAt")
    select 'd' || n, 'a' || n, {KEY}, '{{{{}}}}', now() from generate_series(1, {{rows}} / 2) as n;
insert into uploads (id, "key", "projectId")
    select 'f' || n, 'k' || n, {KEY} from generate_series(1, {{rows}} / 4) as n;
analyze;
"""
FOUND = "c" + f"{12345:024x}"
TEXTS = {
    "found": FOUND,
    "absent": "c" + "f" * 24,
    "one slip away": FOUND.replace("3039", "3x39"),
    "cut off": FOUND[:18],
    "of a deployment": "d77",
    "an error with a time": (
        "2026-11-01 12:00:00.000 UTC [7] app@app ERROR:  insert or update on table"
        ' "deployments" violates foreign key constraint "deployments_projectId_fkey"\n'
        "2026-11-01 12:00:00.000 UTC [7] app@app DETAIL:  "
        f'Key (projectId)=({FOUND}) is not present in table "Project".'
    ),
    "no id": "Foreign key constraint violated on the constraint: `deployments_projectId_fkey`",
}


@pytest.fixture(scope="module")
def large(cluster: Cluster, pytestconfig: pytest.Config) -> str:
    rows = MILLION if pytestconfig.getoption("all") else FEWER
    return reader_url(cluster, filled_once(cluster, "large", FILL.format(rows=rows)))


def schema_of(collector: Collector) -> Catalog:
    read_catalog = partial(collector.catalogs.read, definitions=Definitions())
    ((_, schema),) = collector.fleet.run(read_catalog, BACKGROUND)
    assert isinstance(schema, Catalog)
    return schema


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_no_statement_of_a_look_up_scans_a_table(text: str, large: str, tmp_path: Path) -> None:
    collector = Collector(configured(tmp_path, {"production": large}))
    schema = schema_of(collector)
    statements = LookupPlan(schema, [read(text)]).statements
    with psycopg.connect(large) as connection:
        for preamble in LOOKUP.preamble[1:]:
            connection.execute(preamble)
        for statement in statements:
            plan = explained(connection, statement.text, statement.values)
            scanned = {
                node.get("Relation Name") for node in plan if node["Node Type"] == "Seq Scan"
            }
            assert not scanned & BIG, f"{statement.name} scans {scanned & BIG}"
            assert sum(node.get("Actual Rows", 0) for node in leaves(plan)) < 5000, statement.name
    collector.close()


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_no_plan_that_the_server_may_keep_scans_a_table(
    text: str, large: str, tmp_path: Path
) -> None:
    """What is asked over and over may be planned once for all values: not knowing them."""
    collector = Collector(configured(tmp_path, {"production": large}))
    schema = schema_of(collector)
    with psycopg.connect(large) as connection:
        for preamble in LOOKUP.preamble[1:]:
            connection.execute(preamble)
        for statement in [*LookupPlan(schema, [read(text)]).statements, owners(schema)]:
            numbered, _ = statement.numbered
            explain = b"explain (generic_plan, format json) " + numbered
            ((answer,),) = connection.execute(explain).fetchall()
            plan = list(nodes(answer[0]["Plan"]))
            scanned = {
                node.get("Relation Name") for node in plan if node["Node Type"] == "Seq Scan"
            }
            assert not scanned & BIG, f"{statement.name} scans {scanned & BIG}"
    collector.close()


def owners(schema: Catalog) -> Statement[Asked]:
    """What the target is asked once a project is found only elsewhere."""
    assert schema.owner
    table, key = schema.owner.table, KeyColumns([schema.owner.column])
    names = {"owner": (table.schema, table.name), "key": key}
    return registry.OWNERS_BY_ID.bind(names, ids="{u1}")


def test_a_sample_is_one_end_of_an_index_and_sharing_only_probes(
    large: str, tmp_path: Path
) -> None:
    collector = Collector(configured(tmp_path, {"production": large}))
    inspection = Inspection(collector.catalogs, Definitions())
    ((_, facts),) = collector.fleet.run(inspection.facts, LOOKUP)
    assert isinstance(facts, EnvironmentFacts)
    (asked,) = sharing(facts, [f"c{number * 2000:024x}" for number in range(1000)])
    most = {"any_row": 1, "last_projects": 200, "projects_among": 500}
    with psycopg.connect(large) as connection:
        for statement in (*SamplePlan(facts).statements, asked):
            plan = explained(connection, statement.text, statement.values)
            scans = {node["Node Type"] for node in plan if node.get("Relation Name") in BIG}
            assert scans == ({"Seq Scan"} if statement.name == "any_row" else {"Index Scan"})
            rows = sum(node["Actual Rows"] for node in leaves(plan))
            assert rows <= most.pop(statement.name)
    assert most == {}
    collector.close()


def test_no_statement_of_many_ids_scans_a_table(large: str, tmp_path: Path) -> None:
    """One probe for each spelling, in every table: the planner is given no other way."""
    collector = Collector(configured(tmp_path, {"production": large}))
    schema = schema_of(collector)
    pastes = read("\n".join(f"c{2 * number:024x}" for number in range(5_000))).split()
    with psycopg.connect(large) as connection:
        for preamble in LOOKUP.preamble[1:]:
            connection.execute(preamble)
        for statement in LookupPlan(schema, pastes).statements:
            plan = explained(connection, statement.text, statement.values)
            scanned = {
                node.get("Relation Name") for node in plan if node["Node Type"] == "Seq Scan"
            }
            assert not scanned & BIG, f"{statement.name} scans {scanned & BIG}"
            assert (
                sum(
                    node.get("Actual Rows", 0) * node.get("Actual Loops", 1)
                    for node in leaves(plan)
                )
                < 20_000
            ), statement.name
    collector.close()


def explained(connection: Any, text: str, values: Any) -> list[dict[str, Any]]:
    explain = "explain (analyze, format json) " + text
    ((answer,),) = connection.execute(explain, values).fetchall()
    return list(nodes(answer[0]["Plan"]))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def leaves(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the scans of the application's tables."""
    return (node for node in plan if node.get("Relation Name") in BIG)


def test_wide_columns_are_never_fetched(large: str, tmp_path: Path) -> None:
    collector = Collector(configured(tmp_path, {"production": large}))
    schema = schema_of(collector)
    statements = LookupPlan(schema, [read(FOUND)]).statements
    assert not any('"files"' in statement.text for statement in statements)
    collector.close()

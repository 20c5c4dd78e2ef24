"""The migrations page: every ledger, what Prisma would say, and the constraint."""

import json

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from dashboard.demo.databases import connect
from dashboard.demo.scenarios import LOCAL, PREVIEW, PRODUCTION, STAGING
from dashboard.postgres.cluster import Cluster
from tests.show.opening import open_page, said, table
from tests.show.test_health_page import at_once, headline, refreshed
from tests.show.test_hostile_states import sent

pytestmark = pytest.mark.usefixtures("served")
__all__ = ["at_once"]

NEWEST = "20261109083349_upload_owner_index"
FEATURE = "20261020093011_project_color"
FAILED = "20260309101204_project_name_search"


def opened(**params: str) -> AppTest:
    refreshed()
    return open_page("migrations", **params)


def cells(page: AppTest) -> dict[str, dict[str, str]]:
    """Read the matrix: full name, then environment, then the cell."""
    frame = page.dataframe[0].value
    return {
        row["Full name"]: {name: row[name][0] for name in frame.columns if name != "Full name"}
        for _, row in frame.iterrows()
    }


def column(page: AppTest, place: int, name: str) -> list[str]:
    return list(table(page, place)[name])


def test_the_matrix_has_a_word_for_each_migration_and_environment() -> None:
    seen = cells(opened())
    assert seen[NEWEST] == {
        LOCAL: "applied", STAGING: "pending", PRODUCTION: "applied", PREVIEW: "not-known",
    }  # fmt: skip
    assert seen[FEATURE][LOCAL] == "extra"
    assert list(seen) == sorted(seen, reverse=True)


def test_it_can_show_only_what_is_wrong() -> None:
    page = opened()
    page.segmented_control(key="migrations shown").set_value("Problems only").run()
    assert set(cells(page)) == {NEWEST, FAILED, FEATURE}


def test_it_says_what_the_ledgers_are_compared_with() -> None:
    assert "Compared with the 9 migrations in the configured folder" in said(opened())


def test_an_address_can_name_the_environment() -> None:
    page = opened(env=STAGING)
    assert set(cells(page)[NEWEST]) == {STAGING}
    assert "1 of 1 environment needs attention" in headline(page)
    assert column(page, 0, "Environment") == [STAGING]


def test_an_environment_that_is_in_order_is_green_by_itself() -> None:
    page = opened(env=PRODUCTION)
    assert "1 environment has its migrations and its constraint" in page.success[0].value
    assert not page.error


def test_an_unknown_environment_is_named() -> None:
    page = opened(env="stagin")
    assert "Unknown environment stagin" in said(page)
    assert STAGING in page.error[0].value


def test_prisma_s_own_answers_stand_beside() -> None:
    page = opened()
    status, deploy = (
        dict(zip(column(page, 0, "Environment"), column(page, 0, title), strict=True))
        for title in ("migrate status", "migrate deploy")
    )
    assert "exit 1" in status[STAGING]
    assert "have not yet been applied" in status[STAGING]
    assert "exit 1" in deploy[STAGING]
    assert "P3009" in deploy[STAGING]
    assert "exit 0" in deploy[PRODUCTION]
    assert "exit 0" in status[LOCAL]
    assert "unknown" in status["preview\\-412"]


def test_the_constraint_is_compared_cell_by_cell(demo: Cluster) -> None:
    with connect(demo, PRODUCTION) as production:
        production.execute("alter table deployments disable trigger all")
        try:
            page = opened()
        finally:
            production.execute("alter table deployments enable trigger all")
    triggers = table(page, 1).set_index("Part").loc["triggers"]
    assert triggers["staging"] == "on"
    assert ":orange-badge" in triggers["production"]
    assert "off on child" in triggers["production"]
    assert "unknown" in triggers["preview\\-412"]
    assert "on" in table(opened(), 1).set_index("Part").loc["triggers"]["production"]


def test_no_name_is_a_formula_in_a_table_that_can_be_saved(demo: Cluster) -> None:
    with connect(demo, STAGING) as staging:
        staging.execute(
            "insert into _prisma_migrations (id, checksum, migration_name, started_at)"
            " values ('x', 'x', '=1+1', now())"
        )
        try:
            page = opened()
        finally:
            staging.execute("delete from _prisma_migrations where id = 'x'")
    assert "'=1+1" in cells(page)
    assert "=1+1" not in cells(page)
    assert "=1+1" not in page.dataframe[0].value.index


def test_a_checksum_is_no_markup(demo: Cluster) -> None:
    with connect(demo, STAGING) as staging:
        before = staging.execute("select id, checksum from _prisma_migrations").fetchall()
        staging.execute("update _prisma_migrations set checksum = '`**x**'")
        try:
            page = opened(env=STAGING)
        finally:
            for identifier, checksum in before:
                staging.execute(
                    "update _prisma_migrations set checksum = %s where id = %s",
                    (checksum, identifier),
                )
    selection = json.dumps({"selection": {"rows": [1], "columns": [], "cells": []}})
    page = sent(page, WidgetState(id=page.dataframe[0].proto.id, string_value=selection))
    (checksum,) = column(page, 0, "Checksum")
    assert r"\*\*x\*\*" in checksum

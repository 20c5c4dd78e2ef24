"""The failures page: counted per environment, never zero where nobody looked."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.demo.databases import connect
from dashboard.demo.scenarios import ATTEMPTS, NEVER_HERE, PREVIEW, PRODUCTION, STAGING
from dashboard.postgres.cluster import Cluster
from dashboard.show.shared.escaping import escaped
from tests.show.opening import address, open_page, press, said

pytestmark = pytest.mark.usefixtures("served")

HOSTILE = "**x** <script>alert(1)</script> [a](javascript:1)"


def attempts(environment: str) -> int:
    return sum(each.times for each in ATTEMPTS if each.environment == environment)


def table(page: AppTest, number: int) -> list[dict[str, object]]:
    records: list[dict[str, object]] = page.dataframe[number].value.to_dict("records")
    return records


def test_counts_what_the_log_and_the_status_columns_tell() -> None:
    words = said(open_page("failures"))
    assert f"the server's log: {attempts(STAGING)}" in words.replace(":red[]", "").replace("\\", "")
    assert "Unreachable" in words
    assert "Not shown (their failures are unknown): preview" in words
    assert "your time zone" in words


def test_groups_by_cause() -> None:
    causes = table(open_page("failures", env=STAGING), 0)
    (missing,) = [each for each in causes if each["Cause"] == "Project missing (23503)"]
    assert (missing["Failures"], missing["IDs"]) == (23, 2)
    assert missing["Constraint or column"] == "deployments_projectId_fkey"
    assert {each["Environment"] for each in causes} == {STAGING}


def test_lists_failures_one_by_one_with_the_code_of_the_address() -> None:
    rows = table(open_page("failures", env=STAGING, code="23505"), 1)
    assert len(rows) == 3
    assert all(str(each["Cause"]).startswith("23505") for each in rows)


def test_filters_stand_in_the_address() -> None:
    page = open_page("failures", range="30d")
    page.selectbox[0].set_value("23503").run()
    assert address(page) == {"range": "30d", "code": "23503"}


def test_the_ids_that_fail_most_are_judged_on_demand() -> None:
    page = open_page("failures", env=STAGING)
    assert "is not in staging" not in said(page)
    page = press(page, "Diagnose all")
    assert "14×" in said(page)
    assert "stale" not in said(page)
    assert f"Project missing] {escaped(f'Project {NEVER_HERE} is not in staging')}" in said(page)
    assert NEVER_HERE in [each.proto.label for each in page.get("page_link")]


def test_an_environment_that_is_down_is_never_zero() -> None:
    page = open_page("failures", env=PREVIEW)
    words = said(page)
    assert "Unreachable" in words
    assert "refused" in words
    assert ":green-badge[:material/check_circle:" not in words
    assert "are unknown" in words


def test_an_environment_without_a_source_says_so(demo: Cluster) -> None:
    with connect(demo, PRODUCTION) as connection:
        connection.execute("alter schema ops rename to gone")
        connection.execute("revoke usage on schema gone from dashboard_reader")
        connection.execute("alter table convex_deployments rename to hidden")
        connection.execute('alter table hidden rename "projectId" to p')
        try:
            words = said(open_page("failures", env=PRODUCTION))
        finally:
            connection.execute('alter table hidden rename p to "projectId"')
            connection.execute("alter table hidden rename to convex_deployments")
            connection.execute("grant usage on schema gone to dashboard_reader")
            connection.execute("alter schema gone rename to ops")
    assert "Not collected here" in words
    assert "docs/failure-sources" in words


def test_no_failure_is_told_from_not_knowing(demo: Cluster) -> None:
    view = "create or replace view ops.constraint_violations as select * from"
    shift = """update convex_deployments set "updatedAt" = "updatedAt" {} interval '90 days'"""
    with connect(demo, PRODUCTION) as connection:
        connection.execute(f"{view} ops.constraint_violations_tail() where false".encode())
        connection.execute(shift.format("-").encode())
        try:
            page = open_page("failures", env=PRODUCTION, range="24h")
        finally:
            connection.execute(f"{view} ops.constraint_violations_tail()".encode())
            connection.execute(shift.format("+").encode())
    words = said(page)
    assert "No failures in production in the last 24 hours" in words
    assert "None seen" in words  # the log does not reach back so far: that is not green
    assert ":green-badge[:material/check_circle:" not in words


def test_an_unknown_environment_is_named() -> None:
    page = open_page("failures", env="stagin")
    assert "Unknown environment stagin" in said(page)
    assert not page.exception


def test_many_ids_at_once_are_the_finding_on_top(demo: Cluster) -> None:
    with connect(demo, PRODUCTION) as connection:
        connection.execute(
            "create table deployment_failures as select now() as failed_at, id as project_id,"
            " 'P2003' as code, 'x_fkey' as constraint_name from \"Project\" limit 5"
        )
        connection.execute("grant select on deployment_failures to dashboard_reader")
        try:
            page = open_page("failures")
        finally:
            connection.execute("drop table deployment_failures")
    assert "5 different projects failed in production" in page.error[0].proto.title
    assert "First check the database of production" in str([each.label for each in page.expander])


def test_a_hostile_id_is_shown_as_text(demo: Cluster) -> None:
    with connect(demo, PRODUCTION) as connection:
        connection.execute(
            "create table deployment_failures as select now() as failed_at, %s as project_id,"
            " '23503' as code, %s as constraint_name",
            (HOSTILE, HOSTILE),
        )
        connection.execute("grant select on deployment_failures to dashboard_reader")
        try:
            page = open_page("failures", env=PRODUCTION)
        finally:
            connection.execute("drop table deployment_failures")
    shown = said(page) + str([each.proto.label for each in page.get("page_link")])
    assert not page.exception
    assert "script" in shown
    for markup in ("**x**", "<script>", "](javascript"):
        assert markup not in shown


def test_nothing_that_is_listed_is_a_formula_or_a_link_in_a_chart(demo: Cluster) -> None:
    """The code is whatever the application writes; a table can be saved, a chart reads HTML."""
    with connect(demo, PRODUCTION) as connection:
        connection.execute(
            "create table deployment_failures as select now() as failed_at, 'p1' as project_id,"
            " '=<a href=\"https://example.com\">1</a>' as code, '+1' as constraint_name"
        )
        connection.execute("grant select on deployment_failures to dashboard_reader")
        try:
            page = open_page("failures", env=PRODUCTION)
            page.segmented_control(key="failures-by").set_value("by cause").run()
        finally:
            connection.execute("drop table deployment_failures")
    (cause,) = [each for each in table(page, 0) if "example.com" in str(each["Cause"])]
    assert str(cause["Cause"]).startswith("Error on ")
    assert cause["Constraint or column"] == "'+1"
    assert str(table(page, 1)[0]["Cause"]).startswith("'=")
    figure = page.get("plotly_chart")[0].proto.spec
    assert "&lt;a href" in figure
    assert "<a href" not in figure

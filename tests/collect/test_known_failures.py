"""What failed before for an ID, on a real database: by an index, in time, or named as not asked."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.collect import collector
from dashboard.collect.collector import Collector
from dashboard.diagnose.failures import KnownFailures
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.orphans import BY_CODE, Orphans
from dashboard.diagnose.paste import read
from dashboard.postgres import Limits
from tests.asking import ask, configured
from tests.collect.orphans.counting import counted
from tests.conftest import Database, MakeDatabase

ID, OTHER = "cmfyok0xv0001l804v6i9h3zz", "cmfyok0xv0002l804v6i9h3zz"
TRIED = "cmmeo08me00xlt9um9zz8106x"
P2003 = "Foreign key constraint violated on the constraint: `deployments_projectId_fkey`"
ROWS = f"""
insert into users (id, email, "updatedAt") values ('u1', 'a@example.com', now());
insert into "Project" (id, name, "userId", "updatedAt") values ('{ID}', 'Shop', 'u1', now());
insert into "Project" (id, name, "userId", "updatedAt") values ('{OTHER}', 'Blog', 'u1', now());
insert into convex_deployments
    (id, "projectId", "convexDeploymentName", status, "lastDeployError", "updatedAt")
values ('c1', '{ID}', 'a', 'ERROR', '{P2003}', now());
create table deployment_failures
    (failed_at timestamptz, project_id text, code text, constraint_name text);
insert into deployment_failures
select now() - interval '1 hour' * n, 'gone-' || n, '23503', 'deployments_projectId_fkey'
from generate_series(1, 30) as n;
insert into deployment_failures values
    (now(), '{OTHER}', '23505', 'deployments_projectId_key'),
    (now() - interval '8 days', 'long-ago', '23503', 'deployments_projectId_fkey'),
    (now(), 'of-another-key', '23503', 'deployments_userId_fkey'),
    (now(), 'gone-3', '23503', 'deployments_projectId_fkey');
grant select on deployment_failures to public;
"""


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    made = make_database()
    for statement in ROWS.split(";\n"):
        if statement.strip():
            made.execute(statement)
    return made


@pytest.fixture
def asking(database: Database, tmp_path: Path) -> Iterator[Collector]:
    settings = configured(tmp_path, {"staging": database.reader_url})
    with contextlib.closing(Collector(settings)) as made:
        yield made


def known(evidence: Evidence) -> KnownFailures:
    assert evidence.known_failures is not None
    return evidence.known_failures


def test_a_status_and_a_table_tell_of_an_id(asking: Collector) -> None:
    evidence, diagnosis = ask(asking, ID, "staging")
    assert diagnosis.verdict.code == "recent-failures"
    assert [each.source for each in evidence.failures] == ["convex_deployments.status"]
    assert known(evidence).asked == ("convex_deployments.status", "deployment_failures")
    assert known(evidence).unasked == ()
    _, diagnosis = ask(asking, OTHER, "staging")
    assert diagnosis.verdict.code == "already-deployed"


def test_a_table_of_failures_is_no_trace_of_what_failed(
    database: Database, asking: Collector
) -> None:
    """It names every ID that was tried: those that never existed, too."""
    database.execute("insert into deployment_failures values (now(), %s, '23503')", TRIED)
    _, diagnosis = ask(asking, TRIED, "staging")
    assert (diagnosis.verdict.code, diagnosis.verdict.caveats) == ("stale-project-id", ())
    (orphans,) = counted(asking).values()
    assert isinstance(orphans, Orphans)
    named = orphans.of(BY_CODE["soft-link-ghost"]).columns
    tables = {each.column.counted.table.name for each in named}
    assert tables == {"uploads", "convex_deployments"}


def test_a_later_deployment_makes_a_failure_good(database: Database, asking: Collector) -> None:
    database.execute(
        'insert into deployments (id, "appId", "projectId", "createdAt", "updatedAt")'
        f" values ('d1', 'a1', '{ID}', now() + interval '1 minute', now())"
    )
    evidence, diagnosis = ask(asking, ID, "staging")
    assert diagnosis.verdict.code == "project-present"
    assert evidence.failures
    assert evidence.lasting_failures == ()


def test_without_an_id_those_that_failed_of_the_constraint_are_offered(asking: Collector) -> None:
    """The newest first, with how often; not those of another key, or of long ago."""
    evidence, diagnosis = ask(asking, f"Invalid `prisma.deployment.create()`\n{P2003}", "staging")
    verdict = diagnosis.verdict
    assert verdict.code == "no-id"
    assert verdict.suggestions[:4] == ("gone-3", ID, "gone-1", "gone-2")
    assert len(verdict.suggestions) == 10
    assert "gone-3: 2 failures, the last on " in verdict.evidence[0].fact
    assert not {"long-ago", "of-another-key", OTHER} & {name for name, _ in known(evidence).ids}


def test_a_status_without_an_index_is_not_read_for_an_id(
    database: Database, asking: Collector
) -> None:
    for (index,) in database.execute(
        "select cast(indexrelid as regclass) from pg_index i join pg_attribute a"
        " on a.attrelid = indrelid and a.attnum = indkey[0]"
        " where indrelid = cast('convex_deployments' as regclass) and attname = 'projectId'"
    ):
        database.execute(f"drop index {index}")
    evidence, diagnosis = ask(asking, ID, "staging")
    said = "convex_deployments.status: no index covers the ID"
    assert known(evidence).unasked == (said,)
    assert diagnosis.verdict.code == "project-present"
    assert any(said in each for each in diagnosis.verdict.caveats)


def test_a_source_that_does_not_answer_in_time_costs_no_verdict(
    database: Database, asking: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "KNOWN", Limits(5.0, 4_000, lock_timeout_ms=50))
    with psycopg.connect(database.url) as holder:
        holder.execute("lock table deployment_failures in access exclusive mode")
        evidence, diagnosis = ask(asking, ID, "staging")
        holder.rollback()
    assert diagnosis.verdict.code == "recent-failures"
    (unasked,) = known(evidence).unasked
    assert unasked.startswith("deployment_failures: ")


def test_an_error_of_several_ids_is_of_those_that_are_missing(asking: Collector) -> None:
    call = f"[{{ projectId: '{OTHER}' }}, {{ projectId: 'cm1qz7w2c0003kd9e5b8tu4ya' }}]"
    text = f"Invalid `prisma.deployment.createMany()` invocation:\n\n{call}\n\n{P2003}"
    target = asking.settings.environments[0]
    pastes = read(text).split()
    together = [diagnose(each).verdict.code for each in asking.evidence_of_all(pastes, target)]
    assert together == ["already-deployed", "stale-project-id"]
    (alone,) = asking.evidence_of_all(pastes[:1], target)
    assert alone.absent_beside == ("cm1qz7w2c0003kd9e5b8tu4ya",)

"""One dead, slow or odd environment never delays, hides or misleads about another."""

import socket
import time
from pathlib import Path

import pytest

from dashboard.diagnose.facts import IdFacts, Kind, Unavailable
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup.evidence import PresenceState
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.paste import read
from tests.asking import ask, collecting, configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import ID, KEY_AS_IT_SHOULD_BE, P2003, add_project, with_id
from tests.postgres.test_asking import listening


@pytest.fixture
def staging(make_database: MakeDatabase) -> Database:
    return make_database()


@pytest.fixture
def local(make_database: MakeDatabase) -> Database:
    return make_database()


def test_a_mute_environment_is_given_up_while_the_others_have_long_answered(
    staging: Database, tmp_path: Path
) -> None:
    """The peer accepts and never says a word: only the client's own deadline ends that."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        urls = {"mute": f"postgresql://u:p4ss@127.0.0.1:{port}/x", "staging": staging.reader_url}
        with collecting(configured(tmp_path, urls)) as collector:
            started = time.monotonic()
            arrivals = [
                (environment.name, answer, time.monotonic() - started)
                for environment, answer in collector.look_up(read(ID))
            ]
    names = [name for name, _, _ in arrivals]
    assert names == ["staging", "mute"]
    assert isinstance(arrivals[0][1], IdFacts)
    assert isinstance(arrivals[1][1], Unavailable)
    assert arrivals[1][1].kind is Kind.TIMEOUT
    assert arrivals[0][2] < arrivals[1][2]


def test_all_environments_down_is_unknown(tmp_path: Path) -> None:
    urls = dict.fromkeys(("staging", "local"), "postgresql://u:p4ss@127.0.0.1:1/x")
    evidence, diagnosis = look_up(configured(tmp_path, urls), ID, "staging")
    assert diagnosis.verdict.severity is Severity.UNKNOWN
    assert {evidence.presence(each).state for each in evidence.answers} == {PresenceState.UNKNOWN}


def test_a_server_restart_between_two_questions_goes_unnoticed(
    staging: Database, tmp_path: Path
) -> None:
    add_project(staging)
    with collecting(configured(tmp_path, {"staging": staging.reader_url})) as collector:
        assert ask(collector, ID, "staging")[1].verdict.code == "project-present"
        staging.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'deployment-dashboard' and datname = current_database()"
        )
        assert ask(collector, ID, "staging")[1].verdict.code == "project-present"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('alter table "Project" rename column "userId" to "ownerId"', "project-present"),
        ('alter table "Project" rename to "Projects2"', "project-present"),
        ('revoke select on "Project" from dashboard_reader;'
         'revoke select (id, name, "userId", "createdAt", "updatedAt", "deletedAt")'
         ' on "Project" from dashboard_reader', "table-forbidden"),
        ('revoke select (name) on "Project" from dashboard_reader', "project-present"),
        ('alter table "Project" enable row level security', "rls-hides"),
        ("drop table deployments", "project-present"),
    ],
)  # fmt: skip
def test_a_catalog_that_changes_between_two_questions_is_read_again(
    change: str, code: str, staging: Database, local: Database, tmp_path: Path
) -> None:
    """What was probed a moment ago only shapes the question; it is never part of the proof."""
    add_project(staging)
    urls = {"staging": staging.reader_url, "local": local.reader_url}
    with collecting(configured(tmp_path, urls)) as collector:
        assert ask(collector, ID, "staging")[1].verdict.code == "project-present"
        staging.execute(change)
        _, diagnosis = ask(collector, ID, "staging")
    said = {diagnosis.verdict.code, *(finding.code for finding in diagnosis.findings)}
    assert code in said


@pytest.mark.parametrize(
    ("code", "broken", "repaired"),
    [
        (
            "table-absent",
            KEY_AS_IT_SHOULD_BE.partition(";")[0],
            KEY_AS_IT_SHOULD_BE.partition(";")[2],
        ),
        (
            "rls-hides",
            'alter table "Project" enable row level security',
            'alter table "Project" disable row level security',
        ),
        (
            "table-forbidden",
            'revoke select (id) on "Project" from dashboard_reader',
            'grant select (id) on "Project" to dashboard_reader',
        ),
    ],
)
def test_a_catalog_that_was_repaired_a_moment_ago_is_read_again(
    code: str, broken: str, repaired: str, staging: Database, tmp_path: Path
) -> None:
    add_project(staging)
    staging.execute(broken)
    with collecting(configured(tmp_path, {"staging": staging.reader_url})) as collector:
        assert ask(collector, ID, "staging")[1].verdict.code == code
        staging.execute(repaired)
        assert ask(collector, ID, "staging")[1].verdict.code == "project-present"


def test_an_environment_that_lost_the_constraint_borrows_its_meaning(
    staging: Database, local: Database, tmp_path: Path
) -> None:
    staging.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
    add_project(local)
    urls = {"staging": staging.reader_url, "local": local.reader_url}
    settings = configured(tmp_path, urls)
    evidence, diagnosis = look_up(settings, with_id(P2003), "staging")
    assert evidence.here.state is PresenceState.ABSENT
    assert diagnosis.verdict.code == "environment-mismatch"
    assert diagnosis.verdict.confidence.value == "possible"
    assert "fk-missing" in {finding.code for finding in diagnosis.findings}
    staging.execute(
        'alter table deployments add constraint "deployments_projectId_fkey"'
        ' foreign key ("projectId") references "Project" (id)'
    )
    staging.execute(KEY_AS_IT_SHOULD_BE)
    _, repaired = look_up(settings, with_id(P2003), "staging")
    assert repaired.verdict.confidence.value == "certain"
    assert "fk-missing" not in {finding.code for finding in repaired.findings}


def test_the_constraint_may_have_any_name_and_the_tables_any_spelling(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database = make_database()
    database.execute(
        'create schema "tenant A"; create table "tenant A"."Mandant:50%" (key uuid primary key);'
        'create table "tenant A"."{child}" (id int primary key, mandant uuid,'
        ' constraint "Weird ""name"" fk" foreign key (mandant)'
        ' references "tenant A"."Mandant:50%" (key));'
        'create index on "tenant A"."{child}" (mandant);'
        'grant usage on schema "tenant A" to dashboard_reader;'
        'grant select on all tables in schema "tenant A" to dashboard_reader;'
        """insert into "tenant A"."Mandant:50%" values ('3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d31')"""
    )
    more = """[diagnosis]\nconstraint = 'Weird "name" fk'\n"""
    url = database.reader_url + "?schema=tenant%20A"
    settings = configured(tmp_path, {"staging": url}, more)
    _, found = look_up(settings, "3F2B8C1E-9D47-4A60-8B15-7C0E2F6A9D31", "staging")
    _, absent = look_up(settings, "4f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d32", "staging")
    _, no_uuid = look_up(settings, "not-a-uuid", "staging")
    assert found.verdict.code in ("project-present", "id-case")
    assert absent.verdict.code == "stale-project-id"
    assert no_uuid.verdict.code == "stale-project-id"
    assert absent.verdict.fix is not None
    assert '"tenant A"."Mandant:50%"' in absent.verdict.fix.commands[0].text


def test_what_is_not_postgresql_is_said(staging: Database, tmp_path: Path) -> None:
    with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        url = f"postgresql://u:p4ss@127.0.0.1:{port}/x"
        settings = configured(tmp_path, {"web": url, "staging": staging.reader_url})
        evidence, _ = look_up(settings, ID, "staging")
    reasons = [
        answer.kind for answer in evidence.answers.values() if not isinstance(answer, IdFacts)
    ]
    assert reasons == [Kind.NOT_POSTGRES]


def test_diagnosis_is_pure(staging: Database, tmp_path: Path) -> None:
    """The same evidence gives the same judgement, however often it is asked."""
    evidence, diagnosis = look_up(
        configured(tmp_path, {"staging": staging.reader_url}), ID, "staging"
    )
    assert diagnose(evidence) == diagnosis

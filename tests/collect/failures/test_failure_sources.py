"""Every source of failures, on real databases and the log that their server really wrote."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.failure_sources import Cursor, Source, SourceKind, SourceState
from dashboard.collect.failures import sources
from dashboard.collect.failures.sources import (
    FAILURES,
    Counted,
    Failures,
    Page,
    PageRequest,
    collect,
    last_days,
    newest,
    page,
)
from dashboard.collect.result import LastResult
from dashboard.demo.databases import (
    DOCUMENTED_READER,
    READER,
    create_database,
    drop_database,
    let_log_be_read,
    reader_url,
)
from dashboard.diagnose.failures import Failure, Signature
from dashboard.postgres import Limits
from dashboard.postgres.cluster import Cluster
from dashboard.settings import project_folder
from dashboard.show.health import card_lines
from tests.asking import configured
from tests.conftest import Database, MakeDatabase
from tests.logs import folder, logging_cluster, written

SCRIPTS = project_folder() / "docs" / "failure-sources"
PROJECT = """
insert into users (id, email, "updatedAt") values ('u1', 'a@example.com', now());
insert into "Project" (id, name, "userId", "updatedAt") values ('p1', 'Shop', 'u1', now());
"""
DEPLOY = """
insert into deployments (id, "appId", "projectId", "updatedAt")
values (gen_random_uuid()::text, gen_random_uuid()::text, %s, now())
"""
FAILED = """
insert into convex_deployments
    (id, "projectId", "convexDeploymentName", status, "lastDeployError", "updatedAt")
values (%s, %s, gen_random_uuid()::text, %s, %s, %s)
"""
FOREIGN_KEY = Signature("23503", "deployments_projectId_fkey", "deployments", "insert or update")
IDS = (
    "ghost",
    "it's",
    "two\nlines",
    'a"b',
    "back\\slash",
    "ünïcode",
    "p1)=(x) is",
    "tab\there",
    "",
)
WRITERS, TIMES = 4, 60

Ask = Callable[..., Failures]


PATIENT = Limits(deadline_s=60.0, statement_timeout_ms=30_000)  # the machine may be busy


@pytest.fixture
def failures_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Collect what a database says of its last days, as the role that only reads."""
    monkeypatch.setattr(sources, "FAILURES", PATIENT)
    opened: list[Collector] = []

    def ask(url: str, more: str = "", days: int = 7) -> Failures:
        opened.append(Collector(configured(tmp_path, {"staging": url}, more)))
        span = last_days(days, datetime.now(UTC) + timedelta(seconds=1), "Europe/Berlin")
        counting = partial(collect, opened[-1], span=span)
        answer = opened[-1].fleet.run_one(counting, PATIENT, opened[-1].settings.environments[0])
        assert isinstance(answer, Failures)
        return answer

    yield ask
    for each in opened:
        each.close()


def source(failures: Failures, kind: SourceKind) -> Source:
    return next(each for each in failures.sources if each.kind is kind)


def counted(failures: Failures, kind: SourceKind) -> Counted:
    return next(each for each in failures.counted if each.source.kind is kind)


def causes(answer: Counted) -> list[tuple[Signature, int, int]]:
    return [
        (
            Signature(each.code, each.constraint_name, each.subject, each.operation),
            each.failures,
            each.ids,
        )
        for each in answer.counts
        if each.level == "cause"
    ]


class TestStatusColumns:
    def test_rows_that_failed_are_counted_by_cause_and_day(
        self, make_database: MakeDatabase, failures_of: Ask
    ) -> None:
        database = make_database()
        now = datetime.now(UTC).replace(tzinfo=None)
        text = "Foreign key constraint violated on the constraint: `deployments_projectId_fkey`"
        for number, (status, error, age) in enumerate(
            [("ERROR", text, 1), ("ERROR", "a secret", 1), ("ERROR", None, 2), ("ACTIVE", text, 1),
             ("ERROR", None, 30)]
        ):  # fmt: skip
            database.execute(
                FAILED, f"c{number}", f"p{number}", status, error, now - timedelta(days=age)
            )
        answer = counted(failures_of(database.reader_url), SourceKind.STATUS)
        assert answer.total == 3
        assert sorted(causes(answer), key=str) == sorted(
            [
                (
                    Signature(
                        "P2003", "deployments_projectId_fkey", "convex_deployments", "status ERROR"
                    ),
                    1,
                    1,
                ),
                (Signature(None, None, "convex_deployments", "status ERROR"), 2, 2),
            ],
            key=str,
        )
        days = {each.bucket for each in answer.counts if each.level == "bucket"}
        assert len(days) == 8  # every day, also those without any
        assert "a secret" not in repr(answer)

    @pytest.mark.parametrize(
        ("columns", "row", "column"),
        [
            (
                '"projectId" text, state text, "createdAt" timestamp',
                "'p1', 'Failed', now()",
                "state",
            ),
            ('"project_id" text, "failedAt" timestamptz', "'p1', now()", "failedAt"),
            (
                '"projectId" text, "lastError" text, created_at date',
                "'p1', 'x', now()",
                "lastError",
            ),
            (
                'pid text references "Project", status text, "updatedAt" date',
                "'p1', 'ERROR', now()",
                "status",
            ),
        ],
    )
    def test_are_found_by_their_names_and_what_they_point_at(
        self, make_database: MakeDatabase, failures_of: Ask, columns: str, row: str, column: str
    ) -> None:
        database = make_database()
        database.execute(PROJECT)
        database.execute(f"create table jobs ({columns})")
        database.execute(f"insert into jobs values ({row})")
        database.execute(f"grant select on jobs to {READER}")
        answer = failures_of(database.reader_url)
        found = next(each for each in answer.counted if each.source.label == f"jobs.{column}")
        assert [each.project_id for each in found.recent] == ["p1"]
        database.execute("delete from jobs")
        emptied = failures_of(database.reader_url)
        found = next(each for each in emptied.counted if each.source.label == f"jobs.{column}")
        assert found.total == 0

    def test_the_child_itself_may_have_one(
        self, make_database: MakeDatabase, failures_of: Ask
    ) -> None:
        database = make_database()
        database.execute(PROJECT)
        database.execute("alter table deployments add column status text")
        database.execute(f'grant select (status, "updatedAt") on deployments to {READER}')
        database.execute(DEPLOY, "p1")
        database.execute("update deployments set status = 'Failed'")
        answer = failures_of(database.reader_url)
        assert answer.total == 1

    def test_what_failed_means_can_be_configured(
        self, make_database: MakeDatabase, failures_of: Ask
    ) -> None:
        database = make_database()
        database.execute(
            FAILED, "c1", "p1", "DELETED", None, datetime.now(UTC).replace(tzinfo=None)
        )
        assert failures_of(database.reader_url).total == 0
        more = '[failures]\nstatuses = ["DELETED"]\n'
        assert failures_of(database.reader_url, more).total == 1

    def test_a_status_that_cannot_fail_is_no_source(
        self, make_database: MakeDatabase, failures_of: Ask
    ) -> None:
        database = make_database()
        answer = failures_of(database.reader_url, '[failures]\nstatuses = ["EXPLODED"]\n')
        label = "convex_deployments.lastDeployError"
        assert [each.label for each in answer.sources if each.kind is SourceKind.STATUS] == [label]

    @pytest.mark.parametrize(
        ("statement", "reason"),
        [
            (f"revoke select (status) on convex_deployments from {READER}", "may not read"),
            ("alter table convex_deployments enable row level security", "row security"),
        ],
    )
    def test_without_the_right_to_see_them_it_is_off_and_nothing_is_known(
        self, make_database: MakeDatabase, failures_of: Ask, statement: str, reason: str
    ) -> None:
        database = make_database()
        database.execute(statement)
        answer = failures_of(database.reader_url)
        status = source(answer, SourceKind.STATUS)
        assert status.state is SourceState.OFF
        assert reason in status.says
        assert answer.total is None
        assert answer.unread == (status,)

    def test_one_that_is_locked_hides_no_other(
        self, make_database: MakeDatabase, failures_of: Ask
    ) -> None:
        database = make_database()
        database.execute((SCRIPTS / "table.sql").read_text().replace(DOCUMENTED_READER, READER))
        database.execute("insert into deployment_failures (project_id) values ('p1')")
        with psycopg.connect(database.url) as migration:
            migration.execute("lock table convex_deployments")
            answer = failures_of(database.reader_url)
        assert source(answer, SourceKind.STATUS).state is SourceState.OFF
        assert "locked" in source(answer, SourceKind.STATUS).says
        assert answer.total == 1


class TestOwnTable:
    @pytest.fixture
    def own(self, make_database: MakeDatabase) -> Database:
        database = make_database()
        database.execute((SCRIPTS / "table.sql").read_text().replace(DOCUMENTED_READER, READER))
        return database

    def test_is_read_without_its_message(self, own: Database, failures_of: Ask) -> None:
        own.execute(
            "insert into deployment_failures (project_id, code, constraint_name, message)"
            " values ('it''s', 'P2003', 'x_fkey', 'a secret')"
        )
        answer = counted(failures_of(own.reader_url), SourceKind.TABLE)
        assert causes(answer) == [(Signature("P2003", "x_fkey"), 1, 1)]
        assert answer.recent[0].project_id == "it's"
        assert "a secret" not in repr(answer)

    def test_may_be_a_view_under_another_name(self, own: Database, failures_of: Ask) -> None:
        own.execute(
            "create view failed as select failed_at, project_id, code, constraint_name"
            " from deployment_failures"
        )
        own.execute(f"grant select on failed to {READER}")
        own.execute("insert into deployment_failures (project_id) values ('a'), ('b')")
        answer = failures_of(own.reader_url, '[failures]\nrelation = "failed"\n')
        assert counted(answer, SourceKind.TABLE).total == 2

    def test_only_with_it_does_none_counted_mean_none(
        self, own: Database, failures_of: Ask
    ) -> None:
        answer = failures_of(own.reader_url)
        assert (answer.total, answer.complete) == (0, True)
        assert card_lines.failures(LastResult(answer.environment, answer)) == card_lines.NO_FAILURES
        own.execute("drop table deployment_failures")
        answer = failures_of(own.reader_url)
        assert [each.source.kind for each in answer.counted] == [SourceKind.STATUS]
        assert (answer.total, answer.complete) == (0, False), "a failed insert leaves no row"
        assert card_lines.failures(LastResult(answer.environment, answer)) == card_lines.NONE_SEEN

    def test_without_a_column_it_is_off(self, own: Database, failures_of: Ask) -> None:
        own.execute("alter table deployment_failures drop column code")
        table = source(failures_of(own.reader_url), SourceKind.TABLE)
        assert (table.state, table.says) == (
            SourceState.OFF,
            "deployment_failures has no column code",
        )

    def test_pages_lose_nothing_and_repeat_nothing(self, own: Database, tmp_path: Path) -> None:
        """Many failures share a moment, and the pages end in the middle of it."""
        own.execute(
            "insert into deployment_failures (failed_at, project_id, code) select"
            " date_trunc('hour', now()) - n / 40 * interval '1 minute', 'p' || n,"
            " case when n % 2 = 0 then 'P2003' end from generate_series(1, 205) as n"
        )
        with contextlib.closing(Collector(configured(tmp_path, {"staging": own.reader_url}))) as c:
            everything = list(paged(c, 30))
            assert len(everything) == 205
            assert {each.project_id for each in everything} == {f"p{n}" for n in range(1, 206)}
            assert everything == sorted(everything, key=lambda each: each.at, reverse=True)
            assert len(list(paged(c, 30, "P2003"))) == 102
            assert len(list(paged(c, 30, "unrecorded"))) == 103


def asked(collector: Collector, question: PageRequest) -> Page:
    ((_, answer),) = collector.fleet.run(partial(page, collector, question=question), FAILURES)
    assert isinstance(answer, Page)
    return answer


def paged(collector: Collector, most: int, code: str | None = None) -> Iterator[Failure]:
    question = PageRequest(last_days(7, datetime.now(UTC) + timedelta(seconds=1)), most, code)
    while listed := newest([asked(collector, question)], most):
        yield from (failure for _, failure in listed)
        identifier, last = listed[-1]
        question = replace(question, after=Cursor(last.at, identifier))


def test_twins_of_two_sources_are_never_torn_apart() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    older = at - timedelta(hours=1)
    pages = [
        Page(tuple((key, Failure(when, name, "p1", FOREIGN_KEY, "x")) for key, when in rows))
        for name, rows in {
            "local": [("b", at), ("a", at), ("z", older)],
            "staging": [("b", at), ("a", at), ("y", older)],
        }.items()
    ]
    assert [key for key, _ in newest(pages, 3)] == ["b", "b", "a", "a"]
    assert len(newest(pages, 9)) == 6


@pytest.mark.parametrize("installed", [True, False])
def test_without_any_source_nothing_is_claimed(
    make_database: MakeDatabase, failures_of: Ask, installed: bool
) -> None:
    database = make_database()
    database.execute("drop table convex_deployments")
    answer = failures_of(database.reader_url)
    assert {each.state for each in answer.sources} == {SourceState.ABSENT}
    assert answer.total is None
    if installed:
        let_log_be_read(database.connection)
        assert failures_of(database.reader_url).total == 0


@pytest.mark.parametrize(("successes", "expected"), [(0, 0), (1, 1)])
def test_many_ids_at_once_are_told_with_what_succeeded_meanwhile(
    make_database: MakeDatabase, failures_of: Ask, successes: int, expected: int
) -> None:
    database = make_database()
    database.execute(PROJECT)
    database.execute((SCRIPTS / "table.sql").read_text().replace(DOCUMENTED_READER, READER))
    failed = "insert into deployment_failures (failed_at, project_id) values (now() - %s, %s)"
    for minutes, identifier in ((50, "a"), (40, "b"), (10, "b")):
        database.execute(failed, timedelta(minutes=minutes), identifier)
    assert failures_of(database.reader_url).bursts == ()
    database.execute(failed, timedelta(minutes=5), "c")
    for _ in range(successes):
        database.execute(DEPLOY, "p1")
        database.execute("update deployments set \"createdAt\" = now() - interval '20 min'")
    (burst,) = failures_of(database.reader_url).bursts
    assert (burst.ids, burst.failures, burst.successes) == (3, 4, expected)


def test_inserts_that_came_to_nothing_are_a_hint(
    make_database: MakeDatabase, failures_of: Ask
) -> None:
    database = make_database()
    for _ in range(3):
        fail(database.connection, "ghost")
    database.execute("select pg_stat_force_next_flush()")
    assert failures_of(database.reader_url).aborted_inserts == 3


def fail(connection: psycopg.Connection, identifier: str | None) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        connection.execute(DEPLOY.encode(), [identifier])


@pytest.fixture(scope="module")
def logged() -> Iterator[Cluster]:
    """A server that begins a new file whenever it is told to, and writes another zone's time."""
    names = {"log_filename": "pg-%Y-%m-%d_%H%M%S", "log_timezone": "Asia/Kolkata"}
    with logging_cluster(**names) as cluster:
        yield cluster


@pytest.fixture
def database(logged: Cluster) -> Iterator[Database]:
    name = f"log_{threading.get_ident()}_{datetime.now(UTC):%H%M%S%f}"
    create_database(logged, name)
    with psycopg.connect(logged.url(name), autocommit=True) as connection:
        let_log_be_read(connection)
        yield Database(name, logged.url(name), reader_url(logged, name), connection)
    drop_database(logged, name)


def rotate(connection: psycopg.Connection) -> None:
    """Begin another file: their names have a resolution of a second."""
    before = set(folder(connection).glob("*.json"))
    while set(folder(connection).glob("*.json")) == before:
        connection.execute("select pg_rotate_logfile(), pg_sleep(0.2)")


def logged_ids(failures: Failures) -> list[str | None]:
    found = counted(failures, SourceKind.LOG).recent
    return [each.project_id for each in found if each.signature == FOREIGN_KEY]


class TestServerLog:
    def test_tells_each_failure_whatever_its_id_is(
        self, database: Database, failures_of: Ask
    ) -> None:
        for each in IDS:
            fail(database.connection, each)
        written(database.connection, ".json")
        answer = failures_of(database.reader_url)
        assert sorted(map(str, logged_ids(answer))) == sorted(IDS)
        assert causes(counted(answer, SourceKind.LOG)) == [(FOREIGN_KEY, len(IDS), len(IDS))]

    def test_tells_the_causes_apart_and_no_row(self, database: Database, failures_of: Ask) -> None:
        database.execute(PROJECT)
        database.execute(DEPLOY, "p1")
        for each in (None, "p1"):
            fail(database.connection, each)
        with pytest.raises(psycopg.errors.UniqueViolation):
            database.execute(PROJECT)
        with pytest.raises(psycopg.errors.UniqueViolation):
            database.execute("insert into users values ('u2', 'a@example.com', 'x', now(), now())")
        written(database.connection, ".json")
        answer = failures_of(database.reader_url)
        found = {each.code: each for each, _, _ in causes(counted(answer, SourceKind.LOG))}
        assert found["23502"].constraint == "projectId"
        assert found["23505"].constraint == "deployments_projectId_key"
        with psycopg.connect(database.reader_url) as reader:
            shown = str(reader.execute("select * from ops.constraint_violations").fetchall())
        assert "users_email_key" in shown
        assert "a@example.com" not in shown
        assert "Failing row" not in shown

    def test_a_value_beside_an_id_is_not_shown(self, database: Database) -> None:
        """A key of several columns may end in an id and begin with an address."""
        database.execute("create table seats (email text, user_id text, unique (email, user_id))")
        database.execute("insert into seats values ('a@example.com', 'u1')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            database.execute("insert into seats values ('a@example.com', 'u1')")
        written(database.connection, ".json")
        with psycopg.connect(database.reader_url) as reader:
            shown = str(reader.execute("select * from ops.constraint_violations").fetchall())
        assert "seats_email_user_id_key" in shown
        assert "a@example.com" not in shown

    def test_lends_its_power_to_nobody(self, database: Database) -> None:
        """What a role makes for itself alone is never run with the rights of the reader's owner."""
        database.execute(f'grant temporary on database "{database.name}" to {READER}')
        database.execute(PROJECT)
        with pytest.raises(psycopg.errors.UniqueViolation):
            database.execute(PROJECT)
        written(database.connection, ".json")
        with psycopg.connect(database.reader_url, autocommit=True) as reader:
            reader.execute("""
                create temp table seen (as_whom name);
                grant insert on seen to public;
                create function pg_temp.spy(relname name) returns name language plpgsql as $$
                begin
                    insert into pg_temp.seen values (current_user);
                    return relname;
                end $$;
                create temp view pg_class as
                select c.oid, pg_temp.spy(c.relname) as relname from pg_catalog.pg_class as c;
                grant select on pg_class to public;
            """)
            reader.execute("select * from ops.constraint_violations")
            assert reader.execute("select * from seen").fetchall() == []

    def test_the_reverse_direction_has_the_parent_s_id(
        self, database: Database, failures_of: Ask
    ) -> None:
        database.execute(PROJECT)
        database.execute(DEPLOY, "p1")
        database.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
        database.execute(
            'alter table deployments add constraint "deployments_projectId_fkey"'
            ' foreign key ("projectId") references "Project"'
        )
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            database.execute('delete from "Project"')
        written(database.connection, ".json")
        (failure,) = counted(failures_of(database.reader_url), SourceKind.LOG).recent
        assert (failure.project_id, failure.signature.operation) == ("p1", "update or delete")

    def test_reads_the_time_of_another_zone(self, database: Database, failures_of: Ask) -> None:
        before = datetime.now(UTC) - timedelta(milliseconds=1)
        fail(database.connection, "ghost")
        written(database.connection, ".json")
        (failure,) = counted(failures_of(database.reader_url), SourceKind.LOG).recent
        assert before <= failure.at <= datetime.now(UTC)

    def test_rotation_loses_nothing(self, database: Database, failures_of: Ask) -> None:
        for each in ("first", "second", "third"):
            fail(database.connection, each)
            written(database.connection, ".json")
            rotate(database.connection)
        assert logged_ids(failures_of(database.reader_url)) == ["third", "second", "first"]

    def test_only_the_end_is_read_and_that_is_told(
        self, database: Database, failures_of: Ask
    ) -> None:
        fail(database.connection, "early")
        database.execute(f"do $$ begin raise log '{'x' * 4000}'; end $$")
        fail(database.connection, "late")
        written(database.connection, ".json")
        for view in ("tail", "reach_of"):
            name = "constraint_violations" + ("_reach" if view == "reach_of" else "")
            database.execute(
                f"create or replace view ops.{name} as"
                f" select * from ops.constraint_violations_{view}(4000)"
            )
        answer = failures_of(database.reader_url)
        assert logged_ids(answer) == ["late"]
        reach = counted(answer, SourceKind.LOG).reach
        assert reach is not None
        assert reach.read_bytes == 4000
        assert reach.log_bytes is not None
        assert reach.log_bytes > 4000
        late = counted(answer, SourceKind.LOG).recent[0].at
        assert reach.covered_from is not None
        assert reach.covered_from <= late

    @pytest.mark.parametrize("damage", [b'{"timestamp":"2026-11-2', b"\xff\xfe\x00\n", b'"}\n{}\n'])
    def test_damage_costs_no_failure(
        self, database: Database, failures_of: Ask, damage: bytes
    ) -> None:
        """A crash cuts off a line, and the server goes on behind it."""
        fail(database.connection, "before")
        path = written(database.connection, ".json")
        whole = path.read_bytes()
        with path.open("ab") as log:
            log.write(damage)
        assert logged_ids(failures_of(database.reader_url)) == ["before"]
        fail(database.connection, "after")
        written(database.connection, ".json")
        assert path.read_bytes().startswith(whole + damage)
        assert logged_ids(failures_of(database.reader_url)) == ["after", "before"]

    def test_another_database_s_failures_are_not_shown(
        self, database: Database, logged: Cluster, failures_of: Ask
    ) -> None:
        create_database(logged, "neighbour")
        with psycopg.connect(logged.url("neighbour"), autocommit=True) as connection:
            fail(connection, "ghost")
        written(database.connection, ".json")
        assert failures_of(database.reader_url).total == 0
        drop_database(logged, "neighbour")

    def test_concurrent_writers_lose_no_failure(self, database: Database, failures_of: Ask) -> None:
        def write(writer: int) -> None:
            with psycopg.connect(database.url, autocommit=True) as connection:
                for number in range(TIMES):
                    fail(connection, f"{writer}\n{number}")

        threads = [threading.Thread(target=write, args=(each,)) for each in range(WRITERS)]
        for each in threads:
            each.start()
        while any(each.is_alive() for each in threads):  # read while it is written
            assert failures_of(database.reader_url).total is not None
        written(database.connection, ".json")
        answer = failures_of(database.reader_url)
        assert counted(answer, SourceKind.LOG).total == WRITERS * TIMES
        assert len(set(logged_ids(answer))) == WRITERS * TIMES

    @pytest.mark.parametrize(
        ("statement", "reason"),
        [
            (f"revoke select on ops.constraint_violations from {READER}", "may not read"),
            (
                "revoke execute on function ops.constraint_violations_tail(bigint) from public,"
                f" {READER}",
                "may not run",
            ),
        ],
    )
    def test_without_the_right_it_is_off(
        self, database: Database, failures_of: Ask, statement: str, reason: str
    ) -> None:
        database.execute(statement)
        log = source(failures_of(database.reader_url), SourceKind.LOG)
        assert log.state is SourceState.OFF
        assert reason in log.says

    def test_reading_it_counts_as_no_power(self, database: Database, tmp_path: Path) -> None:
        settings = configured(tmp_path, {"staging": database.reader_url})
        with contextlib.closing(Collector(settings)) as collector:
            assert collector.powers(settings.environments[0]) == ()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"log_destination": "stderr"}, "neither jsonlog nor csvlog"),
        ({"logging_collector": "off"}, "keeps no log files"),
        ({"log_min_messages": "fatal"}, "does not log errors"),
    ],
)
def test_a_log_that_cannot_tell_is_off(
    failures_of: Ask, settings: dict[str, str], reason: str
) -> None:
    with logging_cluster(**settings) as cluster:
        create_database(cluster, "app")
        with psycopg.connect(cluster.url("app"), autocommit=True) as connection:
            let_log_be_read(connection)
            connection.execute("drop table convex_deployments")
            fail(connection, "ghost")
        answer = failures_of(reader_url(cluster, "app"))
        assert source(answer, SourceKind.LOG).state is SourceState.OFF
        assert reason in source(answer, SourceKind.LOG).says
        assert answer.total is None


@pytest.mark.parametrize("script", ["jsonlog.sql", "csvlog.sql"])
@pytest.mark.parametrize(
    "before",
    [
        f"create schema ops authorization {READER}",
        f"create schema ops; grant create on schema ops to {READER}",
    ],
)
def test_a_schema_in_which_others_may_put_functions_is_refused(
    make_database: MakeDatabase, script: str, before: str
) -> None:
    """They could put their own in the place of what runs as a superuser."""
    database = make_database()
    database.execute(before)
    with pytest.raises(psycopg.errors.RaiseException, match="schema ops"):
        database.execute((SCRIPTS / script).read_text().replace(DOCUMENTED_READER, READER))


def test_a_csvlog_is_read_as_well(failures_of: Ask) -> None:
    with logging_cluster(log_destination="csvlog", log_timezone="Asia/Kolkata") as cluster:
        create_database(cluster, "app")
        with psycopg.connect(cluster.url("app"), autocommit=True) as connection:
            for day in ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"):
                (folder(connection) / f"pg-{day}.csv").touch(0o644)
            script = (SCRIPTS / "csvlog.sql").read_text().replace(DOCUMENTED_READER, READER)
            connection.execute(script.encode())
            before = datetime.now(UTC) - timedelta(milliseconds=1)
            for each in (*IDS, None):
                fail(connection, each)
            written(connection, ".csv")
            answer = failures_of(reader_url(cluster, "app"))
            assert not answer.complete, "it does not tell how far back its files go"
            assert sorted(map(str, logged_ids(answer))) == sorted(IDS)
            found = counted(answer, SourceKind.LOG)
            assert found.total == len(IDS) + 1
            assert all(before <= each.at <= datetime.now(UTC) for each in found.recent)
            with (
                psycopg.connect(reader_url(cluster, "app")) as reader,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                reader.execute("select * from ops.log_sun")

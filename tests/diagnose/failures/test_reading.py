"""Reading failures out of logs that a real server wrote, in every format, damaged or not."""

import gzip
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dashboard.demo.databases import create_database
from dashboard.diagnose.failures import Failure, LogReader, Signature
from dashboard.diagnose.failures.entries import entries
from dashboard.diagnose.paste import Sought
from tests.logs import logging_cluster, written

SOUGHT = Sought("deployments_projectId_fkey")
BERLIN = ZoneInfo("Europe/Berlin")
SUFFIXES = ("", ".csv", ".json")
IDS = (
    "ghost", "it's", "two\nlines", 'a"b', "back\\slash", "2026-11-22 10:00:00.123 UTC,,,12,x",
    "ünïcode", "p1)=(x) is", '{"timestamp":"x"}', "tab\there", "",
)  # fmt: skip
INSERT = """
insert into deployments (id, "appId", "projectId", "updatedAt")
values (gen_random_uuid()::text, gen_random_uuid()::text, %s, now())
"""
FOREIGN_KEY = Signature("23503", "deployments_projectId_fkey", "deployments", "insert or update")
WRITERS, TIMES = 4, 150


def fail(connection: psycopg.Connection, statement: str, *values: object) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        connection.execute(statement.encode(), values or None)


@pytest.fixture(scope="module")
def log() -> Iterator[dict[str, bytes]]:
    """A day's log in each format: every id fails, then what has another cause."""
    with logging_cluster(log_timezone="Europe/Berlin") as cluster:
        create_database(cluster, "app")
        with psycopg.connect(cluster.url("app"), autocommit=True) as connection:
            connection.execute("""
                insert into users (id, email, "updatedAt") values ('u1', 'a@example.com', now());
                insert into "Project" (id, name, "userId", "updatedAt")
                    values ('p1', 'secret name', 'u1', now());
            """)
            for each in IDS:
                fail(connection, INSERT, each)
            fail(connection, INSERT, None)
            connection.execute(INSERT.encode(), ["p1"])
            fail(connection, INSERT, "p1")
            connection.execute("select 'violates foreign key constraint \"x_fkey\"'")
            connection.execute(
                "do $$ begin raise log 'violates unique constraint \"x_key\"'; end $$"
            )
            with pytest.raises(psycopg.errors.DivisionByZero):
                connection.execute("select 1 / 0")
            yield {each: written(connection, each).read_bytes() for each in SUFFIXES}


def read(*chunks: bytes, zone: ZoneInfo = BERLIN) -> tuple[list[Failure], LogReader]:
    reader = LogReader("staging", "upload", SOUGHT, zone)
    return list(reader.read(chunks)), reader


@pytest.mark.parametrize("suffix", SUFFIXES)
class TestEveryFormat:
    def test_finds_each_failure_once_with_its_id(self, log: dict[str, bytes], suffix: str) -> None:
        failures, reader = read(log[suffix])
        assert len(failures) == len(IDS) + 2
        assert not reader.undated
        of_key = [each.project_id for each in failures if each.signature == FOREIGN_KEY]
        assert of_key == [each or None for each in IDS]

    def test_tells_other_causes_apart(self, log: dict[str, bytes], suffix: str) -> None:
        null, unique = read(log[suffix])[0][-2:]
        assert null.signature == Signature("23502", "projectId", "deployments", "insert or update")
        assert null.project_id is None
        assert unique.signature.code == "23505"
        assert unique.signature.constraint == "deployments_projectId_key"
        assert unique.project_id == "p1"

    def test_reads_the_time_in_the_zone_that_was_told(
        self, log: dict[str, bytes], suffix: str
    ) -> None:
        now = datetime.now(UTC)
        failures, _ = read(log[suffix])
        assert all(now - timedelta(minutes=3) < each.at <= now for each in failures)

    def test_a_time_of_another_zone_is_never_guessed(
        self, log: dict[str, bytes], suffix: str
    ) -> None:
        failures, reader = read(log[suffix], zone=ZoneInfo("UTC"))
        assert failures == []
        assert reader.undated == len(IDS) + 2
        assert reader.zones <= {"CET", "CEST"}

    @pytest.mark.parametrize("size", [1, 7, 4096])
    def test_chunks_may_end_anywhere(self, log: dict[str, bytes], suffix: str, size: int) -> None:
        text = log[suffix]
        pieces = (text[place : place + size] for place in range(0, len(text), size))
        assert read(*pieces)[0] == read(text)[0]

    def test_a_truncated_end_costs_no_earlier_failure(
        self, log: dict[str, bytes], suffix: str
    ) -> None:
        text = log[suffix]
        whole = read(text)[0]
        last = text.rfind(b"deployments_projectId_key")
        for cut in range(last - 60, last + 40, 7):
            found = read(text[:cut])[0]
            assert found[: len(whole) - 1] == whole[:-1]
            assert len(found) <= len(whole)

    def test_a_log_goes_on_after_a_crash_cut_a_line(
        self, log: dict[str, bytes], suffix: str
    ) -> None:
        """The server appends to the file of the day, in the middle of the line."""
        text = log[suffix]
        whole = read(text)[0]
        for cut in (text.index(b"ghost"), text.index(b"it's"), text.index(b"two")):
            found = read(text[:cut] + text)[0]
            assert found[-len(whole) :] == whole, cut

    def test_stray_bytes_and_gzip(self, log: dict[str, bytes], suffix: str) -> None:
        stray = log[suffix].replace("ünï".encode(), b"\xfcn\xff\x00")
        assert len(read(b"\xff\xfe\x00garbage\n", stray)[0]) == len(IDS) + 2
        packed = gzip.decompress(gzip.compress(log[suffix]))
        assert read(packed)[0] == read(log[suffix])[0]

    def test_windows_line_ends(self, log: dict[str, bytes], suffix: str) -> None:
        found = read(log[suffix].replace(b"\n", b"\r\n"))[0]
        assert [each.signature for each in found] == [
            each.signature for each in read(log[suffix])[0]
        ]

    def test_keeps_no_row_and_no_statement(self, log: dict[str, bytes], suffix: str) -> None:
        shown = repr(read(log[suffix])[0])
        assert b"Failing row contains" in log[suffix]
        for private in ("Failing row", "gen_random_uuid", "secret name", "example.com"):
            assert private not in shown


PREFIXES = {
    "%m [%p] %q%u@%d ": "2026-11-22 10:00:00.123 UTC [4711] app@staging ",
    "%t:%r:%u@%d:[%p]: ": "2026-11-22 10:00:00 UTC:10.0.0.1(4711):app@staging:[4711]: ",
    "%m [%p-%l] ": "2026-11-22 10:00:00.123 UTC [4711-3] ",
    "%t [%p]: user=%u,db=%d,app=%a ": "2026-11-22 10:00:00 UTC [4711]: user=a,db=b,app=c ",
    "%n [%p] ": "1795341600.123 [4711] ",
    "a container's": "2026-11-22T10:00:00.123456789Z 2026-11-22 10:00:00.123 UTC [4711] ",
}
ERROR = 'insert or update on table "deployments" violates foreign key constraint "{}"'
DETAIL = 'Key (projectId)=({}) is not present in table "Project".'


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=list(PREFIXES))
def test_other_prefixes(prefix: str) -> None:
    name = FOREIGN_KEY.constraint or ""
    log = f"{prefix}ERROR:  {ERROR.format(name)}\n{prefix}DETAIL:  {DETAIL.format('ghost')}\n"
    ((failure,), reader) = read(log.encode())
    assert (failure.signature, failure.project_id) == (FOREIGN_KEY, "ghost")
    assert failure.at.replace(microsecond=0) == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert reader.entries == 1


def test_lines_of_two_processes_may_alternate() -> None:
    at = "2026-11-22 10:00:00.123 UTC"
    name = FOREIGN_KEY.constraint or ""
    lines = [
        *(f"{at} [{process}] ERROR:  {ERROR.format(name)}" for process in (1, 2)),
        *(f"{at} [{process}] DETAIL:  {DETAIL.format(f'g{process}')}" for process in (2, 1)),
    ]
    failures, _ = read("\n".join(lines).encode())
    assert [each.project_id for each in failures] == ["g1", "g2"]


PRISMA = """2026-11-22T10:00:00.123Z error deploy failed
PrismaClientKnownRequestError:
Invalid `prisma.deployment.create()` invocation:


Foreign key constraint violated on the constraint: `deployments_projectId_fkey`
    at Zn.handleRequestError (/app/node_modules/@prisma/client/runtime/library.js:121:7315) {
  code: 'P2003',
  meta: { modelName: 'Deployment', constraint: 'deployments_projectId_fkey' },
  clientVersion: '6.19.0'
}
2026-11-22T10:00:01.000Z info all quiet
"""


def test_an_application_s_log() -> None:
    ((failure,), _) = read(PRISMA.encode())
    assert failure.signature == Signature(
        "P2003", "deployments_projectId_fkey", "deployment", "create"
    )
    assert failure.at == datetime(2026, 11, 22, 10, 0, 0, 123000, tzinfo=UTC)


def test_an_application_s_log_of_json_lines() -> None:
    error = {"type": "PrismaClientKnownRequestError", "code": "P2003", "message": PRISMA}
    line = {"level": 50, "time": 1795341600123, "projectId": "cmfyok0xv0001l804v6i9h3zz"}
    log = "\n".join(json.dumps({**line, "err": error}) for _ in range(3))
    failures, _ = read(log.encode())
    assert [each.project_id for each in failures] == ["cmfyok0xv0001l804v6i9h3zz"] * 3
    assert failures[0].at == datetime.fromtimestamp(1795341600.123, UTC)


def test_without_a_zone_the_time_is_read_in_the_one_told() -> None:
    log = PRISMA.replace("T10:00:00.123Z", " 10:00:00,123").replace("T10:00:01.000Z", " 10:00:01")
    ((failure,), _) = read(log.encode())
    assert failure.at == datetime(2026, 11, 22, 9, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written_as", "utc_hour"),
    [("2026-10-25 02:30:00.000 CEST", 0), ("2026-10-25 02:30:00.000 CET", 1)],
)
def test_the_hour_that_comes_twice(written_as: str, utc_hour: int) -> None:
    log = f"{written_as} [1] ERROR:  {ERROR.format('x_fkey')}"
    ((failure,), _) = read(log.encode())
    assert failure.at == datetime(2026, 10, 25, utc_hour, 30, tzinfo=UTC)


def test_memory_is_bounded_whatever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    most_line, most_entry = 10_000, 2_000
    monkeypatch.setattr("dashboard.diagnose.failures.entries.MOST_LINE", most_line)
    monkeypatch.setattr("dashboard.diagnose.failures.entries.MOST_ENTRY", most_entry)
    endless = (b"x" * 65_536 for _ in range(10))
    assert max(map(len, entries(endless))) <= most_line
    open_row = [b'2026-11-22 10:00:00.123 UTC,"a","b",1,', *[b'"never closed\n""\n'] * 2_000]
    unlabelled = [b"just a line without a time\n"] * 2_000
    empty = [b"\n" * 1_000] * 50
    begun, below = (
        b"2026-11-22 10:00:00 UTC [1] %s:  x\n" % label for label in (b"ERROR", b"DETAIL")
    )
    for each in (
        open_row,
        unlabelled,
        empty,
        [begun, *[below] * 2_000],
        [*open_row[:1], b'"\n', *empty],
    ):
        assert sum(map(len, each)) > 2 * (most_entry + most_line)
        assert max(map(len, entries(each))) <= most_entry + most_line


def test_a_statement_of_any_length_costs_no_failure() -> None:
    row = (
        '2026-11-22 10:00:00.123 UTC,"u","app",1,"",a.1,1,"INSERT",,,0,ERROR,23503,'
        f'"{ERROR.format("x_fkey").replace(chr(34), chr(34) * 2)}",,,,,,"insert {"x" * 150_000}"'
        ',,,"","client backend",,0\n'
    )
    failures, _ = read(row.encode())
    assert [each.signature.constraint for each in failures] == ["x_fkey"]


def test_concurrent_writers_lose_no_failure(tmp_path: Path) -> None:
    with logging_cluster() as cluster:
        create_database(cluster, "app")

        def write(writer: int) -> None:
            with psycopg.connect(cluster.url("app"), autocommit=True) as connection:
                for number in range(TIMES):
                    fail(connection, INSERT, f"{writer}\n{number}")

        threads = [threading.Thread(target=write, args=(each,)) for each in range(WRITERS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        wanted = {f"{writer}\n{number}" for writer in range(WRITERS) for number in range(TIMES)}
        with psycopg.connect(cluster.url("app"), autocommit=True) as connection:
            for suffix in SUFFIXES:
                failures, _ = read(written(connection, suffix).read_bytes())
                assert len(failures) == WRITERS * TIMES
                assert {each.project_id for each in failures} == wanted

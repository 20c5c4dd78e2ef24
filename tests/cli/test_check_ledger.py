"""`check` and the ledger: what no row alone shows, on real databases."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.cli import main
from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import migrations
from tests.asking import configured
from tests.cli.test_check import peopled
from tests.conftest import Database, MakeDatabase

NAMES = [each.name for each in migrations()]
NEWEST, BEFORE = NAMES[-1], NAMES[-2]
LOCK = 72707369

Check = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "prisma" / "migrations"))


@pytest.fixture
def check(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def judged(url: str, more: str = "") -> Any:
        diagnosis = f"[diagnosis]\nmigrations = {json.dumps(str(folder))}\n"
        settings = configured(tmp_path, {"staging": url}, diagnosis + more)
        main(["check", "--config", str(settings.source), "--json"])
        return json.loads(capsys.readouterr().out)["environments"]["staging"]

    return judged


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return peopled(make_database())


def codes(judged: Any) -> set[str]:
    return {each["code"] for each in judged["findings"]}


def outcomes(judged: Any) -> tuple[str, str, str]:
    prisma = judged["migrations"]["prisma"]
    old, new = (prisma["status"][engine]["outcome"] for engine in ("7.8", "7.9"))
    return old, new, prisma["deploy"]["outcome"]


def test_a_migration_that_runs_holds_the_lock(database: Database, check: Check) -> None:
    database.execute(
        "update _prisma_migrations set finished_at = null where migration_name = %s", NEWEST
    )
    with psycopg.connect(database.url, autocommit=True) as deploying:
        deploying.execute(f"select pg_advisory_lock({LOCK})".encode())
        running = check(database.reader_url)
        assert codes(running) == {"migration-running"}
        assert running["status"] == "unknown"
        assert running["migrations"]["states"][NEWEST] == "running"
        assert outcomes(running) == ("failed", "failed", "error:P1002")
    failed = check(database.reader_url)
    assert codes(failed) == {"failed"}
    assert outcomes(failed) == ("failed", "failed", "P3009")
    database.execute("update _prisma_migrations set finished_at = now()")
    assert check(database.reader_url)["status"] == "ok"


def test_another_lock_of_the_same_database_is_none_of_prisma_s(
    database: Database, make_database: MakeDatabase, check: Check
) -> None:
    database.execute(
        "update _prisma_migrations set finished_at = null where migration_name = %s", NEWEST
    )
    other = make_database()
    for url, lock in ((database.url, f"{LOCK + 1}"), (other.url, f"{LOCK}")):
        with psycopg.connect(url, autocommit=True) as holder:
            holder.execute(f"select pg_advisory_lock({lock})".encode())
            assert codes(check(database.reader_url)) == {"failed"}


def test_a_folder_without_its_script(database: Database, folder: Path, check: Check) -> None:
    script = folder / NEWEST / "migration.sql"
    text = script.read_bytes()
    script.unlink()
    applied = check(database.reader_url)
    assert codes(applied) == {"broken-folder"}
    assert applied["migrations"]["states"][NEWEST] == "broken-folder"
    assert outcomes(applied) == ("error:P3015", "error:P3015", "nothing")
    script.write_bytes(text)
    (folder / "29991231000000_left_behind").mkdir()
    left = check(database.reader_url)
    assert codes(left) == {"broken-folder"}
    assert outcomes(left) == ("pending", "pending", "error:P3015")
    (folder / "29991231000000_left_behind").rmdir()
    assert check(database.reader_url)["status"] == "ok"


@pytest.mark.parametrize("exists", [True, False])
def test_the_wrong_schema(exists: bool, database: Database, check: Check) -> None:
    if exists:
        database.execute("create schema other; grant usage on schema other to dashboard_reader")
    wrong = check(f"{database.reader_url}?schema=other")
    assert wrong["status"] != "ok"
    assert "table-absent" in codes(wrong)
    assert check(f"{database.reader_url}?schema=public")["status"] == "ok"


def test_tables_in_one_schema_and_the_ledger_in_another(database: Database, check: Check) -> None:
    database.execute(
        "create schema other; grant usage on schema other to dashboard_reader;"
        "alter table _prisma_migrations set schema other"
    )
    moved = check(database.reader_url)
    (finding,) = moved["findings"]
    assert finding["code"] == "no-ledger"
    assert "another ledger, in “other”" in [each["fact"] for each in finding["evidence"]]
    assert outcomes(moved) == ("pending", "pending", "P3005")
    database.execute("alter table other._prisma_migrations set schema public")
    assert check(database.reader_url)["status"] == "ok"


@pytest.mark.parametrize("table", ["marker", "ledger"])
@pytest.mark.parametrize("ledger", ["beside the ledger", "in its place"])
def test_prisma_8_is_never_green(database: Database, check: Check, table: str, ledger: str) -> None:
    """Prisma 7's ledger stays behind, inert; the role may see nothing of Prisma 8's schema."""
    if ledger == "in its place":
        database.execute("alter table _prisma_migrations rename to old")
    database.execute(
        f"create schema prisma_contract; create table prisma_contract.{table} (x text)"
    )
    found = check(database.reader_url)
    assert (found["status"], codes(found)) == ("unknown", {"migrations-unknown"})
    assert "Prisma 8 keeps the state of the migrations" in found["findings"][0]["explanation"]
    assert found["migrations"]["states"] == {}
    assert found["migrations"]["prisma"] == {"status": {"7.8": None, "7.9": None}, "deploy": None}
    database.execute("drop schema prisma_contract cascade")
    if ledger == "in its place":
        assert codes(check(database.reader_url)) == {"no-ledger"}
        database.execute("alter table old rename to _prisma_migrations")
    assert check(database.reader_url)["status"] == "ok"


def test_a_schema_of_that_name_with_other_tables_is_not_prisma_8_s(
    database: Database, check: Check
) -> None:
    database.execute("create schema prisma_contract; create table prisma_contract.notes (x text)")
    assert check(database.reader_url)["status"] == "ok"


def test_check_exits_with_3_where_prisma_8_keeps_the_migrations(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database.execute("create schema prisma_contract; create table prisma_contract.ledger (x text)")
    settings = configured(tmp_path, {"staging": database.reader_url})
    assert main(["check", "--config", str(settings.source)]) == 3
    assert "created its tables with another layout" in capsys.readouterr().out


def test_merged_late_and_marked_by_hand(database: Database, check: Check) -> None:
    (checksum,) = database.execute(
        "delete from _prisma_migrations where migration_name = %s returning checksum", BEFORE
    )
    late = check(database.reader_url)
    assert codes(late) == {"pending"}
    assert late["migrations"]["flags"] == {BEFORE: ["out-of-order"]}
    assert "merged late" in late["findings"][0]["explanation"]
    database.execute(
        "insert into _prisma_migrations (id, checksum, migration_name, finished_at, logs)"
        " values ('x', %s, %s, now(), '')",
        *checksum,
        BEFORE,
    )
    marked = check(database.reader_url)
    assert marked["migrations"]["flags"] == {BEFORE: ["by-hand"]}
    assert marked["status"] == "ok"


def test_two_rows_of_one_name_are_both_listed(database: Database, check: Check) -> None:
    database.execute(
        "insert into _prisma_migrations (id, checksum, migration_name, started_at)"
        " select 'again', checksum, migration_name, now() from _prisma_migrations"
        " where migration_name = %s",
        NEWEST,
    )
    (finding,) = check(database.reader_url)["findings"]
    assert (finding["code"], finding["confidence"]) == ("failed", "likely")
    assert len(finding["evidence"]) == 2
    database.execute("update _prisma_migrations set rolled_back_at = now() where id = 'again'")
    assert check(database.reader_url)["status"] == "ok"


MUTE = '[[mute]]\ncode = "{}"\nreason = "known"\nuntil = {}\n'


def test_a_finding_between_environments_is_muted_and_counted(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = {"staging": database.reader_url, "twin": database.reader_url}
    for until, muted in (("2999-01-01", ["same-database"]), ("2020-01-01", [])):
        settings = configured(tmp_path, urls, MUTE.format("same-database", until))
        status = main(["check", "--config", str(settings.source), "--json"])
        answer = json.loads(capsys.readouterr().out)
        assert answer["environments"]["twin"]["muted"] == muted
        assert answer["environments"]["staging"]["muted"] == []
        assert [each["code"] for each in answer["findings"]] == [
            code for code in ["same-database"] if not muted
        ]
        assert status == (0 if muted else 1)


def test_of_two_findings_only_one_is_muted(database: Database, check: Check) -> None:
    database.execute(
        "update _prisma_migrations set checksum = 'x' where migration_name = %s", BEFORE
    )
    database.execute("delete from _prisma_migrations where migration_name = %s", NEWEST)
    both = check(database.reader_url)
    assert (codes(both), both["status"]) == ({"edited", "pending"}, "error")
    one = check(database.reader_url, MUTE.format("pending", "2999-01-01"))
    assert (codes(one), one["status"], one["muted"]) == ({"edited"}, "warning", ["pending"])

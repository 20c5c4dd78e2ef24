"""Migrations are somebody's code: none reaches a file, a program, a network or another database."""

import multiprocessing
import os
import pwd
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.rehearsal import replay, server
from dashboard.rehearsal.replay import Migration
from dashboard.rehearsal.server import Ended, Sandbox

FORBIDDEN = "42501"
WITNESS = "written-by-a-script"
# script → the SQLSTATEs that it may end with
REFUSED: dict[str, tuple[str, ...]] = {
    "copy (select 1) to program 'touch {place}'": (FORBIDDEN,),
    "create table t (a text); copy t from program 'id'": (FORBIDDEN,),
    "copy (select 1) to '{place}'": (FORBIDDEN,),
    "create table t (a text); copy t from '/etc/passwd'": (FORBIDDEN,),
    "select pg_read_file('/etc/passwd')": (FORBIDDEN,),
    "select pg_read_binary_file('/etc/passwd')": (FORBIDDEN,),
    "select pg_ls_dir('/')": (FORBIDDEN,),
    "select pg_stat_file('/etc/passwd')": (FORBIDDEN,),
    "select lo_import('/etc/passwd')": (FORBIDDEN,),
    "select lo_export(lo_from_bytea(0, 'x'), '{place}')": (FORBIDDEN,),
    "create extension dblink": (FORBIDDEN,),
    "create extension postgres_fdw": (FORBIDDEN,),
    "create extension file_fdw": (FORBIDDEN,),
    "create function f() returns int language c as 'libc', 'getpid'": (FORBIDDEN,),
    "create function f() returns int language internal as 'pg_backend_pid'": (FORBIDDEN,),
    "load 'auto_explain'": (FORBIDDEN, "58P01"),
    "load '/tmp/x.so'": (FORBIDDEN,),
    "alter system set listen_addresses = '*'": (FORBIDDEN, "0A000"),
    "set role postgres": (FORBIDDEN,),
    "set session authorization postgres": (FORBIDDEN,),
    "set session_replication_role = replica": (FORBIDDEN,),
    "create role more superuser login": (FORBIDDEN,),
    "alter role rehearsal superuser": (FORBIDDEN,),
    "grant pg_execute_server_program to rehearsal": (FORBIDDEN,),
    "create database more": (FORBIDDEN, "25001"),
    "create subscription s connection 'host=127.0.0.1' publication p": (FORBIDDEN, "25001"),
    "create tablespace t location '/tmp'": (FORBIDDEN, "25001"),
    "create event trigger e on ddl_command_start execute function f()": (FORBIDDEN, "42883"),
    "select rolpassword from pg_authid": (FORBIDDEN,),
    "select pg_reload_conf()": (FORBIDDEN,),
    "select pg_rotate_logfile()": (FORBIDDEN,),
    "update pg_catalog.pg_class set relname = 'x'": (FORBIDDEN,),
    "set temp_file_limit = -1": (FORBIDDEN,),
    "select array_fill('x'::text, array[1000, 1000, 1000, 10])": ("54000",),
}  # fmt: skip


@pytest.fixture
def database(sandbox: Sandbox) -> Iterator[str]:
    sandbox.create("hostile", "public")
    yield "hostile"
    sandbox.drop("hostile")


def failure(sandbox: Sandbox, database: str, script: str) -> replay.Failure | None:
    done = replay.run(sandbox, database, [Migration("1", script)], "public")
    return done.outcomes[0].failure


@pytest.mark.parametrize("script", REFUSED)
def test_what_reaches_out_is_refused(
    sandbox: Sandbox, database: str, script: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    place = tmp_path / WITNESS
    failed = failure(sandbox, database, script.replace("{place}", str(place)))
    assert failed is not None
    assert failed.sqlstate in REFUSED[script], failed
    assert not place.exists()


def test_a_language_that_is_not_here_is_none(sandbox: Sandbox, database: str) -> None:
    """An extension that the server lacks is made of nothing."""
    script = (
        "create extension plpython3u; create function f() returns int language plpython3u as ''"
    )
    failed = failure(sandbox, database, script)
    assert failed
    assert failed.sqlstate == "42704"


def test_no_network_and_no_privilege(sandbox: Sandbox, database: str) -> None:
    with sandbox.connect(database) as connection:
        told = connection.execute(
            "select current_setting('listen_addresses'), rolsuper, rolcreatedb, rolcreaterole,"
            " rolreplication, rolbypassrls, rolinherit from pg_roles where rolname = current_user"
        ).fetchone()
        assert told == ("", False, False, False, False, False, False)
        assert connection.execute("select inet_server_addr()").fetchone() == (None,)


def test_a_script_enters_no_database_but_its_own(sandbox: Sandbox, database: str) -> None:
    for other in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            sandbox.connect(other)


def test_the_server_is_told_no_secret(monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    monkeypatch.setenv("CONNECTIONS__STAGING__URL", "postgresql://somebody:secret@db/app")
    monkeypatch.setenv("PGPASSWORD", "secret")
    with Sandbox(kept) as running:
        assert running._server
        environment = Path(f"/proc/{running._server.pid}/environ").read_bytes()
    assert b"secret" not in environment


class TestWatch:
    """What no setting stops ends with the server, which is then another one."""

    @pytest.fixture
    def own(self, kept: Path) -> Iterator[Sandbox]:
        with Sandbox(kept) as running:
            running.create("hostile", "public")
            yield running

    @pytest.mark.parametrize(
        "script",
        [
            "set statement_timeout = 0; select pg_sleep(1000)",
            "set statement_timeout = 0; do $$ begin loop null; end loop; end $$",
            "set statement_timeout = 0; select count(*)"
            " from generate_series(1, 1000000) as a, generate_series(1, 1000000) as b",
        ],
    )
    def test_a_script_without_end(self, own: Sandbox, script: str) -> None:
        began = time.monotonic()
        with pytest.raises(Ended, match="longer than 1 seconds"), own.watched(1.0):
            failure(own, "hostile", script)
        assert time.monotonic() - began < 10
        own.stop()
        own.start()
        own.create("hostile", "public")
        assert failure(own, "hostile", "create table t (a int)") is None

    def test_a_full_disk(self, own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server, "DISK_LIMIT_BYTES", 150 << 20)
        script = "create table t as select repeat(md5(n::text), 50) from generate_series(1, 9e9) n"
        with pytest.raises(Ended, match="writes more"), own.watched(60.0):
            failure(own, "hostile", f"set statement_timeout = 0; {script}")

    def test_one_large_file(self, own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server, "FILE_LIMIT_BYTES", 60 << 20)
        own.stop()
        own.start()
        own.create("hostile", "public")
        script = "create table t as select repeat(md5(n::text), 50) from generate_series(1, 9e5) n"
        failed = failure(own, "hostile", script)
        assert failed
        assert failed.sqlstate in ("53100", "XX000"), failed
        assert failure(own, "hostile", "create table t (a int)") is None

    def test_memory(self, own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server, "MEMORY_LIMIT_BYTES", 400 << 20)
        own.stop()
        own.start()
        own.create("hostile", "public")
        script = """do $$ declare a text[] := '{}'; begin
            loop a := a || repeat('x', 1000000); end loop; end $$"""
        failed = failure(own, "hostile", f"set statement_timeout = 0; {script}")
        assert failed
        assert failed.sqlstate in ("53200", "54000"), failed
        assert failure(own, "hostile", "create table t (a int)") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_normal_user_rehearses(tmp_path_factory: pytest.TempPathFactory) -> None:
    # forked: nobody may be unable to reach the interpreter
    child = multiprocessing.get_context("fork").Process(target=rehearse_as_nobody)
    child.start()
    child.join(60)
    assert child.exitcode == 0


def rehearse_as_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    keep = Path(f"/tmp/rehearsal-of-nobody-{os.getpid()}")
    for _ in range(2):  # the second one copies what the first kept
        with Sandbox(keep) as running:
            running.create("own", "public")
            assert failure(running, "own", "create table t (a int)") is None
            refused = failure(running, "own", "copy t from program 'id'")
            assert refused
            assert refused.sqlstate == FORBIDDEN

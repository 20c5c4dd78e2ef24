"""Scripts are applied as Prisma does, and what a platform would have had is made and said."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.postgres import cluster
from dashboard.rehearsal import catalog, replay
from dashboard.rehearsal.replay import Migration, Outcome
from dashboard.rehearsal.server import Sandbox
from dashboard.rehearsal.worker import NO_ROOM, Worker

Replayed = Callable[..., tuple[list[Outcome], SchemaImage]]


@pytest.fixture
def replayed(sandbox: Sandbox) -> Iterator[Replayed]:
    def run(*scripts: str, schema: str = "public") -> tuple[list[Outcome], SchemaImage]:
        sandbox.drop("replayed")
        migrations = [Migration(f"{place}", each) for place, each in enumerate(scripts)]
        done = replay.replay(sandbox, "replayed", migrations, schema)
        with sandbox.connect("replayed") as connection:
            return done.outcomes, catalog.read(connection, [schema])

    yield run
    sandbox.drop("replayed")


def test_a_script_is_one_transaction(replayed: Replayed) -> None:
    outcomes, image = replayed("create table a (x int); create table a (y int);")
    assert outcomes[0].failure.sqlstate == "42P07"
    assert list(image.all("relation")) == []


def test_what_comes_before_its_own_commit_stays(replayed: Replayed) -> None:
    outcomes, image = replayed("begin; create table a (x int); commit; create table a (y int);")
    assert outcomes[0].failure.sqlstate == "42P07"
    assert ("relation", "public", "a") in image.objects


def test_concurrently_works_alone_only(replayed: Replayed) -> None:
    table, index = "create table a (x int);", "create index concurrently i on a (x);"
    assert [each.failure for each in replayed(table, index)[0]] == [None, None]
    assert replayed(table, f"{index} select 1;")[0][1].failure.sqlstate == "25001"


def test_a_label_is_not_used_where_it_is_added(replayed: Replayed) -> None:
    made = "create type e as enum ('a'); create table t (x e);"
    outcomes, _ = replayed(
        made, "alter type e add value 'b'; alter table t alter x set default 'b';"
    )
    assert outcomes[1].failure.sqlstate == "55P04"


def test_nothing_is_applied_behind_a_failure(replayed: Replayed) -> None:
    outcomes, _ = replayed("select 1/0", "create table a (x int)")
    assert [each.name for each in outcomes] == ["0"]


def test_roles_and_schemas_are_made_and_said(replayed: Replayed) -> None:
    outcomes, _ = replayed(
        "create table a (x int); grant select on a to web_anon;", "create table other.b (x int);"
    )
    assert outcomes[0].assumed == ('role "web_anon"',)
    assert outcomes[1].assumed == ('schema "other"',)


def test_extensions_that_the_wheel_lacks(replayed: Replayed) -> None:
    outcomes, image = replayed(
        'create extension "uuid-ossp"; create extension if not exists pgcrypto;'
        "create table a (id uuid default uuid_generate_v4(), h text default crypt('a', 'b'));",
        "create extension vector; create table b (v vector(3)); create index on b"
        " using hnsw (v vector_l2_ops);",
        "create extension postgis;",
    )
    assert [each.failure for each in outcomes] == [None] * 3
    assert outcomes[2].assumed == ('extension "postgis", empty',)
    assert image.objects[("column", "public", "b", "v")].type == "vector(3)"


def test_a_platform_is_known_by_its_schema(replayed: Replayed) -> None:
    outcomes, _ = replayed(
        'create extension if not exists "uuid-ossp" with schema extensions;'
        "create table a (id uuid default extensions.uuid_generate_v4(),"
        " by uuid references auth.users);"
        "create policy own on a to authenticated using (auth.uid() = by);"
    )
    assert outcomes[0].failure is None
    assert "Supabase" in outcomes[0].assumed[-1]


def test_another_schema_than_public(replayed: Replayed) -> None:
    _, image = replayed("create table a (x int primary key)", schema="tenant 1")
    assert ("constraint", "tenant 1", "a", "a_pkey") in image.objects


def test_a_session_is_left_as_it_was(replayed: Replayed) -> None:
    outcomes, image = replayed(
        "set search_path = ''; create table public.a (x int);",
        "create table b (x int); begin;",
        "create table c (x int);",
    )
    assert [each.failure for each in outcomes] == [None] * 3
    assert [key[2] for key, _ in image.all("relation")] == ["a", "b", "c"]


class TestWorker:
    @pytest.fixture
    def worker(self, kept: Path) -> Iterator[Worker]:
        made = Worker(kept)
        yield made
        made.stop()

    def test_ends_what_takes_too_long_and_goes_on(self, worker: Worker) -> None:
        endless = [["1", "set statement_timeout = 0; select pg_sleep(1000)"]]
        told = worker.answer(
            {"do": "expect", "schema": "public", "migrations": endless, "seconds": 1}
        )
        assert told == {"cannot": "the rehearsal was ended, as it takes longer than 1 seconds"}
        fine = [["1", "create table a (x int)"]]
        told = worker.answer(
            {"do": "expect", "schema": "public", "migrations": fine, "seconds": 20}
        )
        assert [each["failure"] for each in told["outcomes"]] == [None]

    def test_does_without_what_cannot_be_kept(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        worker = Worker(tmp_path / "file" / "below")
        told = worker.answer({"do": "expect", "schema": "public", "migrations": [], "seconds": 20})
        worker.stop()
        assert told["outcomes"] == []

    def test_says_that_there_is_no_room(self, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object, **__: object) -> str:
            raise FileNotFoundError("No usable temporary directory found")

        monkeypatch.setattr(cluster.tempfile, "mkdtemp", full)
        told = Worker(kept).answer(
            {"do": "expect", "schema": "public", "migrations": [], "seconds": 20}
        )
        assert told == {"cannot": NO_ROOM}

    def test_replays_once(self, worker: Worker) -> None:
        request = {"do": "expect", "schema": "public", "migrations": [["1", ""]], "seconds": 20}
        worker.answer(request)
        (kept,) = worker._expected.values()
        worker.answer(request)
        assert list(worker._expected.values()) == [kept]
        for place in range(6):
            worker.answer({**request, "migrations": [[f"{place}", ""]]})
        assert len(worker._expected) == 4

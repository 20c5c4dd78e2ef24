"""A verdict on a real database, and what comes of it in a copy made of its catalog alone."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.proving import Prover
from dashboard.diagnose.lookup.claims import Claim, claim_of
from dashboard.diagnose.lookup.proof import Proof, cannot
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.migrations.schema.excerpt import Do, Row, Write
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.diagnose.paste import Sought, read
from dashboard.postgres.cluster import Cluster, system_binaries
from dashboard.rehearsal import catalog, client
from dashboard.rehearsal.client import Rehearsals
from dashboard.rehearsal.server import Sandbox
from dashboard.rehearsal.worker import Worker
from dashboard.settings import Settings
from tests import servers
from tests.asking import collecting, configured
from tests.collect.test_odd_schemas import UUID, rebuild
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import (
    ID,
    OWNER,
    P2003,
    add_deployment,
    add_owner,
    add_project,
    logged,
    with_id,
)
from tests.repetitions import repetition

pytestmark = pytest.mark.usefixtures("throw_away")

KEY = "deployments_projectId_fkey"
REPLAYED = f"Replayed: the insert fails with 23503 on {KEY}; with the project created it succeeds."
SECOND = (
    'ERROR:  duplicate key value violates unique constraint "deployments_projectId_key"\n'
    f'DETAIL:  Key ("projectId")=({ID}) already exists.'
)


@pytest.fixture(scope="module", params=["18", repetition("installed")])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The embedded server, and the one that is installed on the machine."""
    if request.param == "18":
        yield request.getfixturevalue("embedded")
        return
    found = system_binaries()
    if found is None:
        pytest.skip("no PostgreSQL is installed on this machine")
    with servers.empty(found) as running:
        yield running


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()


def proof(
    database: Database, folder: Path, text: str = ID, *, code: str | None = None
) -> Proof | None:
    with collecting(_rehearsing(database, folder)) as collector:
        return proven(collector, text, code)


def _rehearsing(database: Database, folder: Path) -> Settings:
    return configured(folder, {"staging": database.reader_url}, "[rehearsal]\nenabled = true\n")


def proven(collector: Collector, text: str, code: str | None = None) -> Proof | None:
    claim = claimed(collector, text, code)
    if isinstance(claim, CannotRehearse):
        return cannot(claim.reason)
    return claim and Prover(collector.settings, collector.fleet).prove(claim)


def claimed(
    collector: Collector, text: str, code: str | None = None
) -> Claim | CannotRehearse | None:
    paste = read(text, Sought(collector.settings.constraint))
    environment = collector.settings.databases["staging"].environment
    evidence = collector.evidence(paste, environment, dict(collector.look_up(paste)))
    verdict = diagnose(evidence).verdict
    assert code in (None, verdict.code)
    return claim_of(evidence, verdict)


def summary(database: Database, folder: Path, text: str = ID, code: str | None = None) -> str:
    told = proof(database, folder, text, code=code)
    assert told
    return told.summary


class TestVerdicts:
    def test_a_missing_project(self, database: Database, tmp_path: Path) -> None:
        told = proof(database, tmp_path, code="stale-project-id")
        assert told
        assert told.summary == REPLAYED
        assert told.to_json() | {"left_out": []} == {
            "summary": REPLAYED,
            "reproduced": True,
            "sqlstate": "23503",
            "named": KEY,
            "fixed": True,
            "left_out": [],
            "copy": None,
        }
        assert "foreign key Project_teamId_fkey" in told.left_out

    def test_a_second_deployment(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        add_deployment(database)
        assert summary(database, tmp_path, SECOND, "already-deployed") == (
            "Replayed: the insert fails with 23505 on deployments_projectId_key; without the"
            " deployment that is there it succeeds."
        )

    def test_an_index_that_has_gone_since(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        database.execute('drop index "deployments_projectId_key"')
        assert summary(database, tmp_path, SECOND, "already-deployed") == (
            "Not reproducible here: no unique index is on deployments.projectId any more."
        )

    def test_a_request_without_a_project(self, database: Database, tmp_path: Path) -> None:
        error = 'null value in column "projectId" of relation "deployments" violates not-null'
        text = f"ERROR: {error} constraint"
        assert summary(database, tmp_path, text, "null-project") == (
            "Replayed: the insert fails with 23502 on projectId; with a project named it succeeds."
        )

    def test_a_project_that_something_refers_to(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        database.execute(
            f'alter table deployments drop constraint "{KEY}";'
            f'alter table deployments add constraint "{KEY}" foreign key ("projectId")'
            ' references "Project" (id)'
        )
        text = (
            'update or delete on table "Project" violates foreign key constraint'
            f' "{KEY}" on table "deployments"\n'
            f'DETAIL:  Key (id)=({ID}) is still referenced from table "deployments".'
        )
        assert summary(database, tmp_path, text, "reverse-direction") == (
            f"Replayed: the delete fails with 23503 on {KEY}; without the row of deployments it"
            " succeeds."
        )

    def test_a_second_foreign_key(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        database.execute(
            "create table archive (id text primary key); grant select on archive to public;"
            'alter table deployments add constraint "old_fkey" foreign key ("projectId")'
            " references archive (id)"
        )
        assert summary(database, tmp_path, code="double-fk") == (
            "Replayed: the insert fails with 23503 on old_fkey; with the project in archive, too,"
            " it succeeds."
        )

    def test_a_foreign_key_of_another_table(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            "create table room (id integer primary key); grant select on room to public;"
            "create table chair (id integer primary key, room integer not null,"
            " constraint chair_room_fkey foreign key (room) references room);"
            "grant select on chair to public"
        )
        text = (
            'insert or update on table "chair" violates foreign key constraint "chair_room_fkey"\n'
            'DETAIL:  Key (room)=(42) is not present in table "room".'
        )
        assert "23503 on chair_room_fkey" in summary(database, tmp_path, text)

    def test_an_id_with_a_slip_in_it(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        assert summary(database, tmp_path, ID.upper(), "id-case") == (
            f"Replayed: the insert fails with 23503 on {KEY}; with a project of this ID it"
            " succeeds."
        )

    def test_an_id_that_was_sent_with_more(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        text = logged("2026-10-05 12:00:00.000", f"{ID} ")
        assert summary(database, tmp_path, text, "id-dirty-in-app") == (
            f"Replayed: the insert fails with 23503 on {KEY}; with the project's own ID it"
            " succeeds."
        )

    def test_a_key_to_another_table(self, make_database: MakeDatabase, tmp_path: Path) -> None:
        here, there = make_database(), make_database()
        add_project(here)
        here.execute(
            'create schema legacy; create table legacy."Project" (id text primary key);'
            "grant usage on schema legacy to dashboard_reader;"
            'grant select on legacy."Project" to dashboard_reader;'
            f'alter table deployments drop constraint "{KEY}";'
            f'alter table deployments add constraint "{KEY}" foreign key ("projectId")'
            ' references legacy."Project" (id)'
        )
        urls = {"staging": here.reader_url, "local": there.reader_url}
        with collecting(configured(tmp_path, urls, "[rehearsal]\nenabled = true\n")) as collector:
            told = proven(collector, with_id(P2003), "wrong-target")
        assert told
        assert told.summary == (
            f"Replayed: the insert fails with 23503 on {KEY}; with the project in legacy.Project it"
            " succeeds."
        )

    def test_what_is_not_about_a_write_is_not_put_to_the_proof(
        self, database: Database, tmp_path: Path
    ) -> None:
        add_project(database)
        assert proof(database, tmp_path, code="project-present") is None
        assert proof(database, tmp_path, "nothing at all", code="no-id") is None

    def test_an_error_that_names_no_column_is_about_none(
        self, database: Database, tmp_path: Path
    ) -> None:
        add_project(database)
        text = f'{{"code":"P2002","projectId":"{ID}"}}'
        assert proof(database, tmp_path, text, code="not-explained") is None

    def test_a_value_of_another_column_that_is_taken(
        self, database: Database, tmp_path: Path
    ) -> None:
        text = SECOND.replace("projectId", "appId").replace(ID, "app_1")
        assert summary(database, tmp_path, text, "appid-taken") == (
            "Replayed: the insert fails with 23505 on deployments_appId_key; without the"
            " deployment that has the value it succeeds."
        )

    def test_a_delete_that_would_clear_a_key(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            f'alter table deployments drop constraint "{KEY}";'
            f'alter table deployments add constraint "{KEY}" foreign key ("projectId")'
            ' references "Project" (id) on delete set null'
        )
        text = (
            'ERROR:  null value in column "projectId" of relation "deployments" violates not-null'
            ' constraint\nCONTEXT:  SQL statement "UPDATE ONLY "public"."deployments" SET'
            ' "projectId" = NULL WHERE $1 OPERATOR(pg_catalog.=) "projectId""'
        )
        assert summary(database, tmp_path, text, "null-by-cascade") == (
            "Replayed: the delete fails with 23502 on projectId; without the row of deployments it"
            " succeeds."
        )


class TestShapes:
    @pytest.mark.parametrize(
        ("key_type", "text"),
        [
            ("uuid", UUID),
            ("bigint", "123456789"),
            ("varchar(40)", ID),
            ("citext", ID),
            ('"Short"', ID),
        ],
    )
    def test_keys_of_other_types(
        self, database: Database, tmp_path: Path, key_type: str, text: str
    ) -> None:
        database.execute(
            "create extension if not exists citext;"
            "create domain \"Short\" as text check (length(value) < 60 and value <> '0')"
        )
        rebuild(database, key_type)
        assert summary(database, tmp_path, text) == REPLAYED

    def test_everything_else_is_neutral(self, database: Database, tmp_path: Path) -> None:
        """Columns of every kind that have to be filled, and must not be in the way."""
        database.execute(
            "create type \"Colour\" as enum ('red', 'blue');"
            "create domain code as text not null check (value ~ '^[A-Z]{3}$');"
            "create function made_up() returns text language sql as 'select ''x''';"
            'alter table deployments add colour "Colour" not null, add colours "Colour"[] not null,'
            " add code code, add made text not null default made_up(),"
            " add twice integer generated always as (3 * 2) stored,"
            " add number integer not null generated always as identity,"
            " add short varchar(2) not null, add one char(1) not null, add at timestamptz not null,"
            " add whole jsonb not null, add place point not null, add flags bit(3) not null,"
            " add span int4range not null, add day date not null default current_date,"
            " add checked integer not null check (checked > 5), add address inet not null"
        )
        told = proof(database, tmp_path)
        assert told
        assert told.summary == REPLAYED
        assert "check deployments_checked_check" in told.left_out

    def test_other_unique_keys_are_not_in_the_way(self, database: Database, tmp_path: Path) -> None:
        add_project(database)
        database.execute(
            "alter table deployments add slug text not null default '' unique,"
            " add sort integer not null unique, add flag text,"
            ' add constraint both_key unique ("projectId", sort)'
        )
        assert "23505 on deployments_projectId_key" in summary(database, tmp_path, SECOND)

    def test_a_partial_index_that_a_default_falls_under(
        self, database: Database, tmp_path: Path
    ) -> None:
        add_project(database)
        database.execute(
            'drop index "deployments_projectId_key";'
            "create type state as enum ('new', 'old');"
            "alter table deployments add state state not null default 'new';"
            'create unique index "deployments_projectId_key" on deployments ("projectId")'
            " where state = 'new'"
        )
        assert "23505 on deployments_projectId_key" in summary(database, tmp_path, SECOND)

    def test_a_key_that_is_switched_off(self, database: Database, tmp_path: Path) -> None:
        database.execute("alter table deployments disable trigger all")
        assert summary(database, tmp_path) == (
            f"Not reproducible here: {KEY} is switched off in staging."
        )

    def test_deletes_that_are_not_checked_are_another_matter(
        self, database: Database, tmp_path: Path
    ) -> None:
        database.execute('alter table "Project" disable trigger all')
        assert summary(database, tmp_path) == REPLAYED

    def test_a_key_that_is_gone(self, make_database: MakeDatabase, tmp_path: Path) -> None:
        here, there = make_database(), make_database()
        here.execute(f'alter table deployments drop constraint "{KEY}"')
        urls = {"staging": here.reader_url, "local": there.reader_url}
        with collecting(configured(tmp_path, urls, "[rehearsal]\nenabled = true\n")) as collector:
            told = proven(collector, ID)
        assert told
        assert told.summary == f"Not reproducible here: staging has no foreign key {KEY}."

    def test_a_key_that_is_not_enforced(self, database: Database, tmp_path: Path) -> None:
        if database.connection.info.server_version < 180000:
            pytest.skip("keys are always enforced there")
        database.execute(f'alter table deployments alter constraint "{KEY}" not enforced')
        assert summary(database, tmp_path) == (
            f"Not reproducible here: {KEY} is switched off in staging."
        )

    def test_a_key_that_was_not_validated(self, database: Database, tmp_path: Path) -> None:
        """It lets old rows be, and no new one."""
        database.execute(
            f'alter table deployments drop constraint "{KEY}";'
            f'alter table deployments add constraint "{KEY}" foreign key ("projectId")'
            ' references "Project" (id) not valid'
        )
        assert summary(database, tmp_path) == REPLAYED

    def test_a_key_that_is_checked_at_the_end(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            f'alter table deployments drop constraint "{KEY}";'
            f'alter table deployments add constraint "{KEY}" foreign key ("projectId")'
            ' references "Project" (id) deferrable initially deferred'
        )
        assert summary(database, tmp_path) == REPLAYED

    def test_tables_that_refer_to_themselves(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            "alter table deployments add before text not null references deployments;"
            'alter table "Project" add above text references "Project"'
        )
        told = proof(database, tmp_path)
        assert told
        assert told.summary == REPLAYED
        assert "foreign key deployments_before_fkey" in told.left_out

    def test_a_partitioned_table(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            "drop table deployments;"
            'create table deployments (id text, "projectId" text not null, at date not null,'
            f' primary key (id, at), constraint "{KEY}" foreign key ("projectId")'
            ' references "Project" (id)) partition by range (at);'
            "create table deployments_2026 partition of deployments"
            " for values from ('2026-01-01') to ('2027-01-01');"
            'create index on deployments ("projectId"); grant select on deployments to public'
        )
        assert summary(database, tmp_path) == REPLAYED

    def test_tables_of_several_schemas(self, database: Database, tmp_path: Path) -> None:
        """Also types that a search_path alone would find, and names that are twice there."""
        database.execute(
            "create schema shop; grant usage on schema shop to public;"
            "create type shop.kind as enum ('a'); create type kind as enum ('b');"
            'drop table deployments; drop table "Project" cascade;'
            'create table shop."Project" (id text primary key, kind shop.kind not null, k kind);'
            'create table deployments (id text primary key, "projectId" text not null, k kind'
            f' not null, constraint "{KEY}" foreign key ("projectId")'
            ' references shop."Project" (id));'
            'create index on deployments ("projectId");'
            'grant select on deployments, shop."Project" to public'
        )
        assert summary(database, tmp_path) == REPLAYED

    def test_a_key_of_several_columns(self, database: Database, tmp_path: Path) -> None:
        database.execute(
            'drop table deployments; drop table "Project" cascade;'
            'create table "Project" (region text, id bigint, primary key (region, id));'
            'create table deployments (id text primary key, "projectRegion" text not null,'
            f' "projectId" bigint not null, constraint "{KEY}"'
            ' foreign key ("projectRegion", "projectId") references "Project" (region, id));'
            'create index on deployments ("projectRegion", "projectId");'
            'grant select on deployments, "Project" to public'
        )
        text = (
            f'insert or update on table "deployments" violates foreign key constraint "{KEY}"\n'
            'DETAIL:  Key (projectRegion, projectId)=(eu, 42) is not present in table "Project".'
        )
        assert summary(database, tmp_path, text) == REPLAYED

    def test_names_that_nobody_would_give(self, database: Database, tmp_path: Path) -> None:
        """Nothing of them is read as SQL, nor as a place for a value."""
        database.execute(
            'alter table deployments rename "projectId" to "a""b % $1 {} ; drop";'
            'alter table "Project" rename to "P \'x\' %s ""y""";'
            'alter table deployments add "select" text not null, add "ü ☃" text not null unique'
        )
        told = proof(database, tmp_path)
        assert told
        assert (told.reproduced, told.fixed) == (True, True)

    @pytest.mark.parametrize(
        "value", ["x'; drop table deployments; --", "%s {} $1 \\", "☃" * 40, "NULL", "null"]
    )
    def test_values_that_nobody_would_give(
        self, database: Database, tmp_path: Path, value: str
    ) -> None:
        claim = replace(
            _missing(database, tmp_path), attempt=_child(value), remedy=(_parent(value),)
        )
        with collecting(_rehearsing(database, tmp_path)) as collector:
            told = Prover(collector.settings, collector.fleet).prove(claim)
        assert told.summary == REPLAYED


def _missing(database: Database, folder: Path) -> Claim:
    with collecting(_rehearsing(database, folder)) as collector:
        claim = claimed(collector, ID)
    assert isinstance(claim, Claim)
    return claim


def _child(value: str) -> Write:
    return Write(Do.INSERT, Row(("public", "deployments"), (("projectId", value),)), tried=True)


def _parent(value: str) -> Write:
    return Write(Do.INSERT, Row(("public", "Project"), (("id", value),)))


class TestCopies:
    def both(self, here: Database, there: Database, folder: Path) -> Proof:
        urls = {"staging": here.reader_url, "local": there.reader_url}
        with collecting(configured(folder, urls, "[rehearsal]\nenabled = true\n")) as collector:
            told = proven(collector, with_id(P2003), "environment-mismatch")
        assert told
        assert told.copy
        return told

    def test_a_plan_goes_in(self, make_database: MakeDatabase, tmp_path: Path) -> None:
        here, there = make_database(), make_database()
        add_owner(here)
        add_project(there)
        told = self.both(here, there, tmp_path)
        assert told.summary == REPLAYED
        assert told.copy
        assert told.copy.rehearsed
        assert told.copy.summary == (
            "Copy from local rehearsed: its rows go in, and then the insert succeeds."
        )
        assert OWNER not in str(told)

    def test_the_rows_that_it_refers_to_go_in_first(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        """Over several tables, one of them twice, one to itself, and keys of several types."""
        here, there = make_database(), make_database()
        for each in (here, there):
            each.execute(
                "create schema org; create type org.level as enum ('a', 'b');"
                "create table org.area (level org.level, at date, primary key (level, at));"
                "create table org.unit (id uuid primary key, area org.level not null, at date"
                " not null, above uuid references org.unit, name varchar(3) not null unique,"
                " foreign key (area, at) references org.area (level, at));"
                'alter table "Project" add unit uuid references org.unit,'
                " add reviewing uuid references org.unit;"
                "grant usage on schema org to dashboard_reader;"
                "grant select on all tables in schema org to dashboard_reader"
            )
        add_owner(here)
        add_project(there)
        told = self.both(here, there, tmp_path)
        assert told.copy
        assert told.copy.summary == (
            "Copy from local rehearsed: its rows go in, and then the insert succeeds."
        )
        assert not [each for each in told.copy.left_out if "unit" in each and "above" not in each]

    def test_a_row_that_nobody_can_make_up_is_said(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        here, there = make_database(), make_database()
        for each in (here, there):
            each.execute(
                "create table code (id bit(3) primary key); grant select on code to public;"
                'alter table "Project" add code bit(3) references code'
            )
        add_owner(here)
        add_project(there)
        told = self.both(here, there, tmp_path)
        assert told.summary == REPLAYED
        assert told.copy
        assert told.copy.summary == (
            "Copy from local not rehearsed: no value is known for code.id."
        )

    def test_a_column_that_only_the_target_demands(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        here, there = make_database(), make_database()
        here.execute('alter table "Project" add made text not null default md5(random()::text)')
        here.execute('alter table "Project" add size integer not null default 3 check (size > 2)')
        add_owner(here)
        add_project(there)
        told = self.both(here, there, tmp_path)
        assert told.copy
        assert told.copy.succeeds

    def test_a_plan_that_would_be_stopped(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        """What only the target demands of the key itself."""
        here, there = make_database(), make_database()
        add_owner(here)
        add_project(there)
        here.execute("alter table \"Project\" add constraint ours check (id like 'x%')")
        told = self.both(here, there, tmp_path)
        assert told.copy
        assert told.copy.summary == "Copy from local rehearsed: its row fails with 23514 on ours."
        assert told.summary.endswith("; to put that right fails with 23514 on ours.")
        assert told.fixed is False


class TestSafety:
    def test_no_value_stays(self, sandbox: Sandbox) -> None:
        """Neither as a database nor in what the server writes down."""
        image = _small(sandbox)
        worker = Worker(Path())
        worker._sandbox = sandbox
        told = worker.answer(_request(image, "hush-hush-value"))
        assert [each and each["sqlstate"] for each in told["outcomes"]] == ["23503", None, None]
        with sandbox._superuser("postgres") as connection:
            names = {name for (name,) in connection.execute("select datname from pg_database")}
        assert "proof" not in names
        assert b"hush-hush-value" not in sandbox.beside("server.log").read_bytes()

    def test_a_check_that_does_not_end_ends_the_server(
        self, rehearsals: Rehearsals, database: Database, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(client, "SECONDS_A_PROOF", 0.5)
        database.execute(
            'alter table deployments add constraint slow check ("projectId" is null'
            " or pg_sleep(30)::text is null)"
        )
        told = proof(database, tmp_path)
        assert told
        assert "it takes longer than 0.5 seconds" in told.summary
        monkeypatch.undo()
        assert isinstance(rehearsals.replay("public", ()), client.Replayed)

    def test_a_worker_that_is_killed_is_no_error(
        self, rehearsals: Rehearsals, database: Database, tmp_path: Path
    ) -> None:
        claim = _missing(database, tmp_path)
        rehearsals.replay("public", ())
        process = rehearsals._process
        assert process
        exchanged = rehearsals._exchange

        def killed(line: bytes, seconds: float) -> bytes | None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return exchanged(line, seconds) if rehearsals._process is not process else None

        with collecting(_rehearsing(database, tmp_path)) as collector:
            prover = Prover(collector.settings, collector.fleet)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(rehearsals, "_exchange", killed)
                assert prover.prove(claim) == cannot(client.BROKEN.reason)
            assert prover.prove(claim).summary == REPLAYED

    def test_a_database_that_does_not_answer_is_told(
        self, database: Database, tmp_path: Path
    ) -> None:
        claim = _missing(database, tmp_path)
        settings = configured(
            tmp_path, {"staging": "postgresql://x@127.0.0.1:1/x"}, "[rehearsal]\nenabled = true\n"
        )
        with collecting(settings) as collector:
            told = Prover(settings, collector.fleet).prove(claim)
        assert told.summary.startswith("Not reproducible here: ")
        assert not told.reproduced


def _small(sandbox: Sandbox) -> SchemaImage:
    sandbox.create("small", "public")
    with sandbox.connect("small") as connection:
        connection.execute(
            "create table p (id text primary key); create table c (p text references p)"
        )
        image = catalog.read(connection, ["public"])
    sandbox.drop("small")
    return image


def _request(image: SchemaImage, value: str) -> dict[str, object]:
    child = {"do": "insert", "table": ["public", "c"], "values": {"p": value}, "tried": True}
    parent = {"do": "insert", "table": ["public", "p"], "values": {"id": value}, "tried": False}
    return {
        "do": "prove", "seconds": 9, "image": image.to_json(), "steps": [child, parent, child],
    }  # fmt: skip

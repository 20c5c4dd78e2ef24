"""A database whose every name is an attack: asked, judged and shown like any other."""

import json
from pathlib import Path

import pytest
from psycopg import sql

from dashboard import cli, serving
from tests.conftest import Database, MakeDatabase
from tests.hostile.test_command_line import harmless
from tests.hostile.test_pages import harmless as harmless_page
from tests.show.opening import open_page

SCHEMA = 's"; drop schema public; -- %s'
PARENT = 'Pro"ject <b>%(id)s</b>'
CHILD = "=deploy\n**ments** {x} :red[y]"
KEY = "project\\Id' \u202e :id"
CONSTRAINT = 'x"_%s <img src=x>_fkey'
MIGRATION = '20250101000000_=cmd|"<script>\x1b[31m'
LOG = "ERROR: <script>window.hit=1</script> \x1b[2J [a](javascript:1)\nsecond"
PAGES = ("health", "lookup", "failures", "orphans", "migrations")
STATEMENTS = """
create schema {schema};
create table {schema}.{parent} (
    id text primary key, name text, "userId" text, "createdAt" timestamp default now()
);
create table {schema}.{child} (
    id text primary key, {key} text not null unique,
    constraint {constraint} foreign key ({key}) references {schema}.{parent} (id)
);
insert into {schema}.{parent} values ('p1', {name}, {name}), ('p2', {log}, {log});
insert into {schema}.{child} values ('d1', 'p1');
create table {schema}._prisma_migrations (like public._prisma_migrations including all);
insert into {schema}._prisma_migrations (id, checksum, migration_name, logs, started_at)
values ('m1', '=1+1', {migration}, {log}, now());
"""


@pytest.fixture
def config(make_database: MakeDatabase, tmp_path: Path) -> Path:
    urls = {name: hostile(make_database()).url for name in ("staging", "local")}
    path = tmp_path / "dashboard.toml"
    tables = (f"[connections.{name}]\nurl = {json.dumps(url)}\n" for name, url in urls.items())
    more = f"[diagnosis]\nconstraint = {json.dumps(CONSTRAINT)}\n[history]\nenabled = false\n"
    path.write_text("".join(tables) + more)
    return path


def hostile(database: Database) -> Database:
    names = {"schema": SCHEMA, "parent": PARENT, "child": CHILD, "key": KEY}
    texts = {"name": f"{CHILD} {LOG}", "log": LOG, "migration": MIGRATION}
    database.connection.execute(
        sql.SQL(STATEMENTS).format(
            **{name: sql.Identifier(value) for name, value in names.items()},
            constraint=sql.Identifier(CONSTRAINT),
            **{name: sql.Literal(value) for name, value in texts.items()},
        )
    )
    return database


@pytest.mark.parametrize(("text", "status"), [("p1", 0), ("p1x9", 1), ("d1", 1), ("p1\np2\np3", 1)])
def test_a_look_up_is_judged_and_harmless(
    text: str, status: int, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["lookup", text, "--target", "staging", "--config", str(config)]
    assert cli.main(arguments) == status
    output = capsys.readouterr()
    assert harmless(output.out)
    assert output.err == ""
    assert cli.main([*arguments, "--json"]) == status
    output = capsys.readouterr()
    assert json.loads(output.out)
    assert harmless(output.err)


def test_a_check_is_judged_and_harmless(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--config", str(config)]) == 1
    output = capsys.readouterr()
    assert harmless(output.out)
    assert output.err == ""


def test_every_page_shows_it_as_text(config: Path, served: pytest.MonkeyPatch) -> None:
    served.setenv("DASHBOARD_CONFIG", str(config))
    running = serving.current()
    for background in (running.snapshots, running.orphans, running.failures):
        assert background.wait_until_idle(60)
    for name in PAGES:
        assert harmless_page(open_page(name, env="staging")), name
    for text in ("p1", "p3", "d1"):
        assert harmless_page(open_page("lookup", id=text, env="staging")), text

"""The plan of an environment with several fixes is followed, step by step, and mends it."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.cli import main
from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import grant_reader
from tests.asking import configured
from tests.cli.test_check_strict import NULLS, PROJECT
from tests.conftest import Database, MakeDatabase

NO_KEY = 'alter table deployments drop constraint "deployments_projectId_fkey"'
ADDED = "20270101000000_project_of_deployments"
ADDS = f"""{NO_KEY.replace("constraint", "constraint if exists")};
alter table deployments add constraint "deployments_projectId_fkey" foreign key ("projectId")
    references "Project" (id) on delete cascade on update cascade;
alter table deployments add "entry" text;
"""
LIVE = "rolled_back_at is null and migration_name = %s"


class Application:
    """An environment, the folder of its application, and Prisma as far as plans use it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    def deploy(self) -> None:
        """Apply what is pending; raise where it stops, with what is noted of it then."""
        unfinished = "finished_at is null and rolled_back_at is null"
        ledger = f"select count(*) from _prisma_migrations where {unfinished}"
        assert self.database.execute(ledger) == [(0,)], "P3009"
        for each in sorted(self.folder.glob("*/migration.sql")):
            name = each.parent.name
            known = f"select count(*) from _prisma_migrations where {LIVE}"
            if self.database.execute(known, name) == [(0,)]:
                self._note(each, finished=False)
                self.database.execute(each.read_text())
                self._finish(name)

    def _note(self, script: Path, *, finished: bool) -> None:
        self.database.execute(
            "insert into _prisma_migrations (id, checksum, migration_name, started_at, logs)"
            " values (gen_random_uuid(), %s, %s, now(), '')",
            sha256(script.read_bytes()).hexdigest(),
            script.parent.name,
        )
        if finished:
            self._finish(script.parent.name)

    def _finish(self, name: str) -> None:
        self.database.execute(
            "update _prisma_migrations set finished_at = now(), applied_steps_count = 1"
            f" where {LIVE}",
            name,
        )

    def run(self, command: dict[str, str]) -> None:
        text = command["text"].rpartition("\n")[2]
        name = text.rpartition(" ")[2]
        if command["language"] == "sql":
            self.database.execute(command["text"])
        elif text.endswith("migrate deploy"):
            self.deploy()
        elif "--rolled-back" in text or "--applied" in text:
            undone = f"update _prisma_migrations set rolled_back_at = now() where {LIVE}"
            self.database.execute(undone, name)
            if "--applied" in text:
                self._note(self.folder / name / "migration.sql", finished=True)
        else:
            raise AssertionError(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


Check = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("throw_away")


@pytest.fixture
def check(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def judged(*databases: Database) -> Any:
        urls = {f"env{number}": each.reader_url for number, each in enumerate(databases)}
        migrations = f"[diagnosis]\nmigrations = {json.dumps(str(folder))}\n"
        main(["check", "--config", str(configured(tmp_path, urls, migrations).source), "--json"])
        return json.loads(capsys.readouterr().out)["environments"]["env0"]

    return judged


def follow(application: Application, check: Callable[[], Any]) -> list[str]:
    """Do every step whose condition holds, and name those that were done."""
    done = []
    for step in check()["plan"]:
        still = {each["code"] for each in check()["findings"]}
        if step["condition"] and not still & {*step["codes"]}:
            continue
        for command in step["commands"]:
            application.run(command)
        grant_reader(application.database.connection)
        done.append(step["title"])
    return done


def fail(application: Application) -> None:
    with pytest.raises(psycopg.Error):
        application.deploy()


def codes(judged: Any) -> set[str]:
    return {each["code"] for each in judged["findings"]}


def test_a_failed_migration_that_makes_the_missing_key(
    make_database: MakeDatabase, folder: Path, check: Check
) -> None:
    """Made by hand first, the migration would stop at "already exists"."""
    database, other = make_database(), make_database()
    database.execute(f"{NO_KEY}; {PROJECT}")
    application = Application(database, folder)
    script = folder / ADDED / "migration.sql"
    script.parent.mkdir()
    script.write_text(ADDS.partition(";\n")[2])
    database.execute("alter table deployments add entry text")
    fail(application)
    database.execute("alter table deployments drop entry")
    assert {"failed", "fk-missing"} <= codes(check(database, other))
    done = follow(application, lambda: check(database, other))
    assert not any("Make deployments_projectId_fkey" in each for each in done)
    assert codes(check(database, other)) == set()


def test_a_migration_that_drops_a_key_that_is_gone(
    make_database: MakeDatabase, folder: Path, check: Check
) -> None:
    """The key comes back first, or is made by hand with all else that the migration makes."""
    database = make_database(strict=False)
    database.execute(f"{PROJECT}; {NO_KEY}; {NULLS}")
    others = (make_database(strict=False), make_database(strict=False))
    application = Application(database, folder)
    fail(application)
    seen = check(database, *others)
    assert {"failed", "pending", "partial", "fk-missing"} <= codes(seen)
    fixes = {each["code"]: each["fix"] for each in seen["findings"]}
    assert fixes["partial"] == fixes["failed"] == fixes["fk-missing"]


def test_rows_in_the_way_of_a_failed_migration(
    make_database: MakeDatabase, folder: Path, check: Check
) -> None:
    database = make_database(strict=False)
    database.execute(f"{PROJECT}; {NULLS}")
    application = Application(database, folder)
    fail(application)
    assert {"failed", "pending"} <= codes(check(database))
    database.execute("delete from deployments")
    done = follow(application, lambda: check(database))
    assert "Apply the pending migrations once" in done
    assert codes(check(database)) == set()


def test_the_plan_is_told_in_the_text(
    make_database: MakeDatabase, check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = make_database(strict=False)
    database.execute(f"{PROJECT}; {NULLS}")
    plan = check(database)["plan"]
    main(["check", "--config", str(tmp_path / "dashboard.toml")])
    text = capsys.readouterr().out
    assert "  In this order:\n    1. " in text
    for step in plan:
        assert f"    {step['step']}. {step['title']} [{', '.join(step['codes'])}]" in text

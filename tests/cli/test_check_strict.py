"""`check` and a migration: what its script makes, what the ledger says, and what the rows stop."""

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
from dashboard.demo.databases import STRICT_MIGRATION, apply_migrations, grant_reader, migrations
from tests.asking import configured
from tests.conftest import Database, MakeDatabase
from tests.repetitions import repetition

NEWER = [each.name for each in migrations() if each.name > STRICT_MIGRATION]
NAMED = f"where migration_name = '{STRICT_MIGRATION}'"
SCRIPT = (MIGRATIONS / STRICT_MIGRATION / "migration.sql").read_text()
PROJECT = """
insert into users (id, email, "updatedAt") values ('u1', 'u1@example.com', now());
insert into "Project" (id, name, "userId", "updatedAt") values ('p1', 'Shop', 'u1', now());
"""
NULLS = (
    'insert into deployments (id, "appId", "updatedAt") select n, n, now()'
    " from generate_series(1, 3) as n"
)
MARKED = (
    "insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, logs)"
    f" values ('by-hand', '{sha256(SCRIPT.encode()).hexdigest()}', '{STRICT_MIGRATION}',"
    " now(), now(), '')"
)

Check = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("throw_away")


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Check one environment, with or without others that are in order, and a folder."""

    def judged(*databases: Database, folder: Path | None = MIGRATIONS, more: str = "") -> Any:
        urls = {f"env{number}": each.reader_url for number, each in enumerate(databases)}
        migrations = f"migrations = {json.dumps(str(folder))}\n" if folder else ""
        settings = configured(tmp_path, urls, f"[diagnosis]\n{migrations}{more}")
        main(["check", "--config", str(settings.source), "--json"])
        return json.loads(capsys.readouterr().out)["environments"]["env0"]

    return judged


@pytest.fixture
def before(make_database: MakeDatabase) -> Database:
    database = make_database(strict=False)
    database.execute(PROJECT)
    return database


@pytest.fixture
def strict(make_database: MakeDatabase) -> Database:
    database = make_database()
    database.execute(PROJECT)
    return database


def found(judged: Any, code: str) -> Any:
    (finding,) = (each for each in judged["findings"] if each["code"] == code)
    return finding


def codes(judged: Any) -> set[str]:
    return {each["code"] for each in judged["findings"]}


def deploy(judged: Any) -> str | None:
    """What deploying would come to; None where that cannot be said."""
    answer = judged["migrations"]["prisma"]["deploy"]
    return answer and str(answer["outcome"])


def run_pending(database: Database) -> str | None:
    """Do what `prisma migrate deploy` does; the answer is the SQLSTATE that it stops at."""
    try:
        apply_migrations(database.connection)
    except psycopg.Error as error:
        return error.sqlstate
    grant_reader(database.connection)
    return None


def one_by_one(database: Database) -> str | None:
    """Run the script's statements each on its own, as some runners do, up to the first error."""
    for statement in SCRIPT.partition("*/")[2].split(";"):
        try:
            database.execute(statement)
        except psycopg.Error as error:
            return error.sqlstate
    return None


def test_alone_it_is_foretold_and_prisma_says_so(before: Database, check: Check) -> None:
    clean = check(before)
    assert codes(clean) == {"pending", "fk-unindexed"}
    assert deploy(clean) == "applies"
    before.execute(NULLS)
    blocked = check(before)
    assert codes(blocked) == {"pending", "would-fail", "fk-unindexed"}
    assert STRICT_MIGRATION in found(blocked, "would-fail")["summary"]
    assert "23502" in found(blocked, "would-fail")["explanation"]
    assert deploy(blocked) == "P3018"
    assert f"P3018 at {STRICT_MIGRATION}" in found(blocked, "pending")["explanation"]
    assert run_pending(before) == "23502", "this is what it was foretold to stop at"
    failed = check(before)
    assert failed["migrations"]["states"][STRICT_MIGRATION] == "failed"
    assert deploy(failed) == "P3009"
    before.execute(f"update _prisma_migrations set rolled_back_at = now() {NAMED}")
    assert deploy(check(before)) == "P3018"
    before.execute("delete from deployments")
    assert deploy(check(before)) == "applies"
    assert run_pending(before) is None
    after = check(before)
    assert (after["status"], deploy(after)) == ("ok", "nothing")


LOGS = """
create table logs (id int primary key, "deploymentId" text
    references deployments (id) on delete cascade);
grant select on logs to dashboard_reader
"""
NO_KEY = 'alter table deployments drop constraint "deployments_projectId_fkey"'


def test_nothing_is_deleted_of_which_it_is_not_known_what_goes_along(
    strict: Database, check: Check
) -> None:
    """Where other tables hang on the rows, only the page that counts them has the statement."""
    strict.execute(NO_KEY)
    alone = found(check(strict), "fk-missing")["fix"]
    deletions = [each["text"] for each in alone["commands"] if "delete from" in each["text"]]
    assert deletions
    assert all("-- No foreign key acts on this deletion" in each for each in deletions)

    strict.execute(LOGS)
    tied = found(check(strict), "fk-missing")["fix"]
    assert not [each for each in tied["commands"] if "delete from" in each["text"]]
    reason = "foreign keys of logs act on it; the page Orphan candidates counts their rows"
    assert reason in " ".join(tied["steps"])
    strict.execute("drop table logs")
    assert found(check(strict), "fk-missing")["fix"] == alone


def test_all_still_before_it(make_database: MakeDatabase, before: Database, check: Check) -> None:
    before.execute(NULLS)
    assert "would-fail" in codes(check(before, make_database(strict=False)))


@pytest.mark.parametrize("rehearsed", ["true", "false"])
def test_where_it_is_not_rehearsed_nothing_is_foretold(
    rehearsed: str, monkeypatch: pytest.MonkeyPatch, before: Database, check: Check, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    script = folder / STRICT_MIGRATION / "migration.sql"
    before.execute(NULLS)
    monkeypatch.setenv("REHEARSAL__ENABLED", rehearsed)
    seen = check(before, folder=folder)
    assert ("would-fail" in codes(seen)) is (rehearsed == "true")
    if rehearsed == "false":
        assert deploy(seen) is None
        assert f"{STRICT_MIGRATION} was not rehearsed" in found(seen, "pending")["explanation"]
    script.write_text(f'delete from deployments where "projectId" is null;\n{SCRIPT}')
    cleaned = check(before, folder=folder)
    assert "would-fail" not in codes(cleaned), "it removes them first"
    assert deploy(cleaned) == ("applies" if rehearsed == "true" else None)
    before.execute(script.read_text())


def test_a_script_that_cannot_be_followed_says_nothing(
    before: Database, check: Check, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    script = folder / STRICT_MIGRATION / "migration.sql"
    script.write_text(f"do $$ begin alter table deployments set logged; end $$;\n{SCRIPT}")
    before.execute(NULLS)
    seen = check(before, folder=folder)
    assert codes(seen) == {"pending", "fk-unindexed"}
    assert deploy(seen) is None
    assert "It is unknown whether" in found(seen, "pending")["explanation"]


def test_marked_as_applied_but_not_made(before: Database, check: Check) -> None:
    before.execute(MARKED)
    for alone in (True, False):
        seen = check(before) if alone else check(before, before)
        finding = found(seen, "fake-applied")
        assert finding["severity"] == "error"
        assert "marked by hand" in finding["explanation"]
        (command,) = finding["fix"]["commands"]
        assert f"{STRICT_MIGRATION}/migration.sql" in command["text"]
    before.execute(SCRIPT)
    assert "fake-applied" not in codes(check(before)), "a baseline is no finding"


def finish(database: Database) -> None:
    """Do by hand what is still missing where the first statement alone was run."""
    database.execute('delete from deployments where "projectId" is null')
    for statement in SCRIPT.partition("*/")[2].split(";")[1:-1]:
        database.execute(statement)
    database.execute(MARKED)
    grant_reader(database.connection)


def test_applied_and_undone_afterwards(
    strict: Database, make_database: MakeDatabase, check: Check
) -> None:
    assert check(strict)["status"] == "ok"
    key = 'alter table deployments add constraint "deployments_projectId_fkey"'
    strict.execute(
        'alter table deployments drop constraint "deployments_projectId_fkey",'
        ' drop column published, alter column "projectId" drop not null;'
        'drop index "deployments_projectId_key";'
        f'{key} foreign key ("projectId") references "Project" (id)'
        " on delete set null on update cascade"
    )
    for others in ((), (make_database(), make_database())):
        seen = check(strict, *others)
        finding = found(seen, "fake-applied")
        assert "undone by hand" in finding["explanation"]
        assert deploy(seen) == "nothing", "for Prisma it is applied"
        assert not any(
            "migrate deploy" in str(each["fix"]["commands"]) for each in seen["findings"]
        )
    strict.execute(SCRIPT)
    grant_reader(strict.connection)
    assert check(strict)["status"] == "ok"


def test_alone_the_applied_migrations_tell_that_a_key_stands_in_one_row(
    strict: Database, check: Check
) -> None:
    strict.execute('drop index "deployments_projectId_key"')
    seen = check(strict)
    assert codes(seen) == {"unique-missing", "fk-unindexed"}
    assert not found(seen, "fk-unindexed")["fix"]["commands"], "the unique one serves"
    assert "unique-missing" not in codes(check(strict, folder=None)), "nobody says so"


@pytest.mark.parametrize("rehearsed", ["true", repetition("false")])
def test_a_key_that_is_no_longer_compulsory(
    rehearsed: str,
    monkeypatch: pytest.MonkeyPatch,
    strict: Database,
    make_database: MakeDatabase,
    check: Check,
) -> None:
    monkeypatch.setenv("REHEARSAL__ENABLED", rehearsed)
    strict.execute('alter table deployments alter column "projectId" drop not null')
    others = (make_database(), make_database())
    assert codes(check(strict, *others)) == {"schema-drift"}
    strict.execute('drop index "deployments_projectId_key"')
    seen = check(strict, *others)
    assert codes(seen) == {"schema-drift", "fk-unindexed"}
    assert len(found(seen, "schema-drift")["evidence"]) == 2
    assert ("schema-drift" in codes(check(strict))) is (rehearsed == "true")


@pytest.mark.parametrize(
    ("change", "code", "state"),
    [
        (f"delete from _prisma_migrations {NAMED}", "pending", "pending"),
        repetition(
            f"update _prisma_migrations set rolled_back_at = now(), finished_at = null {NAMED}",
            "rolled-back-only",
            "rolled-back",
        ),
        repetition(f"update _prisma_migrations set finished_at = null {NAMED}", "failed", "failed"),
    ],
)
def test_made_already_but_not_applied_by_the_ledger(
    change: str, code: str, state: str, strict: Database, check: Check
) -> None:
    strict.execute(change)
    seen = check(strict)
    assert codes(seen) == {code}
    assert seen["migrations"]["states"][STRICT_MIGRATION] == state
    assert deploy(seen) == ("P3009" if state == "failed" else "P3018")
    commands = [each["text"] for each in found(seen, code)["fix"]["commands"]]
    assert any(f"resolve --applied {STRICT_MIGRATION}" in each for each in commands)
    with pytest.raises(psycopg.errors.DuplicateColumn):
        strict.execute(SCRIPT)
    # what the printed command does: the unfinished row is rolled back, another one is written
    strict.execute(f"update _prisma_migrations set rolled_back_at = now() {NAMED}")
    strict.execute(MARKED)
    assert check(strict)["status"] == "ok"


@pytest.mark.parametrize("alone", [True, repetition(False)])
def test_half_of_it_still_to_come(
    alone: bool, before: Database, make_database: MakeDatabase, check: Check
) -> None:
    others = () if alone else (make_database(strict=False),)
    before.execute(NULLS)
    assert one_by_one(before) == "23502"
    seen = check(before, *others)
    assert codes(seen) == {"partial", "pending", "fk-missing"}
    assert deploy(seen) == "P3018"
    with pytest.raises(psycopg.errors.UndefinedObject):
        before.execute(SCRIPT)
    pending = found(seen, "pending")
    assert f"Finish {STRICT_MIGRATION} by hand" in " ".join(pending["fix"]["steps"])
    partial = found(seen, "partial")
    assert pending["alternatives"] == [partial["fix"]]
    assert found(seen, "fk-missing")["fix"] == partial["fix"], "one way out, and no second one"
    (command,) = partial["fix"]["commands"]
    assert f"resolve --applied {STRICT_MIGRATION}" in command["text"]
    finish(before)
    assert codes(check(before, *others)) == {"pending"}


def test_a_lost_constraint_that_nobody_has_is_not_known_without_a_folder(
    strict: Database, check: Check
) -> None:
    strict.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
    assert "fk-missing" in codes(check(strict))
    unknown = found(check(strict, folder=None), "table-absent")
    assert unknown["explanation"].startswith("No environment has the constraint")


def test_a_later_one_that_is_edited_does_not_hide_it(strict: Database, check: Check) -> None:
    strict.execute(f"update _prisma_migrations set checksum = 'x' where {NEWER_ONE}")
    assert codes(check(strict)) == {"edited"}


NEWER_ONE = f"migration_name = '{NEWER[-1]}'"

"""`check` and the strict migration: what its script makes, the ledger says, and the rows stop."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.cli import main
from dashboard.demo import MIGRATIONS
from dashboard.demo.databases import STRICT_MIGRATION, apply_migrations, grant_reader, migrations
from tests.asking import configured
from tests.conftest import Database, MakeDatabase

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
    f" select 'by-hand', checksum, '{STRICT_MIGRATION}', now(), now(), ''"
    " from _prisma_migrations limit 1"
)

Check = Callable[..., Any]


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


@pytest.mark.usefixtures("throw_away")
def test_alone_it_is_foretold_and_prisma_says_so(before: Database, check: Check) -> None:
    clean = check(before)
    assert codes(clean) == {"pending", "fk-unindexed"}
    assert deploy(clean) == "applies"
    before.execute(NULLS)
    blocked = check(before)
    assert codes(blocked) == {"pending", "would-fail", "fk-unindexed"}
    assert "3 NULL" in found(blocked, "would-fail")["summary"]
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


@pytest.mark.parametrize(
    ("spoil", "code"), [(NULLS, "would-fail"), (NO_KEY, "fk-missing"), ("", "partial")]
)
def test_nothing_is_deleted_of_which_it_is_not_known_what_goes_along(
    spoil: str, code: str, before: Database, strict: Database, check: Check
) -> None:
    """Where other tables hang on the rows, only the page that counts them has the statement."""
    if code == "partial":
        before.execute(NULLS)
        assert one_by_one(before) == "23502"
    else:
        before.execute(spoil)
    alone = found(check(before, strict), code)["fix"]
    deletions = [each["text"] for each in alone["commands"] if "delete from" in each["text"]]
    assert deletions
    assert all("-- No foreign key acts on this deletion" in each for each in deletions)

    before.execute(LOGS)
    tied = found(check(before, strict), code)["fix"]
    assert not [each for each in tied["commands"] if "delete from" in each["text"]]
    reason = "foreign keys of logs act on it; the page Orphan candidates counts their rows"
    assert reason in " ".join(tied["steps"])
    before.execute("drop table logs")
    assert found(check(before, strict), code)["fix"] == alone


def test_all_still_before_it(make_database: MakeDatabase, before: Database, check: Check) -> None:
    before.execute(NULLS)
    assert "would-fail" in codes(check(before, make_database(strict=False)))


@pytest.mark.parametrize("rehearsed", ["true", "false"])
@pytest.mark.usefixtures("throw_away")
def test_where_the_script_cleans_first_only_the_rehearsal_is_certain(
    rehearsed: str, monkeypatch: pytest.MonkeyPatch, before: Database, check: Check, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    script = folder / STRICT_MIGRATION / "migration.sql"
    script.write_text(f'delete from deployments where "projectId" is null;\n{SCRIPT}')
    before.execute(NULLS)
    monkeypatch.setenv("REHEARSAL__ENABLED", rehearsed)
    seen = check(before, folder=folder)
    if rehearsed == "true":
        assert "would-fail" not in codes(seen)
        assert deploy(seen) == "applies"
    else:
        finding = found(seen, "would-fail")
        assert (finding["severity"], finding["confidence"]) == ("warning", "possible")
        assert STRICT_MIGRATION in finding["caveats"][0]
        assert deploy(seen) is None
        assert f"{STRICT_MIGRATION} was not rehearsed" in found(seen, "pending")["explanation"]
    before.execute(script.read_text())


def test_a_script_that_cannot_be_read_says_nothing(
    before: Database, check: Check, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    script = folder / STRICT_MIGRATION / "migration.sql"
    script.write_text(f"{SCRIPT}\ndo $$ begin alter table deployments set logged; end $$;")
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


def test_marked_as_applied_and_made_by_half(
    before: Database, make_database: MakeDatabase, check: Check
) -> None:
    other = make_database(strict=False)  # tells which tables the lost constraint is about
    before.execute(NULLS)
    assert one_by_one(before) == "23502"
    before.execute(MARKED)
    finding = found(check(before, other), "fake-applied")
    assert "has only some of what it creates" in finding["summary"]
    commands = finding["fix"]["commands"]
    assert not any("resolve" in each["text"] for each in commands), "Prisma was told already"
    follow(before, commands)
    before.execute(f"update _prisma_migrations set checksum = 'x' {NAMED}")
    assert codes(check(before, other)) == {"pending", "edited"}, "later ones, a made-up checksum"


def follow(database: Database, commands: Any) -> None:
    for command in commands:
        if command["language"] == "sql":
            database.execute(command["text"])


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


@pytest.mark.parametrize(
    ("change", "code", "state"),
    [
        (f"delete from _prisma_migrations {NAMED}", "pending", "pending"),
        (
            f"update _prisma_migrations set rolled_back_at = now(), finished_at = null {NAMED}",
            "rolled-back-only",
            "rolled-back",
        ),
        (f"update _prisma_migrations set finished_at = null {NAMED}", "failed", "failed"),
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
    strict.execute(
        "update _prisma_migrations as m set checksum = encode(sha256(%s), 'hex')"
        " where id = 'by-hand'",
        (MIGRATIONS / STRICT_MIGRATION / "migration.sql").read_bytes(),
    )
    assert check(strict)["status"] == "ok"


@pytest.mark.parametrize("alone", [True, False])
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
    (finish,) = pending["alternatives"]
    assert finish == found(seen, "partial")["fix"]
    follow(before, finish["commands"])
    before.execute(MARKED)
    assert codes(check(before, *others)) == {"pending", "edited"}


def test_a_lost_constraint_that_nobody_has_is_not_known_without_a_folder(
    strict: Database, check: Check
) -> None:
    strict.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
    assert "fk-missing" in codes(check(strict))
    unknown = found(check(strict, folder=None), "table-absent")
    assert unknown["explanation"].startswith("No environment has the constraint")


def test_without_a_folder_the_configuration_names_it(
    before: Database, strict: Database, make_database: MakeDatabase, check: Check
) -> None:
    more = f'strict_migration = "{STRICT_MIGRATION}"\n'
    before.execute(MARKED)
    others = (strict, make_database())
    assert "fake-applied" not in codes(check(before, *others, folder=None))
    finding = found(check(before, *others, folder=None, more=more), "fake-applied")
    assert STRICT_MIGRATION in finding["summary"]
    before.execute("delete from _prisma_migrations where id = 'by-hand'")
    before.execute(NULLS)
    assert deploy(check(before, *others, folder=None, more=more)) == "P3018"


def test_a_later_one_that_is_edited_does_not_hide_it(strict: Database, check: Check) -> None:
    strict.execute(f"update _prisma_migrations set checksum = 'x' where {NEWER_ONE}")
    assert codes(check(strict)) == {"edited"}


NEWER_ONE = f"migration_name = '{NEWER[-1]}'"

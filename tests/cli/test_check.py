"""`check` as CI uses it after a deploy: JSON, exit status, muted findings."""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.demo import MIGRATIONS, state
from dashboard.demo.databases import STRICT_MIGRATION
from dashboard.demo.seed import FAILED, connect_urls
from dashboard.postgres.cluster import Cluster
from tests.asking import configured
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import KEY_AS_IT_SHOULD_BE

ENVIRONMENT = {
    "status",
    "counts",
    "findings",
    "muted",
    "plan",
    "migrations",
    "rehearsal",
    "unavailable",
}
NEWEST = sorted(path.parent.name for path in MIGRATIONS.glob("*/migration.sql"))[-1]


@pytest.fixture(scope="module")
def demo_config(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("check") / "dashboard.toml"
    path.write_text(state.configuration(connect_urls(demo)))
    return path


def check(config: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, Any]:
    status = main(["check", "--config", str(config), "--json", *options])
    return status, json.loads(capsys.readouterr().out)


def codes(environment: Any) -> set[str]:
    return {finding["code"] for finding in environment["findings"]}


def test_the_demo_shows_a_mixture(demo_config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, answer = check(demo_config, capsys)
    assert status == 1
    assert set(answer) == {"environments", "findings", "drift"}
    environments = answer["environments"]
    assert {name: each["status"] for name, each in environments.items()} == {
        "local": "warning", "staging": "error", "production": "ok", "preview-412": "unknown",
    }  # fmt: skip
    assert all(set(each) == ENVIRONMENT for each in environments.values())
    assert codes(environments["local"]) == {"db-ahead"}
    assert codes(environments["staging"]) == {"failed", "pending"}
    assert environments["preview-412"]["unavailable"]["kind"] == "refused"
    assert environments["preview-412"]["migrations"] is None
    counts = environments["production"]["counts"]
    assert counts["projects"] == {"number": 4202, "precision": "estimate"}


def test_it_says_what_prisma_would_say(
    demo_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, answer = check(demo_config, capsys)
    staging = answer["environments"]["staging"]["migrations"]
    assert staging["reference"] == "folder"
    assert staging["states"][STRICT_MIGRATION] == "applied"
    assert staging["states"][FAILED] == "failed"
    assert staging["states"][NEWEST] == "pending"
    pending = {"exit": 1, "outcome": "pending"}
    assert staging["prisma"] == {
        "status": {"7.8": pending, "7.9": pending},
        "deploy": {"exit": 1, "outcome": "P3009"},
    }
    (failed,) = (
        each for each in answer["environments"]["staging"]["findings"] if each["code"] == "failed"
    )
    assert "with SQLSTATE 42P07" in failed["summary"]
    assert 'relation "' not in str(failed), "a log may hold rows: it is not shown"
    production = answer["environments"]["production"]["migrations"]
    assert production["prisma"]["status"]["7.9"] == {"exit": 0, "outcome": "up-to-date"}
    assert production["prisma"]["deploy"] == {"exit": 0, "outcome": "nothing"}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--environment", "production"), 0),
        (("--environment", "preview-412"), 3),
        (("--environment", "preview-412", "--allow-unknown"), 0),
        (("--environment", "local"), 1),
        (("--environment", "local", "--fail-level", "error"), 0),
        (("--environment", "staging", "--fail-level", "error"), 1),
        (("--environment", "production", "--environment", "preview-412"), 3),
        (("--environment", "staging", "--environment", "preview-412"), 1),
    ],
)
def test_the_exit_status(
    options: tuple[str, ...],
    status: int,
    demo_config: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert check(demo_config, capsys, *options)[0] == status


def test_a_table_that_was_last_counted_while_empty_has_no_estimate(
    make_database: MakeDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = make_database()
    database.execute('vacuum analyze "Project"')
    config = configured(tmp_path, {"staging": peopled(database).reader_url}).source
    assert config
    counts = check(config, capsys)[1]["environments"]["staging"]["counts"]
    assert counts["projects"] is None, "there is one"
    database.execute('vacuum analyze "Project"')
    counts = check(config, capsys)[1]["environments"]["staging"]["counts"]
    assert counts["projects"] == {"number": 1, "precision": "estimate"}


def test_text_is_for_people(demo_config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(demo_config)]) == 1
    text = capsys.readouterr().out
    assert "production: Healthy" in text
    assert "staging: Critical" in text
    assert "[pending]" in text
    assert "preview-412: Unknown" in text


def test_a_wrong_environment_is_one_sentence(
    demo_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--config", str(demo_config), "--environment", "prodution"]) == 2
    assert "Did you mean production?" in capsys.readouterr().err


def peopled(database: Database) -> Database:
    """Give it a project: an empty environment is a finding of its own."""
    database.execute(
        "insert into users (id, email, \"updatedAt\") values ('u', 'u@example.com', now());"
        'insert into "Project" (id, name, "userId", "updatedAt")'
        f" values ('{database.name}', 'Shop', 'u', now())"
    )
    return database


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return peopled(make_database())


@pytest.fixture
def other(make_database: MakeDatabase) -> Database:
    """Another environment that is in order, so that one can be compared with it."""
    return peopled(make_database())


def judged(
    databases: tuple[Database, Database],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    more: str = "",
) -> Any:
    migrations = f"[diagnosis]\nmigrations = {json.dumps(str(MIGRATIONS))}\n"
    urls = dict(zip(("staging", "local"), (each.reader_url for each in databases), strict=True))
    settings = configured(folder, urls, migrations + more)
    assert settings.source
    return check(settings.source, capsys)[1]["environments"]["staging"]


LEDGER = {
    "failed": (
        f"update _prisma_migrations set finished_at = null where migration_name = '{NEWEST}'",
        f"update _prisma_migrations set finished_at = now() where migration_name = '{NEWEST}'",
    ),
    "rolled-back-only": (
        f"update _prisma_migrations set rolled_back_at = now() where migration_name = '{NEWEST}'",
        f"update _prisma_migrations set rolled_back_at = null where migration_name = '{NEWEST}'",
    ),
    "pending": (
        f"delete from _prisma_migrations where migration_name = '{NEWEST}'",
        None,
    ),
    "edited": (
        f"update _prisma_migrations set checksum = repeat('0', 64)"
        f" where migration_name = '{NEWEST}'",
        None,
    ),
    "db-ahead": (
        f"update _prisma_migrations set migration_name = '20991231000000_later'"
        f" where migration_name = '{NEWEST}'",
        f"update _prisma_migrations set migration_name = '{NEWEST}'"
        " where migration_name = '20991231000000_later'",
    ),
    "no-ledger": (
        "alter table _prisma_migrations rename to ledger",
        "alter table ledger rename to _prisma_migrations",
    ),
    "table-forbidden": (
        "revoke select (checksum) on _prisma_migrations from dashboard_reader",
        "grant select (checksum) on _prisma_migrations to dashboard_reader",
    ),
    "wrong-target": (
        KEY_AS_IT_SHOULD_BE.replace('references "Project" (id)', "references teams (id)"),
        KEY_AS_IT_SHOULD_BE,
    ),
    "child-triggers-off": (
        "alter table deployments disable trigger all",
        "alter table deployments enable trigger all",
    ),
    "unique-missing": (
        'drop index "deployments_projectId_key"',
        'create unique index "deployments_projectId_key" on deployments ("projectId")',
    ),
    "action-drift": (
        KEY_AS_IT_SHOULD_BE.replace("on delete cascade", "on delete restrict"),
        KEY_AS_IT_SHOULD_BE,
    ),
    "fk-missing": (
        'alter table deployments drop constraint "deployments_projectId_fkey"',
        KEY_AS_IT_SHOULD_BE.partition(";")[2],
    ),
}


def put_back(database: Database) -> None:
    """Write the newest migration's row as a deploy would have written it."""
    checksum = hashlib.sha256((MIGRATIONS / NEWEST / "migration.sql").read_bytes()).hexdigest()
    database.execute("delete from _prisma_migrations where migration_name = %s", NEWEST)
    database.execute(
        "insert into _prisma_migrations (id, checksum, migration_name, finished_at,"
        " applied_steps_count) values (%s, %s, %s, now(), 1)",
        "put-back", checksum, NEWEST,
    )  # fmt: skip


@pytest.mark.parametrize("code", LEDGER)
def test_a_finding_comes_with_the_defect_and_goes_with_the_repair(
    code: str,
    database: Database,
    other: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    defect, repair = LEDGER[code]
    assert judged((database, other), tmp_path, capsys)["status"] == "ok"
    database.execute(defect)
    broken = judged((database, other), tmp_path, capsys)
    assert code in codes(broken)
    assert broken["status"] != "ok"
    if repair:
        database.execute(repair)
    else:
        put_back(database)
    assert judged((database, other), tmp_path, capsys)["status"] == "ok"


def test_of_two_that_differ_the_one_that_is_named_after_the_key_is_right(
    database: Database, other: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    defect, _ = LEDGER["wrong-target"]
    other.execute(defect)
    assert "wrong-target" not in codes(judged((database, other), tmp_path, capsys))
    assert "wrong-target" in codes(judged((other, database), tmp_path, capsys))


def test_a_muted_finding_is_counted_and_not_judged(
    database: Database, other: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database.execute("delete from _prisma_migrations where migration_name = %s", NEWEST)
    mute = '[[mute]]\ncode = "pending"\nenvironment = "staging"\nreason = "known"\nuntil = {}\n'
    muted = judged((database, other), tmp_path, capsys, mute.format("2999-01-01"))
    assert (muted["status"], muted["muted"], codes(muted)) == ("ok", ["pending"], set())
    expired = judged((database, other), tmp_path, capsys, mute.format("2020-01-01"))
    assert (expired["status"], expired["muted"]) == ("error", [])


def test_two_names_for_one_database(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = {"staging": database.reader_url, "twin": database.reader_url}
    settings = configured(tmp_path, urls)
    assert settings.source
    status, answer = check(settings.source, capsys)
    assert status == 1
    assert [finding["code"] for finding in answer["findings"]] == ["same-database"]
    assert re.search("staging and twin", answer["findings"][0]["summary"])


def test_drift_is_shown_cell_by_cell(
    make_database: MakeDatabase,
    other: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    staging = make_database()
    staging.execute('alter table deployments alter column "projectId" drop not null')
    urls = {"staging": staging.reader_url, "local": other.reader_url}
    settings = configured(tmp_path, urls)
    assert settings.source
    _, answer = check(settings.source, capsys)
    (row,) = answer["drift"]
    assert set(row["values"]) == {"staging", "local"}
    assert row["values"]["staging"] != row["values"]["local"]


def test_tables_that_cannot_be_seen_are_unknown_never_in_order(
    database: Database, other: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database.execute('alter table deployments rename to d; alter table "Project" rename to p')
    database.execute('alter table d drop constraint "deployments_projectId_fkey"')
    seen = judged((database, other), tmp_path, capsys)
    assert seen["status"] in ("unknown", "error")
    assert "table-absent" in codes(seen)
    assert all(finding["fix"] for finding in seen["findings"])


def test_a_folder_that_cannot_be_read_is_never_green(
    database: Database,
    make_database: MakeDatabase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other, folder = peopled(make_database()), tmp_path / "migrations"
    more = f"[diagnosis]\nmigrations = {json.dumps(str(folder))}\n"
    urls = {"staging": database.reader_url, "production": other.reader_url}
    configured(tmp_path, urls, more)
    config = tmp_path / "dashboard.toml"
    status, answer = check(config, capsys)
    assert status == 3
    staging = answer["environments"]["staging"]
    assert codes(staging) == {"folder-unread"}
    assert staging["migrations"]["reference"] is None
    assert staging["migrations"]["prisma"]["status"]["7.9"] is None
    assert main(["check", "--config", str(config)]) == 3
    assert "No such file" in capsys.readouterr().out
    shutil.copytree(MIGRATIONS, folder)
    status, answer = check(config, capsys)
    assert codes(answer["environments"]["staging"]) == set()
    assert status == 0

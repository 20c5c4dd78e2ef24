"""`check` where something hides tables, rows or the ledger: never healthy, and never missing."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.cli import main
from dashboard.demo.databases import READER
from tests.asking import configured
from tests.cli.test_check import peopled
from tests.conftest import Database, MakeDatabase

Check = Callable[[], Any]


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return peopled(make_database())


@pytest.fixture
def check(
    database: Database,
    make_database: MakeDatabase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Check:
    """Check the database beside another one that is in order."""
    urls = {"staging": database.reader_url, "production": peopled(make_database()).reader_url}
    config = str(configured(tmp_path, urls).source)

    def judged() -> Any:
        main(["check", "--config", config, "--json"])
        return json.loads(capsys.readouterr().out)["environments"]["staging"]

    return judged


def said(judged: Any) -> list[tuple[str, str]]:
    return [(each["code"], each["severity"]) for each in judged["findings"]]


@pytest.mark.parametrize(
    ("hide", "show", "code"),
    [
        (
            f'revoke select on "Project" from {READER}',
            f'grant select on "Project" to {READER}',
            "table-forbidden",
        ),
        (
            f"revoke select on deployments from {READER}",
            f"grant select on deployments to {READER}",
            "table-forbidden",
        ),
        (
            'alter table "Project" enable row level security',
            'alter table "Project" disable row level security',
            "rls-hides",
        ),
        (
            "alter table deployments enable row level security",
            "alter table deployments disable row level security",
            "rls-hides",
        ),
        (
            "alter table _prisma_migrations enable row level security",
            "alter table _prisma_migrations disable row level security",
            "rls-hides",
        ),
        (
            f"revoke usage on schema public from public, {READER}",
            f"grant usage on schema public to public, {READER}",
            "table-forbidden",
        ),
    ],
)
def test_what_is_hidden_is_unknown_until_it_is_seen(
    hide: str, show: str, code: str, database: Database, check: Check
) -> None:
    database.execute(hide)
    blind = check()
    assert said(blind) == [(code, "unknown")], "and nothing is said to be missing"
    assert blind["status"] == "unknown"
    database.execute(show)
    seen = check()
    assert (seen["status"], seen["findings"]) == ("ok", [])


@pytest.mark.parametrize(
    ("hidden", "unseen"),
    [
        ("enable row level security", True),
        ("disable row level security", False),
    ],
)
def test_a_ledger_that_is_not_seen_says_nothing_of_prisma(
    hidden: str, unseen: bool, database: Database, check: Check
) -> None:
    database.execute(f"alter table _prisma_migrations {hidden}")
    migrations = check()["migrations"]
    assert (migrations["prisma"]["deploy"] is None) is unseen
    assert (migrations["states"] == {}) is unseen


def test_projects_that_are_locked_leave_the_environment_unknown(
    database: Database, check: Check
) -> None:
    with contextlib.closing(psycopg.connect(database.url)) as deploying:
        deploying.execute('lock table "Project" in access exclusive mode')
        locked = check()
        deploying.rollback()
    assert said(locked) == [("check-timeout", "unknown")]
    assert locked["status"] == "unknown"
    assert check()["status"] == "ok"


def test_a_ledger_that_is_locked_was_not_read(database: Database, check: Check) -> None:
    with contextlib.closing(psycopg.connect(database.url)) as deploying:
        deploying.execute("lock table _prisma_migrations in access exclusive mode")
        locked = check()
        deploying.rollback()
    assert said(locked) == [("check-timeout", "unknown")]
    assert locked["migrations"]["states"] == {}
    assert locked["migrations"]["prisma"]["deploy"] is None
    assert check()["status"] == "ok"

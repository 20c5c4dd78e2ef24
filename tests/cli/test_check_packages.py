"""`check` of the packages that Prisma 8 would run: rehearsed with the checks that it makes."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.diagnose.health.ahead import Coming, Outlook, coming
from dashboard.diagnose.migrations.contract.operations import Operation, UnreadableError, read
from dashboard.diagnose.migrations.contract.packages import METADATA, OPERATIONS, hashed
from tests.asking import configured
from tests.cli.test_check_prisma8 import checked_out, restored
from tests.conftest import Database, MakeDatabase

PENDING = "20261129T1231_add_archived"
COLUMN = 'alter table "Project" add column "archived" bool default false not null'
ROWS = """insert into users values ('a@example.com', 'u');
insert into "Project" values ('1', 'same', 'u'), ('2', 'same', 'u');"""
UNIQUE = {"description": "make it unique", "sql": 'create unique index n on "Project" (name)'}
EMPTY = {
    "description": "ensure that it is empty",
    "sql": 'select not exists (select 1 from "public"."Project") as "result"',
    "params": [],
}

Change = Callable[[dict[str, Any]], None]
Judge = Callable[..., Coming]


@pytest.fixture
def staging(make_database: MakeDatabase) -> Database:
    return restored(make_database(), "02-pending")


@pytest.fixture
def judge(tmp_path: Path, staging: Database, throw_away: None) -> Judge:
    """Judge what is pending, with a change of its only operation."""

    def judged(change: Change = lambda _operation: None) -> Coming:
        root = checked_out(tmp_path / "app", "02-pending", emitted=True)
        planned_anew(root / "migrations" / "app" / PENDING, change)
        more = f"[diagnosis]\nmigrations = {json.dumps([str(root / 'migrations')])}\n"
        settings = configured(
            tmp_path, {"staging": staging.url}, f"{more}[rehearsal]\nenabled = true\n"
        )
        with contextlib.closing(Collector(settings)) as collector:
            (health,) = check(collector).environments
        (pending,) = coming(health)
        assert pending.name == PENDING
        return pending

    return judged


def planned_anew(package: Path, change: Change) -> None:
    operations = json.loads((package / OPERATIONS).read_text())
    change(operations[0])
    metadata = json.loads((package / METADATA).read_text())
    del metadata["migrationHash"]
    own = hashed([hashed(metadata), hashed(operations)])
    (package / METADATA).write_text(json.dumps({**metadata, "migrationHash": own}))
    (package / OPERATIONS).write_text(json.dumps(operations))


def test_its_sql_is_rehearsed(judge: Judge) -> None:
    pending = judge()
    assert pending.outlook is Outlook.PASSES
    (lock,) = pending.locks or ()
    assert lock.startswith("ACCESS EXCLUSIVE on Project")


def test_what_is_there_already_is_skipped(judge: Judge, staging: Database) -> None:
    staging.execute(COLUMN)
    assert judge() == Coming(PENDING, Outlook.PASSES, locks=())


def test_a_check_refuses_it(judge: Judge, staging: Database) -> None:
    staging.execute(COLUMN)
    pending = judge(lambda operation: operation.update(postcheck=[]))
    assert pending.outlook is Outlook.FAILS
    assert pending.why == 'refused by its check: ensure column "archived" is missing'


def test_a_check_that_reads_rows_is_not_answered_here(judge: Judge) -> None:
    pending = judge(lambda operation: operation["precheck"].append(EMPTY))
    assert pending.outlook is Outlook.UNKNOWN
    assert pending.why == "a check reads rows: ensure that it is empty"


def test_an_operation_without_sql_is_unknown(judge: Judge) -> None:
    pending = judge(lambda operation: operation.update(execute=[]))
    assert pending.outlook is Outlook.UNKNOWN
    assert pending.why.endswith("has no SQL")


def test_rows_stop_it(judge: Judge, staging: Database) -> None:
    staging.execute(ROWS)
    pending = judge(lambda operation: operation.update(execute=[UNIQUE], postcheck=[]))
    assert pending.outlook is Outlook.FAILS
    assert "23505" in pending.why


def operation(text: str, *values: object) -> Operation:
    step = {"description": "it", "sql": text, "params": values}
    whole = {"label": "it", "precheck": [], "execute": [step], "postcheck": []}
    return read(json.dumps([whole]))[0]


@pytest.mark.parametrize(
    ("text", "values", "written"),
    [
        ("select $1", ["it's"], "select 'it''s'"),
        ("select $2, $1", [1, None], "select null, 1"),
        ("""select '$1', "$1", $1""", [True], """select '$1', "$1", true"""),
        ("create function f() as $$ select $1 $$", [], "create function f() as $$ select $1 $$"),
    ],
)
def test_values_are_written_in(text: str, values: list[object], written: str) -> None:
    assert operation(text, *values).run[0].text == written


@pytest.mark.parametrize("text", ["", "[{}]", '[{"label": "x", "execute": [1]}]'])
def test_a_form_that_is_not_known_is_no_sql(text: str) -> None:
    with pytest.raises(UnreadableError):
        read(text)


def test_a_value_that_is_not_there_is_no_sql() -> None:
    with pytest.raises(UnreadableError):
        operation("select $1, $2", 1)

"""Statements that stop at rows that are there: what PostgreSQL says, and what is answered."""

from pathlib import Path

import psycopg
import pytest

from dashboard.diagnose.lookup.verdicts import Diagnosis
from tests.asking import configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import ID, add_project

ORPHAN = ID[:-1] + "0"
SCHEMA = (
    'drop table deployments; create table deployments (id text primary key, "projectId" text);'
    "grant select on deployments to dashboard_reader"
)
FKEY = 'add constraint "deployments_projectId_fkey" foreign key ("projectId")'
STATEMENTS = {
    f'alter table deployments {FKEY} references "Project" (id)': (ORPHAN,),
    f'alter table deployments {FKEY} references "Project" (id) not valid; '
    'alter table deployments validate constraint "deployments_projectId_fkey"': (ORPHAN,),
    'create unique index "deployments_projectId_key" on deployments ("projectId")': (ID, ID),
    'alter table deployments alter "projectId" set not null': (None,),
    'alter table deployments add constraint "short" check (length("projectId") < 9)': (ID,),
}


def refused(database: Database, statement: str) -> str:
    """Take the error as PostgreSQL's log would have it."""
    with pytest.raises(psycopg.Error) as caught:
        database.execute(statement)
    diag = caught.value.diag
    detail = f"\nDETAIL:  {diag.message_detail}" if diag.message_detail else ""
    return f"ERROR:  {diag.message_primary}{detail}\nSTATEMENT:  {statement}"


def said(database: Database, other: Database, folder: Path, text: str) -> Diagnosis:
    urls = {"staging": database.reader_url, "local": other.reader_url}
    return look_up(configured(folder, urls), text, "staging")[1]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_nobody_tried_to_deploy_the_id_of_a_row_in_the_way(
    statement: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    database, other = make_database(), make_database()
    add_project(database)
    add_project(other, ORPHAN)
    database.execute(SCHEMA)
    for number, project in enumerate(STATEMENTS[statement]):
        value = f"'{project}'" if project else "null"
        database.execute(f"insert into deployments values ('d{number}', {value})")
    found = said(database, other, tmp_path, refused(database, statement))
    assert found.verdict.code == "migration-error"
    assert "existing rows" in found.verdict.summary
    codes = {each.code for each in found.findings}
    assert not codes & {"environment-mismatch", "project-present", "already-deployed"}
    for fix in found.verdict.alternatives:
        for command in fix.commands:
            database.execute(command.text)


def test_an_insert_is_still_an_insert(make_database: MakeDatabase, tmp_path: Path) -> None:
    database, other = make_database(), make_database()
    add_project(other, ORPHAN)
    text = refused(
        database,
        'insert into deployments (id, "appId", "projectId", "updatedAt")'
        f" values ('d', 'a', '{ORPHAN}', now())",
    )
    assert said(database, other, tmp_path, text).verdict.code == "environment-mismatch"

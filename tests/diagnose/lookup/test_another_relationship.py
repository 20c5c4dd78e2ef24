"""An error of another foreign key than the configured one is judged as if it were that one."""

from pathlib import Path

import psycopg
import pytest

from dashboard.diagnose.lookup.verdicts import Diagnosis
from tests.asking import configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import ID, OTHER, add_project

TEAM = "cmn386k7r00jacmk5n1lzts1o"
OF_PROJECT = f'update "Project" set "teamId" = \'{TEAM}\''


@pytest.fixture
def staging(make_database: MakeDatabase) -> Database:
    return make_database()


@pytest.fixture
def local(make_database: MakeDatabase) -> Database:
    return make_database()


def add_team(database: Database) -> None:
    database.execute(
        'insert into teams (id, name, slug, "updatedAt")'
        f" values ('{TEAM}', 'Crew', 'crew', now())"
    )


def refusal(database: Database, statement: str) -> str:
    with pytest.raises(psycopg.errors.IntegrityError) as refused:
        database.execute(statement)
    said = refused.value.diag
    return f"ERROR:  {said.message_primary}\nDETAIL:  {said.message_detail}"


def said(staging: Database, local: Database, folder: Path, text: str) -> Diagnosis:
    urls = {"staging": staging.reader_url, "local": local.reader_url}
    return look_up(configured(folder, urls), text, "staging")[1]


def refused(staging: Database) -> str:
    """Take the words of an update that names a team which is not there."""
    add_project(staging)
    return refusal(staging, OF_PROJECT)


def test_the_row_is_nowhere(staging: Database, local: Database, tmp_path: Path) -> None:
    verdict = said(staging, local, tmp_path, refused(staging)).verdict
    assert verdict.code == "stale-project-id"
    assert verdict.summary.startswith(f"Team {TEAM} is not in staging")


def test_the_row_is_elsewhere(staging: Database, local: Database, tmp_path: Path) -> None:
    add_team(local)
    verdict = said(staging, local, tmp_path, refused(staging)).verdict
    assert verdict.code == "environment-mismatch"
    assert "exists in local" in verdict.summary


def test_the_row_is_there(staging: Database, local: Database, tmp_path: Path) -> None:
    text = refused(staging)
    add_team(staging)
    verdict = said(staging, local, tmp_path, text).verdict
    assert verdict.code == "present-unexplained"
    assert "Team" in verdict.summary


def test_the_row_is_still_referred_to(staging: Database, local: Database, tmp_path: Path) -> None:
    add_project(staging)
    add_team(staging)
    staging.execute(OF_PROJECT)
    staging.execute(
        'alter table "Project" drop constraint "Project_teamId_fkey", add constraint'
        ' "Project_teamId_fkey" foreign key ("teamId") references teams on delete restrict'
    )
    text = refusal(staging, "delete from teams")
    verdict = said(staging, local, tmp_path, text).verdict
    assert verdict.code == "reverse-direction"
    assert "deployment" not in verdict.summary


def test_of_a_unique_index_nothing_tells_which_relationship_it_is_of(
    staging: Database, local: Database, tmp_path: Path
) -> None:
    add_project(staging)
    add_project(staging, OTHER)
    add_team(staging)
    staging.execute('create unique index "Project_teamId_key" on "Project" ("teamId")')
    staging.execute(f"{OF_PROJECT} where id = '{ID}'")
    verdict = said(staging, local, tmp_path, refusal(staging, OF_PROJECT)).verdict
    assert verdict.code == "not-explained"


@pytest.mark.parametrize("name", ["users_email_key", "Project_teamId_key", "deployments_appId_key"])
def test_beside_such_an_error_the_project_is_still_looked_up(
    name: str, staging: Database, local: Database, tmp_path: Path
) -> None:
    text = f'ERROR:  duplicate key value violates unique constraint "{name}"\nprojectId: {ID}'
    add_project(staging)
    diagnosis = said(staging, local, tmp_path, text)
    assert f"Project {ID}" in " ".join(
        each.summary for each in (diagnosis.verdict, *diagnosis.findings)
    )

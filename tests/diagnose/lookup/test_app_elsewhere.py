"""An application that writes to another database, told by the silence in the one asked."""

from pathlib import Path

import pytest

from dashboard.diagnose.finding import Confidence, Finding
from dashboard.diagnose.lookup.verdicts import Diagnosis
from tests.asking import configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.diagnose.health.test_repairs import ID, add_project

ERROR = (
    '2026-11-01 12:00:00.000 UTC [7] app@app ERROR:  insert or update on table "deployments"'
    ' violates foreign key constraint "deployments_projectId_fkey"\n'
    "2026-11-01 12:00:00.000 UTC [7] app@app DETAIL:  "
    f'Key (projectId)=({ID}) is not present in table "Project".'
)
INDEX = 'create index on deployments ("createdAt")'


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    database = make_database()
    add_project(database, created="2026-01-01")
    deployed(database, "d1", "2026-09-01")
    return database


def deployed(database: Database, key: str, at: str) -> None:
    add_project(database, key)
    database.execute(
        'insert into deployments (id, "appId", "projectId", "createdAt", "updatedAt")'
        " values (%s, %s, %s, %s, now())",
        key, key, key, at,
    )  # fmt: skip


def asked(database: Database, folder: Path) -> Diagnosis:
    return look_up(configured(folder, {"staging": database.reader_url}), ERROR, "staging")[1]


def beside(diagnosis: Diagnosis) -> dict[str, Finding]:
    return {each.code: each for each in diagnosis.findings}


@pytest.mark.parametrize("cheap", [INDEX, "analyze deployments"])
def test_silence_before_the_error(cheap: str, database: Database, tmp_path: Path) -> None:
    database.execute(cheap)
    diagnosis = asked(database, tmp_path)
    assert diagnosis.verdict.code == "present-unexplained"
    finding = beside(diagnosis)["app-elsewhere"]
    assert finding.summary.startswith("staging received no deployment for 61 days before")
    assert finding.confidence is Confidence.POSSIBLE
    facts = [each.fact for each in finding.evidence]
    assert 'the newest row of "deployments" is from 2026-09-01 00:00:00 UTC' in facts
    deployed(database, "d2", "2026-11-02")
    diagnosis = asked(database, tmp_path)
    assert diagnosis.verdict.code == "present-unexplained"
    assert "app-elsewhere" not in beside(diagnosis)
    assert any("after the error" in each for each in diagnosis.verdict.caveats)


def test_no_table_is_scanned_for_it(database: Database, tmp_path: Path) -> None:
    diagnosis = asked(database, tmp_path)
    assert "app-elsewhere" not in beside(diagnosis)
    assert any("was not checked: no index" in each for each in diagnosis.verdict.caveats)

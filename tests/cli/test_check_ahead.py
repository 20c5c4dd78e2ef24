"""`check` of what is to come, as a pull request, a CI server and a terminal show it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dashboard.cli import main
from dashboard.diagnose.health.ahead import UNRESOLVED
from tests.cli.test_check_drift import INDEX, UNIQUE, source
from tests.cli.test_check_pending import COLOUR, FOLDER, JOB, ROW, TEAM, built, found, recorded
from tests.conftest import Database, MakeDatabase

Said = Callable[..., str]
# of four, the first passes, the second stops at two rows, the last one is not reached
TO_COME = {**FOLDER, "4_unique": UNIQUE, "5_size": 'alter table "Team" add column "size" int;'}


@pytest.fixture
def said(tmp_path: Path, throw_away: None, capsys: pytest.CaptureFixture[str]) -> Said:
    """Check with a folder of these scripts, and give what is printed."""

    def printed(folder: Mapping[str, str], database: Database, *options: str) -> str:
        main(["check", "--config", source(tmp_path, folder, database), *options])
        return capsys.readouterr().out

    return printed


@pytest.fixture
def staging(make_database: MakeDatabase) -> Database:
    made = built(make_database(), TEAM, JOB, ROW, applied={"1_team": TEAM, "2_job": JOB})
    made.execute("analyze")
    return made


def unfinished(database: Database, name: str) -> None:
    database.execute(
        f"insert into _prisma_migrations (id, checksum, migration_name) values ('x', 'x', '{name}')"
    )


def table(text: str) -> list[list[str]]:
    """Read the cells of the rows below the titles."""
    lines = [each for each in text.splitlines() if each.startswith("| ")]
    return [[cell.strip() for cell in each.strip("|").split(" | ")] for each in lines[2:]]


def test_a_pull_request_is_told_what_is_to_come(staging: Database, said: Said) -> None:
    staging.execute('drop index "Job_teamId_idx"')
    colour, unique, size = table(said(TO_COME, staging, "--format", "markdown"))
    assert colour[:4] == ["staging", "Critical", "3_colour", "passes"]
    assert colour[4].startswith("ACCESS EXCLUSIVE on Team (about 2 rows, 0 MB)")
    assert colour[5] == "1 difference<br>index Job_teamId_idx of Job is missing"
    fails = (
        "fails: at statement 1 with 23505: 1 group of rows of Team that are equal in name; first"
    )
    assert unique[:3] == ["staging", "", "4_unique"]
    assert unique[3].startswith(fails)
    assert size[2:4] == ["5_size", "not reached"]


def test_nothing_to_come_and_nothing_else(staging: Database, said: Said) -> None:
    recorded(staging, "3_colour", COLOUR, 2)
    staging.execute(COLOUR)
    text = said(FOLDER, staging, "--format", "markdown")
    assert table(text)[0][2:] == ["–", "nothing is pending", "–", "as the migrations make it"]
    assert "Not known" not in said(FOLDER, staging)


def test_what_is_left_out_is_said(staging: Database, said: Said) -> None:
    (row,) = table(said(TO_COME, staging, "--format", "markdown", "--no-rehearsal"))
    why = "the rehearsal was left out (--no-rehearsal)"
    assert row[2:] == [
        "3_colour<br>4_unique<br>5_size", f"not known: {why}", "not known", f"not known: {why}",
    ]  # fmt: skip
    text = said(TO_COME, staging, "--no-rehearsal")
    assert f"    3_colour, 4_unique and 5_size: not known: {why}" in text
    assert f"  Not known: schema as the migrations make it ({why})" in text


def test_a_terminal_says_what_deploying_would_do(staging: Database, said: Said) -> None:
    lines = said(TO_COME, staging).splitlines()
    place = lines.index("  On deploying:")
    assert lines[place + 1] == "    3_colour: passes"
    assert lines[place + 2].startswith("      ACCESS EXCLUSIVE on Team")
    assert lines[place + 3].startswith("    4_unique: fails: at statement 1 with 23505")


def test_a_ci_server_gets_a_case_for_each(staging: Database, said: Said) -> None:
    def outcomes(*options: str) -> dict[str, str]:
        suites = ElementTree.fromstring(said(TO_COME, staging, "--format", "junit", *options))
        cases = [case for suite in suites for case in suite if "Deploying" in case.attrib["name"]]
        return {each.attrib["name"].partition(" ")[2]: each[0].tag for each in cases}

    assert outcomes() == {"3_colour": "system-out", "4_unique": "failure", "5_size": "error"}
    unknown = dict.fromkeys(("3_colour", "4_unique", "5_size"), "skipped")
    assert outcomes("--no-rehearsal", "--allow-unknown") == unknown


def test_a_failed_one_is_in_the_way_and_would_pass(staging: Database, said: Said) -> None:
    unfinished(staging, "3_colour")
    failed, passing = table(said({**FOLDER, "4_idx": INDEX}, staging, "--format=markdown"))
    assert failed[2:4] == ["3_colour", f"failed: {UNRESOLVED}; run again, it passes"]
    assert failed[4].startswith("ACCESS EXCLUSIVE on Team")
    assert passing[2:4] == ["4_idx", "passes"]


def test_a_failed_one_is_told_what_stops_it_again(staging: Database, said: Said) -> None:
    folder = {"1_team": TEAM, "2_job": JOB, "3_unique": UNIQUE, "4_idx": INDEX}
    unfinished(staging, "3_unique")
    failed, behind = table(said(folder, staging, "--format=markdown"))
    again = "run again, it fails: at statement 1 with 23505: 1 group of rows of Team"
    assert failed[2] == "3_unique"
    assert failed[3].startswith(f"failed: {UNRESOLVED}; {again}")
    assert behind[2:4] == ["4_idx", "not reached"]
    again = found(json.loads(said(folder, staging, "--json")))["would-fail"]
    start = "The migration 3_unique would fail again in staging: 1 group of rows of Team"
    assert again["summary"].startswith(start)
    *_, mark, deploy = (each["text"] for each in again["fix"]["commands"])
    assert mark.endswith("migrate resolve --rolled-back 3_unique")
    assert deploy.endswith("migrate deploy")
    staging.execute("""delete from "Team" where "id" = (select max("id") from "Team")""")
    text = said(folder, staging)
    assert "would fail" not in text
    assert "run again, it passes" in text


def test_a_failed_one_that_is_there_by_half_is_not_foretold(staging: Database, said: Said) -> None:
    folder = {"1_team": TEAM, "2_job": JOB, "3_both": f"{COLOUR}\n{UNIQUE}"}
    unfinished(staging, "3_both")
    staging.execute(COLOUR)
    (failed,) = table(said(folder, staging, "--format=markdown"))
    assert failed[2:4] == ["3_both", f"failed: {UNRESOLVED}"]
    assert "would fail again" not in said(folder, staging)

"""`check` and schemas that are not as their migrations make them, on real databases."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.demo.databases import READER_NAME
from tests.asking import configured
from tests.cli.test_check_pending import (
    COLOUR,
    FOLDER,
    JOB,
    ROW,
    TEAM,
    built,
    deploy,
    found,
    marks,
    recorded,
)
from tests.conftest import MakeDatabase

Check = Callable[..., Any]
INDEX = 'create index "Team_name_idx" on "Team" (name);'
MORE = 'alter table "Team" add column "size" int;'
# of a migration that is there in part, no ledger lies
ALL = {**FOLDER, "3_colour": COLOUR + MORE, "4_name": INDEX + 'create index on "Job" ("id");'}
REHEARSED = "[rehearsal]\nenabled = true\n"


def source(place: Path, folder: Mapping[str, str], database: Any, url: str = "") -> str:
    """Configure an environment beside a folder of these scripts."""
    root = place / "prisma" / "migrations"
    for name, text in folder.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / "migration.sql").write_text(text)
    diagnosis = (
        f"[diagnosis]\nconstraint = 'Job_teamId_fkey'\nmigrations = [{json.dumps(str(root))}]\n"
    )
    urls = {"staging": f"{database.url}{url}"}
    return str(configured(place, urls, diagnosis + REHEARSED).source)


@pytest.fixture
def check(tmp_path: Path, throw_away: None, capsys: pytest.CaptureFixture[str]) -> Check:
    """Check with a folder of these scripts."""

    def judged(folder: Mapping[str, str], database: Any, *options: str, url: str = "") -> Any:
        main(["check", "--config", source(tmp_path, folder, database, url), "--json", *options])
        return json.loads(capsys.readouterr().out)

    return judged


def rehearsed(answer: Any) -> Any:
    return answer["environments"]["staging"]["rehearsal"]


def sentences(answer: Any) -> list[str]:
    return [each["sentence"] for each in rehearsed(answer)["schema"]["differences"]]


def test_a_schema_as_its_migrations_make_it(make_database: MakeDatabase, check: Check) -> None:
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    answer = check(FOLDER, staging)
    assert rehearsed(answer)["schema"]["compared"] is True
    assert sentences(answer) == []
    assert "schema-drift" not in found(answer)
    assert rehearsed(check(FOLDER, staging, "--mask")) == rehearsed(answer)


CHANGES = {
    'alter table "Team" alter column "name" set not null': (
        "column name of Team: NOT NULL is yes; no by the migrations",
        'alter table public."Team" alter column name drop not null;',
    ),
    'alter table "Team" alter column "name" set default \'x\'': (
        "column name of Team: default is 'x'::text; none by the migrations",
        'alter table public."Team" alter column name drop default;',
    ),
    'alter table "Team" drop column "colour"': (
        "column colour of Team is missing",
        'alter table public."Team" add column colour text;',
    ),
    'drop index "Team_name_idx"': (
        "index Team_name_idx of Team is missing",
        'create index concurrently "Team_name_idx" on public."Team" using btree (name);',
    ),
    'alter index "Team_name_idx" rename to "by_hand"': (
        "index Team_name_idx of Team is called by_hand",
        'alter index public.by_hand rename to "Team_name_idx";',
    ),
    'alter table "Job" drop constraint "Job_pkey"': (
        "primary key Job_pkey of Job is missing",
        'alter table public."Job" add constraint "Job_pkey" PRIMARY KEY (id);',
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_by_hand_is_told_and_undone(
    change: str, make_database: MakeDatabase, check: Check
) -> None:
    staging = built(make_database(), *ALL.values(), applied=ALL)
    staging.execute(change)
    said, repair = CHANGES[change]
    drift = found(check(ALL, staging))["schema-drift"]
    assert drift["summary"] == f"The schema of staging differs from its migrations: {said}."
    commands = [each["text"] for each in drift["fix"]["commands"]]
    assert commands == [repair]
    staging.execute(repair)
    assert sentences(check(ALL, staging)) == []


def test_a_missing_table_is_one_difference(make_database: MakeDatabase, check: Check) -> None:
    tag = 'create table "Tag" (id serial primary key, name text unique);'
    folder = {**FOLDER, "4_tag": tag + MORE}
    staging = built(make_database(), TEAM, JOB, COLOUR, MORE, applied=folder)
    answer = check(folder, staging)
    assert sentences(answer) == ["table Tag is missing"]
    for each in found(answer)["schema-drift"]["fix"]["commands"]:
        staging.execute(each["text"])
    assert sentences(check(folder, staging)) == []


def test_what_is_there_beside_is_no_finding(make_database: MakeDatabase, check: Check) -> None:
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    staging.execute('create index by_hand on "Team" (name); create table "Own" (id int)')
    answer = check(FOLDER, staging)
    assert [each["what"] for each in rehearsed(answer)["schema"]["differences"]] == ["extra"] * 2
    assert "schema-drift" not in found(answer)


def test_an_environment_is_compared_with_what_it_has(
    make_database: MakeDatabase, check: Check
) -> None:
    behind = {"1_team": TEAM, "2_job": JOB}
    answer = check(FOLDER, built(make_database(), TEAM, JOB, applied=behind))
    assert sentences(answer) == []
    assert "pending" in found(answer)


def test_the_configured_key_has_checks_of_its_own(
    make_database: MakeDatabase, check: Check
) -> None:
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    staging.execute('alter table "Job" drop constraint "Job_teamId_fkey"')
    answer = check(FOLDER, staging)
    assert sentences(answer) == ["foreign key Job_teamId_fkey of Job is missing"]
    assert "schema-drift" not in found(answer)


def test_a_script_that_was_edited_is_said(make_database: MakeDatabase, check: Check) -> None:
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    edited = {**FOLDER, "3_colour": 'alter table "Team" add column "shade" text;'}
    drift = found(check(edited, staging))["schema-drift"]
    assert drift["confidence"] == "likely"
    assert "3_colour changed after it was applied" in " ".join(drift["caveats"])


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ({"1_team": TEAM, "2_job": JOB}, "it has 1 migration that the folder does not have"),
        ({**FOLDER, "1_team": 'alter table "Gone" add x int;'}, "stops on an empty database"),
    ],
)
def test_what_cannot_be_compared_is_said(
    folder: Mapping[str, str], reason: str, make_database: MakeDatabase, check: Check
) -> None:
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    schema = rehearsed(check(folder, staging))["schema"]
    assert schema["compared"] is False
    assert reason in schema["reason"]


def test_without_the_rehearsal_nothing_is_run(make_database: MakeDatabase, check: Check) -> None:
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    said = rehearsed(check(FOLDER, staging, "--no-rehearsal"))
    why = "the rehearsal was left out (--no-rehearsal)"
    assert (said["schema"]["compared"], said["schema"]["reason"]) == (False, why)
    assert said["pending_unknown"] == why


def test_a_migration_made_by_hand_is_marked(make_database: MakeDatabase, check: Check) -> None:
    staging = built(make_database(), TEAM, JOB, COLOUR, applied={"1_team": TEAM, "2_job": JOB})
    answer = check(FOLDER, staging)
    pending = found(answer)["pending"]
    assert rehearsed(answer)["presence"]["3_colour"]["presence"] == "whole"
    assert 'column "colour" of relation "Team" already exists' in pending["explanation"]
    assert marks(pending) == ["3_colour"]
    assert "only names were compared" not in " ".join(pending["fix"]["steps"])
    assert deploy(answer) == "P3018"


def test_a_migration_made_by_half_is_finished_by_hand(
    make_database: MakeDatabase, check: Check
) -> None:
    half = JOB.partition("create index")[0]
    answer = check(FOLDER, built(make_database(), TEAM, half, applied={"1_team": TEAM}))
    presence = rehearsed(answer)["presence"]["2_job"]
    assert (presence["presence"], presence["missing"]) == ("part", ["index Job_teamId_idx"])
    assert "Finish 2_job by hand" in " ".join(found(answer)["pending"]["fix"]["steps"])


def test_any_applied_migration_of_which_nothing_is_there(
    make_database: MakeDatabase, check: Check
) -> None:
    answer = check(FOLDER, built(make_database(), TEAM, JOB, applied=FOLDER))
    fake = found(answer)["fake-applied"]
    assert "3_colour is applied" in fake["summary"]
    assert "schema-drift" not in found(answer)


def test_what_a_pending_migration_locks(make_database: MakeDatabase, check: Check) -> None:
    staging = built(make_database(), TEAM, JOB, applied={"1_team": TEAM, "2_job": JOB})
    staging.execute("analyze")
    (pending,) = rehearsed(check(FOLDER, staging))["pending"]
    (lock,) = pending["locks"]
    assert (pending["name"], pending["stops"]) == ("3_colour", None)
    assert lock["sentence"] == (
        "ACCESS EXCLUSIVE on Team (about 1 row, 0 MB): stops reads and writes"
    )


def test_a_failure_that_rows_may_change_is_not_certain(
    make_database: MakeDatabase, check: Check
) -> None:
    seeded = "do $$ begin if not exists (select from \"Team\") then raise 'none'; end if; end $$;"
    folder = {**FOLDER, "4_seed": seeded}
    answer = check(folder, built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER))
    (pending,) = rehearsed(answer)["pending"]
    assert (pending["stops"], pending["certain"]) == ("none (SQLSTATE P0001)", False)
    assert deploy(answer) is None


UNIQUE = 'create unique index "Team_name_key" on "Team" (name);'


def test_rows_that_stop_a_pending_migration(make_database: MakeDatabase, check: Check) -> None:
    folder = {**FOLDER, "4_unique": UNIQUE}
    staging = built(make_database(), TEAM, JOB, COLOUR, ROW, applied=FOLDER)
    answer = check(folder, staging)
    (pending,) = rehearsed(answer)["pending"]
    assert pending["verdict"]["answer"] == "fails"
    assert pending["verdict"]["sqlstates"] == ["23505"]
    stops = "1 group of rows of Team that are equal in name (SQLSTATE 23505)"
    assert stops in found(answer)["pending"]["explanation"]
    assert deploy(answer) == "P3018"
    (rows,) = pending["verdict"]["in_the_way"]
    assert (rows["rows"], len(rows["first_keys"])) == (1, 1)
    assert pending["verdict"]["statement_text"] == UNIQUE.removesuffix(";")
    assert staging.execute(rows["list_them"])
    would = found(answer)["would-fail"]
    assert rows["first_keys"][0] in would["evidence"][0]["fact"]
    masked = check(folder, staging, "--mask")
    assert rows["first_keys"][0] not in json.dumps(masked)
    staging.execute('update "Team" set name = id')
    answer = check(folder, staging)
    assert rehearsed(answer)["pending"][0]["verdict"]["answer"] == "passes"
    assert deploy(answer) == "applies"


def test_what_the_role_may_not_read_is_unknown(make_database: MakeDatabase, check: Check) -> None:
    folder = {**FOLDER, "4_unique": UNIQUE}
    staging = built(make_database(), TEAM, JOB, COLOUR, ROW, applied=FOLDER)
    reader = READER_NAME.as_string(None)
    staging.execute(
        f"""grant usage on schema public to {reader};
        grant select on _prisma_migrations to {reader};
        grant select (id) on "Team" to {reader};"""
    )
    answer = check(folder, SimpleNamespace(url=staging.reader_url))
    verdict = rehearsed(answer)["pending"][0]["verdict"]
    assert verdict["answer"] == "unknown"
    assert "the role may not read all of name" in verdict["reasons"][0]
    assert deploy(answer) is None


def test_what_a_pending_migration_loses(make_database: MakeDatabase, check: Check) -> None:
    folder = {
        **FOLDER,
        "4_less": 'alter table "Team" drop name; alter table "Team" drop colour; drop table "Job";',
    }
    staging = built(make_database(), TEAM, JOB, COLOUR, ROW, applied=FOLDER)
    (pending,) = rehearsed(check(folder, staging))["pending"]
    assert pending["verdict"]["answer"] == "passes"
    assert pending["verdict"]["losses"] == [
        {"statement": 1, "what": "column name of Team", "rows": 2}
    ], "what holds nothing is no loss"


def test_rows_without_a_parent_are_removed_by_a_statement(
    make_database: MakeDatabase, check: Check
) -> None:
    key = """alter table "Job" add foreign key (id) references "Team" on delete cascade;"""
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    staging.execute('insert into "Job" select \'gone\', id from "Team"')
    folder = {**FOLDER, "4_key": key}
    would = found(check(folder, staging))["would-fail"]
    assert "1 row of Job whose row of Team is not there." in would["summary"]
    assert "is not there; the first: gone (" in would["evidence"][0]["fact"]
    (removal,) = (each["text"] for each in would["fix"]["commands"] if "delete" in each["text"])
    assert "-- No foreign key acts on this deletion" in removal
    for text in removal.split(";"):
        staging.execute(text)
    assert rehearsed(check(folder, staging))["pending"][0]["verdict"]["answer"] == "passes"


def test_what_changes_rows_is_not_foretold(make_database: MakeDatabase, check: Check) -> None:
    folder = {**FOLDER, "4_unique": f'update "Team" set name = upper(id); select 1; {UNIQUE}'}
    answer = check(folder, built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER))
    assert rehearsed(answer)["pending"][0]["verdict"]["answer"] == "unknown"
    assert deploy(answer) is None
    assert "4_unique cannot be foretold: statement 2" in found(answer)["pending"]["explanation"]


def test_another_schema_than_public(make_database: MakeDatabase, check: Check) -> None:
    folder = {"1_team": TEAM + "create type shade as enum ('a'); alter table \"Team\" add s shade;"}
    staging = make_database()
    staging.execute("create schema tenant; set search_path = tenant")
    staging.execute(folder["1_team"])
    staging.execute("create table tenant._prisma_migrations (like public._prisma_migrations)")
    staging.execute("truncate public._prisma_migrations")
    recorded(staging, "1_team", folder["1_team"], 0)
    answer = check(folder, staging, url="?schema=tenant")
    assert sentences(answer) == []
    staging.execute('alter table "Team" drop column s')
    drift = found(check(folder, staging, url="?schema=tenant"))["schema-drift"]
    staging.execute("set search_path = public")
    (command,) = [each["text"] for each in drift["fix"]["commands"]]
    staging.execute(command)
    assert sentences(check(folder, staging, url="?schema=tenant")) == []

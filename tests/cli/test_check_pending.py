"""`check` and what is still to be deployed: small schemas, a folder each, on real databases."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from tests.asking import configured
from tests.conftest import Database, MakeDatabase

TEAM = """create table "Team" ("id" text not null, "name" text,
  constraint "Team_pkey" primary key ("id"));"""
JOB = """create table "Job" ("id" text not null, "teamId" text not null,
  constraint "Job_pkey" primary key ("id"));
alter table "Job" add constraint "Job_teamId_fkey" foreign key ("teamId")
  references "Team" ("id") on delete cascade on update cascade;
create index "Job_teamId_idx" on "Job" ("teamId");"""
COLOUR = 'alter table "Team" add column "colour" text;'
LEDGER = """create table _prisma_migrations (id text primary key, checksum text not null,
  finished_at timestamptz, migration_name text not null, logs text, rolled_back_at timestamptz,
  started_at timestamptz not null default now(), applied_steps_count int not null default 0);"""
FOLDER = {"1_team": TEAM, "2_job": JOB, "3_colour": COLOUR}
ROW = """insert into "Team" values (gen_random_uuid(), 'A');"""
EMPTY = "drop schema public cascade; create schema public;"

Check = Callable[..., Any]


def built(database: Database, *scripts: str, applied: Mapping[str, str] | None = None) -> Database:
    """Make the schema anew; the ledger has what is `applied`, and none is made for None."""
    database.execute(EMPTY + "".join(scripts) + ROW)
    if applied is not None:
        database.execute(LEDGER)
        for place, (name, text) in enumerate(applied.items()):
            recorded(database, name, text, place)
    return database


def recorded(database: Database, name: str, text: str, place: int, steps: int = 1) -> None:
    database.execute(
        "insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at,"
        " applied_steps_count) values (%s, %s, %s, now() + %s * interval '1 min', now(), %s)",
        f"{place} {name}", sha256(text.encode()).hexdigest(), name, place, steps,
    )  # fmt: skip


@pytest.fixture
def check(tmp_path: Path, throw_away: None, capsys: pytest.CaptureFixture[str]) -> Check:
    """Check with a folder of these scripts: file below it → text."""

    def judged(
        folder: Mapping[str, str],
        *databases: Database,
        url: str = "",
        constraint: str = "Job_teamId_fkey",
    ) -> Any:
        root = tmp_path / "prisma" / "migrations"
        for name, text in folder.items():
            path = root / (name if "." in name else f"{name}/migration.sql")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        diagnosis = (
            f"[diagnosis]\nconstraint = '{constraint}'\nmigrations = [{json.dumps(str(root))}]"
        )
        names = ("staging", "local")
        urls = {name: f"{each.url}{url}" for name, each in zip(names, databases, strict=False)}
        main(["check", "--config", str(configured(tmp_path, urls, diagnosis).source), "--json"])
        return json.loads(capsys.readouterr().out)

    return judged


def found(answer: Any, environment: str = "staging") -> dict[str, Any]:
    return {each["code"]: each for each in answer["environments"][environment]["findings"]}


def deploy(answer: Any) -> str | None:
    answered = answer["environments"]["staging"]["migrations"]["prisma"]["deploy"]
    return answered and str(answered["outcome"])


def marks(finding: Any) -> list[str]:
    """Name what is to be marked as applied, in this order."""
    texts = [each["text"] for each in finding["fix"]["commands"]]
    return [text.rpartition("--applied ")[2] for text in texts if "--applied " in text]


def test_what_is_there_already_stops_it(make_database: MakeDatabase, check: Check) -> None:
    applied = {"1_team": TEAM, "2_job": JOB}
    staging = built(make_database(), TEAM, JOB, COLOUR, applied=applied)
    answer = check(FOLDER, staging)
    pending = found(answer)["pending"]
    assert deploy(answer) == "P3018"
    stops = 'column "colour" of relation "Team" already exists (SQLSTATE 42701)'
    assert stops in pending["explanation"]
    assert marks(pending) == ["3_colour"]
    staging.execute('alter table "Team" drop column "colour"')
    clear = check(FOLDER, staging)
    assert (deploy(clear), marks(found(clear)["pending"])) == ("applies", [])


def test_all_of_it_there_beside_an_empty_ledger_is_a_baseline(
    make_database: MakeDatabase, check: Check
) -> None:
    answer = check(FOLDER, built(make_database(), TEAM, JOB, COLOUR, applied={}))
    assert deploy(answer) == "P3018"
    assert marks(found(answer)["pending"]) == list(FOLDER)


def test_all_of_it_is_to_come(make_database: MakeDatabase, check: Check) -> None:
    staging = make_database()
    staging.execute(EMPTY)
    assert deploy(check(FOLDER, staging)) == "applies"


def test_some_of_it_there_is_finished_by_hand(make_database: MakeDatabase, check: Check) -> None:
    half = JOB.partition("create index")[0]
    answer = check(FOLDER, built(make_database(), TEAM, half, applied={"1_team": TEAM}))
    pending = found(answer)["pending"]
    assert (deploy(answer), marks(pending)) == ("P3018", [])
    assert "Finish 2_job by hand" in " ".join(pending["fix"]["steps"])


def test_what_nobody_can_say_is_not_promised(make_database: MakeDatabase, check: Check) -> None:
    folder = {**FOLDER, "3_colour": 'update "Team" set name = random();'}
    staging = built(make_database(), TEAM, JOB, applied={"1_team": TEAM, "2_job": JOB})
    answer = check(folder, staging)
    assert deploy(answer) is None
    assert (
        "unknown whether prisma migrate deploy works: 3_colour cannot be foretold: statement 1"
        in found(answer)["pending"]["explanation"]
    )


def test_what_was_not_rehearsed_is_not_promised(
    make_database: MakeDatabase, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REHEARSAL__ENABLED", "false")
    applied = {"1_team": TEAM, "2_job": JOB}
    answer = check(FOLDER, built(make_database(), TEAM, JOB, applied=applied))
    assert deploy(answer) is None
    unknown = "unknown whether prisma migrate deploy works: 3_colour was not rehearsed"
    assert unknown in found(answer)["pending"]["explanation"]


def test_a_url_of_another_schema_is_said(make_database: MakeDatabase, check: Check) -> None:
    folder = {"1_team": TEAM.replace('"Team" (', 'public."Team" (', 1)}
    staging = built(make_database(), *folder.values(), applied=folder)
    answer = check(folder, staging, url="?schema=other")
    pending = found(answer)["pending"]
    assert deploy(answer) == "P3018"
    assert "another ledger, in “public”" in [each["fact"] for each in pending["evidence"]]
    assert "“public”" in pending["fix"]["steps"][0]
    assert pending["fix"]["commands"] == [], "whoever deploys would run into what is there"


def test_a_table_of_a_pending_migration(make_database: MakeDatabase, check: Check) -> None:
    local = built(make_database(), TEAM, JOB, COLOUR, applied=FOLDER)
    staging = built(make_database(), TEAM, applied={"1_team": TEAM})
    answer = check(FOLDER, staging, local)
    assert set(found(answer)) == {"pending", "table-absent"}
    assert "the pending migration 2_job creates it" in found(answer)["table-absent"]["summary"]
    assert deploy(answer) == "applies"
    staging.execute(JOB + COLOUR)
    for place, name in enumerate(("2_job", "3_colour")):
        recorded(staging, name, FOLDER[name], place)
    assert found(check(FOLDER, staging, local)) == {}


def test_a_squash_as_documented_is_no_difference(make_database: MakeDatabase, check: Check) -> None:
    """The squashed migration may be called before or after what it stands for."""
    staging = built(make_database(), TEAM, JOB, applied={"1_old": "x", "2_old": "y"})
    recorded(staging, "000_squashed", TEAM + JOB, 5, steps=0)
    squashed = {"000_squashed": TEAM + JOB}
    answer = check(squashed, staging)
    assert found(answer) == {}
    states = answer["environments"]["staging"]["migrations"]["states"]
    assert states == {"000_squashed": "applied", "1_old": "squashed", "2_old": "squashed"}
    recorded(staging, "3_later", "z", 9)
    assert set(found(check(squashed, staging))) == {"db-ahead"}


def test_a_migration_in_typescript_is_told_once(make_database: MakeDatabase, check: Check) -> None:
    applied = {"1_team": TEAM, "2_job": JOB}
    both = [built(make_database(), TEAM, JOB, applied=applied) for _ in range(2)]
    folder = {**applied, "4_fill/migration.ts": "export default async () => {};"}
    answer = check(folder, *both)
    assert found(answer) == found(answer, "local") == {}
    (finding,) = answer["findings"]
    assert (finding["code"], finding["severity"]) == ("data-migration", "warning")
    assert "staging and local" in finding["summary"]
    assert deploy(answer) == "error:P3015"
    recorded(both[0], "4_fill", "", 4)
    (finding,) = check(folder, *both)["findings"]
    assert "local" in finding["summary"]
    assert "staging" not in finding["summary"]
    recorded(both[1], "4_fill", "", 4)
    assert check(folder, *both)["findings"] == []

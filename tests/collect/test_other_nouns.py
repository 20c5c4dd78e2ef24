"""What is said of an application whose tables are called otherwise."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import cli
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.matrix import matrix
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.report import to_markdown, to_text, to_ticket
from dashboard.diagnose.lookup.verdicts import Diagnosis
from dashboard.diagnose.orphans import Ages, Orphans, remedy
from tests.asking import ask, configured
from tests.collect.orphans.counting import counted
from tests.conftest import MakeDatabase
from tests.other_nouns import CONFIGURED, CONSTRAINT, KEYS, add, foreign_nouns, rebuild
from tests.replies import internal

PRESENT, ELSEWHERE, NOWHERE, DELETED = 1, 2, 3, 4
BROKEN = (
    f"alter table worker_tasks alter constraint {CONSTRAINT} deferrable initially deferred",
    "alter table worker_tasks disable trigger all",
    'alter table "Collection" disable trigger all',
    f"alter table worker_tasks drop constraint {CONSTRAINT};"
    f" alter table worker_tasks add constraint {CONSTRAINT} foreign key (collection_id)"
    ' references "Collection" (id) on delete set null not valid',
    "alter table worker_tasks alter collection_id set not null",
    f"alter table worker_tasks drop constraint {CONSTRAINT}",
    'delete from worker_tasks; delete from "Collection"',
)


class Places:
    """Two environments with these tables; staging is the one deployed to."""

    def __init__(self, make: MakeDatabase, folder: Path, key_type: str) -> None:
        self.staging, self.local = make(), make()
        self.id = KEYS[key_type]
        for each in (self.staging, self.local):
            rebuild(each, key_type)
        add(self.staging, self.key(PRESENT), tasks=2)
        add(self.local, self.key(ELSEWHERE))
        self.staging.execute("insert into notes values ('n', %s)", self.key(DELETED))
        urls = {"staging": self.staging.reader_url, "local": self.local.reader_url}
        self.settings = configured(folder, urls, CONFIGURED)
        self.file = folder / "dashboard.toml"

    def key(self, number: int) -> str:
        return self.id.format(number)

    def ask(self, text: str) -> tuple[Evidence, Diagnosis]:
        with contextlib.closing(Collector(self.settings)) as collector:
            return ask(collector, text, "staging")


@pytest.fixture(params=KEYS)
def places(request: pytest.FixtureRequest, make_database: MakeDatabase, tmp_path: Path) -> Places:
    return Places(make_database, tmp_path, request.param)


def sentences(finding: Finding) -> Iterator[str]:
    fixes = (finding.fix, *finding.alternatives)
    yield from (finding.summary, finding.explanation or "", finding.resolves_when or "")
    yield finding.reply or ""
    yield from finding.caveats
    yield from (each.fact for each in finding.evidence)
    yield from (str(fix) for fix in fixes if fix)


def told(places: Places, text: str) -> tuple[str, list[str]]:
    evidence, diagnosis = places.ask(text)
    findings = (diagnosis.verdict, *diagnosis.findings)
    said = [each for finding in findings for each in sentences(finding)]
    tickets = (write(evidence, diagnosis, "/lookup") for write in (to_ticket, to_markdown))
    said += [to_text(evidence, diagnosis), *tickets]
    assert internal(diagnosis.verdict.reply or "", evidence) == []
    assert foreign_nouns(said) == []
    return diagnosis.verdict.code, said


def logged(places: Places, number: int) -> str:
    return (
        f'ERROR:  insert or update on table "worker_tasks" violates foreign key constraint '
        f'"{CONSTRAINT}"\nDETAIL:  Key (collection_id)=({places.key(number)}) is not present in '
        'table "Collection".'
    )


def test_a_collection_is_called_one(places: Places) -> None:
    code, said = told(places, places.key(PRESENT))
    assert code == "project-present"
    assert said[0].startswith(f"Collection {places.key(PRESENT)} exists in staging: without a name")
    assert said[1] == "It already has a worker task; no unique index limits it to one."


def test_it_is_elsewhere(places: Places) -> None:
    code, said = told(places, places.key(ELSEWHERE))
    assert code == "environment-mismatch"
    one = f"Collection {places.key(ELSEWHERE)}"
    known = "it exists in local, without a name, created "
    assert said[0].startswith(f"{one} is not in staging; {known}")
    assert said[1].startswith(f"A worker task with this ID fails in staging ({CONSTRAINT}).")
    assert any("Create the collection in staging and use that one" in each for each in said)


@pytest.mark.parametrize(
    ("number", "code"), [(NOWHERE, ("stale-project-id", "id-typo")), (DELETED, "deleted-project")]
)
def test_it_is_nowhere(number: int, code: str | tuple[str, ...], places: Places) -> None:
    assert told(places, logged(places, number))[0] in code


def test_the_error_names_no_id(places: Places) -> None:
    code, said = told(places, f"Foreign key constraint violated on the constraint: `{CONSTRAINT}`")
    assert code == "no-id"
    assert any("Key (collection_id)=" in each for each in said)


@pytest.mark.parametrize(
    "error",
    [
        'null value in column "collection_id" of relation "worker_tasks" violates not-null '
        "constraint",
        'duplicate key value violates unique constraint "worker_tasks_collection_id_key"\n'
        "DETAIL:  Key (collection_id)=({present}) already exists.",
        'duplicate key value violates unique constraint "worker_tasks_token_key"\n'
        "DETAIL:  Key (token)=(abc) already exists.",
        'update or delete on table "Collection" violates foreign key constraint '
        f'"{CONSTRAINT}" on table "worker_tasks"\n'
        'DETAIL:  Key (id)=({present}) is still referenced from table "worker_tasks".',
        'insert or update on table "x" violates foreign key constraint "x_fkey"\n'
        'DETAIL:  Key (x)=({absent}) is not present in table "X".',
        "An operation failed because it depends on one or more records that were required but not "
        "found. No 'Collection' record was found for a nested connect. (P2025) {absent}",
        'column "nothing" of relation "worker_tasks" does not exist {present}',
        "deadlock detected {present}",
        'insert or update on table "worker_tasks" violates foreign key constraint '
        f'"{CONSTRAINT}"\nDETAIL:  Key (collection_id)=(undefined) is not present in table '
        '"Collection".',
        '2024-01-01 12:00:00 UTC [1] ERROR:  insert or update on table "worker_tasks" violates '
        f'foreign key constraint "{CONSTRAINT}"\nDETAIL:  Key (collection_id)=({{present}}) is not '
        'present in table "Collection".',
    ],
)
def test_whatever_the_error_is(error: str, places: Places) -> None:
    said = error.replace("{{", "{").replace("}}", "}")
    said = said.replace("{present}", places.key(PRESENT)).replace("{absent}", places.key(NOWHERE))
    told(places, f"ERROR:  {said}")


def test_the_id_of_another_table(make_database: MakeDatabase, tmp_path: Path) -> None:
    places = Places(make_database, tmp_path, "uuid")
    token = places.key(NOWHERE)
    places.staging.execute(
        "update worker_tasks set token = %s where id = (select min(id) from worker_tasks)", token
    )
    code, said = told(places, token)
    assert code == "other-entity"
    assert said[0].startswith(
        f"{token} is not a collection in staging: it is the token of a row in"
    )
    assert said[0].endswith(f"its collection is {places.key(PRESENT)}.")


def test_a_deleted_one_and_one_in_several_places(places: Places) -> None:
    add(places.local, places.key(PRESENT))
    told(places, places.key(PRESENT))
    places.staging.execute('update "Collection" set "deletedAt" = now()')
    assert told(places, places.key(PRESENT))[0] == "soft-deleted"


def test_what_health_says(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    add(places.local, places.key(PRESENT))
    for breakage in ("select 1", *BROKEN):
        with contextlib.suppress(Exception):
            places.staging.execute(breakage)
        with contextlib.closing(Collector(places.settings)) as collector:
            report = check(collector)
            titles = [collector.nouns.fill(each.check.title) for each in matrix(report)]
        said = [each for finding in report.findings for each in sentences(finding)]
        assert foreign_nouns([*said, *titles]) == [], breakage
        cli.main(["check", "--config", str(places.file)])
        assert foreign_nouns(capsys.readouterr()) == [], breakage


def test_what_is_said_of_orphans(places: Places) -> None:
    staging = places.staging
    staging.execute(
        "alter table worker_tasks disable trigger all;"
        f"insert into worker_tasks (collection_id) values ('{places.key(ELSEWHERE)}')"
    )
    with contextlib.closing(Collector(places.settings)) as collector:
        orphans, nouns = counted(collector)["staging"], collector.nouns
    assert isinstance(orphans, Orphans)
    for kind, found in orphans.kinds.items():
        said = [nouns.fill(each) for each in (kind.title, kind.rows, kind.why, kind.risk)]
        fixes = [remedy(each.column, each.cascades, Ages()) for each in found.columns]
        said += [part for fix in fixes for part in (fix.title, *fix.steps, fix.risk)]
        said += [each.title for fix in fixes for each in fix.commands]
        assert foreign_nouns([*said, found.coverage, *found.gaps, kind.lacks]) == []
        assert not any("{" in each for each in said), "every field is filled"

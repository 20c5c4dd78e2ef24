"""`check` where Prisma 8 owns the migrations, or is about to: databases that it left behind."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.cli import main
from dashboard.demo.databases import READER
from dashboard.diagnose.health.checks import applied, known
from dashboard.settings import project_folder
from tests.asking import configured, look_up
from tests.conftest import Database, MakeDatabase
from tests.repetitions import every_nth

FIXTURES = project_folder() / "tests" / "fixtures" / "prisma8" / "states"
STATES = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FIXTURES.glob("*.json")
}
CODES = applied.CHECK.codes | known.CHECK.codes
FOLDERS = {
    "none": [],
    "root": ["migrations"],
    "app": ["migrations/app"],
    "older": ["prisma/migrations"],
    "both": ["prisma/migrations", "migrations"],
}
OF_STATE = {
    "pending": {"pending"},
    "up-to-date": set[str](),
    "diverged": {"diverged"},
    "ahead": {"db-ahead"},
    "no-path": {"forked"},
    "target-unknown": {"migrations-unknown"},
}
OF_FLAG = {
    "no-migration-leads-there": "db-update-only",
    "broken-folder": "broken-folder",
    "edited": "edited",
    "two-owners": "two-owners",
}  # drift is what other checks see

Check = Callable[..., Any]


def restored(database: Database, name: str) -> Database:
    database.execute("drop schema public cascade; create schema public")
    script = (FIXTURES / f"{name}.sql").read_text(encoding="utf-8")
    for part in re.split(r"(?m)(^COPY [^\n]+;\n.*?^\\\.\n)", script, flags=re.DOTALL):
        statement, _, rows = part.partition(";\n")
        if not part.startswith("COPY"):
            database.execute(part)
            continue
        with database.connection.cursor().copy(statement.encode()) as copy:
            copy.write(rows.removesuffix("\\.\n"))
    return database


def checked_out(root: Path, name: str, *, emitted: bool = False) -> Path:
    """Lay the repository out as it was beside the database."""
    repository = STATES[name]["repository"]
    if root.exists():
        shutil.rmtree(root)
    root.mkdir()
    for path in repository["listing"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
    for path, text in repository["files"].items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    if emitted:
        contract = {"storage": {"storageHash": repository["emitted_contract_hash"]}}
        (root / "src" / "prisma").mkdir(parents=True, exist_ok=True)
        (root / "src" / "prisma" / "contract.json").write_text(json.dumps(contract))
    return root


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def judged(urls: Mapping[str, str], root: Path, folders: list[str]) -> Any:
        listed = json.dumps([str(root / each) for each in folders])
        diagnosis = f"[diagnosis]\nmigrations = {listed}\n" if folders else ""
        settings = configured(tmp_path, urls, diagnosis)
        main(["check", "--config", str(settings.source), "--json"])
        return json.loads(capsys.readouterr().out)

    return judged


def codes(answer: Any, environment: str = "staging") -> set[str]:
    found = answer["environments"][environment]["findings"]
    return {each["code"] for each in found} & CODES


def expected(name: str, folder: str, *, emitted: bool) -> set[str]:
    """Say what is right, by what was noted when the database was made."""
    noted, listing = STATES[name]["expected"], STATES[name]["repository"]["listing"]
    if folder == "none":
        return without_folder(noted)
    if not all(any(path.startswith(f"{each}/") for path in listing) for each in FOLDERS[folder]):
        unknown = without_folder(noted)
        return unknown if "migrations-unknown" in unknown else {"folder-unread", *unknown}
    if noted["owner"] == "marker-only":
        return {"not-handed-over"}
    handing_over = {"not-handed-over"} if noted["owner"] == "prisma-8-by-the-folder" else set[str]()
    state = noted["without_emitted_contract"]
    state = noted["state"] if emitted or state == "-" else state
    flags = {OF_FLAG[each] for each in noted["flags"] if each in OF_FLAG}
    if not emitted and state == "diverged":
        flags -= {"db-update-only"}
    return {*OF_STATE[state], *flags, *handing_over}


def without_folder(noted: Any) -> set[str]:
    match noted["owner"]:
        case "prisma-8":
            return {"migrations-unknown"}
        case "both":
            return {"migrations-unknown", "two-owners"}
        case "marker-only":
            return {"migrations-unknown"}
        case "none":
            return {"no-ledger"}
        case _:
            return set()


@pytest.mark.parametrize("name", every_nth(sorted(STATES), 6))
def test_every_state_with_every_folder(
    name: str, make_database: MakeDatabase, check: Check, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    database = restored(make_database(), name)
    for emitted, folders in ((False, FOLDERS), (True, ("root",))):
        root = checked_out(tmp_path / "app", name, emitted=emitted)
        for folder in folders:
            with subtests.test(folder=folder, emitted=emitted):
                answer = check({"staging": database.url}, root, FOLDERS[folder])
                assert codes(answer) == expected(name, folder, emitted=emitted)


MIGRATIONS = "migrations/app"
TOLD = {"Up to date": "up-to-date", "No migration path": "no-path"}


def told(cli: Any) -> tuple[int, str]:
    """Read what Prisma 8 itself answered to `migration status`."""
    envelope = cli["envelope"]
    if not envelope["ok"]:
        return cli["exit_code"], "CONTRACT_SPACE_VIOLATION"
    found = [each["code"].rpartition(".")[2] for each in envelope["result"]["diagnostics"]]
    if "MARKER_NOT_IN_HISTORY" in str(envelope):
        return cli["exit_code"], "MARKER_NOT_IN_HISTORY"
    summary = envelope["result"]["summary"]
    known = next((word for start, word in TOLD.items() if summary.startswith(start)), None)
    return cli["exit_code"], known or ("pending" if "pending" in summary else str(found))


def test_prisma_8_s_own_answers_are_foretold(
    make_database: MakeDatabase, check: Check, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for name, state in sorted(STATES.items()):
        if state["expected"]["owner"] not in ("prisma-8", "both", "none"):
            continue
        with subtests.test(name):
            database = restored(make_database(), name)
            root = checked_out(tmp_path / "app", name, emitted=True)
            answer = check({"staging": database.url}, root, [MIGRATIONS])
            said = answer["environments"]["staging"]["migrations"]["contract"]["prisma"]
            status, show = said["migration status"], said["db migrate --show"]
            assert (status["exit"], status["outcome"]) == told(state["cli"]["migration status"])
            assert show["exit"] == state["cli"]["db migrate --show"]["exit_code"]
            runs = state["cli"]["db migrate --show"]["envelope"].get("result", {})
            assert bool(runs.get("migrations")) == (show["outcome"] == "runs")


def test_what_others_show_decides_where_no_folder_does(
    make_database: MakeDatabase, check: Check, tmp_path: Path
) -> None:
    """Signed, or with the old ledger only: beside one that Prisma 8 has migrated, it owns both."""
    done = restored(make_database(), "26-handover-done")
    signed = restored(make_database(), "29-handover-staging-pending")
    old = restored(make_database(), "27-handover-staging-unsigned")
    urls = {"staging": signed.url, "local": done.url, "preview": old.url}
    answer = check(urls, tmp_path, [])
    assert codes(answer) == {"migrations-unknown"}
    assert codes(answer, "preview") == {"not-handed-over", "migrations-unknown"}
    assert codes(answer, "local") == {"migrations-unknown"}
    owners = {name: each["migrations"]["owner"] for name, each in answer["environments"].items()}
    assert set(owners.values()) == {"prisma-8"}
    root = checked_out(tmp_path / "app", "26-handover-done")
    with_folder = check(urls, root, ["migrations"])
    assert codes(with_folder) == {"pending"}
    assert codes(with_folder, "local") == set()
    assert codes(with_folder, "preview") == {"not-handed-over", "pending"}


def test_a_role_without_the_grants_is_told_them(
    make_database: MakeDatabase, check: Check, tmp_path: Path
) -> None:
    database = restored(make_database(), "30-prisma7-removed")
    database.execute(f"grant usage on schema public to {READER}")
    root = checked_out(tmp_path / "app", "30-prisma7-removed")
    url = database.reader_url
    answer = check({"staging": url}, root, ["migrations"])
    assert codes(answer) == {"migrations-unknown"}
    (finding,) = (
        each
        for each in answer["environments"]["staging"]["findings"]
        if each["code"] == "migrations-unknown"
    )
    (command,) = finding["fix"]["commands"]
    database.execute(command["text"])
    assert codes(check({"staging": url}, root, ["migrations"])) == set()
    database.execute("revoke usage on schema prisma_contract from dashboard_reader")
    assert codes(check({"staging": url}, root, ["migrations"])) == {"migrations-unknown"}


def test_an_older_layout_is_unknown(
    make_database: MakeDatabase, check: Check, tmp_path: Path
) -> None:
    database = restored(make_database(), "03-up-to-date")
    database.execute("alter table prisma_contract.ledger drop column space")
    root = checked_out(tmp_path / "app", "03-up-to-date")
    assert codes(check({"staging": database.url}, root, [MIGRATIONS])) == {"migrations-unknown"}


@pytest.mark.parametrize("domain", ["prisma_8", "prisma_next"])
def test_its_lock_says_that_it_migrates(
    domain: str, make_database: MakeDatabase, check: Check, tmp_path: Path
) -> None:
    database = restored(make_database(), "02-pending")
    root = checked_out(tmp_path / "app", "02-pending")
    with psycopg.connect(database.url) as deploying:
        deploying.execute(
            "select pg_advisory_xact_lock(hashtext(%s))", [f"{domain}.contract.marker:public:app"]
        )
        running = check({"staging": database.url}, root, [MIGRATIONS])
        assert codes(running) == {"migration-running"}
        deploying.execute("select 1")
    assert codes(check({"staging": database.url}, root, [MIGRATIONS])) == {"pending"}


def test_a_ref_names_the_target_and_what_was_done_there(
    make_database: MakeDatabase, check: Check, tmp_path: Path
) -> None:
    name = "14-fork"
    database = restored(make_database(), name)
    root = checked_out(tmp_path / "app", name)
    marker = database.execute("select core_hash from prisma_contract.marker")[0][0]
    ref = root / MIGRATIONS / "refs" / "staging.json"
    ref.parent.mkdir(parents=True, exist_ok=True)
    assert codes(check({"staging": database.url}, root, [MIGRATIONS])) == {"migrations-unknown"}
    ref.write_text(json.dumps({"hash": marker, "invariants": []}))
    assert codes(check({"staging": database.url}, root, [MIGRATIONS])) == set()
    ref.write_text(json.dumps({"hash": f"sha256:{marker}", "invariants": ["filled"]}))
    assert codes(check({"staging": database.url}, root, [MIGRATIONS])) == {"invariants-missing"}
    database.execute("update prisma_contract.marker set invariants = '{filled}'")
    assert codes(check({"staging": database.url}, root, [MIGRATIONS])) == set()
    ref.write_text("no json")
    assert codes(check({"staging": database.url}, root, [MIGRATIONS])) == {"migrations-unknown"}


def test_an_extension_is_judged_beside_the_application(
    make_database: MakeDatabase, check: Check, tmp_path: Path
) -> None:
    name = "03-up-to-date"
    database = restored(make_database(), name)
    root = checked_out(tmp_path / "app", name)
    shutil.copytree(root / MIGRATIONS, root / "migrations" / "search")
    answer = check({"staging": database.url}, root, ["migrations"])
    assert codes(answer) == {"pending"}
    states = answer["environments"]["staging"]["migrations"]["states"]
    assert states["search/20261129T1229_init"] == "pending"
    assert states["20261129T1229_init"] == "applied"
    database.execute(
        "insert into prisma_contract.marker (space, core_hash, profile_hash)"
        " select 'search', core_hash, profile_hash from prisma_contract.marker"
    )
    assert codes(check({"staging": database.url}, root, ["migrations"])) == set()


def test_the_states_of_packages(make_database: MakeDatabase, check: Check, tmp_path: Path) -> None:
    wanted = {
        "10-rolled-back": ("applied", "rolled-back", "applied"),
        "11-applied-again": ("applied", "applied", "off-path"),
        "12-database-ahead": ("applied", "extra"),
        "14-fork": ("applied", "applied", "applied", "off-path"),
        "08-edited-and-re-emitted": ("applied", "edited"),
        "07-edited-ops": ("applied", "broken-folder"),
        "16-db-init": ("applied", "applied"),
    }
    for name, expected_states in wanted.items():
        database = restored(make_database(), name)
        root = checked_out(tmp_path / "app", name, emitted=True)
        answer = check({"staging": database.url}, root, [MIGRATIONS])
        migrations = answer["environments"]["staging"]["migrations"]
        assert tuple(migrations["states"].values()) == expected_states, name
        by_hand = {name for name, flags in migrations["flags"].items() if flags == ["by-hand"]}
        assert len(by_hand) == (2 if name == "16-db-init" else 0)


@pytest.mark.usefixtures("throw_away")
def test_beside_a_marker_prisma_7_s_scripts_are_followed_as_ever(
    make_database: MakeDatabase, check: Check, tmp_path: Path
) -> None:
    database = restored(make_database(), "21-side-by-side-signed")
    root = checked_out(tmp_path / "app", "21-side-by-side-signed")
    script = root / "prisma" / "migrations" / "20290101000000_colour" / "migration.sql"
    script.parent.mkdir()
    for text, outcome in (("add column colour text", "applies"), ("add column id text", "P3018")):
        script.write_text(f'alter table "Project" {text};')
        answer = check({"staging": database.url}, root, ["prisma/migrations"])
        assert codes(answer) == {"not-handed-over", "pending"}
        prisma = answer["environments"]["staging"]["migrations"]["prisma"]
        assert prisma["deploy"]["outcome"] == outcome


ABSENT = "cmuh3zi8j00cocfpecxvm11hu"
BEHIND = f"The column `deployments.colour` does not exist in the current database. {ABSENT}"


def test_a_look_up_says_where_prisma_8_is(make_database: MakeDatabase, tmp_path: Path) -> None:
    database = restored(make_database(), "02-pending")
    settings = configured(tmp_path, {"staging": database.url})
    _, diagnosis = look_up(settings, ABSENT, "staging")
    seen = " ".join(each.fact for each in diagnosis.verdict.evidence)
    assert "Prisma 8's marker of app is at bc9b0e7ffb1a since" in seen
    assert "Prisma 8 has applied 1 migration, the last 20261129T1229_init" in seen
    _, diagnosis = look_up(settings, BEHIND, "staging")
    fixes = [each for each in (diagnosis.verdict.fix, *diagnosis.verdict.alternatives) if each]
    commands = [each.text for fix in fixes for each in fix.commands if each.language == "bash"]
    assert any("prisma db migrate" in each for each in commands)
    assert not any("migrate deploy" in each for each in commands)
    with psycopg.connect(database.url) as deploying:
        deploying.execute(
            "select pg_advisory_xact_lock(hashtext('prisma_8.contract.marker:public:app'))"
        )
        _, diagnosis = look_up(settings, ABSENT, "staging")
    assert diagnosis.verdict.code == "migration-running"
    assert "Prisma 8's migration lock" in diagnosis.verdict.explanation

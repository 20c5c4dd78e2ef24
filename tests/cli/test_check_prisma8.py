"""`check` where Prisma 8 owns the migrations, or is about to: databases that it left behind."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.diagnose.health.checks import applied, known
from dashboard.settings import project_folder
from tests.asking import configured
from tests.conftest import Database, MakeDatabase

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


@pytest.mark.parametrize("name", sorted(STATES))
def test_every_state_with_every_folder(
    name: str, make_database: MakeDatabase, check: Check, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    database = restored(make_database(), name)
    for emitted in (False, True):
        root = checked_out(tmp_path / "app", name, emitted=emitted)
        for folder, paths in FOLDERS.items():
            with subtests.test(folder=folder, emitted=emitted):
                answer = check({"staging": database.url}, root, paths)
                assert codes(answer) == expected(name, folder, emitted=emitted)

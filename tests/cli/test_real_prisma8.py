"""What is foretold of Prisma 8 is what Prisma 8 then does: the real one, from npm."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from tests.asking import configured
from tests.cli.test_check_prisma8 import STATES, checked_out, restored
from tests.conftest import Database, MakeDatabase
from tests.repetitions import repetition

VERSIONS = ("prisma@8.0.0-rc.19", "@prisma/orm-postgres@8.0.0-rc.13")
CONFIG = """
import { definePrismaConfig } from '@prisma/cli-engine';
import { defineConfig as ormConfig } from '@prisma/orm-postgres/config';

export default definePrismaConfig({
  orm: ormConfig({
    contract: './src/prisma/contract.prisma',
    db: { connection: process.env.DATABASE_URL },
  }),
});
"""
FIRST, SECOND, THIRD = "id String @id", "name String?", "colour String?"
OTHER = "shape String?"
INSTALL_LIMIT_S, LIMIT_S = 240, 60


@dataclass(frozen=True, slots=True)
class Application:
    """A repository with Prisma 8, and one database that it is run on."""

    root: Path
    node: str
    url: str

    def prisma(self, *arguments: str) -> tuple[int, Any]:
        """Run a command; the answer is its exit status and the last thing it says."""
        done = subprocess.run(
            [self.node, "node_modules/.bin/prisma", *arguments, "--format", "json"],
            cwd=self.root,
            env={**os.environ, "DATABASE_URL": self.url, "DO_NOT_TRACK": "1"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])["envelope"]

    def emit(self, *fields: str) -> str:
        """Write the contract's source, emit it, and return its hash."""
        source = self.root / "src" / "prisma" / "contract.prisma"
        source.parent.mkdir(parents=True, exist_ok=True)
        lines = "\n".join(f"  {each}" for each in fields)
        source.write_text(f"// use prisma-8\n\nmodel Project {{\n{lines}\n}}\n")
        status, envelope = self.prisma("contract", "emit")
        assert status == 0, envelope
        return str(envelope["result"]["storageHash"])

    def plan(self, name: str, *more: str) -> None:
        status, envelope = self.prisma("migration", "plan", "--name", name, *more)
        assert status == 0, envelope

    def do(self, *arguments: str) -> None:
        status, envelope = self.prisma(*arguments)
        assert status == 0, envelope

    def steps(self) -> Iterator[tuple[str, int, Any]]:
        """Do what a team does, step by step, with what Prisma 8 says it would run next."""
        for state, act in story(self):
            act()
            yield state, *self.prisma("db", "migrate", "--show")


@pytest.fixture
def application(
    tmp_path_factory: pytest.TempPathFactory, make_database: MakeDatabase
) -> Application:
    root = tmp_path_factory.mktemp("prisma8")
    node = _node(tmp_path_factory.mktemp("node"))
    (root / "package.json").write_text('{"private": true, "type": "module"}')
    (root / "prisma.config.ts").write_text(CONFIG)
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *VERSIONS]
    if subprocess.run(install, cwd=root, timeout=INSTALL_LIMIT_S, check=False).returncode:
        pytest.skip("Prisma 8 cannot be had from npm here")
    database = make_database()
    database.execute("drop schema public cascade; create schema public")
    return Application(root, node, database.url)


def _node(folder: Path) -> str:
    """Find a node that is new enough for Prisma 8."""
    if not shutil.which("npx"):
        pytest.skip("no node on this machine")
    found = subprocess.run(
        ["npx", "--yes", "-p", "node@24", "which", "node"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=INSTALL_LIMIT_S,
        check=False,
    )
    if found.returncode:
        pytest.skip("node 24 cannot be had from npm here")
    return found.stdout.strip()


def story(app: Application) -> list[tuple[str, Callable[[], None]]]:
    """Write what a team does, step by step, each with the state that it is in afterwards."""
    hashes: dict[str, str] = {}

    def first() -> None:
        hashes["first"] = app.emit(FIRST)
        app.plan("init")

    def second() -> None:
        hashes["second"] = app.emit(FIRST, SECOND)
        app.plan("name", "--from", hashes["first"])

    def rollback() -> None:
        app.plan("back", "--from", hashes["second"], "--to", hashes["first"])
        app.do("db", "migrate", "--to", hashes["first"])

    def fork() -> None:
        app.emit(FIRST, SECOND, THIRD)
        app.plan("colour", "--from", hashes["second"])
        app.do("db", "migrate")
        app.emit(FIRST, SECOND, OTHER)
        app.plan("shape", "--from", hashes["second"])

    def update() -> None:
        app.emit(FIRST, SECOND, THIRD, OTHER)
        app.do("db", "update", "-y")

    return [
        ("pending", first),
        ("up-to-date", lambda: app.do("db", "migrate")),
        ("pending", second),
        ("up-to-date", lambda: app.do("db", "migrate")),
        ("pending", rollback),
        ("up-to-date", lambda: app.do("db", "migrate")),
        ("forked", fork),
        ("up-to-date", update),
    ]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What Prisma 8 left behind and answered when the fixtures were made."""

    root: Path
    database: Database

    @property
    def url(self) -> str:
        return self.database.url

    def steps(self) -> Iterator[tuple[str, int, Any]]:
        for name in ("02-pending", "03-up-to-date", "10-rolled-back", "14-fork", "05-diverged"):
            restored(self.database, name)
            checked_out(self.root, name, emitted=True)
            state = STATES[name]["expected"]["state"].replace("no-path", "forked")
            cli = STATES[name]["cli"]["db migrate --show"]
            yield state, cli["exit_code"], cli["envelope"]
            self.database.execute("drop schema prisma_contract cascade")


@pytest.fixture
def recorded(tmp_path: Path, make_database: MakeDatabase) -> Recorded:
    return Recorded(tmp_path / "app", make_database())


@pytest.mark.timeout(900)  # npm takes its time
@pytest.mark.parametrize("source", ["recorded", repetition("application")])
def test_what_is_foretold_is_what_it_does(
    source: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = request.getfixturevalue(source)
    diagnosis = f"[diagnosis]\nmigrations = {json.dumps(str(app.root / 'migrations'))}"
    settings = configured(tmp_path, {"staging": app.url}, diagnosis)
    for number, (state, exit_status, envelope) in enumerate(app.steps()):
        main(["check", "--config", str(settings.source), "--json"])
        answer = json.loads(capsys.readouterr().out)["environments"]["staging"]["migrations"]
        foretold = answer["contract"]["prisma"]["db migrate --show"]
        result = envelope["result"] if envelope["ok"] else {}
        to_run = [each["dirName"] for each in result.get("migrations", ())]
        found = answer["states"].items()
        waiting = [name for name, each in found if each in ("pending", "rolled-back")]
        where = f"step {number}: {state}"
        assert answer["contract"]["spaces"]["app"]["state"] == state, where
        assert foretold["exit"] == exit_status, where
        assert sorted(waiting) == sorted(to_run), where

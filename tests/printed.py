"""Printed commands, run where they are printed for: nobody copies one that does not work.

Each fix is run by itself, from its first command to its last, in a transaction that is undone.
"""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from dashboard.diagnose.finding import Command, Finding, Fix
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.postgres.cluster import binaries
from dashboard.settings import Settings

OPTIONS = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
COPY = re.compile(r"\\copy (?P<what>.+) (?P<way>to|from) '(?P<file>\S+)' (?P<how>with .+)")
OWN_TRANSACTION = re.compile(r"^(begin|commit);$", re.MULTILINE)
# the role is that of all databases of the server, and so of other tests
FOR_ALL = re.compile(r'alter role "?\w+"? bypassrls;')
TARGET = re.compile(r'^DATABASE_URL="<(\S+): [\w ]+>" npx prisma ')
OTHER_TOOLS = re.compile(r'^(psql "<(?P<place>\S+): |\./run check --environment \S+$)')
FOLDER = re.compile(r"cd ([^\s']\S*|'.*')")
# what a fix says beforehand of a statement that rows still stand in the way of
FORETOLD = (
    "fails as long as orphans remain",
    "fails until the orphans are gone",
    "once no such rows remain",
)

Connection = psycopg.Connection[Any]
OWNERS: dict[str, Connection] = {}  # of the databases of a test's own, by their addresses


def psql(url: str, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a text in one session, which \\copy reads and writes files of the folder in."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(  # what is run is what the product prints
        [binaries().program("psql"), *OPTIONS, url],
        input=text, text=True, capture_output=True, cwd=folder, env=own, check=False,
    )  # fmt: skip


def address(url: str) -> str:
    return url.rpartition("@")[2]


def connections(settings: Settings) -> Mapping[str, Connection]:
    """Find the owners' connections to what is configured."""
    found = {name: OWNERS.get(each.address) for name, each in settings.databases.items()}
    return {name: each for name, each in found.items() if each}


def fixes(findings: Iterable[Finding]) -> Iterator[tuple[Finding, Fix]]:
    for finding in findings:
        for fix in (finding.fix, *finding.alternatives):
            if fix:
                yield finding, fix


def shortfalls(
    findings: Iterable[Finding], connections: Mapping[str, Connection], target: str
) -> list[str]:
    """Run every command of the findings on its environment, and say which do not work."""
    return [
        f"{finding.code}, {shortfall}"
        for finding, fix in fixes(findings)
        for shortfall in Run(fix, finding.environment or target, connections).shortfalls()
    ]


@dataclass
class Run:
    """One fix, for one environment where a command's title does not name another."""

    fix: Fix
    environment: str
    connections: Mapping[str, Connection]
    files: dict[str, bytes] = field(default_factory=dict)

    def shortfalls(self) -> list[str]:
        with contextlib.ExitStack() as undone:
            for each in self.connections.values():
                undone.enter_context(each.transaction(force_rollback=True))
            return [
                f"{self.fix.title}: {why.strip()} — {command.text}"
                for command in self.fix.commands
                if (why := self._wrong(command, self._place(command)))
            ]

    def _place(self, command: Command) -> str:
        title = command.title or ""
        named = (each for each in self.connections if re.search(rf"\b{re.escape(each)}\b", title))
        return next(named, self.environment)

    def _wrong(self, command: Command, place: str) -> str | None:
        if command.language == "bash":
            return None if is_for(command.text, place) else "names no target"
        if place not in self.connections:
            return None
        try:
            with self.connections[place].transaction():
                self._execute(command.text, self.connections[place])
        except psycopg.Error as error:
            foretold = any(words in " ".join(self.fix.steps) for words in FORETOLD)
            in_the_way = isinstance(error, psycopg.errors.IntegrityError)
            return None if foretold and in_the_way else str(error)
        return None

    def _execute(self, text: str, connection: Connection) -> None:
        text = FOR_ALL.sub("", OWN_TRANSACTION.sub("", text)).replace(" concurrently ", " ")
        before, copy, after = text.partition("\\copy")
        line, _, rest = (copy + after).partition("\n")
        connection.execute(before.encode())
        if copy:
            self._copy(line, connection)
            self._execute(rest, connection)

    def _copy(self, line: str, connection: Connection) -> None:
        match = COPY.fullmatch(line)
        assert match, line
        ends = {"to": "to stdout", "from": "from stdin"}
        statement = f"copy {match['what']} {ends[match['way']]} {match['how']}".encode()
        with connection.cursor().copy(statement) as copying:
            if match["way"] == "to":
                self.files[match["file"]] = b"".join(bytes(part) for part in copying)
            else:
                copying.write(self.files[match["file"]])


def is_for(text: str, place: str) -> bool:
    """Whether a command for the shell says which environment it is for, whoever copies it."""
    *folders, line = text.split("\n")
    if any(not FOLDER.fullmatch(each) for each in folders):
        return False
    target, other = TARGET.match(line), OTHER_TOOLS.match(line)
    named = target[1] if target else other["place"] if other else None
    return named == place if named else bool(other and place in line)


def look_ups_agree(evidence: Evidence, findings: Iterable[Finding], connection: Connection) -> bool:
    """Whether the printed check returns a row just where the project is said to be there."""
    states = {PresenceState.FOUND: 1, PresenceState.ABSENT: 0}
    expected = states.get(evidence.here.state)
    quoted = (evidence.id or "").replace("'", "''")
    for _, fix in fixes(findings):
        for command in fix.commands:
            asked = command.title == f"Check in {evidence.target.name}"
            if asked and expected is not None and f"= '{quoted}';" in command.text:
                rows = connection.execute(command.text.encode()).fetchall()
                if len(rows) != expected:
                    return False
    return True

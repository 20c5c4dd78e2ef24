"""Three environments of which staging has a fault, and what has to hold through both front ends.

A fault is a `Fault`: how it is provoked, and what people read. `prove` shows the rest: the exit
status, that the others are found and wait for nobody, that nothing is green or leaks, that it
ends by itself, and that afterwards there are as many threads and sockets as before.
"""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from dashboard import serving
from dashboard.cli import main
from dashboard.collect.collector import Collector
from dashboard.demo.databases import reader_url
from dashboard.diagnose.facts import Kind
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup.evidence import Presence, PresenceState
from dashboard.diagnose.paste import read
from dashboard.postgres import BACKGROUND
from dashboard.settings import Settings
from tests.asking import configured
from tests.conftest import Database
from tests.faults import limits
from tests.faults.server import Server, until
from tests.proxy import Proxy
from tests.repetitions import repetition
from tests.show.opening import open_page, said, unfold, unlinked

PROJECT = "cmfaults0000000000000shop"
NAMES = ("local", "staging", "production")
HEALTHY = ("local", "production")
SETTLE_S = 60  # in the background a silent environment has time
FOUND = dict.fromkeys(NAMES, PresenceState.FOUND)
SERVER_WORDS = ("FATAL", "psycopg", "libpq", "server at", "DETAIL", "Traceback")


@dataclass(frozen=True, slots=True)
class Place:
    """A database of a server that comes and goes: every statement has its own connection."""

    server: Server
    name: str

    @property
    def reader_url(self) -> str:
        return reader_url(self.server, self.name)

    def execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as superuser; the answer is its rows."""
        with psycopg.connect(self.server.url(self.name), autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


@dataclass(slots=True)
class Stage:
    """Staging has a server, a database and a proxy in front of it; all others are healthy."""

    folder: Path
    server: Server
    proxy: Proxy
    database: Place
    healthy: Mapping[str, Database]
    capsys: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture
    patch: pytest.MonkeyPatch
    held: contextlib.ExitStack  # what a fault has to have before it comes, until the test ends

    def url(self, query: str = "", **parts: object) -> str:
        """Write staging's URL, through the proxy unless another `port` is given."""
        given = urlsplit(self.database.reader_url)
        host, port = parts.get("host", "127.0.0.1"), parts.get("port", self.proxy.port)
        password = parts.get("password", f":{given.password}")
        return f"postgresql://{given.username}{password}@{host}:{port}{given.path}{query}"

    def administer(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as superuser from outside of staging's database."""
        return Place(self.server, "postgres").execute(statement, *values)

    def terminate(self) -> None:
        """End all connections of the dashboard to staging, so that new ones are needed."""
        self.administer(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            " where application_name = 'deployment-dashboard'"
        )

    def backends(self) -> list[int]:
        """List the processes that serve the dashboard."""
        found = self.administer(
            "select pid from pg_stat_activity where application_name = 'deployment-dashboard'"
        )
        return [pid for (pid,) in found]


Provoke = Callable[[Stage], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of docs/reliability.md.

    `words` are what people read after the address, None where nobody notices anything; `waits`:
    staging is silent, so that all others have answered before it is given up on; `in_health` are
    the words of Health where they are others. A sentence of the look-up itself is not `addressed`.
    What is `timed` has to be over within the product's own limits.
    """

    row: str
    what: str
    provoke: Provoke
    kind: Kind | None
    words: str | None
    url: Callable[[Stage], str] = Stage.url
    waits: bool = False
    in_health: str | None = None
    addressed: bool = True
    timed: bool = False

    def message(self, address: str) -> str:
        return f"{address}: {self.words}" if self.addressed else str(self.words)


def cases(faults: Sequence[Fault], *repetitions: str) -> list[object]:
    """Leave two thirds of the faults, and what repeats another one, to the long run."""
    return [
        repetition(each, id=each.row)
        if number % 3 or each.row in repetitions
        else pytest.param(each, id=each.row)
        for number, each in enumerate(faults)
    ]


@dataclass(frozen=True, slots=True)
class Running:
    """The dashboard as it runs while a fault comes and goes."""

    stage: Stage
    settings: Settings
    collector: Collector

    @property
    def address(self) -> str:
        return self.settings.databases["staging"].address

    def config(self) -> Path:
        assert self.settings.source
        return self.settings.source


@contextlib.contextmanager
def running(stage: Stage, urls: Mapping[str, str]) -> Iterator[Running]:
    """Serve the environments, and hold a collector that was used before."""
    settings = configured(stage.folder, urls)
    stage.patch.setenv("DASHBOARD_CONFIG", str(settings.source))
    with contextlib.closing(Collector(settings)) as collector:
        made = Running(stage, settings, collector)
        serving.current()
        refreshed()
        assert in_words(made) == FOUND
        assert healthy() == set(urls)
        yield made
    serving.stop()


def environments(stage: Stage, staging: str) -> dict[str, str]:
    """Name the URLs of the three, in the order of the page."""
    healthy = {name: database.reader_url for name, database in stage.healthy.items()}
    return {"local": healthy["local"], "staging": staging, "production": healthy["production"]}


def prove(stage: Stage, fault: Fault) -> None:
    """Warm everything up, have the fault, look at all that people see, and let it end."""
    if not (fault.waits or fault.timed):
        limits.be_patient()
    with running(stage, environments(stage, fault.url(stage))) as made:
        before = held()
        with fault.provoke(stage):
            if fault.words is None:
                assert_unnoticed(made)
            else:
                assert_told(made, fault)
        assert_recovered(made)
        until(lambda: held() <= before)
        assert_nothing_leaked(stage, stage.caplog.text)


def assert_unnoticed(made: Running) -> None:
    assert in_words(made) == FOUND
    status, answer, _ = command(made)
    assert status == 0
    assert {each["state"] for each in answer["environments"].values()} == {"found"}
    assert shows_the_project(lookup_page())
    refreshed()
    assert_healthy(*NAMES)


def assert_told(made: Running, fault: Fault) -> None:
    message = fault.message(made.address)
    arrived = answers(made)
    reason = arrived["staging"].reason
    assert reason
    assert (reason.kind, reason.message) == (fault.kind, message)
    assert all(arrived[name].state is PresenceState.FOUND for name in HEALTHY)
    if fault.waits:
        assert list(arrived)[-1] == "staging"
    assert_command_tells(made, fault, message)
    assert message.lower() in lookup_page().lower()
    refreshed()
    in_health = (fault.in_health or message).format(background_s=BACKGROUND.deadline_s)
    assert_not_healthy(made, in_health)


def assert_command_tells(made: Running, fault: Fault, message: str) -> None:
    status, answer, people = command(made)
    assert status == 3
    environments = answer["environments"]
    assert environments["staging"]["reason"] == {"kind": fault.kind, "message": message}
    assert {name: each["state"] for name, each in environments.items()} == {
        "local": "found", "staging": "unknown", "production": "found",
    }  # fmt: skip
    assert answer["verdict"]["severity"] == "unknown"
    assert answer["verdict"]["fix"]["steps"]
    status, text = command_for_people(made)
    assert status == 3
    assert message.lower() in text.lower()
    assert_nothing_leaked(made.stage, json.dumps(answer), people, text)


def answers(made: Running) -> dict[str, Presence]:
    """Look the project up; gives what each says of it, in the order in which they arrived."""
    arrived = dict(made.collector.look_up(read(PROJECT)))
    staging = made.settings.databases["staging"].environment
    evidence = made.collector.evidence(read(PROJECT), staging, arrived)
    return {each.name: evidence.presence(each) for each in arrived}


def in_words(made: Running) -> dict[str, str]:
    """Say for each environment what it says of the project, or why it says nothing."""
    arrived = answers(made)
    return {
        name: str(arrived[name].reason or arrived[name].state) for name in NAMES if name in arrived
    }


def command(made: Running) -> tuple[int, Any, str]:
    """Look it up from the command line: exit status, the JSON object, and standard error."""
    status, out, people = run(made, "--json")
    return status, json.loads(out), people


def command_for_people(made: Running) -> tuple[int, str]:
    status, out, people = run(made)
    return status, out + people


def run(made: Running, *more: str) -> tuple[int, str, str]:
    made.stage.capsys.readouterr()  # what pages wrote before
    status = main(["lookup", PROJECT, "--target", "staging", "--config", str(made.config()), *more])
    output = made.stage.capsys.readouterr()
    return status, output.out, output.err


def page(name: str, **params: str) -> str:
    """Read all of a page, without where it leads and what keeps a text from being markup."""
    opened = unfold(open_page(name, **params))
    assert not opened.exception
    return re.sub(r":red\[\]|\\(?=[\W_])", "", unlinked(said(opened)))


def lookup_page() -> str:
    return page("lookup", id=PROJECT, env="staging")


def shows_the_project(words: str) -> bool:
    """Whether staging has it, beside those where it is the same."""
    return re.search("^Project in .*staging", words, re.MULTILINE) is not None


def refreshed() -> None:
    """Have every environment asked anew, as somebody who presses refresh does."""
    served = serving.current()
    assert served.orphans.wait_until_idle(SETTLE_S)
    assert served.failures.wait_until_idle(SETTLE_S)
    for _ in range(2):  # what is compared with the others' answers needs them first
        assert served.snapshots.wait_until_idle(SETTLE_S)
        served.snapshots.refresh_now()
    assert served.snapshots.wait_until_idle(SETTLE_S)


def healthy() -> set[str]:
    """Name the environments that are judged to be in order."""
    checkup = serving.current().snapshots.checkup
    assert checkup
    fine = (Severity.OK, Severity.INFO)
    return {each.environment.name for each in checkup.environments if each.status in fine}


def healthy_again() -> set[str]:
    refreshed()
    return healthy()


def assert_healthy(*names: str) -> None:
    words = page("health")
    assert healthy() == set(names)
    assert words.count("No problems]") == len(names)


def assert_not_healthy(made: Running, message: str) -> None:
    words = page("health")
    assert healthy() == set(HEALTHY)
    assert words.count("No problems]") == len(HEALTHY)
    assert message in words
    assert_nothing_leaked(made.stage, words)


def assert_recovered(made: Running) -> None:
    """Everything answers again, without a restart of anything of ours."""
    until(lambda: in_words(made) == FOUND)
    until(lambda: healthy_again() == set(NAMES))
    assert_healthy(*NAMES)
    assert command(made)[0] == 0


def assert_nothing_leaked(stage: Stage, *texts: str) -> None:
    passwords = [urlsplit(each.reader_url).password for each in stage.healthy.values()]
    secrets = [*passwords, urlsplit(stage.database.reader_url).password, stage.server.password]
    for text in texts:
        for secret in (*secrets, *SERVER_WORDS):
            assert secret
            assert secret not in text


@dataclass(frozen=True, slots=True)
class Held:
    """What must not grow."""

    threads: int
    sockets: int

    def __le__(self, before: "Held") -> bool:
        return self.threads <= before.threads and self.sockets <= before.sockets


def held() -> Held:
    return Held(threading.active_count(), sum(link.startswith("socket:") for link in opened()))


def opened() -> Iterator[str]:
    """Name what is open; a file may be closed by its thread while they are listed."""
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield str(each.readlink())

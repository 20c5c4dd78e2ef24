"""Ways to bring a fault about that several rows share."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import psycopg

from dashboard.demo.databases import READER, reader_password
from tests.faults.server import until
from tests.faults.stage import Provoke, Stage
from tests.proxy import Mode

WAITING = """
    select pid from pg_stat_activity
    where application_name = 'deployment-dashboard' and wait_event_type = 'Lock'
"""
LOCK = 'lock table "Project" in access exclusive mode'


def proxied(mode: Mode) -> Provoke:
    return lambda stage: stage.proxy.being(mode)


def altered(change: str, back: str) -> Provoke:
    """Let nobody stay connected, change something on the server, and change it back."""

    @contextlib.contextmanager
    def provoke(stage: Stage) -> Iterator[None]:
        password = f"'{reader_password(stage.server)}'"
        names = {"database": stage.database.name, "role": READER, "password": password}
        until(lambda: changed_alone(stage, change.format(**names)))
        try:
            yield
        finally:
            stage.administer(back.format(**names))

    return provoke


def changed_alone(stage: Stage, change: str) -> bool:
    """Change something that nobody may be connected for; who was still connecting comes too."""
    stage.terminate()
    try:
        stage.administer(change)
    except psycopg.errors.ObjectInUse:
        return False
    return True


def admitted(line: str) -> Provoke:
    """Have this line before all others of pg_hba.conf."""

    @contextlib.contextmanager
    def provoke(stage: Stage) -> Iterator[None]:
        with stage.server.admitting(line.format(role=READER)):
            stage.terminate()
            yield

    return provoke


def changed(change: str, back: str) -> Provoke:
    """Change something in staging's database, and change it back."""

    @contextlib.contextmanager
    def provoke(stage: Stage) -> Iterator[None]:
        stage.database.execute(change.format(role=READER))
        try:
            yield
        finally:
            stage.database.execute(back.format(role=READER))

    return provoke


@contextlib.contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """Hold the lock that a migration holds."""
    with psycopg.connect(stage.server.url(stage.database.name)) as migration:
        migration.execute(LOCK)
        yield
        migration.rollback()


Strike = Callable[[psycopg.Connection, int], object]


def while_waiting(strike: Strike) -> Provoke:
    """Let everything wait for a lock, and strike every backend that does."""

    @contextlib.contextmanager
    def provoke(stage: Stage) -> Iterator[None]:
        ending = threading.Event()
        watcher = threading.Thread(target=_watch, args=(stage, strike, ending))
        with locked(stage):
            watcher.start()
            try:
                yield
            finally:
                ending.set()
                watcher.join()

    return provoke


def _watch(stage: Stage, strike: Strike, ending: threading.Event) -> None:
    with psycopg.connect(stage.server.url("postgres"), autocommit=True) as connection:
        while not ending.wait(0.01):
            for (pid,) in connection.execute(WAITING).fetchall():
                strike(connection, pid)


def signalled(function: str) -> Strike:
    """Call a function of the server for a backend."""
    return lambda connection, pid: connection.execute(f"select {function}(%s)".encode(), (pid,))


def once(strike: Callable[[Stage], object]) -> Provoke:
    """Do something that is over before anybody looks."""

    def provoke(stage: Stage) -> AbstractContextManager[object]:
        strike(stage)
        return contextlib.nullcontext()

    return provoke

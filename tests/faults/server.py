"""A server of staging's own, that can be halted in any way and started again where it was."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg

from dashboard.postgres.cluster import Binaries, Cluster

PATIENCE_S = 60  # the machine may be busy


class Server(Cluster):
    """A cluster whose files and processes a test may reach."""

    @property
    def data(self) -> Path:
        return self.beside("data")

    @property
    def pid(self) -> int:
        assert self._server
        return self._server.pid

    def halt(self, how: signal.Signals) -> None:
        """End it: SIGINT is fast, SIGQUIT immediate, SIGKILL a crash."""
        self.send(how)
        self.ended()

    def send(self, how: signal.Signals) -> None:
        assert self._server
        self._server.send_signal(how)

    def started_at(self) -> object:
        """Say since when it runs, or has recovered; None while it takes no connections."""
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(self.url("postgres")) as connection,
        ):
            # the postmaster's start does not move when it recovers from a backend's crash
            row = connection.execute(
                "select pid from pg_stat_activity where backend_type = 'checkpointer'"
            )
            return row.fetchone()
        return None

    def refuses(self) -> bool:
        """Whether it says that it takes no connections now."""
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError as error:
            return "the database system" in str(error)
        return False

    def ended(self) -> None:
        """Wait until it has ended."""
        assert self._server
        self._server.wait(PATIENCE_S)

    def resume(self) -> None:
        """Start it again on the same port and data, once all of the one before is gone."""
        until(self._begun)

    @contextlib.contextmanager
    def halted(self, how: signal.Signals) -> Iterator[None]:
        self.halt(how)
        try:
            yield
        finally:
            self.resume()

    @contextlib.contextmanager
    def standing_by(self, **settings: str) -> Iterator[None]:
        """Have it wait for a primary that is not there, with settings that a start changes."""
        signs = self.data / "standby.signal"
        with self.configured(**settings):
            self.halt(signal.SIGINT)
            signs.touch()
            self._server = self._launch(self._programs, self.data, self.beside("server.log"))
            try:
                until(self.refuses)
                yield
            finally:
                self.halt(signal.SIGINT)
                signs.unlink()
                self.resume()

    @contextlib.contextmanager
    def configured(self, **settings: str) -> Iterator[None]:
        """Have settings that a reload changes inside the block, and then those before."""
        before = self._set(settings)
        try:
            yield
        finally:
            self._set(before)

    @contextlib.contextmanager
    def admitting(self, *lines: str) -> Iterator[None]:
        """Put these lines before all others of pg_hba.conf inside the block."""
        path = self.data / "pg_hba.conf"
        before = path.read_text()
        path.write_text("\n".join([*lines, before]))
        self.reload()
        try:
            yield
        finally:
            path.write_text(before)
            self.reload()

    def _set(self, settings: Mapping[str, str]) -> dict[str, str]:
        before = {}
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for name, value in settings.items():
                ((before[name],),) = connection.execute(f"show {name}".encode()).fetchall()
                connection.execute(f"alter system set {name} = '{value}'".encode())
        self.reload()
        return before

    def reload(self) -> None:
        """Reload, and wait until new backends have what was changed."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            ((before,),) = connection.execute("select pg_conf_load_time()").fetchall()
            connection.execute("select pg_reload_conf()")

        def loaded() -> bool:
            with psycopg.connect(self.url("postgres")) as fresh:
                later = fresh.execute("select pg_conf_load_time() > %s", (before,))
                return later.fetchone() == (True,)

        until(loaded)

    def _begun(self) -> bool:
        self._server = self._launch(self._programs, self.data, self.beside("server.log"))
        return _answering(self._server, self.data)

    def _serve(self, programs: Binaries, folder: Path) -> None:
        self._programs = programs
        super()._serve(programs, folder)


def _answering(server: "subprocess.Popen[bytes]", data: Path) -> bool:
    """Wait until it takes connections; False when it gave up, as one of a crash is still there."""
    while server.poll() is None:
        with contextlib.suppress(OSError, IndexError):
            lines = (data / "postmaster.pid").read_text().splitlines()
            if lines[0] == str(server.pid) and lines[7].strip() == "ready":
                return True
        time.sleep(0.01)
    return False


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that has to come about."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


@contextlib.contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Let processes stand still inside the block."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

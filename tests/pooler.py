"""PgBouncer in front of a real server; `.ci/pgbouncer` builds the versions that tests run."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import psycopg
import pytest
from psycopg.rows import dict_row

from dashboard.demo.databases import READER, reader_password, reader_url
from dashboard.postgres.cluster import Cluster, free_port
from dashboard.postgres.processes import child_options, forking, server_account
from tests.faults.server import PATIENCE_S, until
from tests.repetitions import repetition

VERSIONS = (repetition("1.18"), "1.24")
SETTINGS = {
    "listen_addr": "127.0.0.1",
    "unix_socket_dir": "",
    "auth_type": "scram-sha-256",
    "pool_mode": "transaction",
    "default_pool_size": "2",
    "server_login_retry": "1",  # s, until it tries the server again
}


def program(version: str) -> Path:
    """Find a version of PgBouncer, or skip the test."""
    found = shutil.which(f"pgbouncer-{version}")
    if found is None:
        pytest.skip(f"pgbouncer-{version} is not on PATH: .ci/pgbouncer builds it")
    return Path(found)


class Pooler:
    """Runs until its block ends, for a cluster's reader and superuser; options are PgBouncer's."""

    def __init__(self, version: str, upstream: Cluster, **options: str) -> None:
        self.version = version
        self.port = free_port()
        self._program = program(version)
        self._upstream = upstream
        self._options = {**SETTINGS, **options}
        self._account = server_account()
        self._folder = tempfile.TemporaryDirectory(prefix="dashboard-pgbouncer-")
        self._path = Path(self._folder.name)
        self._path.chmod(0o711)

    def __enter__(self) -> Self:
        self._begin(self._options)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        return self._server.pid

    def url(self, database: str, *, superuser: bool = False) -> str:
        """Give the address of a database behind the pooler."""
        upstream = self._upstream
        direct = upstream.url(database) if superuser else reader_url(upstream, database)
        return direct.replace(f":{upstream.port}/", f":{self.port}/")

    @contextlib.contextmanager
    def being(
        self, *, database: str = "*", knows: str | None = None, **options: str
    ) -> Iterator[None]:
        """Run with other options inside the block, or without a password that `knows` replaces.

        `database` is then the only one that it has; what was connected is so no more.
        """
        self._end()
        self._begin({**self._options, **options}, database, knows)
        try:
            yield
        finally:
            self._end()
            self._begin(self._options)

    def servers(self, database: str) -> int:
        """Count its connections to a database for the reader."""
        shown = self._tell("show servers")
        return sum((each["user"], each["database"]) == (READER, database) for each in shown)

    @contextlib.contextmanager
    def disabled(self, database: str) -> Iterator[None]:
        """Let nobody into a database inside the block, as its operator does."""
        self._tell(f'disable "{database}"')
        try:
            yield
        finally:
            self._tell(f'enable "{database}"')

    def _tell(self, command: str) -> list[dict[str, object]]:
        with psycopg.connect(self.url("pgbouncer", superuser=True), autocommit=True) as console:
            cursor = console.cursor(row_factory=dict_row).execute(command.encode())
            return cursor.fetchall() if cursor.description else []

    def _begin(
        self, options: Mapping[str, str], database: str = "*", knows: str | None = None
    ) -> None:
        configuration = self._written("pgbouncer.ini", self._ini(options, database))
        self._written("users.txt", self._passwords(knows))
        with forking(), self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [self._program, configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **child_options(self._account),
            )
        until(self._listens)

    def _end(self) -> None:
        self._server.kill()  # what other signals mean differs between versions
        self._server.wait(PATIENCE_S)

    @property
    def log(self) -> Path:
        return self._path / "log"

    def _listens(self) -> bool:
        assert self._server.poll() is None, self.log.read_text()
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        return False

    def _passwords(self, knows: str | None) -> str:
        upstream = self._upstream
        reader = reader_password(upstream) if knows is None else knows
        known = {upstream.superuser: upstream.password, READER: reader}
        return "".join(f'"{user}" "{password}"\n' for user, password in known.items())

    def _ini(self, options: Mapping[str, str], database: str) -> str:
        settings = {
            **options,
            "admin_users": self._upstream.superuser,
            "auth_file": self._path / "users.txt",
            "listen_port": self.port,
        }
        return "\n".join(
            [
                "[databases]",
                f"{database} = host=127.0.0.1 port={self._upstream.port}",
                "[pgbouncer]",
                *(f"{name} = {value}" for name, value in settings.items()),
            ]
        )

    def _written(self, name: str, text: str) -> Path:
        path = self._path / name
        path.touch(mode=0o600)
        path.write_text(text)
        if self._account:
            self._account.own(path)
        return path

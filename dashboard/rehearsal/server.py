"""The throw-away server: a socket and no network, a role that may do nothing but own its databases.

Migrations are somebody's code. They run as a role without any attribute; the superuser never
enters a database that one ran in, for a function could be put in its way there. What no setting
stops, such as a loop or a full disk, the watch ends together with the server.
"""

import os
import secrets
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from dashboard.postgres.cluster import Binaries, Cluster
from dashboard.rehearsal.platforms import PLATFORMS

Connection = psycopg.Connection[TupleRow]

OWNER = "rehearsal"
EXTENSIONS = Path(__file__).parent / "extensions"
# shipped with the server, but not for an owner of a database to make: that is lent here
LENT = ("vector", "pg_stat_statements", "btree_gist", "earthdistance")
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "12",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "max_worker_processes": "0",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is small in a container
    "temp_file_limit": "256MB",
    "statement_timeout": "20s",
    "jit": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_min_messages": "log",  # errors quote values
}
SINCE = {
    17: {"allow_alter_system": "off", "restrict_nonsystem_relation_kind": "foreign-table"},
    18: {"io_method": "sync"},
}
STAND_INS_SINCE = 18  # extension_control_path
NOTHINGS_VERSION = "1"  # of an extension made of nothing; no other has it
FILE_COPY_SINCE = 15
FILE_LIMIT_BYTES = 512 << 20
MEMORY_LIMIT_BYTES = 2 << 30
DISK_LIMIT_BYTES = 2 << 30
LOOK_EVERY_S = 0.2
PASSWORD = "password"  # noqa: S105  # the name of a file


class Ended(Exception):  # noqa: N818  # what came of a script, not an error of ours
    """The watch has ended the server, and why."""


class Sandbox(Cluster):
    """Keeps what initdb makes in `keep`, where the next one copies it from."""

    def __init__(self, keep: Path, found: Binaries | None = None) -> None:
        super().__init__(binaries=found, options=SETTINGS)
        self._keep = keep
        self._owner_password = secrets.token_urlsafe(24)
        self._ended: str | None = None

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def start(self) -> Self:
        super().start()
        self._ended = None
        with self._superuser("postgres") as connection:
            connection.execute(
                sql.SQL("create role {} login noinherit password {}").format(
                    sql.Identifier(OWNER), sql.Literal(self._owner_password)
                )
            )
            connection.execute("revoke all on database postgres, template1 from public")
        return self

    def connect(self, database: str) -> Connection:
        """Enter a database as its owner, which is all that scripts and readers ever are."""
        return self._connect(database, OWNER, self._owner_password)

    def create(
        self, database: str, schema: str, *, platform: str | None = None, copy_of: str | None = None
    ) -> None:
        """Make a database of the owner's: empty, or as another one of its."""
        with self._superuser("postgres") as connection:
            connection.execute(
                sql.SQL("create database {} owner {} template {} {}").format(
                    sql.Identifier(database),
                    sql.Identifier(OWNER),
                    sql.Identifier(copy_of or "template0"),
                    # half as long as through the log for databases as small as these
                    sql.SQL("strategy file_copy" if self.major >= FILE_COPY_SINCE else ""),
                )
            )
        if copy_of:
            return
        with self._superuser(database) as fresh:  # no script has been here
            owned = sql.SQL("alter schema {} owner to {}")
            name = sql.Identifier(schema)
            fresh.execute(sql.SQL("create schema if not exists {}").format(name))
            fresh.execute(owned.format(name, sql.Identifier(OWNER)))
            if platform:
                fresh.execute(PLATFORMS[platform].encode())

    def drop(self, database: str) -> None:
        with self._superuser("postgres") as connection:
            name = sql.Identifier(database)
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))

    def provide_role(self, name: str) -> None:
        """Make a role that a platform has, and that may do nothing here."""
        with self._superuser("postgres") as connection:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))

    def provide_extension(self, name: str) -> bool:
        """Let an extension that is not here be made, of nothing; False where that cannot be."""
        if self.major < STAND_INS_SINCE:
            return False
        place = self.beside("extensions") / "extension"
        control = f"default_version = '{NOTHINGS_VERSION}'\ntrusted = true\nrelocatable = true\n"
        (place / f"{name}.control").write_text(control, encoding="utf-8")
        (place / f"{name}--{NOTHINGS_VERSION}.sql").write_text("", encoding="utf-8")
        return True

    @contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        """End the server where what is done takes too long, or fills the disk."""
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(done, seconds), daemon=True)
        watch.start()
        try:
            yield
        except psycopg.Error:
            if why := self._ended or self._gone:
                raise Ended(why) from None
            raise
        finally:
            done.set()
            watch.join()

    @property
    def _gone(self) -> str | None:
        gone = self._server is None or self._server.poll() is not None
        return "its server has gone" if gone else None

    def _watch(self, done: threading.Event, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not done.wait(LOOK_EVERY_S):
            if time.monotonic() > until:
                self._end_at_once(f"it takes longer than {seconds:g} seconds")
            elif _size(self.beside("data")) > DISK_LIMIT_BYTES:
                self._end_at_once(f"it writes more than {DISK_LIMIT_BYTES >> 30} GB")

    def _end_at_once(self, why: str) -> None:
        if self._server and not self._ended:
            self._ended = why
            self._server.send_signal(signal.SIGQUIT)  # nothing of it is kept

    def _superuser(self, database: str) -> Connection:
        return self._connect(database, self.superuser, self.password)

    def _connect(self, database: str, user: str, password: str) -> Connection:
        return psycopg.connect(
            host=str(self.beside("s")),
            port=self.port,
            dbname=database,
            user=user,
            password=password,
            autocommit=True,
        )

    def _initialise(self, programs: Binaries, folder: Path) -> None:
        """Copy what an earlier one was made of; initdb takes ten times as long."""
        kept = self._keep / f"postgres-{self.version}-{self._account.name if self._account else ''}"
        if not (kept / PASSWORD).is_file():
            super()._initialise(programs, folder)
            with suppress(OSError):  # there may be no room but for the run itself
                self._keep_for_others(folder / "data", kept)
            return
        self.password = (kept / PASSWORD).read_text(encoding="utf-8")
        shutil.copytree(kept / "data", folder / "data")
        self._give(folder / "data", *(folder / "data").rglob("*"))

    def _keep_for_others(self, data: Path, kept: Path) -> None:
        self._keep.mkdir(parents=True, mode=0o700, exist_ok=True)
        draft = self._keep / f"draft-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        shutil.copytree(data, draft / "data")
        (draft / PASSWORD).touch(0o600)
        (draft / PASSWORD).write_text(self.password, encoding="utf-8")
        try:
            draft.rename(kept)
        finally:  # another one may have been faster
            shutil.rmtree(draft, ignore_errors=True)

    def _serve(self, programs: Binaries, folder: Path) -> None:
        socket = folder / "s"
        socket.mkdir(mode=0o700)
        self._give(socket)
        self._settings["unix_socket_directories"] = str(socket)
        for since, settings in SINCE.items():
            if self.major >= since:
                self._settings |= settings
        if self.major >= STAND_INS_SINCE:
            place = _stand_ins(programs, folder)
            self._give(place, *place.rglob("*"))
            self._settings["extension_control_path"] = f"{place}:$system"
        super()._serve(programs, folder)

    def _give(self, *paths: Path) -> None:
        if self._account:
            self._account.own(*paths)

    def _child_options(self) -> dict[str, Any]:
        options = super()._child_options()
        return {**options, "preexec_fn": _limited(options["preexec_fn"])}


def _stand_ins(programs: Binaries, folder: Path) -> Path:
    """Lay out what CREATE EXTENSION finds before the server's own."""
    place = folder / "extensions"
    shutil.copytree(EXTENSIONS, place)
    shipped = next(iter((programs.folder.parent / "share").glob("**/extension/plpgsql.control")))
    for name in LENT:
        control = shipped.with_name(f"{name}.control")
        if not control.is_file():
            continue
        for script in shipped.parent.glob(f"{name}--*.sql"):
            shutil.copy(script, place / "extension")
        lines = control.read_text(encoding="utf-8").splitlines()
        told = [line for line in lines if not line.startswith("trusted")]
        lent = place / "extension" / control.name
        lent.write_text("\n".join([*told, "trusted = true", ""]), encoding="utf-8")
    return place


def _limited(inherited: Callable[[], None] | None) -> Callable[[], None] | None:
    """Bound what a process of the server may write to one file, and take of memory."""
    if sys.platform == "win32":
        return inherited
    import resource  # before the fork: the child must not load anything

    limits: Mapping[int, int] = {
        resource.RLIMIT_FSIZE: FILE_LIMIT_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: MEMORY_LIMIT_BYTES,
    }

    def bind() -> None:
        if inherited:
            inherited()
        for limit, most in limits.items():
            resource.setrlimit(limit, (most, most))

    return bind


def _size(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += Path(root, name).lstat().st_size
    return total

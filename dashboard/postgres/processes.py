"""How the server's processes are started, and under which account."""

import ctypes
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from queries.records import dataclass


class ClusterError(Exception):
    """Why the embedded server does not run, as one sentence that can be shown as it is."""


PR_SET_PDEATHSIG = 1
ACCOUNTS = ("postgres", "nobody")
INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as when we are root, which PostgreSQL refuses to run as."""

    name: str
    uid: int
    gid: int

    def own(self, *paths: Path) -> None:
        for path in paths:
            if not path.is_symlink():
                shutil.chown(path, self.uid, self.gid)


def server_account() -> Account | None:
    """Choose an account for the server, None when it can run as we do."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd  # not on Windows

    for name in ACCOUNTS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        "PostgreSQL does not run as root, and there is no account postgres or nobody to run it as:"
        " start again as a normal user."
    )


def child_options(account: Account | None) -> dict[str, Any]:
    """Give a child process its account, a folder it may enter, and an end with ours."""
    options: dict[str, Any] = {
        "cwd": "/",
        "env": bare_environment(),
        "preexec_fn": end_with_parent(),
    }
    if account:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def bare_environment() -> dict[str, str]:
    """Hand over no secret and no PG* variable; messages are English."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {"LC_ALL": "C"}


def end_with_parent() -> Callable[[], None] | None:
    """Make what a child runs first: it is interrupted when its parent ends, even by kill -9."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # before the fork: the child must not load anything
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)

    return bind


@contextmanager
def forking() -> Iterator[None]:
    """Allow a fork beside other threads: the child takes no lock they could hold."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        yield

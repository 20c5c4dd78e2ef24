"""What a look-up is held against: the least it can cost, and what people do without it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, text

SELECT = 'select id, name, "userId", "createdAt" from public."Project" where id = %s'
SELECT_MANY = SELECT.replace("= %s", "= any(%s)")
NAMED = text(SELECT.replace("%s", ":id"))
QUOTED = SELECT.replace("%s", "'{}'")
CONNECT_AND_SELECT = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as connection:
    print(connection.execute(sys.argv[2]).fetchall())
"""
Ask = Callable[[str], object]


class Bare:
    """One indexed SELECT over a warm connection to each environment, and nothing else."""

    def __init__(self, connections: Mapping[str, psycopg.Connection], pool: ThreadPoolExecutor):
        self._connections = connections
        self._pool = pool

    def one(self, name: str, identifier: str) -> None:
        self._connections[name].execute(SELECT, [identifier]).fetchone()

    def all(self, identifier: str) -> None:
        """Ask all at once, and wait for the slowest."""
        list(self._pool.map(lambda name: self.one(name, identifier), self._connections))

    def all_of(self, identifiers: Sequence[str]) -> None:
        """Ask all at once for many IDs."""
        ids = sorted(identifiers)

        def ask(name: str) -> None:
            self._connections[name].execute(SELECT_MANY, [ids]).fetchall()

        list(self._pool.map(ask, self._connections))


@contextlib.contextmanager
def bare(urls: Mapping[str, str]) -> Iterator[Bare]:
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(urls)))
        made = pool.map(lambda url: psycopg.connect(url, autocommit=True), urls.values())
        connections = {
            name: stack.enter_context(each) for name, each in zip(urls, made, strict=True)
        }
        yield Bare(connections, pool)


@contextlib.contextmanager
def naive_streamlit(urls: Mapping[str, str]) -> Iterator[Ask]:
    """Do what st.connection(…, type="sql").query(…, ttl=0) does inside, one after the other."""
    engines = [
        create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        for url in urls.values()
    ]

    def ask(identifier: str) -> None:
        for engine in engines:
            with engine.connect() as connection:
                pd.read_sql(NAMED, connection, params={"id": identifier})

    yield ask
    for engine in engines:
        engine.dispose()


def manual(urls: Mapping[str, str]) -> tuple[str, Ask]:
    """Name and take the manual way: one environment after the other, each in its own process."""
    if shutil.which("psql"):
        return "psql, one environment after the other", lambda asked: _psql(urls, asked)
    return (
        "psql is not there: Python, connect and SELECT, one process an environment",
        lambda asked: _python(urls, asked),
    )


def _psql(urls: Mapping[str, str], identifier: str) -> None:
    for url in urls.values():
        given = conninfo_to_dict(url)
        environ = {**os.environ, "PGPASSWORD": str(given.pop("password"))}
        address = " ".join(f"{name}={value}" for name, value in given.items())
        command = ["psql", "--no-psqlrc", address, "--command", QUOTED.format(identifier)]
        subprocess.run(command, env=environ, capture_output=True, check=True)


def _python(urls: Mapping[str, str], identifier: str) -> None:
    for url in urls.values():
        command = [sys.executable, "-c", CONNECT_AND_SELECT, url, QUOTED.format(identifier)]
        subprocess.run(command, capture_output=True, check=True)

"""What the server itself knows of writing: nothing of it may have changed."""

import contextlib
import itertools
import re
import time
from collections.abc import Iterator
from typing import Any

from psycopg import sql

from dashboard.demo.databases import Connection, connect
from dashboard.demo.seed import SEEDED
from dashboard.postgres.cluster import Cluster
from tests import logs

# Nothing but what a client asks for may write: no vacuum of its own, no checkpoint by the clock.
QUIET = {
    "autovacuum": "off",
    "checkpoint_timeout": "1d",
    "max_wal_size": "4GB",
    "log_statement": "mod",
    "synchronous_commit": "on",  # else a page is marked only once the log of its commit is flushed
}
PATIENCE_S = 60
WITNESS = """
create schema witness;
create table witness.ddl (command text);
create function witness.record() returns event_trigger language plpgsql security definer
    set search_path = '' as $$ begin insert into witness.ddl values (tg_tag); end $$;
create event trigger witness on ddl_command_end execute function witness.record();
"""
TABLES = """
select c.oid::regclass::text
from pg_class as c
where c.relkind in ('r', 'm') and c.relnamespace not in
    ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
order by 1
"""
COUNTERS = """
select relid::regclass::text, n_tup_ins, n_tup_upd, n_tup_del, n_dead_tup, n_mod_since_analyze
from pg_stat_all_tables order by 1, relid
"""
DATABASES = """
select datname, tup_inserted, tup_updated, tup_deleted, temp_files
from pg_stat_database where datname is not null order by 1
"""
OTHERS = "select count(*) from pg_stat_activity where client_port > 0 and pid <> pg_backend_pid()"
# No transaction that writes does without a number, and no change without a record in the log; the
# only one that reading leaves is a copy of a page that was marked as read (a hint bit). A record
# counts from when it is inserted: it may be written to the file only later, by the next commit.
NUMBERS = "select pg_snapshot_xmax(pg_current_snapshot())::text"
PLACE = "select pg_current_wal_insert_lsn()::text"
FLUSH = "select pg_logical_emit_message(true, 'witness', 'flush')"
CHANGES = """
select resource_manager, record_type, block_ref
from pg_get_wal_records_info(%s::pg_lsn, %s::pg_lsn)
where record_type <> 'FPI_FOR_HINT'
"""


def prepare(cluster: Cluster) -> None:
    """Let DDL be recorded, and the server's own log be read."""
    with connect(cluster, cluster.superuser) as connection:
        connection.execute("create extension pg_walinspect")
    for name in SEEDED:
        with connect(cluster, name) as connection:
            connection.execute(WITNESS.encode())
    settle(cluster)


def settle(cluster: Cluster) -> None:
    """Do what reading would otherwise still tidy up.

    A page read for the first time after a change is marked (hint bits) and pruned by whoever reads
    it, which is written to the log, too: a freezing vacuum leaves nothing of that to do, once
    nobody is left who might still see the old rows.
    """
    for statement in ("analyze", *["vacuum (freeze)"] * 3):
        for name in (*SEEDED, cluster.superuser):
            with connect(cluster, name) as connection:
                _wait_for_the_others_to_leave(connection)
                connection.execute(statement.encode())
    with connect(cluster, cluster.superuser) as connection:
        connection.execute("checkpoint")
    for _ in range(2):
        _state(cluster)  # reads every row, and so marks what is left


@contextlib.contextmanager
def nothing_written(cluster: Cluster) -> Iterator[None]:
    """Compare everything before and after; what asked must have hung up by then."""
    before = _state(cluster)
    seen, place = len(_log(cluster)), _asked(cluster, PLACE)[0][0]
    yield
    after = _state(cluster)
    changed = [each for name in before for each in _changes(name, before[name], after[name])]
    assert not changed, changed
    records = _logged(cluster, place)
    assert not records, records
    writing = writing_statements(_log(cluster)[seen:])
    assert not writing, writing


def _logged(cluster: Cluster, place: str) -> list[Any]:
    """Read the log from there on, up to here; the commit of a message writes it to the file."""
    here = _asked(cluster, PLACE)[0][0]
    if here == place:
        return []
    _asked(cluster, FLUSH)
    return _asked(cluster, CHANGES, place, here)


def _asked(cluster: Cluster, statement: str, *values: str) -> list[Any]:
    with connect(cluster, cluster.superuser) as connection:
        return connection.execute(statement.encode(), values or None).fetchall()


def _changes(name: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    for was, now in itertools.zip_longest(before, after):
        if was != now:
            yield f"{name}: {was} became {now}"


def writing_statements(log: str) -> list[str]:
    """Find what `log_statement = 'mod'` tells of: DDL, and whatever changes rows."""
    return re.findall(r"LOG:  (?:statement|execute [^:]*): .*", log)


def _log(cluster: Cluster) -> str:
    with connect(cluster, cluster.superuser) as connection:
        return logs.written(connection, "").read_text(errors="replace")


def _state(cluster: Cluster) -> dict[str, list[Any]]:
    """Read it once nobody else is connected: who leaves hands in his statistics first."""
    with connect(cluster, cluster.superuser) as connection:
        _wait_for_the_others_to_leave(connection)
        state: dict[str, list[Any]] = {"databases": connection.execute(DATABASES).fetchall()}
    for name in SEEDED:
        with connect(cluster, name) as connection:
            state[f"{name}: counters"] = connection.execute(COUNTERS).fetchall()
            state[f"{name}: rows"] = _rows(connection)
    with connect(cluster, cluster.superuser) as connection:
        _wait_for_the_others_to_leave(connection)
        state["transactions"] = connection.execute(NUMBERS).fetchall()
    return state


def _wait_for_the_others_to_leave(connection: Connection) -> None:
    limit = time.monotonic() + PATIENCE_S
    while connection.execute(OTHERS).fetchone() != (0,):
        assert time.monotonic() < limit, "somebody is still connected"
        time.sleep(0.01)


def _rows(connection: Connection) -> list[tuple[str, int]]:
    counting = "select count(*) from {}"
    return [
        (name, connection.execute(counting.format(name).encode()).fetchall()[0][0])
        for (name,) in connection.execute(TABLES).fetchall()
    ]


def drop_role(cluster: Cluster, role: str) -> None:
    """Remove a role and all it was granted."""
    identifier = sql.Identifier(role)
    for name in SEEDED:
        with connect(cluster, name) as connection:
            connection.execute(sql.SQL("drop owned by {}").format(identifier))
    with connect(cluster, cluster.superuser) as connection:
        connection.execute(sql.SQL("drop role {}").format(identifier))

"""A verdict on scripts and rows of a real database, beside what becomes of them for real."""

from collections.abc import Sequence
from typing import Any

import psycopg

from dashboard.collect import rehearsing
from dashboard.diagnose.migrations.schema.preflight import Counted, Risk, Verdict, judged
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.rehearsal import catalog
from dashboard.rehearsal.client import Rehearsals

Connection = psycopg.Connection[Any]


def foretold(rehearsals: Rehearsals, live: Connection, *scripts: str) -> list[Verdict]:
    """Rehearse on a copy of the schema, and ask the rows."""
    numbered = tuple((f"{place}_script", each) for place, each in enumerate(scripts))
    tried = rehearsals.rehearse("public", catalog.read(live, ["public"]), numbered)
    assert not isinstance(tried, CannotRehearse), tried
    return [judged([counted(live, risk) for risk in of]) for of in rehearsing._risks(tried)]


def counted(live: Connection, risk: Risk) -> Counted:
    if risk.sure:
        return Counted(risk, 1)
    if not risk.text:
        return Counted(risk, None, risk.doubt)
    try:
        with live.transaction():
            live.execute("set transaction read only; set local search_path = pg_catalog")
            row = live.execute(risk.text.encode()).fetchone()
    except psycopg.Error as error:
        return Counted(risk, None, str(error))
    assert row
    return Counted(risk, row[0])


def real(live: Connection, scripts: Sequence[str]) -> str | None:
    """Deploy the scripts as Prisma does, and undo it; the SQLSTATE that stops them."""
    try:
        with live.transaction(force_rollback=True):
            for each in scripts:
                live.execute(each.encode())
                live.execute("set constraints all immediate")
    except psycopg.Error as error:
        return error.sqlstate
    return None

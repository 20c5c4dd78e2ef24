"""A verdict on scripts and rows of a real database, beside what becomes of them for real."""

from collections.abc import Sequence
from typing import Any

import psycopg
from pglast import parse_sql
from pglast.ast import SelectStmt

from dashboard.collect import rehearsing
from dashboard.diagnose.migrations.schema import expressions
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.diagnose.migrations.schema.verdict import Counted, Risk, Verdict, judged
from dashboard.rehearsal import catalog
from dashboard.rehearsal.client import Rehearsals
from tests.queries.test_contract import parts

# of PostgreSQL's own, and none that changes anything or waits
ASKED_WITH = expressions.FUNCTIONS | {
    "count",
    "coalesce",
    "octet_length",
    "array_agg",
    "min",
    "unnest",
}
Connection = psycopg.Connection[Any]


def foretold(rehearsals: Rehearsals, live: Connection, *scripts: str) -> list[Verdict]:
    """Rehearse on a copy of the schema, and ask the rows."""
    numbered = tuple((f"{place}_script", each) for place, each in enumerate(scripts))
    tried = rehearsals.rehearse("public", catalog.read(live, ["public"]), numbered)
    assert not isinstance(tried, CannotRehearse), tried
    return [
        judged([counted(live, risk) for risk in each.risks], each.statements)
        for each in rehearsing.questions(tried, "public")
    ]


def counted(live: Connection, risk: Risk) -> Counted:
    if risk.sure:
        return Counted(risk, 1)
    if not risk.text:
        return Counted(risk, None, risk.doubt)
    hold_to_one_select(risk.text)
    try:
        with live.transaction():
            live.execute("set transaction read only; set local search_path = pg_catalog")
            row = live.execute(risk.text.encode()).fetchone()
    except psycopg.Error as error:
        if risk.computed and (error.sqlstate or "").startswith("22"):
            return Counted(risk, 1, sqlstate=error.sqlstate or "")
        return Counted(risk, None, str(error))
    assert row
    return Counted(risk, row[0])


def hold_to_one_select(text: str) -> None:
    (statement,) = parse_sql(text)
    assert isinstance(statement.stmt, SelectStmt)
    assert parts(statement).others == []
    assert parts(statement).functions <= ASKED_WITH


def real(live: Connection, scripts: Sequence[str]) -> tuple[int, str] | None:
    """Deploy the scripts as Prisma does, and undo it; which one stops, and with what SQLSTATE."""
    done = 0
    try:
        with live.transaction(force_rollback=True):
            for each in scripts:
                live.execute(each.encode())
                live.execute("set constraints all immediate; set constraints all deferred")
                done += 1
    except psycopg.Error as error:
        return done, error.sqlstate or ""
    return None

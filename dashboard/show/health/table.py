"""Many environments as one dense table: sorted, filtered by role and name, one of them in full."""

import functools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import is_
from typing import Any

import pyarrow as pa
import streamlit as st

from dashboard.background.snapshots import Snapshot
from dashboard.collect.failures.sources import HEALTH_DAYS, Failures
from dashboard.collect.result import LastResult
from dashboard.diagnose.finding import WELL, Severity
from dashboard.diagnose.health.report import WORST_FIRST, EnvironmentHealth
from dashboard.diagnose.orphans import Orphans
from dashboard.diagnose.words import count
from dashboard.environments import Environment, Role
from dashboard.show.health import card_lines, cards
from dashboard.show.migrations.states import progress
from dashboard.show.shared import clock, dense, history_notes
from dashboard.show.shared.severities import (
    ASKING,
    BADGES,
    NO_PROBLEMS,
    NOT_REACHED,
    status_of,
)
from dashboard.view import ServedView
from queries import patterns
from queries.records import dataclass

MANY = 8  # environments: more of them are a table
_MOMENT = patterns.lazy(r"\b\d{14}_")  # Prisma writes it before a migration's name
MOST_KEPT = 8
COLOURS = {each.word: each.colour for each in (*BADGES.values(), NO_PROBLEMS, NOT_REACHED, ASKING)}
COLUMNS = (
    "Environment", "Status", "Worst finding", "Migrations",
    "Failures", "Failures known", "Orphans", "Orphans known", "Role", "Answered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One environment; the fields are the columns, in their order."""

    environment: str
    status: tuple[str, ...]
    worst: str
    migrations: str
    failures: int | None
    failures_known: str
    orphans: int | None
    orphans_known: str
    role: str
    answered: datetime | None


@dataclass(frozen=True, slots=True)
class _Line:
    """A row, what it was made of, and its place among the others."""

    made_of: tuple[object, ...]
    row: Row
    badness: tuple[int, int]


def draw(served: ServedView, results: Sequence[LastResult[Snapshot]], now: datetime) -> None:
    """Draw those that the fields choose; the one that is clicked is drawn in full below."""
    checkup = served.snapshots.checkup
    healths = {each.environment: each for each in checkup.environments} if checkup else {}
    chosen = _chosen(served.settings.environments)
    lines = _lines(served, results, healths)
    shown = [each for each in results if each.environment in chosen]
    shown.sort(key=lambda each: lines[each.environment].badness)
    rows = tuple(lines[each.environment].row for each in shown)
    clicked = st.dataframe(
        _table(rows),
        hide_index=True,
        placeholder="–",
        height=dense.height(len(rows)),
        row_height=dense.ROW_PX,
        column_config=_columns(),
        on_select="rerun",
        selection_mode="single-row",
        key=f"environments {','.join(each.environment for each in rows)}",
        alt=f"{count(len(rows), 'environment')}, the worst first",
    )
    _in_full(served, shown, healths, clicked, now)


def _chosen(environments: Sequence[Environment]) -> frozenset[Environment]:
    """Let role and name be chosen; the address keeps both."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sought = st.text_input(
            "search",
            key="search",
            bind="query-params",
            placeholder="Search environments",
            label_visibility="collapsed",
            icon=":material/search:",
            width=260,
            max_chars=100,
        )
        roles = st.pills(
            "role",
            [each.value for each in sorted(Role, key=lambda role: role.rank)],
            selection_mode="multi",
            key="role",
            bind="query-params",
            label_visibility="collapsed",
        )
    words = (sought or "").lower().split()
    return frozenset(
        each
        for each in environments
        if (not roles or each.role in roles) and all(word in each.name.lower() for word in words)
    )


def _lines(
    served: ServedView,
    results: Sequence[LastResult[Snapshot]],
    healths: Mapping[Environment, EnvironmentHealth],
) -> Mapping[Environment, _Line]:
    """Word anew those environments of which there is something new."""
    failed = {each.environment: each for each in served.failures}
    lost = {each.environment: each for each in served.orphans}
    kept = _lines_of(served.viewer, clock.zone())
    for each in results:
        name, health = each.environment, healths.get(each.environment)
        known = (health, failed[name], lost[name])
        made_of = (health, each.value, *_said(failed[name]), *_said(lost[name]))
        line = kept.get(name)
        if line is None or not all(map(is_, line.made_of, made_of)):
            kept[name] = _Line(made_of, _row(each, *known), _badness(name, health))
    return kept


def _said(last: LastResult[Any]) -> tuple[object, object]:
    return last.value, last.failure


@functools.lru_cache(maxsize=MOST_KEPT)
def _lines_of(_viewer: Hashable, _zone: str) -> dict[Environment, _Line]:
    """Keep the lines of everybody who sees the same, by the same clock."""
    return {}


def _badness(environment: Environment, health: EnvironmentHealth | None) -> tuple[int, int]:
    status = health.status if health else Severity.UNKNOWN
    return WORST_FIRST.index(status), environment.role.rank


def _row(
    last: LastResult[Snapshot],
    health: EnvironmentHealth | None,
    failures: LastResult[Failures],
    orphans: LastResult[Orphans],
) -> Row:
    environment = last.environment
    failed, lost = card_lines.failures(failures), card_lines.orphans(orphans)
    return Row(
        environment.name,
        (status_of(health).word,),
        _worst(health),
        progress(health).words if health else "",
        failed.number,
        failed.note,
        lost.number,
        lost.note.removesuffix(" to review"),
        environment.role,
        last.value.at if last.value else None,
    )


def _worst(health: EnvironmentHealth | None) -> str:
    """Say what is worst, and how much else there is."""
    found = (*health.findings, *health.between) if health else ()
    grave = sorted(
        (each for each in found if each.severity not in WELL),
        key=lambda each: WORST_FIRST.index(each.severity),
    )
    more = f" (+{len(grave) - 1})" if len(grave) > 1 else ""
    muted = f"{len(health.muted)} muted" if health and health.muted else ""
    return f"{_MOMENT.sub('', grave[0].summary)}{more}" if grave else muted


@functools.lru_cache(maxsize=MOST_KEPT)
def _table(rows: tuple[Row, ...]) -> pa.Table:
    """Put it as Streamlit sends it, once for all who look on."""
    columns = list(zip(*(_values(each) for each in rows), strict=True)) or [()] * len(COLUMNS)
    types = (
        pa.string(), pa.list_(pa.string()), pa.string(), pa.string(), pa.int64(), pa.string(),
        pa.int64(), pa.string(), pa.string(), pa.timestamp("ms", tz="UTC"),
    )  # fmt: skip
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)],
        names=COLUMNS,
    )


def _values(row: Row) -> Iterator[object]:
    for name in Row.__match_args__:
        value = getattr(row, name)
        yield list(value) if isinstance(value, tuple) else value


def _columns() -> Any:
    column = st.column_config
    return {
        "Environment": column.TextColumn(pinned=True, width=dense.NAME_PX),
        "Status": column.MultiselectColumn(
            options=list(COLOURS), color=list(COLOURS.values()), width=105
        ),
        "Worst finding": column.TextColumn(width=290),
        "Migrations": column.TextColumn(width=80, help="Applied of expected, and extra ones"),
        "Failures": column.NumberColumn(
            f"Failures, {HEALTH_DAYS} d", width=85, format="localized"
        ),
        "Failures known": column.TextColumn(
            "Known", width=110, help="Where the sources do not reach back so far, there may be more"
        ),
        "Orphans": column.NumberColumn(width=70, format="localized"),
        "Orphans known": column.TextColumn("To review", width=100),
        "Role": column.TextColumn(width=90),
        "Answered": column.DatetimeColumn(format="distance", width=105),
    }  # fmt: skip


def _in_full(
    served: ServedView,
    shown: Sequence[LastResult[Snapshot]],
    healths: Mapping[Environment, EnvironmentHealth],
    clicked: object,
    now: datetime,
) -> None:
    chosen = [shown[place] for place in _places(clicked) if place < len(shown)]
    known = history_notes.last_known(served, cards.never_answered(chosen))
    for each in chosen:
        with st.container(border=True, gap="small", width=420):
            words = known.get(each.environment.name, "")
            cards.card(served, each, healths.get(each.environment), words, now)


def _places(clicked: object) -> Sequence[int]:
    selection = getattr(clicked, "selection", None)
    return list(selection.rows) if selection else []

"""The matrix of migrations and environments, and one migration in detail."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard.diagnose import words
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.folder import Folder
from dashboard.diagnose.migrations.schema.presence import Presence
from dashboard.diagnose.migrations.states import MigrationStatus
from dashboard.show import downloads, frames
from dashboard.show.migrations import states
from dashboard.show.shared import alike, findings, picking
from dashboard.show.shared.ages import age, minute, took
from dashboard.show.shared.alike import Alike
from dashboard.show.shared.escaping import escaped
from queries import patterns

ALL, WRONG = "All", "Problems only"
NEWEST, WORST = "Newest first", "Worst first"
FULL = "Full name"
COLUMNS = 8  # of many environments, one for those that are alike
_WRITTEN = patterns.lazy(r"^(\d{14}|\d{8}T\d{4})_(?=.)")
PRESENCE = {
    Presence.WHOLE: "all of it",
    Presence.PART: "some of it",
    Presence.NONE: "nothing of it",
    Presence.NO_TRACE: "leaves no trace",
}
COLOURS = {"green": "#0b7a5b", "red": "#b3261e", "orange": "#b45309", "gray": "#5b6577"}


def draw(healths: Sequence[EnvironmentHealth], now: datetime, *, configured: bool) -> None:
    with st.container(border=True):
        st.header("Migrations", anchor=False)
        st.caption(reference(healths, configured=configured))
        shown, order = _filters()
        groups = alike.grouped(healths, frames.shown)
        columns = groups[:COLUMNS]
        frame = frames.ledger(
            [each[0] for each in columns], wrong_only=shown == WRONG, worst_first=order == WORST
        )
        if frame.empty:
            st.caption(nothing(healths, wrong_only=shown == WRONG))
            return
        chosen = _table(frame, columns, now)
        if more := groups[COLUMNS:]:
            left = words.count(sum(map(len, more)), "environment")
            st.caption(f"{left} with other ledgers: choose one above, or see the findings.")
    if chosen:
        _details(chosen, columns)


def nothing(healths: Sequence[EnvironmentHealth], *, wrong_only: bool) -> str:
    """Say why no migration is shown; only ledgers that were read can be as they should be.

    | a ledger was read | only what is wrong | each can be compared | said                     |
    | ----------------- | ------------------ | -------------------- | ------------------------ |
    | no                | any                | -                    | nothing is known         |
    | yes               | no                 | -                    | there is none            |
    | yes               | yes                | no                   | what is pending: unknown |
    | yes               | yes                | yes                  | all are as they should   |
    """
    seen = [each for each in healths if each.ledger and not each.ledger.unknown]
    where = escaped(words.environments([each.environment for each in seen]))
    if not seen:
        return "No ledger is readable, so the states are unknown."
    if not wrong_only:
        return f"There are no migrations in the ledger of {where} or to compare with."
    if any(not each.ledger.compared for each in seen if each.ledger):
        return f"No migration failed in {where}; it is unknown whether one is pending."
    return f"The ledger of {where} shows no problems."


def reference(healths: Sequence[EnvironmentHealth], *, configured: bool) -> str:
    """Say what the ledgers are compared with."""
    references = [each.ledger.reference for each in healths if each.ledger]
    known = next((each for each in references if isinstance(each, Folder)), None)
    if packages := _packages(healths):
        return f"Compared with the {packages} packages of Prisma 8 in the configured folder."
    if known:
        return f"Compared with the {len(known.scripts)} migrations in the configured folder."
    if configured:
        return "The migrations folder is not readable: it is unknown what is pending."
    if any(references):
        return (
            "No migrations folder is configured. Compared with what most other environments have "
            "applied."
        )
    return "No migrations folder is configured, and there is nothing else to compare with."


def _packages(healths: Sequence[EnvironmentHealth]) -> int:
    """Count the packages of Prisma 8, where it owns the migrations of an environment."""
    views = (each.ledger.contract for each in healths if each.ledger and each.ledger.by_contract)
    folder = next((each.folder for each in views if each and each.folder), None)
    return len(folder.packages) if folder else 0


def _filters() -> tuple[str, str]:
    with st.container(horizontal=True, gap="medium"):
        shown = st.segmented_control(
            "Show", [ALL, WRONG], default=ALL, required=True, key="migrations shown"
        )
        order = st.segmented_control(
            "Order", [NEWEST, WORST], default=NEWEST, required=True, key="migrations order"
        )
    return str(shown), str(order)


def _table(frame: pd.DataFrame, groups: Sequence[Alike], now: datetime) -> str | None:
    """Draw a coloured word per cell, and return the migration that was clicked."""
    cells = frame.map(lambda text: [text])
    # the table's own download goes to spreadsheets
    names = [downloads.cell(short(name)) for name in frame.index]
    event = st.dataframe(
        cells.set_axis(names).assign(**{FULL: [downloads.cell(name) for name in frame.index]}),
        column_config={
            # narrow enough to leave room for the states on a phone
            "_index": st.column_config.TextColumn("Migration", width=200, pinned=True),
            FULL: st.column_config.TextColumn(width="medium"),
            **{
                each[0].environment.name: st.column_config.MultiselectColumn(
                    _column_title(each, now),
                    options=list(OPTIONS),
                    color=list(OPTIONS.values()),
                    format_func=states.cell_label,
                )
                for each in groups
            },
        },
        height="auto",
        key="migrations table",
        on_select="rerun",
        selection_mode="single-row",
        alt="State of each migration by environment",
    )
    chosen = picking.row(event.selection.rows, len(frame))
    return None if chosen is None else str(frame.index[chosen])


def short(name: str) -> str:
    """Leave out the moment that Prisma writes before a name."""
    return _WRITTEN.sub("", name)


def _column_title(group: Alike, now: datetime) -> str:
    """Mark what is only remembered with its age, and how many are alike."""
    name, earlier = group[0].environment.name, group[0].earlier
    more = f" +{len(group) - 1}" if len(group) > 1 else ""
    if earlier and earlier.ledger and earlier.ledger.as_of and not more:
        return f"{name} ({age(earlier.ledger.as_of, now)})"
    return f"{name}{more}"


OPTIONS = {
    **{cell: COLOURS[look.colour] for cell, look in states.CELLS.items()},
    **{f"{frames.EARLIER}{cell}": COLOURS["gray"] for cell in states.CELLS},
}


def _details(name: str, groups: Sequence[Alike]) -> None:
    healths = [each[0] for each in groups]
    with st.container(border=True):
        st.header(escaped(name), anchor=False)
        rows = [_row(each, _standing(name, each[0])) for each in groups]
        columns = {key: [row[key] for row in rows] for key in rows[0]}
        st.table(columns, border="horizontal", hide_index=True, alt="The migration, by environment")
        for health in healths:
            standing = _standing(name, health)
            for each in states.about(standing, health) if standing else ():
                with st.expander(findings.label(each)):
                    findings.details(each)


def _standing(name: str, health: EnvironmentHealth) -> MigrationStatus | None:
    last = health if health.facts else health.earlier
    return (
        next((each for each in last.migration_statuses if each.name == name), None)
        if last
        else None
    )


def _row(group: Alike, standing: MigrationStatus | None) -> dict[str, str]:
    """Tell it of the first of those that are alike."""
    health, rows = group[0], standing.rows if standing else ()
    return {
        "Environment": alike.names(group),
        "State": _state(health, standing),
        "In the schema": _presence(health, standing),
        "Started": "  \n".join(minute(each.started_at) for each in rows) or "–",
        "Took": "  \n".join(took(each.started_at, each.finished_at) for each in rows) or "–",
        "Checksum": "  \n".join(escaped(each.checksum[:8]) for each in rows) or "–",
        "Error": "  \n".join(_error(each.sqlstate, each.error) for each in rows) or "–",
    }


def _state(health: EnvironmentHealth, standing: MigrationStatus | None) -> str:
    if standing is None:
        known = health.facts is not None and health.ledger and not health.ledger.unknown
        return (states.NOT_THERE if known else states.UNKNOWN).badge
    look = states.BADGES[standing.state]
    flags = " ".join(f":gray-badge[{states.FLAGS[flag]}]" for flag in standing.flags)
    again = f" :small[:gray[{len(standing.rows)} rows]]" if len(standing.rows) > 1 else ""
    return f"{look.badge} {flags}{again}"


def _error(sqlstate: str | None, error: str | None) -> str:
    return escaped(": ".join(filter(None, (sqlstate, error)))) or "–"


def _presence(health: EnvironmentHealth, standing: MigrationStatus | None) -> str:
    """Say how much of what it makes is there, where that was looked for."""
    presence = health.rehearsed.presence if health.rehearsed else {}
    present = presence.get(standing.name) if standing else None
    return PRESENCE[present.presence] if present else "–"

"""One kind in one environment: how many, why it matters, which rows, and what to do."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.background.scans import FullScan, ScanState
from dashboard.collect.collector import Collector
from dashboard.collect.orphans.scan import LastOrphans, ages, page_of
from dashboard.collect.orphans.statements import scan_order
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.nouns import Noun, Nouns
from dashboard.diagnose.orphans import (
    ColumnCount,
    Count,
    CountedColumn,
    KindCount,
    OrphanKind,
    Orphans,
    Precision,
    remedy,
)
from dashboard.diagnose.orphans.kinds import cross_environment_orphan
from dashboard.diagnose.words import count, listed
from dashboard.environments import Environment
from dashboard.show import downloads
from dashboard.show.orphans import choice, overview
from dashboard.show.shared import configuration, fixes, links, roles, telling
from dashboard.show.shared.ages import minute, moment
from dashboard.show.shared.escaping import escaped
from dashboard.view import SeenScans, ServedView
from queries.rows import Orphan

PAGE = 50
PARENT_ID = "{parent.title} ID"
MOST_SAVED = 10_000
SAVED_AT_ONCE = 1_000
COLUMNS = ("ID", PARENT_ID, "Owner", "Created", "Updated", "Status")
MOST_MATCHES = 50


def draw(served: ServedView, kind: OrphanKind, results: Sequence[LastOrphans]) -> None:
    told = served.nouns.fill
    st.header(escaped(told(kind.title)), anchor=False)
    code = f":gray-badge[{links.to_help(kind.code)}]"
    st.markdown(f"{escaped(told(kind.why))} :gray-badge[{kind.label}] {code}")
    for each in results:
        with st.container(border=True):
            _environment(served, kind, each, alone=len(results) == 1)


def _environment(served: ServedView, kind: OrphanKind, last: LastOrphans, *, alone: bool) -> None:
    environment = last.environment
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.markdown(roles.title(environment), width="content")
        st.markdown(overview.cell(last, kind), width="content")
    if last.failure:
        st.caption(f"Not counted now: {escaped(last.failure.message)}.")
    if last.value is None:
        return
    counted = last.value.of(kind)
    if not counted.applies:
        st.caption(f"Does not occur here: {escaped(kind.lacks)}.")
        return
    _facts(counted)
    _matches(last.value, counted, served.nouns.parent)
    if alone:
        _columns(served, environment, counted)
    elif counted.columns:
        _turn(kind, environment)


def _turn(kind: OrphanKind, environment: Environment) -> None:
    st.button(
        f"Rows and SQL of {escaped(environment.name)}",
        key=f"turn {environment.name}",
        icon=":material/list:",
        on_click=choice.go,
        args=(kind, environment),
    )


def _facts(counted: KindCount) -> None:
    found = counted.count
    parts = (
        f"{escaped(found.words)} :gray-badge[{precision(found)}]",
        f"covers {escaped(counted.coverage)}",
        f"{escaped(counted.kind.cost.value)}",
        f"took {found.ms:,.0f} ms" if found.ms else "",
        f"as of {moment(found.as_of)}" if found.as_of else "",
    )
    st.markdown(" · ".join(filter(None, parts)))
    notes = (found.reason, *counted.gaps) if not counted.gaps else counted.gaps
    for each in filter(None, notes):
        st.caption(f"{escaped(each)}.")


def precision(found: Count) -> str:
    """Name how a number is known, in a word or two."""
    match found.precision:
        case Precision.AT_LEAST:
            return "at least: stopped"
        case Precision.SAMPLE:
            return "sample, 95 %"
        case Precision.PROOF:
            return "not scanned"
        case Precision.EXACT | Precision.ESTIMATE | Precision.UNKNOWN:
            return found.precision.value


def _matches(orphans: Orphans, counted: KindCount, parent: Noun) -> None:
    """Tell of lost ids where they live: for the kinds that lost parents belong to."""
    to_projects = any(each.column.to_projects for each in counted.columns)
    if not orphans.matches or not (to_projects or counted.kind is cross_environment_orphan.KIND):
        return
    first = list(orphans.matches.items())[:MOST_MATCHES]
    more = len(orphans.matches) - len(first)
    live = count(len(orphans.matches), f"lost {parent} exists", f"lost {parent.many} exist")
    with st.expander(f"{escaped(live)} elsewhere", icon=":material/travel_explore:"):
        frame = {
            f"{parent.title} ID": [lost for lost, _ in first],
            "Exists in": [listed(places) for _, places in first],
            "Look up": [_address(lost, orphans.environment) for lost, _ in first],
        }
        _table(frame, f"Lost {parent.many} and the environments that have them")
        if more:
            st.caption(f"And {more:,} more.")


def _columns(served: ServedView, environment: Environment, counted: KindCount) -> None:
    for each in counted.columns:
        with st.container(border=True):
            st.markdown(f"**{escaped(each.column.title)}** :gray[{escaped(each.count.words)}]")
            if each.column.closed:
                st.caption(f"Not counted: {escaped(each.column.closed)}.")
                continue
            _rows(served.collector, environment, each)
            _scan(served.scans, environment, each.column)
            fix = remedy(each.column, each.cascades, ages(served.collector))
            cleaning = " and to clean up" if len(fix.commands) > 1 else ""
            with st.expander(f"SQL to list{cleaning}", icon=":material/code:"):
                fixes.steps(fix)


def _rows(collector: Collector, environment: Environment, counted: ColumnCount) -> None:
    """Show a page of rows; which one is remembered in this tab."""
    if counted.count.none:
        st.caption("There are no such rows.")
        return
    column = counted.column
    key = f"orphans {environment.name} {column.kind.code} {column.query} {column.label}"
    before: list[str] = st.session_state.setdefault(key, [])
    after = before[-1] if before else None
    rows = page_of(collector, environment, column, after, PAGE)
    if isinstance(rows, Unavailable):
        st.info(
            f"{escaped(rows.message)}.",
            title="The rows are not readable",
            icon=":material/help:",
        )
        return
    if rows:
        _table(_frame(rows, environment, column.nouns), f"First rows of {column.label}")
    else:
        st.caption("No rows (any more).")
    last = rows[-1].id if len(rows) == PAGE else None
    with st.container(horizontal=True, gap="small"):
        if before:
            st.button(
                "Back", key=f"back {key}", icon=":material/arrow_back:", on_click=_back, args=(key,)
            )
        if last:
            st.button(
                "Next",
                key=f"next {key}",
                icon=":material/arrow_forward:",
                on_click=before.append,
                args=(last,),
            )
        _download(collector, environment, column, key)


def _back(key: str) -> None:
    st.session_state[key].pop()


def _table(frame: dict[str, list[str]], alt: str) -> None:
    """Draw rows; Streamlit offers them as a file too, so they are as safe as ours."""
    safe = {name: [downloads.cell(each) for each in values] for name, values in frame.items()}
    st.dataframe(
        safe,
        hide_index=True,
        alt=alt,
        column_config={
            "Look up": st.column_config.LinkColumn("Look up", display_text="Look up", width="small")
        },
    )


def _frame(rows: Sequence[Orphan], environment: Environment, nouns: Nouns) -> dict[str, list[str]]:
    """Take only the columns that any row fills; a parent's own id stands there once."""
    ids = tuple(each.id or "" for each in rows)
    filled = {
        nouns.fill(name): values
        for name, values in zip(
            COLUMNS, zip(*(cells(each, minute) for each in rows), strict=True), strict=True
        )
        if any(values) and not (name == PARENT_ID and values == ids)
    }
    links = [_address(each.project_id, environment) for each in rows]
    return {**{name: list(values) for name, values in filled.items()}, "Look up": links}


def cells(row: Orphan, when: Callable[[datetime], str]) -> tuple[str, ...]:
    times = (row.created_at, row.updated_at)
    created, updated = (when(each) if each else "" for each in times)
    names = (row.id or "", row.project_id or "", row.owner_id or "")
    return (*names, created, updated, row.status or "")


def _in_utc(time: datetime) -> str:
    """Write a time for a file, which others read elsewhere."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _address(project_id: str | None, environment: Environment) -> str:
    if not project_id:
        return ""
    return links.href("lookup", id=project_id, env=environment.name)


def _download(
    collector: Collector, environment: Environment, column: CountedColumn, key: str
) -> None:
    st.download_button(
        "CSV",
        data=telling.downloading(
            f"{column.kind.code} {column.label} of {environment.name}",
            lambda: downloads.to_csv(
                tuple(map(column.nouns.fill, COLUMNS)), _saved(collector, environment, column)
            ),
        ),
        file_name=f"{column.kind.code}-{environment.name}-{column.label}.csv",
        mime="text/csv",
        key=f"csv {key}",
        icon=":material/download:",
        help=f"The first {MOST_SAVED:,} rows: IDs, times and status",
        on_click="ignore",
    )


def _saved(
    collector: Collector, environment: Environment, column: CountedColumn
) -> Iterator[Sequence[str]]:
    """Read the rows page by page; a file that is not complete says so in its last line."""
    after, saved = None, 0
    while saved < MOST_SAVED:
        rows = page_of(collector, environment, column, after, SAVED_AT_ONCE)
        if isinstance(rows, Unavailable):
            yield (f"incomplete: {rows.message}",)
            return
        yield from (cells(each, _in_utc) for each in rows)
        saved += len(rows)
        after = rows[-1].id if rows else None
        if len(rows) < SAVED_AT_ONCE or after is None:
            return
    yield (f"incomplete: only the first {MOST_SAVED} rows",)


def _scan(scans: SeenScans, environment: Environment, column: CountedColumn) -> None:
    if scan_order(column) is None:
        st.caption("A full scan is not possible without an index.")
        return
    scan = scans.of(environment)
    running = scan is not None and scan.state is ScanState.RUNNING
    if running and scan and scan.column.label == column.label:
        st.fragment(_progress, run_every=1.0)(scans, environment)
        return
    if scan and scan.column == column:
        st.markdown(ended(scan))
    st.button(
        "Scan the whole table",
        key=f"scan {environment.name} {column.kind.code} {column.query} {column.label}",
        icon=":material/manage_search:",
        help="Runs in the background in short parts; one scan per environment",
        disabled=running or not scans.may_start(environment),
        on_click=_start,
        args=(environment, column),
    )


def _start(environment: Environment, column: CountedColumn) -> None:
    """Ask what they may do now: the page may have been drawn long ago."""
    scans = configuration.view().scans
    if scans.may_start(environment):
        telling.scanning(environment, f"{column.kind.code} {column.label}")
        scans.start(environment, column)


def _cancel(environment: Environment) -> None:
    configuration.view().scans.cancel(environment)


def _progress(scans: SeenScans, environment: Environment) -> None:
    scan = scans.of(environment)
    if scan is None or scan.state is not ScanState.RUNNING:
        st.rerun()
    else:
        found = escaped(scan.count.words)
        st.progress(scan.share, text=f"{scan.looked_at:,} rows read, {found} found")
        st.button(
            "Cancel",
            key=f"cancel {environment.name}",
            icon=":material/close:",
            disabled=not scans.may_start(environment),
            on_click=_cancel,
            args=(environment,),
        )


def ended(scan: FullScan) -> str:
    """Say how a scan ended, and what it knows."""
    reason = f" ({escaped(scan.count.reason)})" if scan.count.reason else ""
    when = moment(scan.started_at)
    words = escaped(scan.count.words)
    if scan.state is ScanState.DONE:
        return f":material/task_alt: Full scan of {when}: **{words}**{reason}."
    return f":material/help: The scan of {when} did not finish: {words}{reason}."

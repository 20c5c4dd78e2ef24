"""The failures one by one: pages that the database makes, details at the side, downloads."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.collect.collector import Collector
from dashboard.collect.failure_sources import Cursor
from dashboard.collect.failures.sources import PageRequest
from dashboard.diagnose.failures import Failure, named
from dashboard.diagnose.nouns import Noun
from dashboard.diagnose.words import moment, short
from dashboard.show import downloads
from dashboard.show.failures import answers as failure_answers
from dashboard.show.failures.answers import Listing, ShownFailures, local
from dashboard.show.failures.charts import Chosen
from dashboard.show.failures.filters import PLACES, Filters
from dashboard.show.frames import failures
from dashboard.show.shared import picking, telling
from dashboard.show.shared.escaping import escaped
from queries.records import dataclass

ROWS = 50
MOST_DOWNLOADED = 5_000
_TABLE = "failures-table"
_OPENED = "failures-opened"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be listed; a bar that was clicked narrows it."""

    collector: Collector
    answers: ShownFailures
    filters: Filters
    chosen: Chosen | None

    def page(self, most: int, after: Cursor | None = None) -> Listing:
        span = self.chosen.span if self.chosen else self.answers.span
        filters = self.filters
        if self.chosen and self.chosen.environment:
            filters = replace(filters, environment=self.chosen.environment)
        question = PageRequest(span, most, filters.code, after)
        return failure_answers.list_page(self.collector, self.answers, filters, question)


def draw(wanted: Wanted) -> None:
    places: list[Cursor] = st.session_state.setdefault(PLACES, [])
    parent = wanted.collector.nouns.parent
    listing = wanted.page(ROWS, places[-1] if places else None)
    with st.container(border=True):
        st.header("All failures", anchor=False)
        _narrowed(wanted.chosen)
        if listing.missing:
            st.warning(
                f"Not in this list: {escaped(', '.join(listing.missing))}.",
                icon=":material/cloud_off:",
            )
        if listing.failures:
            _table(listing, wanted.answers.span.zone, parent)
        else:
            st.caption("No failures to list.")
        _below(listing, places, wanted)
    _open(listing, wanted.answers.span.zone, parent)


def _narrowed(chosen: Chosen | None) -> None:
    if chosen:
        zone = chosen.span.zone
        since, until = local(chosen.span.since, zone), local(chosen.span.until, zone)
        place = f" in {escaped(chosen.environment)}" if chosen.environment else ""
        st.caption(
            f"Only {since} to {until} ({escaped(zone)}){place}. Click outside the bars to clear."
        )


def _table(listing: Listing, zone: str, parent: Noun) -> None:
    when = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss", timezone=zone)
    st.dataframe(
        pd.DataFrame([_row(each, parent) for _, each in listing.failures]),
        hide_index=True,
        column_config={"When": when},
        key=_TABLE,
        on_select=_note_opened,
        selection_mode="single-row",
        alt="Failures, newest first",
    )


def _row(failure: Failure, parent: Noun) -> dict[str, object]:
    return {
        "When": failure.at,
        "Environment": failure.environment,
        # the table's own download goes to spreadsheets as well
        f"{parent.title} ID": downloads.cell(short(failure.project_id or "–")),
        "Cause": downloads.cell(named(failure.signature)),
        "Source": failure.source,
    }


def _note_opened() -> None:
    st.session_state[_OPENED] = st.session_state[_TABLE]["selection"]["rows"]


def _open(listing: Listing, zone: str, parent: Noun) -> None:
    """Open the details once: the row stays selected when they are closed."""
    number = picking.row(st.session_state.pop(_OPENED, ()), len(listing.failures))
    if number is not None:
        _details(listing.failures[number][1], zone, parent)


@st.dialog("Failure", position="right", icon=":material/error:")
def _details(failure: Failure, zone: str, parent: Noun) -> None:
    cause = failure.signature
    facts = {
        "When": f"{local(failure.at, zone)} {zone}",
        "UTC": moment(failure.at),
        "Environment": failure.environment,
        f"{parent.title} ID": short(failure.project_id) if failure.project_id is not None else "",
        "Code": cause.code,
        "Constraint or column": cause.constraint,
        "Table or model": cause.subject,
        "Operation": cause.operation,
        "Source": failure.source,
    }
    shown = {name: escaped(value) if value else "not recorded" for name, value in facts.items()}
    st.table(shown, border="horizontal", hide_header=True)
    if failure.project_id:
        st.page_link(
            "show/lookup/page.py",
            label="Look up this ID",
            icon=":material/search:",
            query_params={"id": failure.project_id, "env": failure.environment},
        )
    else:
        st.caption("Its source does not record the ID, so there is nothing to look up.")


def _below(listing: Listing, places: list[Cursor], wanted: Wanted) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Newer",
            icon=":material/chevron_left:",
            disabled=not places,
            on_click=_turn,
            args=(places[:-1],),
        )
        behind = failure_answers.place_of(listing)
        st.button(
            "Older",
            icon=":material/chevron_right:",
            disabled=behind is None or len(listing.failures) < ROWS,
            on_click=_turn,
            args=([*places, behind],),
        )
        st.caption(f"Page {len(places) + 1}", width="content")
        _download("CSV", "text/csv", partial(_text, wanted, failures.to_csv))
        _download("JSON", "application/json", partial(_text, wanted, failures.to_json))


def _turn(places: list[Cursor]) -> None:
    st.session_state[PLACES] = places


def _download(name: str, mime: str, data: Callable[[], bytes | str]) -> None:
    st.download_button(
        name,
        telling.downloading(f"failures as {name}", data),
        f"failures.{name.lower()}",
        mime,
        icon=":material/download:",
        on_click="ignore",
        help=f"The newest {MOST_DOWNLOADED:,} of this list",
    )


def _text(wanted: Wanted, write: Callable[[list[Failure]], bytes | str]) -> bytes | str:
    return write([each for _, each in wanted.page(MOST_DOWNLOADED).failures])

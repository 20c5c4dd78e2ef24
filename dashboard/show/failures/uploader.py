"""A log from elsewhere: read as it streams by, and kept in this tab only."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.collect.failure_sources import Span
from dashboard.collect.failures.uploads import MOST_UPLOAD_MB, Upload, inside, label, read
from dashboard.diagnose.failures import LogReader
from dashboard.diagnose.paste import Sought
from dashboard.show.failures.answers import UPLOADS
from dashboard.show.shared import clock
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView

MOST_UPLOADS = 5
_FILE = "failures-file"
_ROUND = "failures-round"


def draw(served: ServedView, span: Span) -> None:
    uploads: list[Upload] = st.session_state.setdefault(UPLOADS, [])
    with st.expander("Upload a log", icon=":material/upload_file:"):
        st.markdown(
            "A log of PostgreSQL (csvlog, jsonlog or plain text) or of the application, "
            "optionally `.gz`. We read codes, constraints, tables, IDs and times. The log stays "
            "in this tab and is not stored."
        )
        _form(served, uploads)
        for number, upload in enumerate(uploads):
            _read(upload, number, span)
        if uploads and st.button("Remove the logs", icon=":material/delete:"):
            st.session_state[UPLOADS] = []
            st.rerun()


def _form(served: ServedView, uploads: list[Upload]) -> None:
    number = st.session_state.setdefault(_ROUND, 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        environment = st.selectbox(
            ("Environment of the log"),
            [each.name for each in served.settings.environments],
            width=200,
        )
        zone = st.selectbox(
            "Time zone of the log",
            clock.zones(),
            index=clock.zones().index(clock.UTC_NAME),
            width=240,
            help=f"For times without a zone or with an ambiguous one. Yours is {clock.own_zone()}.",
        )
    log = st.file_uploader(
        "Log",
        key=f"{_FILE}-{number}",
        max_upload_size=MOST_UPLOAD_MB,
        label_visibility="collapsed",
    )
    asked = st.button("Read", icon=":material/play_arrow:", disabled=log is None)
    if log and asked and environment:
        reader = LogReader(
            environment,
            label(log.name, len(uploads)),
            Sought(served.settings.constraint),
            ZoneInfo(zone),
        )
        uploads.append(read(log, reader, log.name, _progress(log)))
        del uploads[:-MOST_UPLOADS]
        st.session_state[_ROUND] = number + 1  # an uploader of another key lets go of the file
        st.rerun()


def _progress(log: Any) -> Callable[[int], None]:
    bar = st.progress(0.0, "Reading …")

    def show(place: int) -> None:
        bar.progress(min(1.0, place / max(1, log.size)), "Reading …")

    return show


def _read(upload: Upload, number: int, span: Span) -> None:
    shown = len(inside(upload, span))
    failures = (
        f"{len(upload.failures):,} failures in {upload.entries:,} entries, "
        f"{shown:,} of them in the selected time"
    )
    st.markdown(
        f"- **{escaped(label(upload.name, number))}** of {escaped(upload.environment)}: {failures}."
    )
    for note in upload.notes:
        st.warning(escaped(note), icon=":material/warning:")

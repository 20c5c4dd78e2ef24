"""What failures have in common, and the ids that fail most with their verdict as it is now."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard.collect.collector import Collector
from dashboard.diagnose import failures
from dashboard.diagnose.failures import Group
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.many import headlines
from dashboard.diagnose.lookup.report import about
from dashboard.diagnose.paste import Sought, read
from dashboard.diagnose.words import capital, short
from dashboard.show import downloads
from dashboard.show.failures.answers import ShownFailures
from dashboard.show.failures.filters import Filters
from dashboard.show.frames import failures as failure_frames
from dashboard.show.frames.failures import Of
from dashboard.show.shared import findings, fixes
from dashboard.show.shared.ages import clock
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import badge_of
from queries.records import dataclass

MOST_IDS = 10
_VERDICTS = "failures-verdicts"

Ranked = list[tuple[str, str, int]]  # environment, id, failures


def all_fail(collector: Collector, answers: ShownFailures, filters: Filters) -> None:
    """Draw on top that an environment as a whole fails, where it does."""
    settings = collector.settings
    folder = settings.migrations_folder
    least, window = settings.thresholds.all_fail_ids, settings.thresholds.all_fail_window
    for burst in answers.bursts(window):
        finding = failures.judge(burst, least, collector.nouns, folder)
        if finding and filters.environment in (None, finding.environment):
            _finding(finding)


def _finding(finding: Finding) -> None:
    findings.headline(finding)
    findings.explanation(finding)
    findings.caveats(finding)
    if finding.fix:
        with st.expander(f"Do this: {escaped(finding.fix.title)}", icon=":material/build:"):
            fixes.steps(finding.fix)


def causes(collector: Collector, counted: Of, filters: Filters, zone: str) -> None:
    groups = failure_frames.causes(counted, filters.code)
    if not groups:
        return
    with st.container(border=True):
        st.header("Causes", anchor=False)
        moment = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss", timezone=zone)
        st.dataframe(
            pd.DataFrame([_cause(collector, each) for each in groups]),
            hide_index=True,
            height="content",
            column_config={"First seen": moment, "Last seen": moment},
            key="failures causes",
            alt="Failures by cause and environment, with first and last time",
        )
        st.caption(
            f"Grouped by code, constraint, table or model, and operation. Times in {escaped(zone)}."
        )


def _cause(collector: Collector, group: Group) -> dict[str, object]:
    """Make a row; the table's own download goes to spreadsheets."""
    cause = group.signature
    words = failures.cause(cause, collector.settings.constraint, collector.nouns)
    where = ", ".join(filter(None, (cause.subject, cause.operation)))
    return {
        "Cause": downloads.cell(capital(words)),
        "Constraint or column": downloads.cell(cause.constraint or "–"),
        "Table or failures, operation": downloads.cell(where or "–"),
        "Environment": group.environment,
        "Failures": group.failures,
        "IDs": group.ids,
        "First seen": group.first_at,
        "Last seen": group.last_at,
        "Source": group.source,
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts of a moment, each with what it is about: Project missing.

    An id that is not in them was not judged in time.
    """

    at: datetime
    verdicts: dict[tuple[str, str], tuple[str, Finding]]


def top_ids(collector: Collector, counted: Of, filters: Filters) -> None:
    ranked = failure_frames.top_ids(counted, filters.code, MOST_IDS)
    if not ranked:
        return
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.header("IDs that fail most", anchor=False, width="content")
            asked = st.button(
                "Diagnose all",
                icon=":material/gavel:",
                help="Looks up each ID in every environment, like the page Lookup",
            )
        if asked:
            with st.spinner("Looking them up …"):
                st.session_state[_VERDICTS] = _judge(collector, ranked)
        judged: Judged | None = st.session_state.get(_VERDICTS)
        for environment, identifier, number in ranked:
            _ranked(environment, identifier, number, judged)
        if judged:
            st.caption(f"Verdicts as of {clock(judged.at)}.")


def _judge(collector: Collector, ranked: Ranked) -> Judged:
    """Look all ids of an environment up at once."""
    failing: dict[str, list[str]] = {}
    for environment, identifier, _ in ranked:
        failing.setdefault(environment, []).append(identifier)
    verdicts: dict[tuple[str, str], tuple[str, Finding]] = {}
    for environment, ids in failing.items():
        target = collector.settings.databases[environment].environment
        pastes = [read(each, Sought(collector.settings.constraint)) for each in ids]
        seen = collector.evidence_of_all(pastes, target)
        for identifier, evidence, verdict in zip(ids, seen, headlines(seen), strict=True):
            verdicts[environment, identifier] = about(evidence), verdict
    return Judged(datetime.now(UTC), verdicts)


def _ranked(environment: str, identifier: str, number: int, judged: Judged | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{number:,}×** :gray[{escaped(environment)}]", width="content")
        st.page_link(
            "show/lookup/page.py",
            label=escaped(short(identifier)),
            icon=":material/search:",
            query_params={"id": identifier, "env": environment},
            width="content",
        )
        for part in _verdict(environment, identifier, judged):
            st.markdown(part, width="content")


def _verdict(environment: str, identifier: str, judged: Judged | None) -> Iterator[str]:
    verdict = judged.verdicts.get((environment, identifier)) if judged else None
    if verdict:
        subject, said = verdict
        yield f"{badge_of(said).labelled(escaped(subject))} {escaped(said.summary)}"
    elif judged:
        yield ":gray-badge[:material/hourglass_empty: not diagnosed]"

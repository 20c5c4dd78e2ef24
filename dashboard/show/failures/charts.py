"""Failures over time by environment or by cause; a click on a bar narrows the list below."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.collect.failure_sources import Span
from dashboard.environments import Environment
from dashboard.show import charts, frames
from dashboard.show.failures.filters import PLACES, Filters
from dashboard.show.frames import failures
from dashboard.show.frames.failures import Of
from dashboard.show.shared import notices
from queries.records import dataclass

BY_ENVIRONMENT, BY_CAUSE = "by environment", "by cause"
_BY = "failures-by"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a click chose: a span of time, and an environment where the bar is of one."""

    span: Span
    environment: str | None = None


def draw(
    counted: Of, filters: Filters, span: Span, environments: Sequence[Environment]
) -> Chosen | None:
    by_rank = frames.ranked(environments)
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.header(f"Failures per {span.unit}", anchor=False, width="content")
            by = st.segmented_control(
                "Colours",
                [BY_ENVIRONMENT, BY_CAUSE],
                default=BY_ENVIRONMENT,
                required=True,
                key=_BY,
                label_visibility="collapsed",
            )
        frame = _frame(counted, filters, span, by)
        if by == BY_ENVIRONMENT:
            frame = frames.few(frame, by_rank)
        ranked = by_rank if by == BY_ENVIRONMENT else list(frame.columns)
        colours = charts.colours(list(frame.columns), ranked)
        event = st.plotly_chart(
            charts.failures(frame, colours, hourly=span.unit == "hour"),
            key=f"failures {by} {filters.range} {filters.code} {filters.environment}",
            on_select=_turn_back,
            selection_mode="points",
            config={"displayModeBar": False},
            alt=f"Failures per {span.unit}, {by}",
        )
        _missing(counted, by_rank, filters)
    return _chosen(event, frame, span, by_rank)


def _frame(counted: Of, filters: Filters, span: Span, by: str | None) -> pd.DataFrame:
    make = failures.by_cause if by == BY_CAUSE else failures.by_environment
    return make(counted, filters.code, span.zone)


def _turn_back() -> None:
    """Begin the list at its first page again."""
    st.session_state[PLACES] = []


def _missing(counted: Of, environments: list[str], filters: Filters) -> None:
    asked = [each for each in environments if filters.environment in (None, each)]
    silent = (each for each in asked if not counted.get(each))
    notices.not_in_chart(silent, "their failures are unknown")


def _chosen(event: Any, frame: pd.DataFrame, span: Span, names: list[str]) -> Chosen | None:
    points = event["selection"]["points"] if event else []
    try:
        return _bar(points[0], frame, span, names) if points else None
    except (LookupError, TypeError, ValueError, OverflowError):
        return None  # no browser sends such a bar, but any client may


def _bar(point: Any, frame: pd.DataFrame, span: Span, names: list[str]) -> Chosen:
    local = datetime.fromisoformat(str(point["x"]))
    start = local.replace(tzinfo=ZoneInfo(span.zone)).astimezone(UTC)
    length = timedelta(hours=1) if span.unit == "hour" else timedelta(days=1)
    end = (local + length).replace(tzinfo=ZoneInfo(span.zone)).astimezone(UTC)
    narrowed = replace(span, since=max(start, span.since), until=min(end, span.until))
    column = str(frame.columns[point["curve_number"]])
    return Chosen(narrowed, column if column in names else None)

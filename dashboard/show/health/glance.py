"""What changed since yesterday, and since when what is broken has been so."""

from collections.abc import Iterator

import streamlit as st

from dashboard.diagnose import words
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.causes import causes_of
from dashboard.diagnose.health.changes import Changes
from dashboard.diagnose.health.report import HealthReport
from dashboard.show.shared import history_notes, links
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import in_short
from dashboard.view import ServedView

NAMED = 3


def draw(served: ServedView, checkup: HealthReport) -> None:
    changed = history_notes.since_yesterday(served, checkup)
    sentences = [*([_changed(changed)] if changed else []), *_broken(served, checkup)]
    if sentences:
        st.markdown(" ".join(sentences))


def _changed(changed: Changes) -> str:
    new = [
        escaped(f"{in_short(each.first.code)} in {_places(each.environments)}")
        for each in changed.new
    ]
    gone = [
        escaped(f"{in_short(code)} in {_places(names)}") for code, names in changed.resolved.items()
    ]
    return f"Since yesterday: **{len(new)} new**{_some(new)}, {len(gone)} resolved{_some(gone)}."


def _places(names: tuple[str, ...]) -> str:
    more = len(names) - 1
    return f"{names[0]} and {more} more" if more else names[0]


def _some(named: list[str]) -> str:
    shown = [*named[:NAMED], *(["…"] if len(named) > NAMED else [])]
    return f" :small[({', '.join(shown)})]" if shown else ""


def _broken(served: ServedView, checkup: HealthReport) -> Iterator[str]:
    """Name those with an error, the important ones, and since when they have it."""
    environments = served.settings.environments
    grave = [each for each in causes_of(checkup, environments) if each.severity is Severity.ERROR]
    told: dict[str, str] = {}
    for cause in grave:
        began, name = history_notes.began(served, cause.first), cause.first.environment
        if began and name and name not in told:
            told[name] = f"**{links.to_environment(name)}** broken {history_notes.in_words(began)}"
    if told:
        yield f"{words.listed(list(told.values())[:NAMED])}."

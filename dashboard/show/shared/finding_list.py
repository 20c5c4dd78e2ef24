"""What was found, by cause, worst first; what is only noted, and what somebody chose not to see."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial

import streamlit as st

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.causes import Cause, causes_of
from dashboard.diagnose.health.report import EnvironmentHealth, HealthReport
from dashboard.diagnose.words import count
from dashboard.show.shared import finding_tools, findings, history_notes, lazy_expander, muting
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander
from dashboard.show.shared.severities import NOTE, badge_of
from dashboard.view import ServedView

MOST = 10  # lines before the rest is folded
PLACES = 3  # that a line names


def draw(
    served: ServedView,
    checkup: HealthReport,
    healths: Sequence[EnvironmentHealth],
    codes: Collection[str] | None = None,
) -> None:
    """List the findings about these environments, or those of some codes."""
    found = causes_of(checkup, [each.environment for each in healths], codes)
    muted = [
        each for health in healths for each in health.muted if codes is None or each.code in codes
    ]
    if not found and not muted:
        return
    st.header("Findings", anchor=False)
    wrong = [each for each in found if not each.noted]
    noted = [each for each in found if each.noted]
    seen = muting.acknowledged(served, muted)
    lazy_expander.draw([*_wrong(served, wrong), *seen, *_noted(served, noted)])
    if quiet := muting.quiet(served, muted):
        title = f"{count(len(quiet), 'finding')} muted"
        with st.expander(title, icon=":material/notifications_off:"):
            muting.listed(served, quiet)


def _wrong(served: ServedView, found: Sequence[Cause]) -> Iterable[LazyExpander]:
    yield from (_fold(served, each) for each in found[:MOST])
    if more := found[MOST:]:
        title = f"{count(len(more), 'more finding')}, less grave or of less important environments"
        yield _folded(served, more, title, "more findings")


def _noted(served: ServedView, noted: Sequence[Cause]) -> Iterable[LazyExpander]:
    """Fold what needs nobody into one line."""
    if len(noted) == 1:
        yield _fold(served, noted[0])
    elif noted:
        title = f"{NOTE.labelled(count(len(noted), 'note'))} nothing to repair"
        yield _folded(served, noted, title, "notes")


def _folded(served: ServedView, found: Sequence[Cause], title: str, name: str) -> LazyExpander:
    def inside() -> None:
        lazy_expander.draw(_fold(served, each) for each in found)

    return LazyExpander(title, name, inside)


def _fold(served: ServedView, cause: Cause) -> LazyExpander:
    name = f"finding {cause.first.environment} {cause.first.code} {cause.first.summary}"
    return LazyExpander(_label(served, cause), name, partial(_inside, served, cause))


def _label(served: ServedView, cause: Cause) -> str:
    began = None if cause.noted else history_notes.began(served, cause.first)
    since = f" :small[:gray[{history_notes.in_words(began)}]]" if began else ""
    return f"{badge_of(cause.first).badge} {_summary(cause)}{since}"


def _summary(cause: Cause) -> str:
    """Say it of the first environment, and which others it is as well; of a cluster, who is in."""
    first, names = cause.first, cause.environments
    if len(cause.findings) == 1:
        return escaped(first.summary)
    if first.others:
        return f"{escaped(_cluster(cause))}: {_named(names)}"
    others = [each for each in names if each != first.environment]
    return f"{escaped(first.summary.rstrip('.'))}; also in {_named(others)}"


def _cluster(cause: Cause) -> str:
    titles = {
        "environment-copy": "are copies of one another",
        "several-envs": "share IDs that should be in one of them only",
        "same-database": "are one and the same database",
    }
    what = titles.get(cause.first.code, "concern one another")
    return f"{count(len(cause.environments), 'environment')} {what}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - PLACES
    shown = [escaped(each) for each in names[:PLACES]]
    return words.listed([*shown, f"{more} more"] if more > 0 else shown)


def _inside(served: ServedView, cause: Cause) -> None:
    finding = cause.first
    if len(cause.findings) > 1:
        finding = _chosen(cause)
        st.markdown(escaped(finding.summary))
    findings.details(finding)
    finding_tools.draw(served, finding)


def _chosen(cause: Cause) -> Finding:
    """Let one be chosen: what was seen, and what to do, differs by environment."""
    number = st.selectbox(
        f"{len(cause.findings)} environments",
        range(len(cause.findings)),
        format_func=lambda place: cause.findings[place].environment or "all environments",
        key=f"one of {cause.first.code} {cause.first.summary}",
        width=320,
    )
    return cause.findings[number or 0]

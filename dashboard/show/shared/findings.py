"""A finding: as the headline of a look-up, or beside it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from dashboard.diagnose.finding import WELL, Fact, Finding, Severity
from dashboard.show.shared import ages, clock, fixes, lazy_expander, links
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander
from dashboard.show.shared.severities import BADGES, badge_of

_Answer = tuple[str, float | None, datetime | None]

BOXES = {
    Severity.ERROR: st.error,
    Severity.WARNING: st.warning,
    Severity.UNKNOWN: st.info,
    Severity.INFO: st.success,
    Severity.OK: st.success,
}


def _told(text: str) -> str:
    """Show a sentence with its moments on the viewer's clock."""
    return escaped(clock.in_words(text))


def headline(verdict: Finding, subject: str | None = None) -> None:
    """Draw the verdict; `subject` says in its badge what it is about, in place of a severity."""
    look = BADGES[verdict.severity] if verdict.severity in WELL else badge_of(verdict)
    known = verdict.severity is not Severity.UNKNOWN  # of what is unknown nobody is sure
    sure = f" :gray-badge[{verdict.confidence}]" if known else ""
    about = look.labelled(escaped(subject)) if subject and known else look.badge
    badges = f"{about}{sure} :small[{links.to_help(verdict.code)}]"
    BOXES[verdict.severity](badges, title=_told(verdict.summary), icon=look.icon)


def explanation(verdict: Finding) -> None:
    if verdict.explanation:
        st.markdown(_told(verdict.explanation))


def evidence(facts: Sequence[Fact], summary: str) -> None:
    """Tell, by answer, what each environment said: fact, query, time and duration."""
    if facts:
        label = f"**Evidence:** {escaped(summary)}"
        lazy_expander.draw([LazyExpander(label, "evidence", partial(_facts, facts))])


def _facts(facts: Sequence[Fact]) -> None:
    with st.grid("auto", min_column_width=300, gap="medium"):
        for answer, said in _by_answer(facts).items():
            st.markdown("\n".join((f"**{escaped(answer[0])}** {_asked(*answer[1:])}\n", *said)))


def _by_answer(facts: Sequence[Fact]) -> dict[_Answer, list[str]]:
    grouped: dict[_Answer, list[str]] = {}
    for each in facts:
        query = f" :small[:gray[{escaped(each.query)}]]" if each.query else ""
        said = grouped.setdefault((each.environment, each.ms, each.as_of), [])
        said.append(f"- {_told(each.fact)}{query}")
    return grouped


def _asked(ms: float | None, as_of: datetime | None) -> str:
    parts = (f"{ms:.0f} ms" if ms is not None else "", ages.clock(as_of) if as_of else "")
    return f":small[:gray[{' · '.join(filter(None, parts))}]]" if any(parts) else ""


def caveats(verdict: Finding) -> None:
    if not verdict.caveats:
        return
    with st.container(border=True):
        st.header("What could make this wrong", anchor=False)
        st.markdown("\n".join(f"- {_told(each)}" for each in verdict.caveats))


def also_found(findings: Sequence[Finding]) -> None:
    if not findings:
        return
    st.header("Also found", anchor=False)
    lazy_expander.draw(fold(each, partial(details, each)) for each in findings)


def label(finding: Finding) -> str:
    return f"{badge_of(finding).badge} {_told(finding.summary)}"


def fold(finding: Finding, inside: Callable[[], None]) -> LazyExpander:
    name = f"finding {finding.environment} {finding.code} {finding.summary}"
    return LazyExpander(label(finding), name, inside)


def details(finding: Finding) -> None:
    """Show everything about a finding but its summary."""
    explanation(finding)
    if finding.evidence:
        _facts(finding.evidence)
    for each in finding.caveats:
        st.caption(f":material/info: {_told(each)}")
    if finding.fix:
        st.markdown(f"**{escaped(finding.fix.title)}**")
        fixes.steps(finding.fix)
    for other in finding.alternatives:
        st.markdown(f"**Or: {escaped(other.title)}**")
        fixes.steps(other)
    st.caption(_footer(finding))


def _footer(finding: Finding) -> str:
    parts = (
        f"Resolved when {escaped(finding.resolves_when)}" if finding.resolves_when else "",
        f"{finding.confidence}" if finding.severity is not Severity.UNKNOWN else "",
        f"Help: {links.to_help(finding.code)}",
    )
    return " · ".join(filter(None, parts))

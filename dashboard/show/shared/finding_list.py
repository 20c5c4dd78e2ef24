"""What was found, worst first, with evidence and fix; and what somebody chose not to see."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.report import WORST_FIRST, EnvironmentHealth, HealthReport
from dashboard.diagnose.words import count
from dashboard.settings import Mute
from dashboard.show.shared import finding_tools, findings, lazy_expander
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander
from dashboard.view import ServedView


def draw(
    served: ServedView,
    checkup: HealthReport,
    healths: Sequence[EnvironmentHealth],
    codes: Collection[str] | None = None,
) -> None:
    """List the findings about these environments, or those of some codes."""
    names = {each.environment.name for each in healths}
    between = (each for each in checkup.findings if each.environment in names)
    own = (each for health in healths for each in health.findings)
    found = _sorted(_of([*own, *between], codes))
    muted = list(_of((each for health in healths for each in health.muted), codes))
    if not found and not muted:
        return
    st.header("Findings", anchor=False)
    lazy_expander.draw(_fold(served, each) for each in found)
    if muted:
        title = f"{count(len(muted), 'finding')} muted"
        with st.expander(title, icon=":material/notifications_off:"):
            st.markdown("\n".join(_muted(each, served.settings.mutes) for each in muted))


def _fold(served: ServedView, finding: Finding) -> LazyExpander:
    def inside() -> None:
        findings.details(finding)
        finding_tools.draw(served, finding)

    return findings.fold(finding, inside)


def _of(found: Iterable[Finding], codes: Collection[str] | None) -> Iterable[Finding]:
    return (each for each in found if codes is None or each.code in codes)


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda each: WORST_FIRST.index(each.severity))


def _muted(finding: Finding, mutes: Sequence[Mute]) -> str:
    """Say what is muted, with the reason that the configuration gives."""
    today = datetime.now(UTC).date()
    why = (each for each in mutes if each.covers(finding.code, finding.environment, today))
    reasons = [f"{escaped(each.reason)} ({_until(each)})" for each in why]
    place = escaped(finding.environment or "")
    return f"- **{place}** {escaped(finding.summary)} :gray[{', '.join(reasons)}]"


def _until(mute: Mute) -> str:
    return f"until {mute.until}" if mute.until else "for good"

"""What somebody chose not to be told again: muted or seen on the page, and lifted there."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from dashboard.background.muting import ACKNOWLEDGED, LONGEST, today
from dashboard.diagnose.finding import Finding
from dashboard.settings import Mute
from dashboard.settings.grants import Level
from dashboard.show.shared import configuration, findings, telling
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander
from dashboard.view import ServedView

SEEN = "seen"  # the reason where none is given
USUAL = "30 days"
SPANS = {
    "1 day": timedelta(days=1),
    "7 days": timedelta(days=7),
    USUAL: timedelta(days=30),
    "90 days": timedelta(days=90),
    "1 year": LONGEST,
}


def tools(served: ServedView, finding: Finding) -> None:
    """Offer to mute it, on the page where that is kept, or by the configuration."""
    name = finding.environment
    if name is None or not served.viewer.sees(name, Level.ADMIN):
        return
    with st.popover("Mute", icon=":material/notifications_off:"):
        if not served.mutes.may_mute(name):
            st.caption("Put this into the configuration, with your reason and day:")
            st.code(table(finding, datetime.now(UTC)), language=None)
            return
        _form(finding, name)
        with st.expander("In the configuration instead, for `check`, too"):
            st.code(table(finding, datetime.now(UTC)), language=None)


def _form(finding: Finding, name: str) -> None:
    about = f"{finding.environment} {finding.code} {finding.summary}"
    st.caption(
        f"Not counted in {escaped(name)}, and nobody is alerted. It stays listed below the "
        "findings, where it can be lifted."
    )
    why = st.text_input(
        "Reason", key=f"reason {about}", placeholder="Others will ask", max_chars=500
    )
    days = st.segmented_control(
        "For", list(SPANS), default=USUAL, required=True, key=f"for {about}"
    )
    until = today() + SPANS.get(str(days), SPANS[USUAL])
    with st.container(horizontal=True, gap="small"):
        mute = st.button("Mute it", key=f"mute {about}", type="primary")
        seen = st.button("Mark as seen", key=f"seen {about}")
    if mute and not why.strip():
        st.markdown(":orange[:material/warning: Write down a reason first.]")
    st.caption(
        f"Seen: the same for {ACKNOWLEDGED.days} days, but it stays among the findings, with your "
        "name."
    )
    mutes = configuration.view().mutes
    if seen:
        added = mutes.add(finding, why.strip() or SEEN, today() + ACKNOWLEDGED, seen=True)
        _told(added, "acknowledge", finding, "Marked as seen; it is listed last.")
    elif mute and why.strip():
        added = mutes.add(finding, why.strip(), until)
        _told(added, "mute", finding, f"Muted until {until}; listed below the findings.")


def _told(problem: str | None, what: str, finding: Finding, done: str) -> None:
    """Draw the page anew: the finding is in another place there."""
    if problem:
        st.toast(escaped(problem), icon=":material/warning:")
    else:
        telling.muting(what, finding)
        st.toast(done, icon=":material/check:")
        st.rerun()


def acknowledged(served: ServedView, muted: Iterable[Finding]) -> Iterable[LazyExpander]:
    """List what somebody has seen, and works on."""
    for each in muted:
        mutes = [mute for mute in served.mutes.covering(each) if mute.seen]
        if mutes:
            mark = f":gray-badge[:material/visibility: seen by {escaped(mutes[0].by)}]"
            label = f"{mark} {escaped(each.summary)} :small[:gray[{_until(mutes[0])}]]"
            name = f"seen {each.environment} {each.code} {each.summary}"
            yield LazyExpander(label, name, partial(_inside, served, each, mutes))


def quiet(served: ServedView, muted: Iterable[Finding]) -> list[Finding]:
    """Leave out what stays listed."""
    return [each for each in muted if not any(m.seen for m in served.mutes.covering(each))]


def _inside(served: ServedView, finding: Finding, mutes: Sequence[Mute]) -> None:
    findings.details(finding)
    for each in mutes:
        why = "" if each.reason == SEEN else f": {escaped(each.reason)}"
        st.caption(f"Seen{_by(each)}, {_until(each)}{why}")
    _lifts(served, finding, mutes)


def listed(served: ServedView, muted: Iterable[Finding]) -> None:
    """Say what is muted and why; what was muted on a page can be lifted here."""
    for each in muted:
        mutes = served.mutes.covering(each)
        reasons = [f"{escaped(mute.reason)} ({_until(mute)}{_by(mute)})" for mute in mutes]
        place = escaped(each.environment or "")
        st.markdown(f"- **{place}** {escaped(each.summary)} :gray[{', '.join(reasons)}]")
        _lifts(served, each, mutes)


def _lifts(served: ServedView, finding: Finding, mutes: Sequence[Mute]) -> None:
    for each in mutes:
        liftable = each.id and each.environment and served.mutes.may_mute(each.environment)
        key = f"lift {each.id} {finding.summary}"
        if liftable and st.button("Lift", key=key, icon=":material/notifications_active:"):
            lifted = configuration.view().mutes.lift(each)
            _told(lifted, "lift", finding, "It is told of again.")


def _until(mute: Mute) -> str:
    return f"until {mute.until}" if mute.until else "for good"


def _by(mute: Mute) -> str:
    return f" by {escaped(mute.by)}" if mute.by else ""


def table(finding: Finding, now: datetime) -> str:
    """Fill in the table of the configuration that mutes a finding."""
    return "\n".join(
        (
            "[[mute]]",
            f"code = {_quoted(finding.code)}",
            f"environment = {_quoted(finding.environment or '')}",
            'reason = "…"',
            f"until = {(now + SPANS[USUAL]).date()}",
        )
    )


def _quoted(text: str) -> str:
    """Write a TOML string: what JSON escapes, TOML reads the same."""
    return json.dumps(text)

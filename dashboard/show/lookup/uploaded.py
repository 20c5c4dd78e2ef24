"""What the viewer's own logs tell of the ids that are looked up."""

from dataclasses import replace

import streamlit as st

from dashboard.collect.failures.uploads import Upload, label
from dashboard.collect.lookup import failing
from dashboard.diagnose.failures import KnownFailures
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.show.failures.answers import UPLOADS


def added(evidence: Evidence) -> Evidence:
    """Add the failures of uploaded logs that are of the target."""
    wanted = failing.wanted([evidence])
    uploads: list[Upload] = st.session_state.get(UPLOADS, [])
    own = {
        label(each.name, number): each.failures
        for number, each in enumerate(uploads)
        if each.environment == evidence.target.name
    }
    if wanted is None or not own:
        return evidence
    known = evidence.known_failures or KnownFailures(failing.DAYS)
    groups = failing.grouped_by_id(
        replace(each, source=source)
        for source, failures in own.items()
        for each in failures
        if failing.is_wanted(each, wanted)
    )
    return replace(evidence, known_failures=known.plus(groups, tuple(own)))

"""What is found in one environment, and between it and others; the address may open one of it."""

from functools import partial

import streamlit as st

from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.report import WORST_FIRST, EnvironmentHealth
from dashboard.environments import Environment
from dashboard.show.help.manual import manual
from dashboard.show.shared import (
    finding_tools,
    findings,
    lazy_expander,
    links,
    muting,
    notices,
    titles,
)
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander
from dashboard.view import ServedView

PARAMETER = "finding"


def draw(served: ServedView, place: Environment, health: EnvironmentHealth | None) -> None:
    asked = st.query_params.get(PARAMETER) or None
    titles.show(f"{asked} in {place.name}" if _known(asked) else place.name)
    if health is None:
        return
    here = sorted((*health.findings, *health.between), key=_gravity)
    st.header("Findings", anchor=False)
    _asked_for(asked, place, health, [each.code for each in here])
    if not here and not health.unavailable:
        st.success("Nothing is wrong here.", icon=":material/check_circle:")
    folds = [_fold(served, each, opened=each.code == asked) for each in here]
    lazy_expander.draw([*folds, *muting.acknowledged(served, health.muted)])


def _gravity(finding: Finding) -> int:
    return WORST_FIRST.index(finding.severity)


def _known(code: str | None) -> bool:
    return code is not None and manual().section(code) is not None


def _asked_for(
    code: str | None, place: Environment, health: EnvironmentHealth, found: list[str]
) -> None:
    """Say where what the address asks for is not among the findings.

    | the code is one of ours | it is found | it is muted | it answered | said                 |
    | ----------------------- | ----------- | ----------- | ----------- | -------------------- |
    | no                      | -           | -           | -           | unknown, and refused |
    | yes                     | yes         | -           | -           | it is opened         |
    | yes                     | no          | yes         | -           | it is muted          |
    | yes                     | no          | no          | no          | nobody can tell      |
    | yes                     | no          | no          | yes         | not found now        |
    """
    if code is None or code in found:
        return
    if not _known(code):
        notices.unknown("finding", code, dict.fromkeys(found), "All are shown.")
        return
    name, word = escaped(place.name), links.to_help(code)
    if any(each.code == code for each in health.muted):
        said = f"{word} is muted in {name}."
    elif health.unavailable:
        said = f"{name} does not answer: whether {word} is still so is not known."
    else:
        said = f"{word} is not found in {name} now: it is resolved, or was not found yet."
    st.info(said, icon=":material/info:")


def _fold(served: ServedView, finding: Finding, *, opened: bool) -> LazyExpander:
    fold = findings.fold(finding, partial(_inside, served, finding))
    return LazyExpander(fold.label, fold.name, fold.draw, opened)


def _inside(served: ServedView, finding: Finding) -> None:
    findings.details(finding)
    finding_tools.draw(served, finding)

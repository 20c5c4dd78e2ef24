"""What else a card tells of its environment, each line a way to the page that tells more."""

import streamlit as st

from dashboard.collect.failures.sources import HEALTH_DAYS, Failures
from dashboard.collect.result import LastResult
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.report import WORST_FIRST, EnvironmentHealth
from dashboard.diagnose.orphans import Orphans, Precision
from dashboard.diagnose.orphans.counts import total
from dashboard.environments import Environment
from dashboard.show.migrations.states import progress
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import BADGES
from dashboard.view import ServedView

ASKING = ":gray-badge[:material/hourglass_empty: counting]"
NOT_KNOWN = ":gray-badge[:material/help: not known]"
NOT_COLLECTED = ":gray-badge[:material/help: not collected]"
INFO = Severity.INFO
NONE_SEEN = ":gray-badge[:material/help: none seen]"
NONE = ":green-badge[:material/check: none]"


def draw(served: ServedView, environment: Environment, health: EnvironmentHealth) -> None:
    with st.container(gap="xxsmall"):
        _line(environment, "migrations", ":material/database:", "Migrations", _progress(health))
        failed = failures(served.failures[environment])
        days = f"Failures, {HEALTH_DAYS} days"
        _line(environment, "failures", ":material/error:", days, failed)
        lost = orphans(served.orphans[environment])
        _line(environment, "orphans", ":material/link_off:", "Orphan candidates", lost)


def _line(environment: Environment, page: str, icon: str, label: str, badge: str) -> None:
    st.page_link(
        f"show/{page}/page.py",
        label=f"{label} {badge}",
        icon=icon,
        query_params={"env": environment.name},
    )


def _progress(health: EnvironmentHealth) -> str:
    return progress(health).badge


def failures(kept: LastResult[Failures]) -> str:
    """Word the failures; nothing is green that no source could tell.

    | the last answer                           | badge         |
    | ----------------------------------------- | ------------- |
    | there is none yet                         | counting      |
    | it failed                                 | not known     |
    | no source is on                           | not collected |
    | some                                      | the number    |
    | none, and a source is unread              | not known     |
    | none, and no source would tell of all     | none seen     |
    | none                                      | none          |
    """
    if kept.failure:
        return NOT_KNOWN
    if kept.value is None:
        return ASKING
    number = kept.value.total
    if number is None:
        return NOT_COLLECTED
    if number:
        return f":red-badge[{number:,}]"
    if kept.value.unread:
        return NOT_KNOWN
    return NONE if kept.value.complete else NONE_SEEN


def orphans(kept: LastResult[Orphans]) -> str:
    """Word what has lost what it belongs to, in the colour of the worst kind.

    Kinds that are only information, such as drafts, are not counted. A kind that could not be
    counted keeps the line from being green.
    """
    if kept.failure:
        return NOT_KNOWN
    if kept.value is None:
        return ASKING
    seen = [each for each in kept.value.kinds.values() if each.kind.severity is not INFO]
    count = total([each.count for each in seen])
    if count.none:
        return NOT_KNOWN if kept.value.hidden else NONE
    if count.precision is Precision.UNKNOWN:
        return NOT_KNOWN
    some = (each.kind.severity for each in seen if not each.count.none)
    return f":{BADGES[min(some, key=WORST_FIRST.index)].colour}-badge[{escaped(count.words)}]"

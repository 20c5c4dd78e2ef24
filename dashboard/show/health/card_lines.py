"""What else a card tells of its environment, each line a way to the page that tells more.

How an environment is, its findings say alone: how many deployments failed there is another fact.
"""

from datetime import UTC, datetime

import streamlit as st

from dashboard.collect.failures.sources import HEALTH_DAYS, Failures
from dashboard.collect.result import LastResult
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.orphans import Count, Orphans, Precision
from dashboard.environments import Environment
from dashboard.show.migrations.states import progress
from dashboard.show.shared.ages import day
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.severities import BADGES
from dashboard.view import ServedView
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as Markdown; its number where there is one, and what is to be said beside that."""

    badge: str
    number: int | None = None
    note: str = ""


ASKING = Told(":gray-badge[:material/hourglass_empty: counting]", note="counting")
NOT_KNOWN = Told(":gray-badge[:material/help: unknown]", note="unknown")
NOT_COLLECTED = Told(":gray-badge[:material/help: not collected]", note="not collected")
NONE_SEEN = Told(":gray-badge[:material/help: none seen]", 0, "not all can be seen")
NONE = Told(":green-badge[:material/check: none]", 0)
NO_FAILURES = Told("**none**", 0)


def draw(served: ServedView, environment: Environment, health: EnvironmentHealth) -> None:
    with st.container(gap="xxsmall"):
        _line(environment, "migrations", ":material/database:", "Migrations", _progress(health))
        failed = failures(served.failures[environment]).badge
        days = f"Failures, {HEALTH_DAYS} days"
        _line(environment, "failures", ":material/error:", days, failed)
        lost = orphans(served.orphans[environment]).badge
        _line(environment, "orphans", ":material/link_off:", "Orphans", lost)


def _line(environment: Environment, page: str, icon: str, label: str, badge: str) -> None:
    st.page_link(
        f"show/{page}/page.py",
        label=f"{label} {badge}",
        icon=icon,
        query_params={"env": environment.name},
    )


def _progress(health: EnvironmentHealth) -> str:
    return progress(health).badge


def failures(kept: LastResult[Failures]) -> Told:
    """Word the failures; none is said only where a source would have told of any.

    | the last answer                           | told                              |
    | ----------------------------------------- | --------------------------------- |
    | there is none yet                         | counting                          |
    | it failed                                 | unknown                           |
    | no source is on                           | not collected                     |
    | some, and the sources cover all the time  | the number                        |
    | some, and they do not                     | at least the number, since when   |
    | none, and a source is unread              | unknown                           |
    | none, and no source would tell of all     | none seen                         |
    | none                                      | none                              |
    """
    if kept.failure:
        return NOT_KNOWN
    said = kept.value
    if said is None:
        return ASKING
    if said.total is None:
        return NOT_COLLECTED
    if said.total:
        since = f"since {day(said.reach, datetime.now(UTC))}" if said.reach else ""
        badge = f"**{escaped(said.words)}**{_small(since)}"
        return Told(badge, said.total, since or ("" if said.complete else "at least"))
    if said.unread:
        return NOT_KNOWN
    return NO_FAILURES if said.complete else NONE_SEEN


def orphans(kept: LastResult[Orphans]) -> Told:
    """Word what has lost what it belongs to: what is wrong, and what somebody should look at.

    | wrong   | to review | told                                            |
    | ------- | --------- | ----------------------------------------------- |
    | some    | any       | how many, in the colour of the worst; to review |
    | unknown | any       | unknown; to review, if any                      |
    | none    | some      | how many to review                              |
    | none    | unknown   | unknown                                         |
    | none    | none      | none, where every row can be seen               |
    """
    if kept.failure:
        return NOT_KNOWN
    if kept.value is None:
        return ASKING
    wrong, review = kept.value.wrong, kept.value.to_review
    reviewed = f"{review.words} to review" if _some(review) else ""
    if _some(wrong):
        badge = f":{BADGES[kept.value.worst].colour}-badge[{escaped(wrong.words)}]"
        return Told(f"{badge}{_small(reviewed)}", wrong.number, reviewed)
    if not wrong.none:
        return Told(f"{NOT_KNOWN.badge}{_small(reviewed)}", note=reviewed or NOT_KNOWN.note)
    if reviewed:
        return Told(f"**{escaped(review.words)}** to review", 0, reviewed)
    return NONE if review.none and not kept.value.hidden else NOT_KNOWN


def _some(count: Count) -> bool:
    return not count.none and count.precision is not Precision.UNKNOWN


def _small(words: str) -> str:
    return f" :small[:gray[{escaped(words)}]]" if words else ""

"""Where the id exists: one row per environment, in the order of the settings."""

from collections.abc import Sequence

import streamlit as st

from dashboard.diagnose import words
from dashboard.diagnose.facts import Answer, IdFacts
from dashboard.diagnose.lookup.evidence import Evidence, Presence, PresenceState
from dashboard.diagnose.nouns import Noun
from dashboard.diagnose.words import short
from dashboard.environments import Environment
from dashboard.show.shared import roles
from dashboard.show.shared.ages import minute
from dashboard.show.shared.escaping import escaped
from queries.rows import Project

ASKING = ":gray-badge[:material/hourglass_empty: asking]"
BADGES = {
    PresenceState.FOUND: ":green-badge[:material/check: Found]",
    PresenceState.ABSENT: ":gray-badge[:material/remove: Not found]",
    PresenceState.UNKNOWN: ":gray-badge[:material/help: Unknown]",
}
ABSENT_IN_TARGET = ":red-badge[:material/close: Not found]"


class PresenceTable:
    """Rows that stand from the start and are filled as each environment answers."""

    def __init__(self, environments: Sequence[Environment], target: Environment | None) -> None:
        self._target = target
        with st.container(border=True, gap="small"):
            st.header("Where the ID exists", anchor=False)
            self._rows = {each: st.empty() for each in environments}
        for each in environments:
            self._draw(each, ASKING, "…")

    def fill(self, environment: Environment, presence: Presence, answer: Answer) -> None:
        badge = BADGES[presence.state]
        if presence.state is PresenceState.ABSENT and environment == self._target:
            badge = ABSENT_IN_TARGET
        self._draw(environment, badge, _detail(presence, answer))

    def _draw(self, environment: Environment, badge: str, detail: str) -> None:
        target = " :blue-badge[deploy target]" if environment == self._target else ""
        with self._rows[environment].container(gap="xxsmall"):
            with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
                st.markdown(f"{roles.title(environment)}{target}", width="content")
                st.markdown(badge, width="content")
            st.caption(escaped(detail))


def _detail(presence: Presence, answer: Answer) -> str:
    asked = f", {answer.facts.ms:.0f} ms" if isinstance(answer, IdFacts) else ""
    if presence.project:
        return f"{words.project(presence.project)}{asked}"
    if presence.reason:
        return presence.reason.message
    return f"no row with this ID{asked}"


def project_facts(evidence: Evidence) -> None:
    """Show the found project as the environments that have it know it, alike ones together."""
    alike: dict[tuple[tuple[str, str], ...], list[Environment]] = {}
    for environment in evidence.answers:
        presence, answer = evidence.presence(environment), evidence.answers[environment]
        if presence.project and isinstance(answer, IdFacts):
            facts = _facts(presence.project, answer, evidence.nouns.child)
            alike.setdefault(tuple(facts.items()), []).append(environment)
    for told, places in alike.items():
        with st.container(border=True):
            title = f"{evidence.nouns.parent.title} in {words.environments(places)}"
            st.header(escaped(title), anchor=False)
            st.table(dict(told), border="horizontal", hide_header=True)


def _facts(project: Project, found: IdFacts, child: Noun) -> dict[str, str]:
    facts = {
        "ID": f"`{short(project.id)}`" if "`" not in project.id else escaped(short(project.id)),
        "Name": escaped(project.name or "–"),
        "Owner": escaped(short(project.owner_id or "–")),
        "Created": minute(project.created_at) if project.created_at else "–",
        "Updated": minute(project.updated_at) if project.updated_at else "–",
        "Deleted": _deleted(project),
        escaped(child.title): _deployments(found),
    }
    return {name: value for name, value in facts.items() if value}


def _deleted(project: Project) -> str:
    if project.deleted_at:
        return minute(project.deleted_at)
    return "yes" if project.deleted else ""


def _deployments(found: IdFacts) -> str:
    if found.deployments is None:
        return "not searched"
    made = [
        f"{escaped(short(each.id or '–'))}{f' ({escaped(each.status)})' if each.status else ''}"
        for each in found.deployments
    ]
    return ", ".join(made) or "none"

"""The configuration as pages need it: what is served, or what to do where nothing can be."""

from collections.abc import Callable

import streamlit as st

from dashboard import serving
from dashboard.access import told
from dashboard.access.viewer import OPERATOR, Identity, Viewer, viewer_of
from dashboard.diagnose.words import count
from dashboard.settings import Settings, SettingsError
from dashboard.settings.access import Access
from dashboard.show.shared.escaping import escaped
from dashboard.view import ServedView, view_of


def require() -> ServedView:
    """Return what is served, as this viewer may see it; else say what is wrong, and end the page.

    Pages get it from here alone: nothing of what somebody may not see can be forgotten.
    """
    try:
        served = serving.current()
    except SettingsError as error:
        st.error(_listed(error.problems), title="Configuration error", icon=":material/error:")
        st.stop()
    seen = view()
    if not served.settings.databases:
        st.info(
            "Add a `[connections.NAME]` table with a `url` to `.streamlit/secrets.toml` "
            "(`.streamlit/secrets.example.toml` shows how), "
            "or start `./run demo` to try the dashboard on seeded databases.",
            title="No environment is configured",
            icon=":material/settings:",
        )
        st.stop()
    if served.problems:  # which name environments
        told_of = ("See the dashboard's log for the mistake.",) if seen.hidden else served.problems
        st.warning(
            f"{_listed(told_of)}\n\nStill using the previous version.",
            title="Configuration error",
            icon=":material/warning:",
        )
    if seen.hidden:
        st.caption(
            f":material/visibility_off: {count(seen.hidden, 'environment')} you may not see."
        )
    if seen.state_problem:
        st.caption(f":orange[:material/warning:] {escaped(_alone(seen.state_problem, seen))}")
    return seen


def holding() -> Callable[[], bool]:
    """Tell later on, where no page runs, whether somebody still may see what they see now."""
    identity = told.identity_of(st.context.headers.get(told.IDENTITY))
    seen = view().viewer
    return lambda: _viewer(identity, serving.current().settings.access) == seen


def _viewer(identity: Identity | None, access: Access) -> Viewer | None:
    if not access.guarded:
        return OPERATOR
    return viewer_of(identity, access.grants) if identity else None


def _require_viewer(access: Access) -> Viewer:
    """Return who looks on; somebody of whom the gate says nothing sees nothing."""
    viewer = _viewer(told.identity_of(st.context.headers.get(told.IDENTITY)), access)
    if viewer is None:
        st.error(
            "Reload the page. If that does not help, ask whoever runs this dashboard.",
            title="You are not signed in or have no access",
            icon=":material/lock:",
        )
        st.stop()
    return viewer


def who_looks_on() -> None:
    """Say as whom somebody is signed in, and let them sign out where that is ours to do."""
    try:
        access = serving.current().settings.access
    except SettingsError:
        return
    identity = told.identity_of(st.context.headers.get(told.IDENTITY)) if access.oidc else None
    if identity:
        with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            st.caption(f"Signed in as {escaped(identity.user)}", width="content")
            st.button("Sign out", type="tertiary", icon=":material/logout:", on_click=st.logout)


def view() -> ServedView:
    """Return the same within a page that requires it, and for what is clicked there."""
    served = serving.current()
    return view_of(served, _require_viewer(served.settings.access))


def warnings(settings: Settings) -> None:
    """Tell in one quiet line what was read in spite of something."""
    if settings.warnings:
        st.caption(escaped(" ".join(settings.warnings)))


def _alone(problem: str, seen: ServedView) -> str:
    """Say what does not go on; an address of ours is for those who may mend it."""
    why = f" ({problem.rstrip('.')})" if seen.may_ask_anew and not seen.hidden else ""
    return (
        f"The state database cannot be used{why}: environments are asked all the same, but "
        "nothing is kept, and nobody is alerted, until it is back."
    )


def _listed(problems: tuple[str, ...]) -> str:
    return "\n".join(f"- {escaped(each)}" for each in problems)

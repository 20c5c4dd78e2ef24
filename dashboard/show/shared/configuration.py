"""The configuration as pages need it: what is served, or what to do where nothing can be."""

import streamlit as st

from dashboard import serving
from dashboard.access import told
from dashboard.access.viewer import OPERATOR, Viewer, viewer_of
from dashboard.serving import Serving
from dashboard.settings import Settings, SettingsError
from dashboard.settings.access import Access
from dashboard.show.shared.escaping import escaped


def require() -> Serving:
    """Return what is served; otherwise say what is wrong, and end the page."""
    try:
        served = serving.current()
    except SettingsError as error:
        st.error(
            _listed(error.problems), title="The configuration is wrong", icon=":material/error:"
        )
        st.stop()
    require_viewer(served.settings.access)
    if not served.settings.databases:
        st.info(
            "Add a `[connections.NAME]` table with a `url` to `.streamlit/secrets.toml` "
            "(`.streamlit/secrets.example.toml` shows how), "
            "or start `./run demo` to try the dashboard on seeded databases.",
            title="No environment is configured",
            icon=":material/settings:",
        )
        st.stop()
    if served.problems:
        st.warning(
            f"{_listed(served.problems)}\n\nUntil then the earlier one is used.",
            title="The configuration has changed, and is wrong",
            icon=":material/warning:",
        )
    return served


def require_viewer(access: Access) -> Viewer:
    """Return who looks on; somebody of whom the gate says nothing sees nothing."""
    if not access.guarded:
        return OPERATOR
    identity = told.identity_of(st.context.headers.get(told.IDENTITY))
    viewer = viewer_of(identity, access.grants) if identity else None
    if viewer is None:
        st.error(
            "Reload the page. If that does not help, ask whoever runs this dashboard.",
            title="You are not signed in, or may see nothing here",
            icon=":material/lock:",
        )
        st.stop()
    return viewer


def warnings(settings: Settings) -> None:
    """Tell in one quiet line what was read in spite of something."""
    if settings.warnings:
        st.caption(escaped(" ".join(settings.warnings)))


def _listed(problems: tuple[str, ...]) -> str:
    return "\n".join(f"- {escaped(each)}" for each in problems)

"""Who is told of what, for those who answer for it, and whether a test reaches them."""

import streamlit as st

from dashboard.diagnose import words
from dashboard.settings.alerts import Route
from dashboard.show.shared import configuration, lazy_expander, telling
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander
from dashboard.view import ServedView


def draw(served: ServedView) -> None:
    if served.alerts.routes:
        lazy_expander.draw([LazyExpander("Alerts", "alerts", lambda: _routes(served))])


def _routes(served: ServedView) -> None:
    for each in served.alerts.routes:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{escaped(each.name)}** {escaped(_about(each))}", width="content")
            st.button(
                "Send a test", key=f"test {each.name}", type="tertiary",
                on_click=_test, args=(each.name,),
            )  # fmt: skip


def _about(route: Route) -> str:
    """Say what it is told of; where to is a secret."""
    parts = (
        f"{words.listed([*route.severities])} in {', '.join(route.environments)}",
        f"only {', '.join(route.roles)}" if route.roles else "",
        f"only {', '.join(route.codes)}" if route.codes != ("*",) else "",
        "" if route.silent else "not of silence",
        f"not from {route.quiet[0]:%H:%M} to {route.quiet[1]:%H:%M}" if route.quiet else "",
        f"each morning at {route.digest:%H:%M}" if route.digest else "",
        route.zone if route.quiet or route.digest else "",
    )
    return " · ".join(filter(None, parts))


def _test(name: str) -> None:
    taken = configuration.view().alerts.test(name)
    telling.alerting(name)
    if taken:
        st.toast(f"The test was delivered on {escaped(name)}.", icon=":material/check:")
    else:
        st.toast(
            f"The test was not delivered on {escaped(name)}: refused, or nobody answered.",
            icon=":material/warning:",
        )

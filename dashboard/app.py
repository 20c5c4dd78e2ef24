"""The script that each session runs: page settings and navigation."""

from pathlib import Path

import streamlit as st

from dashboard.show.shared import configuration

st.set_page_config(
    page_title="Deployment dashboard",
    page_icon=str(Path(__file__).with_name("static") / "favicon.png"),
    layout="wide",
)
page = st.navigation(
    [
        st.Page(
            "show/health/page.py",
            title="Environment health",
            icon=":material/monitor_heart:",
            default=True,
        ),
        st.Page("show/lookup/page.py", title="Lookup", icon=":material/search:", url_path="lookup"),
        st.Page(
            "show/failures/page.py",
            title="Deployment failures",
            icon=":material/error:",
            url_path="failures",
        ),
        st.Page(
            "show/orphans/page.py",
            title="Orphan candidates",
            icon=":material/link_off:",
            url_path="orphans",
        ),
        st.Page(
            "show/migrations/page.py",
            title="Migrations",
            icon=":material/database:",
            url_path="migrations",
        ),
    ],
    position="top",
)
configuration.who_looks_on()
page.run()

"""The script that each session runs: page settings and navigation."""

from pathlib import Path

import streamlit as st

from dashboard.show.shared import address, configuration, titles, toolbar

st.set_page_config(
    page_icon=str(Path(__file__).with_name("static") / "favicon.png"),
    layout="wide",
)
pages = [
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
    st.Page(
        "show/environment/page.py",
        title="Environment",
        icon=":material/dns:",
        url_path="environment",
        visibility="hidden",  # the others lead to it
    ),
    st.Page("show/help/page.py", title="Help", icon=":material/help:", url_path="help"),
]
page = st.navigation(pages, position="top")
titles.page(page.title)
toolbar.draw(pages, page)
configuration.who_looks_on()
if page.url_path != "lookup":
    address.leave()
page.run()

"""The script that each session runs: page settings and navigation."""

from pathlib import Path

import streamlit as st

from dashboard.show.pages import PAGES
from dashboard.show.shared import address, configuration, titles, toolbar

st.set_page_config(
    page_icon=str(Path(__file__).with_name("static") / "favicon.png"),
    layout="wide",
)
page = st.navigation(
    [
        st.Page(
            each.script,
            title=each.title,
            icon=each.icon,
            url_path=each.path or None,
            default=not each.path,
            visibility="visible" if each.listed else "hidden",
        )
        for each in PAGES
    ],
    position="top",
)
titles.page(page.title)
toolbar.draw(page.url_path)
configuration.who_looks_on()
if page.url_path != address.PAGE:
    address.leave()
page.run()

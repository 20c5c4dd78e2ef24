"""What leaves the page by the clipboard: the link, and the text for a ticket."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.report import to_markdown
from dashboard.diagnose.lookup.verdicts import Diagnosis
from dashboard.show.shared.address import Address


def draw(evidence: Evidence, diagnosis: Diagnosis) -> None:
    with st.container(horizontal=True, gap="small"):
        with st.popover("Copy link", icon=":material/link:", width="content"):
            st.caption("Opens this look-up; it holds the ID and the environment, nothing else.")
            st.code(
                link(Address(evidence.id, evidence.target.name)), language=None, wrap_lines=True
            )
        with st.popover("Copy for the ticket", icon=":material/content_copy:", width="content"):
            st.caption("Markdown, for an issue or a chat.")
            st.code(to_markdown(evidence, diagnosis), language=None, wrap_lines=True, height=320)


def link(address: Address) -> str:
    """Give the address as the browser knows this server."""
    here = urlsplit(st.context.url or "")
    origin = f"{here.scheme}://{here.netloc}" if here.netloc else ""
    return f"{origin}{here.path or '/lookup'}?{urlencode(address.params)}"

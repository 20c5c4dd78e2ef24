"""What leaves the page by the clipboard: the sentence for the customer, and the ticket's texts."""

import json
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.report import to_json, to_markdown, to_ticket
from dashboard.diagnose.lookup.verdicts import Diagnosis
from dashboard.show.shared import clipboard
from dashboard.show.shared.address import Address
from dashboard.show.shared.escaping import escaped


def draw(evidence: Evidence, diagnosis: Diagnosis) -> None:
    reply = diagnosis.verdict.reply or ""
    here = link(Address(evidence.id, evidence.target.name))
    with st.container(border=True, gap="small"):
        st.markdown(f"**Tell the customer:** {escaped(reply)}")
        texts = {
            "Reply to customer": reply,
            "Ticket (plain)": to_ticket(evidence, diagnosis, here),
            "Ticket (Markdown)": to_markdown(evidence, diagnosis, here),
            "JSON": json.dumps(to_json(evidence, diagnosis), indent=2),
            "Link": here,
        }
        clipboard.draw(texts, "copy the look-up")


def link(address: Address) -> str:
    """Give the address as the browser knows this server."""
    here = urlsplit(st.context.url or "")
    origin = f"{here.scheme}://{here.netloc}" if here.netloc else ""
    return f"{origin}{here.path or '/lookup'}?{urlencode(address.params)}"

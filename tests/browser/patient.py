"""Streamlit's own command on the server with time for its databases: a busy machine needs it."""

from dataclasses import replace

from streamlit.web import cli

from tests.faults import limits

STATEMENT_MS = 60_000

if __name__ == "__main__":
    limits.be_patient()
    for each in limits.MET:
        limits.change(each, replace(each, statement_timeout_ms=STATEMENT_MS))
    cli.main(prog_name="streamlit")

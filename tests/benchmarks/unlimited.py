"""Streamlit's own command on the server without its limits: what it can do is measured."""

from streamlit.web import cli

from dashboard.access import limits

if __name__ == "__main__":
    limits.SOCKET_PER_S = limits.SOCKET_BURST = 1e9
    limits.ADDRESS_PER_S = limits.ADDRESS_BURST = 1e9
    limits.SOCKETS_EACH = limits.SOCKETS = 10_000
    cli.main(prog_name="streamlit")

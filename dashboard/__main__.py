"""The command line: python -m dashboard demo | serve | lookup | check."""

import io
import sys

from dashboard.cli import main


def take_any_text() -> None:
    """Neither a byte that is no text nor a terminal that lacks a letter is an error."""
    for stream, errors in (
        (sys.stdin, "surrogateescape"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


take_any_text()
sys.exit(main())

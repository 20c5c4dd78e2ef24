"""The command line: python -m dashboard demo | serve | lookup | check | doctor."""

import atexit
import contextlib
import gc
import io
import os
import sys
import threading
from typing import NoReturn


def take_any_text() -> None:
    """Neither a byte that is no text nor a terminal that lacks a letter is an error."""
    for stream, errors in (
        (sys.stdin, "surrogateescape"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def run() -> int:
    gc.disable()  # nothing that is loaded is garbage, and to look for it takes a fifth of the time
    from dashboard.cli import main

    gc.freeze()
    gc.set_threshold(100_000)  # nor is most of what a command then loads, asks and judges
    gc.enable()
    return main()


def leave(status: int) -> NoReturn:
    """End at once: the system takes back memory that Python would first take apart, at length."""
    if threading.active_count() == 1:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # of a good answer nothing is left to write
                stream.flush()
        os._exit(status)
    sys.exit(status)


take_any_text()
leave(run())

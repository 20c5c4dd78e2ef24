"""What others send can be in a log, but makes no line of its own there."""

import logging
import re
import textwrap
import traceback
from typing import Any

from queries import patterns

# what ends a line, moves the cursor, colours, or turns the direction of what follows
_CONTROL = patterns.lazy("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BUT_NEWLINES = patterns.lazy(f"(?!\n){_CONTROL.pattern}")


class OneLine(logging.LogRecord):
    """A message in one line, and a traceback whose lines are all indented."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.exc_info and self.exc_info[1]:
            text = "".join(traceback.format_exception(self.exc_info[1])).rstrip("\n")
            self.exc_text = textwrap.indent(_BUT_NEWLINES.sub(_written, text), "  ")

    def getMessage(self) -> str:  # noqa: N802  # as logging calls it
        return _CONTROL.sub(_written, super().getMessage())


def _written(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()

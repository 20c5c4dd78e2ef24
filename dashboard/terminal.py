"""What is printed for people: in colour where a terminal shows it, else as it is."""

import os
import sys
from collections.abc import Mapping

from dashboard.diagnose.finding import SEVERITY_WORDS, Severity
from queries import patterns

_COLOURS: Mapping[Severity, str] = {
    Severity.OK: "green",
    Severity.INFO: "green",
    Severity.WARNING: "yellow",
    Severity.ERROR: "red",
    Severity.UNKNOWN: "magenta",
}
_SEVERITIES = {
    **{word: severity for severity, word in SEVERITY_WORDS.items()},
    **{each.value: each for each in Severity},
}
_STATUS = patterns.lazy(rf"(  |[^\s:]+: )({'|'.join(_SEVERITIES)})\b(.*)")


def _shows_colour() -> bool:
    """Whether somebody reads this on a terminal, and has not asked for plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout.isatty()


def painted(text: str, severity: Severity | None = None) -> str:
    """Colour the statuses, and put headings in bold; `severity` is what the first line says."""
    if not _shows_colour():
        return text
    first, *rest = text.split("\n")
    return "\n".join([_line(first, severity), *(_line(each, None) for each in rest)])


def _line(line: str, severity: Severity | None) -> str:
    from click import style  # only a terminal needs it

    if severity:
        return style(line, fg=_COLOURS[severity], bold=True)
    if found := _STATUS.fullmatch(line):
        before, status, after = found.groups()
        word = style(status, fg=_COLOURS[_SEVERITIES[status]], bold=True)
        return f"{before if before.isspace() else style(before, bold=True)}{word}{after}"
    heading = line and not line[0].isspace()
    return style(line, bold=True) if heading else line

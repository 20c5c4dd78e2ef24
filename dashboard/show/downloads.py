"""Rows as a file: what a spreadsheet would take for a formula stays a text."""

import csv
import io
from collections.abc import Iterable, Sequence

WIDE = ("＝", "＋", "－", "＠")  # some spreadsheets read them as the narrow ones
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *WIDE)


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write UTF-8 with a mark, which spreadsheets need to read it as such."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def cell(value: object) -> str:
    """Write a value; a leading quote keeps a text from being calculated."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text

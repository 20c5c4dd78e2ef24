"""What a viewer picked: any client may send what no browser would."""

from collections.abc import Sequence


def row(picked: Sequence[object], number: int) -> int | None:
    """Take the first row that was picked, where the table has it."""
    first = picked[0] if picked else None
    return first if type(first) is int and 0 <= first < number else None

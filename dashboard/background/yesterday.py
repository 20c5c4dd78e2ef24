"""What the history says of a moment, in the words of what is compared with it."""

from collections.abc import Iterable, Mapping

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.changes import Then
from dashboard.state import FoundThen

COUNTED = frozenset({Severity.ERROR.value, Severity.WARNING.value, Severity.UNKNOWN.value})


def known_then(found: Iterable[FoundThen]) -> Mapping[str, Then]:
    """Put what was found by environment; one of which nothing is known is not in it."""
    then: dict[str, list[FoundThen]] = {}
    for each in found:
        then.setdefault(each.environment, []).append(each)
    return {name: _then(rows) for name, rows in then.items()}


def _then(rows: list[FoundThen]) -> Then:
    grave = [each for each in rows if each.code and each.severity in COUNTED]
    looked = any(each.looked for each in rows)
    return Then(
        frozenset(_codes(grave, looked=True)) if looked else None,
        frozenset(_codes(grave, looked=False)),
        frozenset(each.code for each in rows if each.code and each.muted),
    )


def _codes(found: Iterable[FoundThen], *, looked: bool) -> Iterable[str]:
    return (each.code for each in found if each.code and each.looked is looked and not each.muted)

"""Whose failures are asked for beside a look-up: those of its ids, or of its error's cause."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from dashboard.collect.failure_sources import Span, Wanted
from dashboard.diagnose.failures import (
    FOREIGN_KEY_CODES,
    UNIQUE_CODES,
    Failure,
    Group,
    grouped,
)
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.paste import Problem

DAYS = 7
CODES = {
    Problem.MISSING_PARENT: FOREIGN_KEY_CODES,
    Problem.FOREIGN_KEY: FOREIGN_KEY_CODES,
    Problem.UNIQUE: UNIQUE_CODES,
    Problem.RELATION: UNIQUE_CODES,
}


def span(now: datetime) -> Span:
    """Look back some days; the server's clock may be a little ahead."""
    return Span(now - timedelta(days=DAYS), now + timedelta(minutes=1))


def wanted(seen: Sequence[Evidence]) -> Wanted | None:
    """Ask for all ids together; None where nothing that failed could say more.

    | target answered | ids  | error                          | asked for                     |
    | --------------- | ---- | ------------------------------ | ----------------------------- |
    | no              | any  | any                            | -                             |
    | yes             | some | any                            | the failures of the ids       |
    | yes             | none | a foreign key's, or unique     | those of the cause, of any id |
    | yes             | none | another, or none               | -                             |
    """
    answered = [each for each in seen if each.found]
    ids = tuple(text for each in answered if each.paste.id for text in each.paste.id.spellings)
    if ids:
        return Wanted(ids=tuple(dict.fromkeys(ids)))
    error = answered[0].error if answered else None
    codes = CODES.get(error.problem) if error else None
    if codes is None:
        return None
    constraint = answered[0].constraint if codes is FOREIGN_KEY_CODES else None
    return Wanted(codes=codes, constraint=constraint)


def is_wanted(failure: Failure, wanted: Wanted) -> bool:
    """Whether it is one that a source would be asked for."""
    cause = failure.signature
    if failure.project_id is None:
        return False
    if wanted.ids is not None:
        return failure.project_id in wanted.ids
    ours = wanted.constraint is None or cause.constraint in (None, wanted.constraint)
    return ours and cause.code in (wanted.codes or ())


def grouped_by_id(failures: Iterable[Failure]) -> Iterator[tuple[str, Group]]:
    found: defaultdict[str, list[Failure]] = defaultdict(list)
    for each in failures:
        if each.project_id is not None:
            found[each.project_id].append(each)
    return ((identifier, group) for identifier, own in found.items() for group in grouped(own))

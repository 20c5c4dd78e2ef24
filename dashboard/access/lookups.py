"""That something was looked up, told to those who count it and to those who keep the audit."""

from collections import Counter
from collections.abc import Sequence

from dashboard.access.audit import AUDIT, Audit
from dashboard.access.counters import LOOKUP_SECONDS, LOOKUPS
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class LookUp:
    """Who asked through what; each of the ids has one of the codes."""

    who: str
    via: str
    environment: str
    ids: Sequence[str]
    codes: Sequence[str]
    seconds: float


def tell(done: LookUp, audit: Audit = AUDIT) -> None:
    for code, number in Counter(done.codes).items():
        LOOKUPS.labels(done.environment, code, done.via).inc(number)
    LOOKUP_SECONDS.labels(done.via).observe(done.seconds)
    audit.looked_up(done.who, done.via, done.environment, done.ids, done.codes)

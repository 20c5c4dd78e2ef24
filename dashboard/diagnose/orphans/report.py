"""Orphan candidates of one environment as programs read them; a number never stands alone."""

from typing import Any

from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans.counts import Count
from dashboard.diagnose.orphans.kind_counts import KindCount, Orphans
from dashboard.diagnose.orphans.kinds import KINDS


def to_json(orphans: Orphans, nouns: Nouns) -> dict[str, Any]:
    """Return every kind by its code; `count` is null where the schema does not have the kind."""
    return {
        "as_of": orphans.as_of.isoformat(),
        "ms": orphans.ms,
        "kinds": {kind.code: _kind(orphans.of(kind), nouns) for kind in KINDS},
        "hidden": list(orphans.hidden),
    }


def _kind(counted: KindCount, nouns: Nouns) -> dict[str, Any]:
    return {
        "title": nouns.fill(counted.kind.title),
        "severity": counted.kind.severity.value,
        "count": _count(counted.count) if counted.applies else None,
        "coverage": counted.coverage if counted.applies else None,
        "gaps": list(counted.gaps),
    }


def _count(count: Count) -> dict[str, Any]:
    return {
        "number": count.number,
        "precision": count.precision.name.lower().replace("_", "-"),
        "low": count.low,
        "high": count.high,
        "reason": count.reason,
    }

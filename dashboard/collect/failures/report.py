"""Failures of one environment as programs read them: causes and numbers, never messages."""

from typing import Any

from dashboard.collect.failure_sources import Source
from dashboard.collect.failures.sources import Failures
from dashboard.diagnose.failures import Group


def to_json(failures: Failures) -> dict[str, Any]:
    """Return what all its sources counted; `total` is null where none could be read.

    `complete`: that none were counted means that there were none.
    """
    name = failures.environment.name
    return {
        "as_of": failures.at.isoformat(),
        "since": failures.span.since.isoformat(),
        "until": failures.span.until.isoformat(),
        "total": failures.total,
        "complete": failures.complete,
        "sources": [_source(each) for each in failures.sources],
        "causes": [_cause(group) for each in failures.counted for group in each.groups(name)],
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind.value,
        "label": source.label,
        "state": source.state.value,
        "says": source.says,
    }


def _cause(group: Group) -> dict[str, Any]:
    signature = group.signature
    return {
        "code": signature.code,
        "constraint": signature.constraint,
        "subject": signature.subject,
        "operation": signature.operation,
        "source": group.source,
        "failures": group.failures,
        "ids": group.ids,
        "first_at": group.first_at.isoformat(),
        "last_at": group.last_at.isoformat(),
    }

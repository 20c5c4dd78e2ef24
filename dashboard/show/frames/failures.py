"""Failed deployments by time, environment and cause."""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.collect.failures.sources import Counted, signature
from dashboard.diagnose.failures import Failure, Group, Signature, named
from dashboard.show import downloads
from queries import rows

MOST_CAUSES = 5  # that a chart tells apart
OTHERS = "other causes"
COLUMNS = (
    "at",
    "environment",
    "project_id",
    "code",
    "constraint",
    "subject",
    "operation",
    "source",
)

Of = Mapping[str, Sequence[Counted]]  # what each environment's sources counted


def by_environment(counted: Of, code: str | None, zone: str) -> pd.DataFrame:
    """Count per bucket, one column per environment that has a source."""
    return _table(
        ((each.bucket, name, each.failures) for name, each in _buckets(counted, code)),
        [name for name, sources in counted.items() if sources],
        zone,
    )


def by_cause(counted: Of, code: str | None, zone: str) -> pd.DataFrame:
    """Count per bucket, one column per cause: the largest ones by name."""
    usual = [_titled(each.signature) for each in causes(counted, code)]
    kept = [*dict.fromkeys(usual)][:MOST_CAUSES]

    def column(cause: str) -> str:
        return cause if cause in kept else OTHERS

    listed = [
        (each.bucket, column(_titled(signature(each))) if each.failures else None, each.failures)
        for _, each in _buckets(counted, code)
    ]
    more = [OTHERS] if any(cause == OTHERS for _, cause, _ in listed) else []
    return _table(listed, [*kept, *more], zone)


def _titled(cause: Signature) -> str:
    """Name a cause where a chart would take tags for links and fonts."""
    return html.escape(named(cause), quote=False)


def causes(counted: Of, code: str | None = None) -> list[Group]:
    """List the causes of all environments, the largest first."""
    groups = [
        group
        for name, sources in counted.items()
        for each in sources
        for group in each.groups(name)
        if code in (None, code_of(group.signature.code))
    ]
    return sorted(groups, key=lambda each: (-each.failures, each.environment))


def codes(counted: Of) -> list[str]:
    return sorted({code_of(each.signature.code) for each in causes(counted)})


def code_of(code: str | None) -> str:
    return code or "unrecorded"


def top_ids(counted: Of, code: str | None, most: int) -> list[tuple[str, str, int]]:
    """Rank the ids that fail most: environment, id and how often."""
    totals: dict[tuple[str, str], int] = {}
    for name, sources in counted.items():
        for each in (row for source in sources for row in source.level("id")):
            if each.project_id and code in (None, code_of(each.code)):
                key = (name, each.project_id)
                totals[key] = totals.get(key, 0) + each.failures
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [(*key, number) for key, number in ranked[:most]]


def to_csv(failures: Iterable[Failure]) -> bytes:
    """Write a table for spreadsheets."""
    return downloads.to_csv(COLUMNS, map(_values, failures))


def to_json(failures: Iterable[Failure]) -> str:
    return json.dumps(
        [dict(zip(COLUMNS, _values(each), strict=True)) for each in failures], ensure_ascii=False
    )


def _values(failure: Failure) -> tuple[str | None, ...]:
    cause = failure.signature
    return (
        failure.at.astimezone(UTC).isoformat(),
        failure.environment,
        failure.project_id,
        cause.code,
        cause.constraint,
        cause.subject,
        cause.operation,
        failure.source,
    )


def _buckets(counted: Of, code: str | None) -> list[tuple[str, rows.FailureCount]]:
    return [
        (name, each)
        for name, sources in counted.items()
        for source in sources
        for each in source.level("bucket")
        if not each.failures or code in (None, code_of(each.code))
    ]


def _table(
    listed: Iterable[tuple[datetime | None, str | None, int]], columns: Sequence[str], zone: str
) -> pd.DataFrame:
    """Sum per bucket and column; a bucket is shown by the clock of the viewer's zone."""
    counts = list(listed)
    buckets = sorted({at for at, _, _ in counts if at})
    totals = {column: dict.fromkeys(buckets, 0) for column in columns}
    for at, column, failures in counts:
        if at and column:
            totals[column][at] += failures
    local = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in buckets]
    frame = pd.DataFrame(
        {column: list(each.values()) for column, each in totals.items()},
        index=pd.DatetimeIndex(local, name="bucket"),
    )
    frame.attrs["utc"] = [f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for at in buckets]
    return frame

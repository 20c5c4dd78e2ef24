"""What /metrics says: what is known already, for which no environment is asked."""

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard import __version__
from dashboard.access.counters import PREFIX, REGISTRY
from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.view import ServedView

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text(served: ServedView) -> bytes:
    """Write all in Prometheus' text format."""
    seen = CollectorRegistry()
    seen.register(_Seen(served))
    return generate_latest(seen) + generate_latest(REGISTRY)


class _Seen(Collector):
    """Reads the last snapshots and their judgement: nothing is kept that could grow old."""

    def __init__(self, served: ServedView) -> None:
        self._served = served

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily(f"{PREFIX}_build", "What runs.", {"version": __version__})
        yield _configuration(self._served)
        snapshots = tuple(self._served.snapshots)
        yield from _asked(snapshots)
        yield _rows(snapshots)
        checkup = self._served.snapshots.checkup
        judged = checkup.environments if checkup else ()
        yield _statuses(judged)
        yield _findings(judged)


def _gauge(name: str, help_: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", help_, labels=labels)


def _configuration(served: ServedView) -> Metric:
    valid = _gauge("configuration_valid", "Whether the configuration as it is now is used.")
    valid.add_metric([], float(not served.problems))
    return valid


def _asked(snapshots: Iterable[LastResult[Snapshot]]) -> Iterator[Metric]:
    up = _gauge("environment_up", "Whether it answered when it was last asked.",
                "environment", "role")  # fmt: skip
    asked = _gauge("environment_asked_timestamp_seconds", "When it was last asked.", "environment")
    answered = _gauge(
        "environment_answered_timestamp_seconds", "When it last answered.", "environment"
    )
    took = _gauge("environment_answer_seconds", "How long its last answer took.", "environment")
    for each in snapshots:
        name = each.environment.name
        if each.tried_at:
            up.add_metric([name, each.environment.role.value], float(not each.failure))
            asked.add_metric([name], each.tried_at.timestamp())
        if each.value:
            answered.add_metric([name], each.value.at.timestamp())
            took.add_metric([name], each.value.ms / 1000)
    yield from (up, asked, answered, took)


def _rows(snapshots: Iterable[LastResult[Snapshot]]) -> Metric:
    """Count the rows of the relationship's two tables; what is not known has no number."""
    rows = _gauge("rows", "Rows of both tables of the relationship.",
                  "environment", "table", "precision")  # fmt: skip
    for each in snapshots:
        if each.value:
            counted = {"parent": each.value.projects, "child": each.value.deployments}
            for table, count in counted.items():
                if count.number is not None:
                    labels = [each.environment.name, table, count.precision.value]
                    rows.add_metric(labels, count.number)
    return rows


def _statuses(judged: Iterable[EnvironmentHealth]) -> Metric:
    status = _gauge("environment_status", "1 for the status that it has, 0 for all others.",
                    "environment", "status")  # fmt: skip
    for health in judged:
        for each in Severity:
            labels = [health.environment.name, each.value]
            status.add_metric(labels, float(health.status is each))
    return status


def _findings(judged: Iterable[EnvironmentHealth]) -> Metric:
    findings = _gauge("findings", "Findings that are there now.",
                      "environment", "code", "severity", "muted")  # fmt: skip
    for health in judged:
        told = Counter((each, "false") for each in _labels(health.findings, health.between))
        told.update((each, "true") for each in _labels(health.muted))
        for ((code, severity), muted), number in told.items():
            findings.add_metric([health.environment.name, code, severity, muted], number)
    return findings


def _labels(*found: Iterable[Finding]) -> Iterator[tuple[str, str]]:
    return ((each.code, each.severity.value) for findings in found for each in findings)

"""Every check of a test's own databases tries out what it prints."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.health import inspection
from dashboard.diagnose.health.report import HealthReport
from tests import printed


@pytest.fixture(autouse=True)
def _tried_out(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    plain = inspection.check
    short: list[str] = []

    def check(collector: Collector, *arguments: Any, **more: Any) -> HealthReport:
        report = plain(collector, *arguments, **more)
        connections = printed.connections(collector.settings)
        own = [finding for each in report.environments for finding in each.findings]
        for finding in (*own, *report.findings):
            target = finding.environment or ""
            short.extend(printed.shortfalls([finding], connections, target))
        return report

    monkeypatch.setattr(inspection, "check", check)
    yield
    assert short == []

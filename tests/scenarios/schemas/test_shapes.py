"""Schemas like those of public applications: whatever is asked of them is answered truly.

Each is read by a role that has nothing but what `doctor --grants` prints for it.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.doctor import examine
from dashboard.collect.health.inspection import check
from dashboard.diagnose.doctor import grants_text
from dashboard.diagnose.health.report import HealthReport
from dashboard.settings import Settings
from tests import printed
from tests.asking import ask, configured
from tests.collect.orphans.counting import counted, fixes
from tests.conftest import Database, MakeDatabase
from tests.scenarios.schemas.shapes import SHAPES, USUAL, Shape
from tests.servers import per_worker

STAGING = (("parent", "present"), ("child", "present"), ("trace", "deleted"), ("other", "other"))
LOCAL = (("parent", "elsewhere"), ("child", "elsewhere"))


@dataclass
class Built:
    shape: Shape
    staging: Database
    local: Database
    settings: Settings
    folder: Path

    def refusal(self, which: str) -> str:
        """Take PostgreSQL's own words of an insert that fails."""
        statement = self.shape.row("child", which)
        assert statement
        with pytest.raises(psycopg.Error) as refused:
            self.staging.execute(statement)
        said = refused.value.diag
        return f"ERROR:  {said.message_primary}\nDETAIL:  {said.message_detail}"


@pytest.fixture(params=SHAPES, ids=lambda shape: shape.name)
def built(
    request: pytest.FixtureRequest, make_database: MakeDatabase, tmp_path: Path
) -> Iterator[Built]:
    shape, role = request.param, per_worker("granted")
    databases = {"staging": make_database(), "local": make_database()}
    shape.build(databases["staging"], *STAGING)
    shape.build(databases["local"], *LOCAL)
    databases["staging"].execute(f"create role {role} login password 'pw'")
    urls = {}
    for name, each in databases.items():
        each.execute(f"grant connect on database {each.name} to {role}")
        urls[name] = f"postgresql://{role}:pw@{printed.address(each.url)}{shape.query}"
    settings = configured(tmp_path, urls, shape.configuration(tmp_path))
    for name, text in _grants(settings).items():
        databases[name].execute(text)
    yield Built(shape, *databases.values(), settings, tmp_path)
    for each in databases.values():
        each.execute(f"drop owned by {role}")
    databases["staging"].execute(f"drop role {role}")


def _grants(settings: Settings) -> dict[str, str]:
    with contextlib.closing(Collector(settings)) as collector:
        report = examine(collector)
    return {
        each.environment.name: grants_text(type(report)(report.configuration, (each,)))
        for each in report.environments
    }


@pytest.fixture
def collector(built: Built) -> Iterator[Collector]:
    with contextlib.closing(Collector(built.settings)) as made:
        yield made


def test_lookups(built: Built, collector: Collector, subtests: pytest.Subtests) -> None:
    shape = built.shape
    for which, code in shape.expected.items():
        with subtests.test(which):
            _, diagnosis = ask(collector, shape.pasted(which), "staging")
            verdict = diagnosis.verdict
            print(which, verdict.code, verdict.summary, verdict.caveats)
            assert verdict.code == code
    if "child" in shape.sections:
        for which in ("elsewhere", "unknown"):
            with subtests.test(f"an error about one that is {which}"):
                text = built.refusal(which)
                print(text)
                evidence, diagnosis = ask(collector, text, "staging")
                assert diagnosis.verdict.code == shape.expected[which]
                assert tuple(evidence.key.values()) == shape.key(which)


def test_checks(built: Built, collector: Collector) -> None:
    report = check(collector)
    shown(report)
    assert {each.code for health in report.environments for each in health.findings} == built.shape.finds
    assert not short(report, built)


def shown(report: HealthReport) -> None:
    for health in report.environments:
        for finding in health.findings:
            print(health.environment.name, finding.code, finding.summary)
    for finding in report.findings:
        print(finding.code, finding.summary)


def short(report: HealthReport, built: Built) -> list[str]:
    own = [finding for each in report.environments for finding in each.findings]
    connections = printed.connections(built.settings)
    return printed.shortfalls([*own, *report.findings], connections, "staging")


def test_orphans(built: Built, collector: Collector) -> None:
    for name, found in counted(collector).items():
        print(name, found if not hasattr(found, "kinds") else {k.code: (c.applies, c.count.precision.value, c.count.number, c.count.reason) for k, c in found.kinds.items()})
    shape = built.shape
    built.staging.execute("set session_replication_role = replica")
    shape.add(built.staging, ("child", "unknown"), ("child", "elsewhere"))
    built.staging.execute("reset session_replication_role")
    built.staging.execute("update pg_constraint set convalidated = false where conname = '" + shape.constraint + "'")
    for name, found in counted(collector).items():
        print(name, found if not hasattr(found, "kinds") else {k.code: (c.applies, c.count.precision.value, c.count.number, c.count.reason) for k, c in found.kinds.items()})
    connections = printed.connections(built.settings)
    for code, fix in fixes(counted(collector)["staging"]):
        print(code, fix.title, [c.text for c in fix.commands])
        assert printed.Run(fix, "staging", connections).shortfalls() == []
    report = check(collector)
    shown(report)
    assert not short(report, built)
    assert 0

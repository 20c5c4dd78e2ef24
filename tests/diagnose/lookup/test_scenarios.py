"""What the demo shows is what it says it shows, and every verdict is shown somewhere."""

import contextlib
from collections.abc import Iterator

import pytest

from dashboard.collect.collector import Collector
from dashboard.demo.scenarios import SCENARIOS, Scenario
from dashboard.demo.seed import connect_urls
from dashboard.postgres.cluster import Cluster
from tests.asking import ask, configured


@pytest.fixture(scope="module")
def collector(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    settings = configured(tmp_path_factory.mktemp("demo"), connect_urls(demo))
    with contextlib.closing(Collector(settings)) as made:
        yield made


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_look_up_says_what_the_scenario_shows(scenario: Scenario, collector: Collector) -> None:
    evidence, diagnosis = ask(collector, scenario.paste, scenario.environment)
    codes = {finding.code for finding in diagnosis.findings}
    assert scenario.code in {diagnosis.verdict.code, *codes}
    assert set(scenario.beside) <= codes
    if scenario.project_id.strip() and not scenario.beside:
        assert evidence.id is not None
    assert diagnosis.verdict.summary.count(scenario.environment) >= 1


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_finding_says_what_to_do_and_when_it_is_done(
    scenario: Scenario, collector: Collector
) -> None:
    _, diagnosis = ask(collector, scenario.paste, scenario.environment)
    for finding in (diagnosis.verdict, *diagnosis.findings):
        assert finding.resolves_when
        assert finding.summary.endswith(".")
        if finding.severity.value not in ("ok", "info"):
            assert finding.fix is not None, finding.code
            assert finding.fix.steps


def test_the_evidence_tells_this_id_from_its_other_spellings(collector: Collector) -> None:
    """The row under another spelling, and its deployment, are not those of the id asked for."""
    scenario = next(each for each in SCENARIOS if each.name == "id-dirty-in-app")
    _, diagnosis = ask(collector, scenario.paste, scenario.environment)
    facts = [each.fact for each in diagnosis.verdict.evidence if each.environment == "staging"]
    assert any("but one with" in fact for fact in facts)
    assert '"deployments" has 0 rows with this ID' in facts

"""`check` for a ticket and for a CI server: what is not known never passes."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dashboard import __version__
from dashboard.cli import main
from dashboard.demo import state
from dashboard.demo.seed import connect_urls
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.checks import CHECKS
from dashboard.diagnose.health.junit import ALL, to_junit
from dashboard.diagnose.health.printed import to_markdown
from dashboard.diagnose.health.report import HealthReport
from dashboard.diagnose.nouns import ROWS
from dashboard.postgres.cluster import Cluster
from dashboard.settings import project_folder
from tests.diagnose.migrations.ledgers import A, row, view
from tests.diagnose.reports import found, health, report, silent

LEDGER = view(row(A))
EVERYTHING = {Severity.ERROR, Severity.UNKNOWN, Severity.WARNING}
HOSTILE = 'a "name" <of> & ]]>\x00\x1b[31m\ud800 | *x*'


@pytest.fixture(scope="module")
def config(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("formats") / "dashboard.toml"
    path.write_text(state.configuration(connect_urls(demo)))
    return path


def said(capsys: pytest.CaptureFixture[str], config: Path, *options: str) -> tuple[int, str]:
    status = main(["check", "--config", str(config), *options])
    return status, capsys.readouterr().out


def suites(text: str) -> dict[str, ElementTree.Element]:
    return {each.attrib["name"]: each for each in ElementTree.fromstring(text)}


def outcomes(suite: ElementTree.Element) -> dict[str, str]:
    cases = suite.findall("testcase")
    return {each.attrib["name"]: each[0].tag if len(each) else "passed" for each in cases}


def written(judged: HealthReport, failing: set[Severity] | None = None) -> dict[str, str]:
    (suite,) = suites(to_junit(judged, ROWS, failing or EVERYTHING)).values()
    return outcomes(suite)


def test_a_ci_server_reads_every_check_of_the_demo(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said(capsys, config, "--format", "junit")
    assert status == 1
    read = suites(text)
    assert set(read) == {"local", "staging", "production", "preview-412"}
    assert len(read["staging"]) >= len(CHECKS)
    assert "failure" in outcomes(read["staging"]).values()
    assert set(outcomes(read["production"]).values()) <= {"passed", "skipped"}
    assert set(outcomes(read["preview-412"]).values()) == {"error"}
    for suite in read.values():
        for attribute, tag in (("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[attribute]) == len(suite.findall(f"testcase/{tag}"))


def test_a_ticket_has_the_status_and_what_to_do(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said(capsys, config, "--format", "markdown", "--environment", "staging")
    assert status == 1
    assert "| staging | Critical |" in text
    assert "(`failed`)" in text
    assert "**Do this: " in text


@pytest.mark.parametrize("options", [["--json"], ["--format", "json"], ["--json", "--format=json"]])
def test_json_is_short_for_its_format(
    options: list[str], config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text = said(capsys, config, *options)
    assert json.loads(text)["environments"]


def test_two_formats_are_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(config), "--json", "--format", "junit"]) == 2
    assert capsys.readouterr().err == "One format at a time: choose json and junit, not both.\n"


@pytest.mark.parametrize(
    ("severity", "failing", "outcome"),
    [
        (Severity.ERROR, EVERYTHING, "failure"),
        (Severity.WARNING, EVERYTHING, "failure"),
        (Severity.WARNING, {Severity.ERROR}, "system-out"),
        (Severity.UNKNOWN, EVERYTHING, "error"),
        (Severity.UNKNOWN, {Severity.ERROR}, "skipped"),
        (Severity.INFO, EVERYTHING, "system-out"),
    ],
)
def test_a_finding_of_no_check_is_a_case_of_its_own(
    severity: Severity, failing: set[Severity], outcome: str
) -> None:
    judged = report(health("staging", LEDGER, found("all-fail-in-env", severity)))
    assert written(judged, failing)["all-fail-in-env"] == outcome


def test_what_does_not_answer_is_never_passed() -> None:
    for failing, outcome in ((EVERYTHING, "error"), ({Severity.ERROR}, "skipped")):
        judged = report(silent("staging", Unavailable(Kind.REFUSED, "refused")))
        assert set(written(judged, failing).values()) == {outcome}


def test_what_concerns_several_is_told() -> None:
    judged = HealthReport((), (found("all-fail-in-env", Severity.ERROR),))
    (suite,) = suites(to_junit(judged, ROWS, EVERYTHING)).items()
    assert (suite[0], outcomes(suite[1])) == (ALL, {"all-fail-in-env": "failure"})


def test_nothing_that_a_database_says_is_markup() -> None:
    said = replace(found("all-fail-in-env", Severity.ERROR), summary=HOSTILE)
    judged = report(health("staging", LEDGER, said))
    (suite,) = suites(to_junit(judged, ROWS, EVERYTHING)).values()
    (failure,) = suite.findall("testcase/failure")
    assert failure.attrib["message"].startswith('a "name" <of> & ]]>')
    assert r"\<of>" in to_markdown(judged)
    assert "*x*" not in to_markdown(judged).replace("\\*x\\*", "")


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.split() == ["deployment-dashboard", __version__]
    project = tomllib.loads((project_folder() / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__

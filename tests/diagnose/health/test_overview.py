"""The sentence on top, over its whole truth table."""

import itertools
from dataclasses import replace

import pytest

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.health.overview import Overview, overview
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.environments import Environment, Role
from tests.diagnose.builders import DOWN
from tests.diagnose.migrations.ledgers import A, row, view
from tests.diagnose.reports import found, health, place, report, silent

LEDGER = view(row(A))


def summed(*healths: EnvironmentHealth, waiting: tuple[str, ...] = (), **more: object) -> Overview:
    environments = [*(each.environment for each in healths), *map(place, waiting)]
    return overview(report(*healths, **more), environments)  # type: ignore[arg-type]


def concerned(seen: Overview) -> list[list[str]]:
    return [[each.name for each in concern.environments] for concern in seen.concerns]


def is_well(name: str) -> EnvironmentHealth:
    return health(name, LEDGER)


def is_ill(name: str, severity: Severity = Severity.ERROR) -> EnvironmentHealth:
    return health(name, LEDGER, found("pending", severity, name))


@pytest.mark.parametrize(
    ("ill", "waits", "sentence", "severity"),
    [
        (False, False, "All 2 environments are healthy.", Severity.OK),
        (False, True, "Asking local.", Severity.UNKNOWN),
        (True, False, "1 of 2 environments needs attention", Severity.ERROR),
        (True, True, "1 of 3 environments needs attention", Severity.ERROR),
    ],
)
def test_the_truth_table(ill: bool, waits: bool, sentence: str, severity: Severity) -> None:
    first = is_ill("staging") if ill else is_well("staging")
    seen = summed(first, is_well("production"), waiting=("local",) if waits else ())
    assert (seen.sentence, seen.severity) == (sentence, severity)


@pytest.mark.parametrize("severity", list(Severity))
def test_only_information_is_no_concern(severity: Severity) -> None:
    concerned = bool(summed(is_ill("staging", severity)).concerns)
    assert concerned is (severity not in (Severity.OK, Severity.INFO))


def test_nothing_was_judged_yet() -> None:
    seen = overview(None, [place("staging")])
    assert (seen.sentence, seen.severity) == ("Asking staging.", Severity.UNKNOWN)


def test_an_environment_that_does_not_answer_is_never_healthy() -> None:
    seen = summed(is_well("staging"), silent("preview", DOWN))
    assert seen.severity is Severity.UNKNOWN
    assert concerned(seen) == [["preview"]]
    assert seen.sentence == "The status of 1 of 2 environments is unknown"


def test_the_worst_environment_and_its_worst_finding_come_first() -> None:
    severities = [Severity.WARNING, Severity.UNKNOWN, Severity.ERROR]
    for order in itertools.permutations(severities):
        findings = [found(f"code-{each}", each, "staging") for each in order]
        seen = summed(is_ill("local", Severity.WARNING), health("staging", LEDGER, *findings))
        assert concerned(seen) == [["staging"], ["local"]]
        worst = seen.concerns[0]
        assert (worst.worst.code, worst.more) == ("code-error", 2)


def test_a_finding_between_environments_counts_for_the_one_it_names() -> None:
    same = found("same-database", Severity.ERROR, "local")
    seen = summed(is_well("staging"), is_well("local"), between=(same,))
    assert concerned(seen) == [["local"]]


def test_it_can_be_about_some_codes_and_some_environments_only() -> None:
    judged = report(is_ill("staging"), is_ill("local"))
    assert concerned(overview(judged, [place("local")])) == [["local"]]
    seen = overview(judged, [place("local")], {"edited"}, ("is in step", "are in step"))
    assert seen.sentence == "1 environment is in step."


def test_an_environment_whose_silence_is_muted_is_not_called_healthy() -> None:
    quiet = silent("preview", DOWN)
    quiet = replace(quiet, findings=(), muted=quiet.findings)
    seen = summed(is_well("staging"), quiet)
    assert (seen.severity, seen.concerns) == (Severity.UNKNOWN, ())
    assert seen.sentence == "preview does not answer, which is muted; nothing else is wrong."
    of_staging = overview(report(is_well("staging"), quiet), [place("staging")])
    assert of_staging.severity is Severity.OK, "the page is about that one only"


def test_environments_that_have_the_same_worst_are_one_concern() -> None:
    names = [f"preview-{number}" for number in range(9)]
    more = found("edited", Severity.WARNING, names[4])
    healths = [is_ill(name) for name in names]
    healths[4] = replace(healths[4], findings=(*healths[4].findings, more))
    seen = summed(*healths, is_well("staging"))
    assert concerned(seen) == [names]
    assert seen.concerns[0].more == 1
    assert seen.sentence == "9 of 10 environments need attention"


def test_those_of_which_nothing_is_known_are_counted_apart() -> None:
    seen = summed(is_ill("staging"), silent("preview", DOWN), is_well("local"))
    assert seen.sentence == "1 of 3 environments needs attention; the status of 1 is unknown"
    assert seen.severity is Severity.ERROR


def test_production_is_named_among_several() -> None:
    live = Environment("live", Role.PRODUCTION)
    ill = replace(is_ill("live"), environment=live)
    judged = report(is_ill("staging"), ill)
    seen = overview(judged, [place("staging"), live])
    assert seen.sentence == "2 of 2 environments need attention, live among them"
    assert concerned(seen) == [["live", "staging"]], "the same is wrong in both"

"""What a report says: percentiles, ratios, and targets that were missed stay in sight."""

import json

import pytest

from tests.benchmarks.report import (
    Bound,
    Fact,
    Outcome,
    Section,
    Target,
    heading,
    markdown,
    summary,
    to_json,
)
from tests.benchmarks.timing import Timing

LIMIT = Timing("the limit", (2.0, 1.0, 3.0))
OURS = Timing("ours", (4.0, 4.0, 400.0))


def target(measured: float | None, bound: Bound = Bound.AT_MOST) -> Target:
    return Target("look-up", measured, bound, 2, "times")


def test_ratios_are_of_medians_to_the_baseline() -> None:
    section = Section("title", (LIMIT, OURS), "the limit")
    assert section.ratio(OURS) == 2.0
    assert Section("title", (LIMIT, OURS)).ratio(OURS) is None


def test_a_section_as_markdown() -> None:
    section = Section(
        "One ID",
        (LIMIT, OURS),
        "the limit",
        facts=(Fact("statements", 1234), Fact("memory", 1.234, "MB"), Fact("answered", "3 of 3")),
        targets=(target(3.0), target(1.5), target(None)),
        notes=("A note.",),
    )
    assert markdown(section) == (
        "## One ID\n\n"
        "| what | p50 ms | p95 ms | repetitions | ratio |\n"
        "| --- | ---: | ---: | ---: | ---: |\n"
        "| the limit | 2 | 3 | 3 | 1 |\n"
        "| ours | 4 | 400 | 3 | 2 |\n\n"
        "Ratio: to “the limit”.\n\n"
        "| counted | value |\n| --- | ---: |\n"
        "| statements | 1,234 |\n| memory | 1.23 MB |\n| answered | 3 of 3 |\n\n"
        "- **MISSED**: look-up: 3 times (at most 2 times)\n"
        "- **met**: look-up: 1.50 times (at most 2 times)\n"
        "- **not judged**: look-up: not measured (at most 2 times)\n\n"
        "A note.\n"
    )


def test_without_a_baseline_there_is_no_ratio() -> None:
    assert "| ours | 4 | 400 | 3 | – |" in markdown(Section("title", (OURS,)))


@pytest.mark.parametrize(
    ("bound", "measured", "outcome"),
    [
        (Bound.AT_MOST, 2.0, Outcome.MET),
        (Bound.AT_MOST, 2.1, Outcome.MISSED),
        (Bound.AT_LEAST, 2.0, Outcome.MET),
        (Bound.AT_LEAST, 1.9, Outcome.MISSED),
        (Bound.AT_LEAST, None, Outcome.NOT_JUDGED),
    ],
)
def test_a_target_is_met_missed_or_not_judged(
    bound: Bound, measured: float | None, outcome: Outcome
) -> None:
    assert target(measured, bound).outcome is outcome


def test_the_summary_begins_with_what_was_missed() -> None:
    sections = [
        Section("a", targets=(target(1.0), target(None))),
        Section("b", targets=(target(9.0),)),
    ]
    assert [line.split("**")[1] for line in summary(sections)] == ["MISSED", "not judged", "met"]


def test_a_section_as_json() -> None:
    section = Section("One ID", (LIMIT, OURS), "the limit", (Fact("a", 1),), (target(3.0),))
    said = json.loads(json.dumps(to_json(section)))
    assert said["timings"][1] == {
        "what": "ours", "p50_ms": 4.0, "p95_ms": 400.0, "repetitions": 3, "ratio": 2.0,
    }  # fmt: skip
    assert said["targets"][0]["outcome"] == "MISSED"


def test_the_heading_names_the_machine() -> None:
    assert heading({"cores": "2", "Python": "3.11"}, "lookup", "What?") == (
        "# lookup: What?\n\ncores 2, Python 3.11\n"
    )

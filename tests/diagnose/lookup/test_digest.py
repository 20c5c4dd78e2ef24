"""Many verdicts at a glance, from evidence made by hand."""

from dashboard.diagnose.finding import Severity
from dashboard.diagnose.lookup import digest
from dashboard.diagnose.lookup.digest import Judged, Tally
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import headline
from tests.diagnose.builders import DOWN, LOCAL, STAGING, answer, evidence, project


def judged(*seen: Evidence) -> list[Judged]:
    return [(each, headline(each)) for each in seen]


FOUND = evidence(answer(projects=(project(),)))
ABSENT = evidence(answer())
MISMATCH = evidence(answer(), {LOCAL: answer(LOCAL, projects=(project(),))})
UNKNOWN = evidence(DOWN)


def test_the_rarest_come_first_and_of_those_the_worst() -> None:
    assert digest.tally(judged(FOUND, UNKNOWN, MISMATCH, ABSENT, ABSENT)) == (
        Tally("environment-mismatch", Severity.ERROR, 1),
        Tally("env-unreachable", Severity.UNKNOWN, 1),
        Tally("project-present", Severity.OK, 1),
        Tally("stale-project-id", Severity.ERROR, 2),
    )


def test_where_the_missing_live_is_counted_in_words() -> None:
    assert digest.places(judged(FOUND, ABSENT)) == ""
    said = digest.places(judged(FOUND, MISMATCH, MISMATCH, ABSENT))
    assert said == "Of the missing, 2 exist in local."


def test_unknown_is_never_counted_as_missing() -> None:
    said = digest.sentence(judged(FOUND, ABSENT, UNKNOWN, UNKNOWN))
    assert said == "4 IDs looked up in staging: 1 found, 1 missing and 2 unknown."
    assert "missing" not in digest.sentence(judged(UNKNOWN, UNKNOWN))


def test_a_caveat_is_said_once_and_of_how_many() -> None:
    unsure = evidence(answer(), {LOCAL: DOWN})
    said = digest.caveats(judged(unsure, unsure, FOUND))
    assert said == ("local could not be checked: the ID may exist there (2 IDs)",)


def test_of_many_caveats_the_rest_is_counted() -> None:
    looks = [answer(unsearched=(f"column {number} was not searched",)) for number in range(13)]
    said = digest.caveats(judged(*(evidence(each) for each in looks)))
    assert len(said) == digest.MOST_CAVEATS + 1
    assert said[-1].startswith("3 more")


def test_ids_that_were_not_compared_with_similar_ones_say_so() -> None:
    near = project("cmfyok0xv0001l804v6i9h3z0")
    many = evidence(answer(near=None, by_prefix=None), {LOCAL: answer(LOCAL, near=None)})
    assert headline(evidence(answer(near=(near,)))).code == "id-typo"
    assert headline(many).code == "stale-project-id"
    assert any("look up an ID alone" in each for each in headline(many).caveats)
    assert not any("look up an ID alone" in each for each in headline(ABSENT).caveats)


def test_the_text_has_a_line_for_each_and_the_counts() -> None:
    lines = digest.to_text(judged(FOUND, MISMATCH, UNKNOWN)).splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == [
        "Project found (certain)",
        "Project missing (certain)",
        "Unknown",
    ]
    assert lines[4].startswith(f"3 IDs looked up in {STAGING.name}")
    assert lines[5] == "  1  environment-mismatch (Problem)"

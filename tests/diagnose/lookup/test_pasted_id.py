"""Family B over its whole truth table: the id is not what it should be."""

from dataclasses import replace

import pytest

from dashboard.diagnose.facts import EntityHit
from dashboard.diagnose.finding import Confidence
from dashboard.diagnose.lookup.verdicts import diagnose
from dashboard.diagnose.paste import Source, is_placeholder, read
from queries.rows import OtherCase
from tests.diagnose.builders import CONSTRAINT, ID, LOCAL, answer, evidence, paste, project, trace
from tests.tables import every

BOOLS = (False, True)
UUID = "3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d31"
NEAR = ID.replace("804", "8x4")
LONGER = ID + "x"
SPELLINGS = {None: None, "case": ID.upper(), "space": f"{ID} "}


@every(spelling=SPELLINGS, source=[Source.TYPED, Source.DETAIL], exact=BOOLS, elsewhere=BOOLS)
def test_other_spellings(
    spelling: str | None, source: Source, exact: bool, elsewhere: bool
) -> None:
    """The exact spelling wins; PostgreSQL's DETAIL proves that the application sent the other."""
    other = SPELLINGS[spelling]
    rows = [project()] if exact else []
    target = answer(projects=(*rows, *([project(other)] if other else [])))
    there = answer(LOCAL, projects=(project(),) if elsewhere else ())
    pasted = paste(ID, source=source, variants=(other,) if other else ())
    verdict = diagnose(evidence(target, {LOCAL: there}, pasted)).verdict
    if exact:
        assert verdict.code == "project-present"
    elif other is None:
        assert verdict.code == ("environment-mismatch" if elsewhere else "stale-project-id")
    elif source is Source.DETAIL:
        assert verdict.code == "id-dirty-in-app"
    else:
        assert verdict.code == ("id-case" if spelling == "case" else "id-dirty-paste")
    if other and not exact:
        assert verdict.suggestions == (other,)


@every(
    normalised=[(), ("removed a trailing space",)],
    found=BOOLS,
    elsewhere=BOOLS,
    source=[Source.TYPED, Source.DETAIL],
)
def test_what_was_cleaned_is_said_once_it_helped(
    normalised: tuple[str, ...], found: bool, elsewhere: bool, source: Source
) -> None:
    target = answer(projects=(project(),) if found else ())
    there = answer(LOCAL, projects=(project(),) if elsewhere else ())
    pasted = paste(ID, source=source, normalised=normalised)
    diagnosis = diagnose(evidence(target, {LOCAL: there}, pasted))
    codes = {finding.code for finding in diagnosis.findings}
    helped = bool(normalised) and (found or elsewhere) and source is Source.TYPED
    assert ("id-dirty-paste" in codes) is helped
    assert diagnosis.verdict.code != "id-dirty-paste"


@every(entity=BOOLS, cut=BOOLS, near=BOOLS, elsewhere=BOOLS, traced=BOOLS)
def test_near_misses(entity: bool, cut: bool, near: bool, elsewhere: bool, traced: bool) -> None:
    """An id that exists elsewhere, or left traces, is not mistyped."""
    target = answer(
        entities=(EntityHit("deployments", "id", ID, "p7"),) if entity else (),
        by_prefix=(project(LONGER),) if cut else (),
        near=(project(NEAR),) if near else (),
        sample_ids=(LONGER,),
        traces=(trace(),) if traced else (),
    )
    there = answer(LOCAL, projects=(project(),) if elsewhere else ())
    verdict = diagnose(evidence(target, {LOCAL: there})).verdict
    if traced:
        assert verdict.code == "deleted-project"
    elif elsewhere:
        assert verdict.code == "environment-mismatch"
    elif entity:
        assert (verdict.code, verdict.suggestions) == ("other-entity", ("p7",))
        assert verdict.confidence is Confidence.CERTAIN
    elif cut:
        assert (verdict.code, verdict.suggestions) == ("id-truncated", (LONGER,))
    elif near:
        assert (verdict.code, verdict.suggestions) == ("id-typo", (NEAR,))
    else:
        assert verdict.code == "stale-project-id"


@every(own=["slug-7", None], elsewhere=BOOLS, traced=BOOLS, here=BOOLS)
def test_another_column_of_the_parent(
    own: str | None, elsewhere: bool, traced: bool, here: bool
) -> None:
    """It is a project, and nobody says that it is none."""
    hit = (EntityHit("Project", "number", ID, own, of_parent=True),)
    target = answer(entities=hit if here else (), traces=(trace(),) if traced else ())
    there = answer(LOCAL, projects=(project(),) if elsewhere else (), entities=hit)
    diagnosis = diagnose(evidence(target, {LOCAL: there}))
    verdict = diagnosis.verdict
    if traced or elsewhere:
        assert verdict.code == ("deleted-project" if traced else "environment-mismatch")
        return
    assert verdict.code == "other-column"
    assert verdict.suggestions == ((own,) if own else ())
    assert verdict.confidence is (Confidence.CERTAIN if here else Confidence.LIKELY)
    assert not {"other-entity", "stale-project-id"} & {each.code for each in diagnosis.findings}


@every(twins=[(), (ID.upper(),), (ID.upper(), ID.title())], here=BOOLS, exact=BOOLS)
def test_letter_case(twins: tuple[str, ...], here: bool, exact: bool) -> None:
    """There is one only if there is; an exact one elsewhere says more."""
    cased = OtherCase(True, twins)
    target = answer(other_case=cased if here else None)
    there = answer(
        LOCAL, projects=(project(),) if exact else (), other_case=None if here else cased
    )
    diagnosis = diagnose(evidence(target, {LOCAL: there}))
    verdict = diagnosis.verdict
    if not twins or (exact and not here):
        assert verdict.code == ("environment-mismatch" if exact else "stale-project-id")
        assert "different capitals" not in verdict.summary
        return
    assert (verdict.code, verdict.suggestions) == ("id-case", tuple(sorted(twins)))
    assert all(each in verdict.summary for each in twins)
    assert ("local" in verdict.summary) is not here


@every(target=BOOLS, other=BOOLS, near=[(), None])
def test_what_was_not_searched_is_said_once(target: bool, other: bool, near: None) -> None:
    said = ("3 further columns were not searched",)
    here = answer(unsearched=said if target else (), near=near)
    there = answer(LOCAL, unsearched=said if other else (), near=near)
    caveats = diagnose(evidence(here, {LOCAL: there})).verdict.caveats
    places = {(True, True): "", (True, False): "in staging ", (False, True): "in local "}
    own = [each for each in caveats if each.endswith(said[0])]
    assert own == ([f"{places[target, other]}{said[0]}"] if target or other else [])
    assert any("typo search" in each for each in caveats) is (near is None)


@pytest.mark.parametrize(
    "sent",
    [
        "", "undefined", "NULL", "None", "NaN", "[object Object]", ":projectId", "${projectId}",
        "{{ id }}", "{id}", "<project-id>", "[projectId]", "%s", "%7BprojectId%7D",
    ],
)  # fmt: skip
def test_what_stands_for_an_id_is_none(sent: str) -> None:
    text = (
        'insert or update on table "deployments" violates foreign key constraint '
        f'"{CONSTRAINT}"\nDETAIL:  Key (projectId)=({sent}) is not present in table "Project".'
    )
    diagnosis = diagnose(evidence(answer(), pasted=read(text)))
    assert diagnosis.verdict.code == "placeholder-id"
    assert diagnosis.verdict.confidence is Confidence.CERTAIN
    assert not {"stale-project-id", "no-id"} & {each.code for each in diagnosis.findings}


@pytest.mark.parametrize("text", ["nullable", "p1", "undefined-1", "a:b", ID, UUID, "7"])
def test_a_value_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)


def test_a_project_that_is_called_like_a_placeholder_is_one() -> None:
    named = replace(project(), id="null")
    verdict = diagnose(evidence(answer(projects=(named,)), pasted=paste("null"))).verdict
    assert verdict.code == "project-present"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_several_near_misses_are_only_possible(count: int) -> None:
    hits = tuple(project(f"{ID}{number}") for number in range(count))
    for changes in ({"near": hits}, {"by_prefix": hits, "sample_ids": (hits[0].id,)}):
        verdict = diagnose(evidence(answer(**changes))).verdict
        assert verdict.confidence is (Confidence.LIKELY if count == 1 else Confidence.POSSIBLE)
        assert verdict.suggestions == tuple(hit.id for hit in hits)


def test_a_whole_id_is_not_called_cut_off() -> None:
    """Another id that begins like it, in a place where ids are that short."""
    target = answer(by_prefix=(project(LONGER),), sample_ids=(ID, LONGER))
    assert diagnose(evidence(target)).verdict.code == "stale-project-id"


def test_near_misses_elsewhere_are_better_than_none() -> None:
    there = answer(LOCAL, near=(project(NEAR),))
    verdict = diagnose(evidence(answer(), {LOCAL: there})).verdict
    assert verdict.code == "id-typo"
    assert "local" in verdict.summary


@pytest.mark.parametrize(
    ("identifier", "sample", "headline", "beside"),
    [
        (UUID, (ID, NEAR), "foreign-shape", "stale-project-id"),
        (ID, (ID[:-1] + "0", NEAR), "stale-project-id", None),
        ("p1", (ID, NEAR), "stale-project-id", "foreign-shape"),
        (UUID, (ID, "p1"), "stale-project-id", None),
        (UUID, (), "stale-project-id", None),
    ],
)
def test_an_id_unlike_all_others(
    identifier: str, sample: tuple[str, ...], headline: str, beside: str | None
) -> None:
    diagnosis = diagnose(evidence(answer(sample_ids=sample), pasted=paste(identifier)))
    assert diagnosis.verdict.code == headline
    assert [finding.code for finding in diagnosis.findings] == ([beside] if beside else [])

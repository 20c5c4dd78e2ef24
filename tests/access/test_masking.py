"""No row keeps what names people, and what is masked is judged as what it was."""

import json
from dataclasses import fields, is_dataclass, replace
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

import pytest

from dashboard.access.masking import HIDDEN, Masker
from dashboard.diagnose.facts import Sample, Shared
from dashboard.diagnose.health.judging import judge
from dashboard.diagnose.health.report import Context
from dashboard.diagnose.lookup.verdicts import diagnose
from queries import rows
from tests.diagnose.builders import (
    CATALOG,
    CREATED,
    ID,
    LOCAL,
    PARENT,
    STAGING,
    answer,
    deployment,
    evidence,
    facts,
    project,
)

MASKER = Masker(b"key")
SECRET = "lea@example.com"
KINDS = [each for each in vars(rows).values() if isinstance(each, type) and is_dataclass(each)]
# of an application's row, and not of the catalog
PEOPLE = [each for each in KINDS if {"id", "owner_id"} & {field.name for field in fields(each)}]
ABOUT_PEOPLE = {"name", "owner_id", "status", "owner", "email", "title", "error", "logs"}


def texts(kind: type) -> list[str]:
    hints = get_type_hints(kind)
    return [each.name for each in fields(kind) if set(plain(hints[each.name])) <= {str, NoneType}]


def plain(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


@pytest.mark.parametrize("kind", PEOPLE, ids=lambda each: each.__name__)
def test_what_names_people_is_masked_in_every_row(kind: type) -> None:
    """A row class that is added is here by itself."""
    row = kind(**{each.name: SECRET for each in fields(kind)})
    for held in (row, (row,), [row], {"a": (row, 1)}, {1: [(row,)]}):
        masked = MASKER.mask(held)
        while isinstance(masked, list | tuple | dict):
            masked = next(iter(masked.values() if isinstance(masked, dict) else masked))
        for name in set(texts(kind)) & ABOUT_PEOPLE:
            assert SECRET not in str(getattr(masked, name)), name


def test_rows_that_name_people_are_known() -> None:
    assert {"Project", "Deployment", "Orphan"} <= {each.__name__ for each in PEOPLE}


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("failed", "failed"),
        ("IN_PROGRESS", "IN_PROGRESS"),
        ("waiting for build", "waiting for build"),
        ("failed: Key (email)=(lea@example.com) already exists.", HIDDEN),
        ("x" * 200, HIDDEN),
        ("a\nb", HIDDEN),
    ],
)
def test_a_status_is_a_word_and_no_error_s_text(status: str, shown: str) -> None:
    assert MASKER.mask(replace(deployment(), status=status)).status == shown


def test_a_masked_name_says_nothing_and_is_still_told_from_another() -> None:
    one, same, other, none, empty = (
        MASKER.mask(project(name=each)).name for each in ("Shop", "Shop", "Blog", None, "")
    )
    assert (one == same, one == other, none, empty) == (True, False, None, "")
    assert (one != same, one != other) == (False, True)
    assert len({one, same, other}) == 2
    assert {str(one), f"{one}", json.dumps(one).strip('"')} == {HIDDEN}


def test_a_name_that_is_masked_twice_is_still_told_from_another() -> None:
    """What processes share holds no name, and is masked again for whoever may not see any."""
    one, other = (MASKER.mask(project(name=name)) for name in ("Bakery", "Garden"))
    again = Masker(b"another key")
    assert again.mask(one).name == one.name != again.mask(other).name


@pytest.mark.parametrize("there", ["Shop demo", "Another"])
def test_two_projects_under_one_id_are_told_apart_by_their_names(there: str) -> None:
    """Where nothing else can be read: else whoever sees no names would be told of a copy."""
    named = replace(CATALOG, parent=replace(PARENT, columns={"name": "name"}))
    seen = evidence(
        answer(projects=(project(),), catalog=named),
        {LOCAL: answer(LOCAL, projects=(project(name=there),), catalog=named)},
    )
    masked = replace(seen, answers={each: MASKER.mask(of) for each, of in seen.answers.items()})

    def said(which: Any) -> list[str]:
        diagnosis = diagnose(which)
        told = [each.summary for each in (diagnosis.verdict, *diagnosis.findings)]
        return [each.replace("Shop demo", HIDDEN) for each in told]

    assert said(masked) == said(seen)


def test_whose_ids_somebody_may_not_list_are_judged_and_not_named() -> None:
    """Findings of environments name a few rows: which they are is for support."""
    sampled = Sample(empty=False, projects=(project(),))
    later = project(created_at=CREATED.replace(year=CREATED.year + 1))
    seen = {
        STAGING: facts(sample=sampled),
        LOCAL: facts(LOCAL, sample=sampled, shared=Shared(frozenset({ID}), (later,))),
    }
    without = {each: MASKER.without_ids(of) for each, of in seen.items()}
    told, masked = (judge(of, Context()) for of in (seen, without))
    assert ID[:8] in repr(told)
    assert ID[:8] not in repr(masked)
    codes = [sorted(each.code for each in report.findings) for report in (told, masked)]
    assert codes[0] == codes[1] == ["several-envs"]

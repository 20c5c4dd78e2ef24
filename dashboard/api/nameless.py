"""A look-up whose answers tell no names: they are taken out before anything is judged or worded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from dashboard.diagnose.facts import Answer, IdFacts
from dashboard.diagnose.lookup.evidence import Evidence
from queries.rows import Project

HIDDEN = "(hidden)"
P = TypeVar("P", bound=Project)


def nameless(evidence: Evidence) -> Evidence:
    return replace(
        evidence, answers={each: _answer(said) for each, said in evidence.answers.items()}
    )


def _answer(answer: Answer) -> Answer:
    if not isinstance(answer, IdFacts):
        return answer
    return replace(
        answer,
        projects=_rows(answer.projects),
        near=_rows(answer.near),
        by_prefix=_rows(answer.by_prefix),
        rightful_projects={oid: _rows(found) for oid, found in answer.rightful_projects.items()},
    )


def _rows(found: Sequence[P] | None) -> tuple[P, ...] | None:
    return None if found is None else tuple(replace(each, name=_hidden(each)) for each in found)


def _hidden(row: Project) -> str | None:
    return None if row.name is None else HIDDEN

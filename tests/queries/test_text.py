"""What people are shown of a query: one statement of its own text, without what says nothing."""

import itertools

import pytest
from pglast import parse_sql
from pglast.ast import RawStmt, SelectStmt

from dashboard.diagnose.orphans import KINDS
from queries import registry, text
from queries.text import KeyColumn, KeyColumns

VALUES = {
    "before": "now() - interval '30 days'",
    "stuck_before": "now() - interval '30 minutes'",
    "over": "array['DELETED']",
    "ongoing": "array['BUILDING']",
    "failed": "array['ERROR']",
}
OPTIONAL = ("owner", "updated_at", "status", "error", "deleted_at", "deleted")
STEMS = sorted({kind.query for kind in KINDS if kind.query} | {"rows_without_key"})

KEYS = ("key", "parent_key", "child_key")


def filled(stem: str, lacking: frozenset[str]) -> dict[str, str | KeyColumns | None]:
    identifiers = getattr(registry, stem.upper()).identifiers
    return {**VALUES, **{each: None if each in lacking else _name(each) for each in identifiers}}


def _name(placeholder: str) -> str | KeyColumns:
    return key(placeholder) if placeholder in KEYS else placeholder


def key(name: str) -> KeyColumns:
    return KeyColumns([KeyColumn(name, ("pg_catalog", "text"))])


@pytest.mark.parametrize("stem", STEMS)
def test_is_one_select_whatever_the_schema_lacks(stem: str) -> None:
    for number in range(len(OPTIONAL) + 1):
        for lacking in map(frozenset, itertools.combinations(OPTIONAL, number)):
            shown = text.written(stem, filled(stem, lacking))
            (statement,) = parse_sql(shown)
            assert isinstance(statement, RawStmt)
            assert isinstance(statement.stmt, SelectStmt)
            assert not {*"{}:"} & {*shown}
            assert " null is null" not in shown


@pytest.mark.parametrize(
    ("lacking", "condition"),
    [
        ("parent_deleted_at", "and p.parent_deleted is true"),
        ("parent_deleted", "and p.parent_deleted_at is not null"),
        ("", "or p.parent_deleted is true"),
    ],
)
def test_of_two_marks_the_one_that_there_is_is_shown(lacking: str, condition: str) -> None:
    shown = text.written("children_of_deleted", filled("children_of_deleted", frozenset({lacking})))
    assert condition in shown
    assert " null" not in shown.replace("is not null", "")


def test_a_name_is_written_as_it_is_given_and_read_no_further() -> None:
    hostile = '"{d.key} :low cast(:before as text)"'
    names = {**filled("rows_without_key", frozenset()), "key": key(hostile)}
    shown = text.written("rows_without_key", names)
    assert f"d.{hostile} is null" in shown


@pytest.mark.parametrize(("lacking", "there"), [((), True), (("error",), False)])
def test_a_choice_about_a_column_that_is_not_there_is_none(
    lacking: tuple[str, ...], there: bool
) -> None:
    shown = text.written("rows_stuck", filled("rows_stuck", frozenset(lacking)))
    assert ("ilike" in shown) is there
    assert "array['BUILDING']" in shown

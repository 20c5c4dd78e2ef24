"""Two images of a schema, object by object: what is told of them, and what goes along."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.diagnose.migrations.schema import drift
from dashboard.diagnose.migrations.schema.drift import Difference, What
from dashboard.diagnose.migrations.schema.image import SchemaImage
from queries import rows

TABLE = rows.CatalogRelation(
    1, "public", "t", "r", "p", False, False, (), None, None, (), None, 1, 0.0, 0
)
ID = rows.CatalogColumn(1, 1, "public", "t", "id", "integer", True, "", "", None, None, 23, "b")
NAME = replace(ID, number=2, name="name", type="text", not_null=False)
KEY = rows.CatalogConstraint(
    2, 1, "public", "t", "t_pkey", "p", "PRIMARY KEY (id)",
    True, False, False, True, True, 0, " ", (1,), (), None,
)  # fmt: skip
INDEX = rows.CatalogIndex(
    3, 1, "public", "t", "t_name", False, False, False, True, "btree (name)", "btree", (2,),
    ("name",), None, False, False, 3, 1,
)  # fmt: skip
OF_KEY = replace(
    INDEX, oid=4, name="t_pkey", definition="btree (id)", numbers=(1,), of_constraint=True
)
VIEW = replace(TABLE, oid=9, name="v", kind="v", definition=" SELECT t.id\n   FROM t;")
BASE: dict[str, list[Any]] = {
    "relation": [TABLE, VIEW],
    "column": [ID, NAME],
    "constraint": [KEY],
    "index": [INDEX, OF_KEY],
}


def image(**changes: list[Any]) -> SchemaImage:
    return SchemaImage.of(18, {**BASE, **changes})


def told(found: SchemaImage, **printed: str | None) -> list[tuple[What, str]]:
    expected = image()
    texts = drift.texts(expected, found)
    answers = {text: printed.get(text[0][-1]) for text in texts}
    return [(each.what, each.key[-1]) for each in drift.differences(expected, found, answers)]


def test_what_is_the_same_is_not_told() -> None:
    assert told(image()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"relation": [replace(TABLE, oid=5, file=7, estimate=9.0, pages=4), VIEW]},
        {"column": [replace(ID, number=7, type_oid=4), NAME]},
        {"index": [replace(INDEX, oid=8, file=9, pages=100), OF_KEY]},
        {"relation": [TABLE, replace(VIEW, definition="SELECT t.id FROM t")]},
    ],
)
def test_what_is_no_facet_is_not_told(changes: dict[str, list[Any]]) -> None:
    assert told(image(**changes)) == []


def test_what_goes_with_its_table_is_told_once() -> None:
    nothing: dict[str, list[Any]] = {name: [] for name in BASE}
    assert told(image(**nothing)) == [(What.MISSING, "t"), (What.MISSING, "v")]


def test_an_index_goes_with_its_column_and_its_constraint() -> None:
    assert told(image(column=[ID], index=[OF_KEY])) == [(What.MISSING, "name")]
    assert told(image(constraint=[], index=[INDEX])) == [(What.MISSING, "t_pkey")]


def test_another_name_is_a_rename() -> None:
    assert told(image(index=[replace(INDEX, name="mine"), OF_KEY])) == [(What.RENAMED, "t_name")]


def test_a_rename_needs_the_same_shape() -> None:
    other = replace(INDEX, name="mine", is_unique=True)
    assert told(image(index=[other, OF_KEY])) == [(What.MISSING, "t_name"), (What.EXTRA, "mine")]


def test_a_text_is_compared_as_one_server_prints_it() -> None:
    found = image(relation=[TABLE, replace(VIEW, definition="SELECT id FROM t")])
    assert told(found, v="SELECT t.id FROM t") == []
    assert told(found, v="SELECT t.no FROM t") == [(What.CHANGED, "v")]
    assert told(found, v=None) == [(What.NOT_COMPARABLE, "v")]


def test_a_facet_that_is_no_text_is_a_change() -> None:
    found = image(column=[replace(ID, type="bigint"), NAME])
    (difference,) = drift.differences(image(), found, {})
    assert (difference.what, difference.facet, difference.expected, difference.found) == (
        What.CHANGED, "type", "integer", "bigint",
    )  # fmt: skip
    assert isinstance(difference, Difference)
    assert difference.table == ("public", "t")


@pytest.mark.parametrize(
    ("major", "printed", "what"),
    [
        (13, "date_part('year'::text, born) > 9", None),
        (13, "date_part('year'::text, born) > (9)::double precision", What.NOT_COMPARABLE),
        (13, "born > 9", What.CHANGED),
        (14, "date_part('year'::text, born) > 9", What.CHANGED),
    ],
)
def test_before_14_extract_is_date_part(major: int, printed: str, what: What | None) -> None:
    expected = image(column=[replace(ID, default_value="EXTRACT(year FROM born) > 9")])
    there = {**BASE, "column": [replace(ID, default_value="of an older server")]}
    found = SchemaImage.of(major, there)
    answers = dict.fromkeys(drift.texts(expected, found), printed)
    assert [each.what for each in drift.differences(expected, found, answers)] == (
        [what] if what else []
    )

"""What a key should point at, by what it points at elsewhere: in whatever order they answered."""

import itertools
from dataclasses import replace

import pytest

from dashboard.diagnose.facts import Target, expected_parent
from tests.diagnose.builders import CATALOG, facts

OURS: Target = (None, "Project")
LEGACY: Target = ("legacy", "Project")
ARCHIVE: Target = (None, "archive")
OLD: Target = (None, "old")


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (OURS, [], None),
        (OURS, [OURS, OURS], None),
        (LEGACY, [OURS], OURS),
        (LEGACY, [LEGACY, OURS], OURS),  # wrong alike: the name and the schema decide
        (OURS, [LEGACY, LEGACY], None),
        (LEGACY, [LEGACY, LEGACY], None),  # nothing to compare with
        (ARCHIVE, [OURS], OURS),
        (OURS, [ARCHIVE, ARCHIVE], None),
        (ARCHIVE, [OLD], OLD),  # they differ, and nothing tells which is right
        (ARCHIVE, [OLD, ARCHIVE], None),
        (ARCHIVE, [OLD, OLD, ARCHIVE], OLD),
        (ARCHIVE, [OLD, LEGACY, LEGACY], LEGACY),
        (OURS, [None, None], None),
    ],
)
def test_the_order_of_answers_never_matters(
    own: Target, others: list[Target | None], expected: Target | None
) -> None:
    assert CATALOG.definition
    schema, table = own
    definition = replace(
        CATALOG.definition, parent_schema=schema or CATALOG.definition.child_schema
    )
    here = facts(catalog=replace(CATALOG, definition=replace(definition, parent_table=table)))
    for order in itertools.permutations(others):
        assert expected_parent(here, order) == expected

"""Any text comes back from an array as it went in."""

import pytest

from queries.query import text_array
from tests.conftest import MakeDatabase

HOSTILE = [
    "",
    " ",
    "NULL",
    '"',
    "\\",
    '\\"',
    "a,b",
    "{a}",
    "'; drop table users; --",
    "line\nend\ttab",
    "%s %(ids)s :ids",
    "\u00e9\u200b\N{SNOWMAN}",
]


@pytest.mark.parametrize("texts", [[], HOSTILE, *([each] for each in HOSTILE)], ids=repr)
def test_an_array_holds_what_was_put_in(texts: list[str], make_database: MakeDatabase) -> None:
    ((read,),) = make_database().execute("select cast(%s as text[])", text_array(texts))
    assert read == texts

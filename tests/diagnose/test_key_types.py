"""What a key's column can hold, asked of PostgreSQL itself, and the query printed for it."""

import psycopg
import pytest

from dashboard.diagnose import sql
from dashboard.diagnose.facts import Relation
from dashboard.diagnose.key_types import fits
from queries.rows import Table
from tests.conftest import MakeDatabase
from tests.diagnose.builders import PARENT, key

TEXTS = (
    "cmg8zz11y000abc08q9w8e7r6",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "3f2504e04f8941d39a0c0305e82c3301",
    "3f2504e0-4f89-41d3-9a0c-0305e82c330g",
    "3f2504e0-4f89-41d3-9a0c",
    "0",
    "-32768",
    "-32769",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "1.5",
    "it's",
)


@pytest.mark.parametrize("name", ["text", "uuid", "int2", "int4", "int8"])
def test_the_printed_query_runs_whatever_was_pasted(name: str, make_database: MakeDatabase) -> None:
    database = make_database()
    database.execute(f"create table keyed (id {name} primary key)")
    key_type = ("pg_catalog", name)
    table = Table(1, "public", "keyed", "r", True, False, 10)
    parent = Relation(
        table, key("id", key_type=key_type), {}, {}, True, True, True, True, PARENT.searchable
    )
    for text in TEXTS:
        accepted = True
        try:
            database.execute(f"select cast({sql.literal(text)} as {name})")
        except psycopg.DataError:
            accepted = False
        assert not fits(text, key_type) or accepted, text
        assert database.execute(sql.select_project(parent, text)) == [], text
        if accepted and fits(text, key_type):
            database.execute(f"insert into keyed values ({sql.literal(text)})")
            assert len(database.execute(sql.select_project(parent, text))) == 1, text
            database.execute("delete from keyed")

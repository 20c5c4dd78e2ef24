"""Whether the schema is as the applied migrations make it: a word for each, and a diff by table."""

from collections.abc import Iterator, Sequence
from functools import partial

import streamlit as st

from dashboard.diagnose import words
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.schema.drift import Difference, What
from dashboard.diagnose.migrations.schema.rehearsed import (
    CannotRehearse,
    Rehearsed,
    SchemaComparison,
)
from dashboard.diagnose.migrations.schema.wording import by_table, lines
from dashboard.show.shared import lazy_expander
from dashboard.show.shared.escaping import escaped
from dashboard.show.shared.lazy_expander import LazyExpander

MOST_TABLES = 30  # the command line lists all
AS_MADE = ":green-badge[:material/check: matches]"
NOT_COMPARED = ":gray-badge[:material/help: not compared]"
NOT_YET = ":gray-badge[:material/hourglass_empty: not compared yet]"


def draw(healths: Sequence[EnvironmentHealth]) -> None:
    with st.container(border=True):
        st.header("Schema as the migrations make it?", anchor=False)
        st.caption(
            "The migrations that an environment has are run on an empty throw-away database, and "
            "its schema is compared with the environment's, which only is read."
        )
        st.table(
            {
                "Environment": [escaped(each.environment.name) for each in healths],
                "Schema": [
                    word(each.rehearsed) if each.facts else NOT_COMPARED for each in healths
                ],
                "": [
                    remark(each.rehearsed) if each.facts else "It could not be asked."
                    for each in healths
                ],
            },
            border="horizontal",
            hide_index=True,
            alt="Whether the schema is as the migrations make it, by environment",
        )
        lazy_expander.draw(fold for each in healths for fold in _folds(each))


def word(rehearsed: Rehearsed | None) -> str:
    """Say it in a word.

    | compared | missing, changed | not comparable | word           |
    | -------- | ---------------- | -------------- | -------------- |
    | not yet  | -                | -              | not yet        |
    | no       | -                | -              | not compared   |
    | yes      | some             | -              | how many       |
    | yes      | none             | some           | not compared   |
    | yes      | none             | none           | matches        |
    """
    if rehearsed is None:
        return NOT_YET
    if isinstance(rehearsed.schema, CannotRehearse):
        return NOT_COMPARED
    if drifted := rehearsed.schema.drifted:
        many = words.count(len(drifted), "difference")
        return f":orange-badge[:material/difference: {many}]"
    return NOT_COMPARED if rehearsed.schema.of(What.NOT_COMPARABLE) else AS_MADE


def remark(rehearsed: Rehearsed | None) -> str:
    """Say what the word is to be taken with."""
    if rehearsed is None:
        return ""
    schema = rehearsed.schema
    if isinstance(schema, CannotRehearse):
        return escaped(words.capital(f"{schema.reason}."))
    said = [
        _counted(schema, What.EXTRA, "object beyond them", "objects beyond them"),
        _counted(schema, What.NOT_COMPARABLE, "text not comparable", "texts not comparable"),
        f"{words.some(list(schema.applied.edited))} edited since" if schema.applied.edited else "",
        f"assumed: {words.listed(list(schema.assumed))}" if schema.assumed else "",
    ]
    return escaped("; ".join(filter(None, said)))


def _counted(schema: SchemaComparison, what: What, one: str, many: str) -> str:
    found = schema.of(what)
    return words.count(len(found), one, many) if found else ""


def _folds(health: EnvironmentHealth) -> Iterator[LazyExpander]:
    name, schema = health.environment.name, health.rehearsed.schema if health.rehearsed else None
    if isinstance(schema, SchemaComparison) and schema.differences:
        many = words.count(len(schema.differences), "difference")
        label = f"{escaped(name)}: {many}"
        yield LazyExpander(label, f"schema {name}", partial(_diffs, schema))


def _diffs(schema: SchemaComparison) -> None:
    """Show what the migrations make and is not there before what is there beside it."""
    st.caption("− by the migrations, + in the environment")
    drifted = [each for each in schema.differences if each.what is not What.EXTRA]
    for found in (drifted, schema.of(What.EXTRA)):
        grouped = by_table(found)
        for table, differences in list(grouped.items())[:MOST_TABLES]:
            st.markdown(f"**{escaped(table)}**")
            st.code(diff(differences, schema), language="diff", wrap_lines=True)
        if len(grouped) > MOST_TABLES:
            st.caption(f"{len(grouped) - MOST_TABLES} more tables: `./run check --json` has all.")


def diff(differences: Sequence[Difference], schema: SchemaComparison) -> str:
    return "\n".join(
        f"{line.sign} {line.text}" for each in differences for line in lines(each, schema)
    )

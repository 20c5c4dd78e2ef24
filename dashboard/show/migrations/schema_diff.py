"""Whether the schema is as the applied migrations make it: a word for each, and a diff by table."""

from collections.abc import Sequence
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
from dashboard.show.shared import alike, lazy_expander
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
        alike.table(
            healths,
            {"Schema": _word, "": _remark},
            "Whether the schema is as the migrations make it, by environment",
        )
        differing = [each for each in healths if _differences(each)]
        groups = alike.grouped(differing, lambda each: repr(_differences(each)))
        lazy_expander.draw(_fold(each) for each in groups[: alike.MOST])


def _word(health: EnvironmentHealth) -> str:
    return word(health.rehearsed) if health.facts else NOT_COMPARED


def _remark(health: EnvironmentHealth) -> str:
    return remark(health.rehearsed) if health.facts else "It could not be asked."


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


def _differences(health: EnvironmentHealth) -> tuple[Difference, ...]:
    schema = health.rehearsed.schema if health.rehearsed else None
    return tuple(schema.differences) if isinstance(schema, SchemaComparison) else ()


def _fold(group: Sequence[EnvironmentHealth]) -> LazyExpander:
    many = words.count(len(_differences(group[0])), "difference")
    name = f"schema {group[0].environment.name}"
    return LazyExpander(f"{alike.plain_names(group)}: {many}", name, partial(_differing, group[0]))


def _differing(health: EnvironmentHealth) -> None:
    if health.rehearsed and isinstance(health.rehearsed.schema, SchemaComparison):
        _diffs(health.rehearsed.schema)


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

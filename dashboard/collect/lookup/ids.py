"""Ids as statements take them: spelled as pasted, fit for the column's type, so many at once."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from dashboard.diagnose.facts import Catalog, Relation
from dashboard.diagnose.key_types import fit_all, fits
from dashboard.diagnose.paste import Paste
from queries.query import Name, Query, Statement, text_array
from queries.text import KeyColumns

MOST_IN_A_STATEMENT = 10_000  # spellings: any statement then stays well within its time limit

R = TypeVar("R")


def spellings_of(paste: Paste, catalog: Catalog) -> tuple[str, ...]:
    """List the id and its other spellings; of several columns it has one, an array of JSON.

    There is none where a text has not as many values as the key has columns.
    """
    if paste.id is None:
        return ()
    definition = catalog.definition
    if definition is None or len(definition.child_columns) == 1:
        return (paste.id.text, *paste.id.variants)
    values = paste.id.values_of(definition.child_columns, definition.parent_columns)
    return (json.dumps(values),) if values else ()


def asked_of(paste: Paste) -> tuple[str, ...]:
    """List all that other tables are asked for: the spellings, and the value an error names."""
    keys = [error.key for error in paste.errors[:1] if error.key]
    spellings = (paste.id.text, *paste.id.variants) if paste.id else ()
    return tuple(dict.fromkeys([*spellings, *keys]))


def is_plain(paste: Paste) -> bool:
    """Whether any database can hold what is asked for."""
    return all(each.isascii() for each in asked_of(paste))


def in_order(spellings: Iterable[str]) -> list[str]:
    """Put them in the order of an index, so that probes next to each other share its pages."""
    return sorted(set(spellings))


def suitable(ids: Sequence[str], key: KeyColumns) -> list[str]:
    """Keep the ids that a key of these types can hold; the others would be refused.

    For a key of several columns an id is an array of JSON, with a value for each of them.
    """
    if single := key.single:
        if fit_all(single.type):
            return [*ids]
        return [each for each in ids if fits(each, single.type)]
    return [each for each in ids if _fit(json.loads(each), key)]


def _fit(values: Sequence[str], key: KeyColumns) -> bool:
    pairs = zip(values, key, strict=True)
    return all(fits(value, column.type) for value, column in pairs)


def chunks(ids: Sequence[str]) -> Iterator[str]:
    size = MOST_IN_A_STATEMENT
    return (text_array(ids[start : start + size]) for start in range(0, len(ids), size))


def batches(
    query: Query[R], names: Mapping[str, Name], ids: Sequence[str], key: KeyColumns
) -> tuple[Statement[R], ...]:
    """Ask for all ids that a key of these types can hold, in as few statements as do."""
    return tuple(query.bind(names, ids=chunk) for chunk in chunks(suitable(ids, key)))


def names_of(relation: Relation, placeholder: str) -> dict[str, Name]:
    """Name a relation's identifiers for the placeholders of a query."""
    optional = ("name", "owner", "created_at", "updated_at", "deleted_at")
    return {
        placeholder: (relation.table.schema, relation.table.name),
        "key": relation.key,
        "key_type": relation.plain_key.type if relation.plain_key else None,
        "owner_type": ("pg_catalog", "text"),
        **{role: relation.columns.get(role) for role in (*optional, "deleted", "status", "id")},
    }

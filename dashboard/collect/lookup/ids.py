"""Ids as statements take them: spelled as pasted, fit for the column's type, so many at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from dashboard.diagnose.facts import Relation
from dashboard.diagnose.key_types import fits
from dashboard.diagnose.paste import Paste
from queries.query import Name, Query, Statement, text_array

MOST_IN_A_STATEMENT = 10_000  # spellings: any statement then stays well within its time limit

R = TypeVar("R")


def spellings_of(paste: Paste) -> tuple[str, ...]:
    """List the id and its other spellings."""
    return (paste.id.text, *paste.id.variants) if paste.id else ()


def asked_of(paste: Paste) -> tuple[str, ...]:
    """List all that other tables are asked for: the spellings, and the value an error names."""
    keys = [error.key for error in paste.errors[:1] if error.key]
    return tuple(dict.fromkeys([*spellings_of(paste), *keys]))


def is_plain(paste: Paste) -> bool:
    """Whether any database can hold what is asked for."""
    return all(each.isascii() for each in asked_of(paste))


def in_order(spellings: Iterable[str]) -> list[str]:
    """Put them in the order of an index, so that probes next to each other share its pages."""
    return sorted(set(spellings))


def suitable(ids: Sequence[str], key_type: tuple[str, str]) -> list[str]:
    """Keep the ids that a column of this type can hold; the others would be refused."""
    return [each for each in ids if fits(each, key_type)]


def chunks(ids: Sequence[str]) -> Iterator[str]:
    size = MOST_IN_A_STATEMENT
    return (text_array(ids[start : start + size]) for start in range(0, len(ids), size))


def batches(
    query: Query[R], names: Mapping[str, Name], ids: Sequence[str], key_type: tuple[str, str]
) -> tuple[Statement[R], ...]:
    """Ask for all ids that a column of this type can hold, in as few statements as do."""
    return tuple(query.bind(names, ids=chunk) for chunk in chunks(suitable(ids, key_type)))


def names_of(relation: Relation, placeholder: str) -> dict[str, Name]:
    """Name a relation's identifiers for the placeholders of a query."""
    optional = ("name", "owner", "created_at", "updated_at", "deleted_at")
    return {
        placeholder: (relation.table.schema, relation.table.name),
        "key": relation.key,
        "key_type": relation.key_type,
        "owner_type": ("pg_catalog", "text"),
        **{role: relation.columns.get(role) for role in (*optional, "deleted", "status", "id")},
    }

"""The script of the strict migration: which one it is, and what it makes of the constraint."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.diagnose.facts import Definition
from dashboard.diagnose.migrations.strict.scripts import tokens
from dashboard.diagnose.migrations.strict.scripts.made import (
    ConstraintRef,
    Made,
    after,
    changes_rows,
)
from dashboard.diagnose.migrations.strict.scripts.phrase import Phrase
from dashboard.diagnose.migrations.strict.scripts.tokens import UnreadableError
from dashboard.diagnose.relationship import ConstraintSpec, Unique
from queries.rows import ColumnDefinition

# Prisma's order; the half-way states of another order are others
ORDER = ("drop", "alter", "unique", "add")
DEFAULT_SCHEMA = "public"

Script = tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class StrictScript:
    """The strict migration by name, and what its script is certain to do.

    `before` and `after` are None where some script of the folder cannot be read with certainty,
    or makes the constraint in another way. `columns` are those that it adds. `demands_key` and
    `demands_free`: it fails where the key is gone, or where one of these columns or indexes is
    there. `rewriting` names the migrations that may change rows before the strict one counts them.
    """

    migration: str
    columns: tuple[ColumnDefinition, ...] = ()
    before: ConstraintSpec | None = None
    after: ConstraintSpec | None = None
    demands_key: bool = False
    demands_free: frozenset[str] = frozenset()
    rewriting: frozenset[str] = frozenset()


def find(
    scripts: Mapping[str, str], constraint: str, named: str | None = None
) -> StrictScript | None:
    """Find the strict migration, the configured one if any, and read what it does.

    | configured | all scripts readable | the last that makes it strict | answer              |
    | ---------- | -------------------- | ----------------------------- | ------------------- |
    | no         | yes                  | there                         | that, with specs |
    | no         | yes                  | none                          | None                |
    | no         | no                   | by its words                  | that, by name       |
    | yes        | yes                  | that                          | that, with specs |
    | yes        | any                  | another, or none              | that, by name       |
    """
    parsed = {name: _parsed(scripts[name]) for name in sorted(scripts)}
    read = _followed(parsed, constraint)
    if read is None:
        name = named or _by_words(scripts, constraint)
        return _by_name(name, parsed, constraint) if name else None
    found = _certain(read, parsed)
    if named and (found is None or found.migration != named):
        return _by_name(named, parsed, constraint)
    return found


def _parsed(script: str) -> Script | None:
    try:
        return tuple(Phrase(each) for each in tokens.statements(script))
    except UnreadableError:
        return None


def _by_name(name: str, parsed: Mapping[str, Script | None], constraint: str) -> StrictScript:
    columns = _added_columns(parsed.get(name), constraint)
    return StrictScript(name, columns, rewriting=_rewriting(parsed))


def _by_words(scripts: Mapping[str, str], constraint: str) -> str | None:
    adds = f'ADD CONSTRAINT "{constraint}"'
    names = (name for name, text in scripts.items() if adds in text and "SET NOT NULL" in text)
    return max(names, default=None)


def _followed(parsed: Mapping[str, Script | None], constraint: str) -> dict[str, Made] | None:
    """Follow all scripts in their order: what each leaves; None where one cannot be read."""
    if any(script is None for script in parsed.values()):
        return None
    pivot = _pivot([script for script in parsed.values() if script], constraint)
    if pivot is None:
        return None
    left: dict[str, Made] = {}
    made = Made()
    try:
        for name, script in parsed.items():
            made = replace(made, steps=(), demands_key=False, demands_free=frozenset())
            for statement in script or ():
                made = after(made, Phrase(statement.rest), pivot)
            left[name] = made
    except UnreadableError:
        return None
    return left


def _certain(read: Mapping[str, Made], parsed: Mapping[str, Script | None]) -> StrictScript | None:
    """Take the last that makes the constraint strict, if nothing after it changes it again."""
    names = list(read)
    found = None
    for earlier, name in zip(["", *names], names, strict=False):
        before = read[earlier].spec if earlier else None
        made = read[name]
        if before and not _tight(before) and _tight(made.spec) and "add" in made.steps:
            found = _of(name, read[earlier], made, parsed)
    if found is None or _still(read[names[-1]], found):
        return found
    return replace(found, before=None, after=None)


def _still(last: Made, found: StrictScript) -> bool:
    """Whether no later script changed again what the strict one made."""
    there = all(each.name in last.columns for each in found.columns)
    return there and last.spec == found.after


def _of(name: str, before: Made, made: Made, parsed: Mapping[str, Script | None]) -> StrictScript:
    added = [each for each in made.columns if each not in before.columns]
    ordered = tuple(dict.fromkeys(made.steps)) == ORDER
    return StrictScript(
        migration=name,
        columns=tuple(ColumnDefinition(each, made.columns[each]) for each in added),
        before=before.spec if ordered else None,
        after=made.spec if ordered else None,
        demands_key=made.demands_key,
        demands_free=made.demands_free,
        rewriting=_rewriting(parsed),
    )


def _tight(spec: ConstraintSpec | None) -> bool:
    return bool(spec and spec.action and spec.not_null and spec.unique is Unique.VALID)


def _rewriting(parsed: Mapping[str, Script | None]) -> frozenset[str]:
    return frozenset(
        name for name, script in parsed.items() if script is None or changes_rows(script)
    )


def definition(scripts: Mapping[str, str], constraint: str) -> Definition | None:
    """Say which tables the constraint is about, where no environment has it: as last written."""
    parsed = [script for name in sorted(scripts) if (script := _parsed(scripts[name]))]
    try:
        keys = list(_keys([each for script in parsed for each in script], constraint))
    except UnreadableError:
        return None
    return keys[-1] if keys else None


def _pivot(scripts: Sequence[Script], constraint: str) -> ConstraintRef | None:
    """Find the table and the column of the constraint, if all scripts agree on them."""
    try:
        keys = list(_keys([each for script in scripts for each in script], constraint))
    except UnreadableError:
        return None
    places = {(each.child_schema, each.child_table, each.child_columns) for each in keys}
    if len(places) != 1:
        return None
    schema, table, columns = places.pop()
    if len(columns) != 1:
        return None
    return ConstraintRef(
        constraint, table if schema == DEFAULT_SCHEMA else f"{schema}.{table}", columns[0]
    )


def _keys(statements: Sequence[Phrase], constraint: str) -> Iterator[Definition]:
    for statement in statements:
        phrase = Phrase(statement.rest)
        if not (phrase.took("alter", "table") or phrase.took("create", "table")):
            continue
        phrase.took("if", "exists")
        phrase.took("if", "not", "exists")
        phrase.took("only")
        table = phrase.table()
        for place in range(len(phrase.rest)):
            key = Phrase(phrase.rest[place:])
            if key.took("constraint") and key.name() == constraint and key.took("foreign", "key"):
                yield _key(table, key)


def _key(table: str, key: Phrase) -> Definition:
    """Read which columns a foreign key ties together."""
    columns = key.names()
    if not key.took("references"):
        raise UnreadableError(key.source)
    parent = key.table()
    targets = key.names() if key.starts("(") else ()
    if len(columns) != len(targets):
        raise UnreadableError(key.source)
    (schema, child), (parent_schema, parent_table) = _qualified(table), _qualified(parent)
    return Definition(schema, child, tuple(columns), parent_schema, parent_table, tuple(targets))


def _qualified(table: str) -> tuple[str, str]:
    schema, _, name = table.rpartition(".")
    return schema or DEFAULT_SCHEMA, name


def _added_columns(script: Script | None, constraint: str) -> tuple[ColumnDefinition, ...]:
    """List the columns that a script adds to the constraint's table, as far as it can be read."""
    pivot = _pivot([script], constraint) if script else None
    if script is None or pivot is None:
        return ()
    return tuple(
        ColumnDefinition(name, part.source)
        for statement in script
        for name, part in _added(Phrase(statement.rest), pivot.table)
    )


def _added(phrase: Phrase, table: str) -> Iterator[tuple[str, Phrase]]:
    if phrase.took("alter", "table") and phrase.table() == table:
        for part in phrase.parts():
            if part.took("add", "column"):
                part.took("if", "not", "exists")
                yield part.name(), part

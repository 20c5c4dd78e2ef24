"""How to look at the rows of a column, and how to remove or mend them: for copying only."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from string import Formatter

from dashboard.diagnose import sql
from dashboard.diagnose.cascades import Cascades
from dashboard.diagnose.finding import Command, Fix
from dashboard.diagnose.orphans.kind import (
    ASSIGNED,
    CLEARED,
    Ages,
    Cleanup,
    CountedColumn,
    values,
)
from dashboard.diagnose.repairs import Repairs, deleting
from queries import text
from queries.text import KeyColumns

ROWS_SHOWN = "set row_security = off;\n"  # it refuses then, rather than hide what is there
UTC = "set timezone = 'UTC';\n"  # a timestamp without zone is UTC
WANTED = (
    "Nothing shows that these rows are obsolete: ask the owners and delete unwanted ones in the "
    "application. So no DELETE for all of them is given."
)
MENDED = "medium: changes what the rows refer to"
KEPT = ("", "the last statement", "one of the last two")
CHOSEN = " Replace RIGHT-ID with the right ID; with an unknown ID nothing changes."
Filled = Mapping[str, str | KeyColumns | None]


def remedy(column: CountedColumn, cascades: Cascades, ages: Ages) -> Fix:
    """Write both statements with the environment's own names; the second only where it is safe.

    | the rows may be wanted | what goes along is known, nothing keeps it | statements          |
    | ---------------------- | ------------------------------------------ | ------------------- |
    | no                     | yes, or the rows are only mended           | to see, to clean up |
    | no                     | no                                         | to see              |
    | yes                    | any                                        | to see              |
    """
    kind, filled, told = column.kind, _filled(column, ages), column.nouns.fill
    found = text.written(column.query, filled)
    see = Command(f"{_zone(found)}{found}\norder by 1;", title=f"List {told(kind.rows)}")
    if kind.cleanup is None:
        return _fix(column, (WANTED,), (see,))
    filled = {**filled, "condition": found.partition("\nwhere\n")[2].lstrip()}
    mendings = tuple(_mendings(column, filled, cascades))
    chosen = CHOSEN * column.assignable
    mending = (f"To keep the rows, run {KEPT[len(mendings)]} instead.{chosen}",) * bool(mendings)
    if obstacle := _obstacle(kind.cleanup, column, filled, cascades):
        risk = MENDED if mendings else "none (read-only)"
        return _fix(column, (obstacle, *mending), (see, *mendings), risk)
    steps = (
        told(kind.cleanup.step),
        "Run the second statement as the table's owner in a transaction, and compare the "
        "reported number of rows before you commit.",
        *((f"That number does not include cascades. {cascades.sentence}",) * cascades.acting),
        *mending,
    )
    clean = _clean(kind.cleanup, column, filled, cascades)
    return _fix(column, steps, (see, clean, *mendings), told(kind.risk))


def _fix(
    column: CountedColumn,
    steps: tuple[str, ...],
    commands: tuple[Command, ...],
    risk: str = "none (read-only)",
) -> Fix:
    return Fix(
        title=f"Review the rows of {column.label}, then decide",
        steps=("Review the rows: they are candidates, and some may still be needed.", *steps),
        commands=commands,
        risk=risk,
        needs_role="table owner",
    )


def _obstacle(
    cleanup: Cleanup, column: CountedColumn, filled: Filled, cascades: Cascades
) -> str | None:
    """Say why no statement cleans up."""
    if column.other and column.other.table.inherited:
        table = column.other.table.name
        return (
            f"Other tables inherit from {table}: what is missing there may exist in one of those."
        )
    named = {name for _, name, _, _ in Formatter().parse(cleanup.statement) if name}
    if any(_one(filled[name]) is None for name in named - {"condition"}):
        return column.nouns.fill(cleanup.unless)
    if cleanup.blocker:
        return _repairs(column, cascades).obstacle(cleanup.blocker)
    return cascades.obstacle if cleanup.deletes else None


def _mendings(column: CountedColumn, filled: Filled, cascades: Cascades) -> Iterator[Command]:
    """Write what keeps the rows: without the reference, or with another one.

    | the table may be another one, or some of its rows elsewhere | the key allows it | written |
    | ----------------------------------------------------------- | ----------------- | ------- |
    | yes                                                         | -                 | none    |
    | no                                                          | no                | none    |
    | no                                                          | yes               | each    |
    """
    if cascades.barred or (column.other and column.other.table.inherited):
        return
    named = _named(filled)
    if column.clearable:
        title = "Or keep them without the reference"
        yield Command(f"{ROWS_SHOWN}{CLEARED.format(**named)}", title=title)
    if column.assignable:
        title = "Or point them at an existing row"
        yield Command(f"{ROWS_SHOWN}{ASSIGNED.format(**named)}", title=title)


def _clean(cleanup: Cleanup, column: CountedColumn, filled: Filled, cascades: Cascades) -> Command:
    """Write what removes or mends the rows; `filled` has the condition."""
    if cleanup.blocker:
        return _repairs(column, cascades).removal(cleanup.blocker)
    first = deleting(cascades) if cleanup.deletes else ROWS_SHOWN
    statement = cleanup.statement.format(**_named(filled))
    title = column.nouns.fill(cleanup.title or f"Delete {column.kind.rows}")
    return Command(f"{_zone(statement)}{first}{statement}", title=title)


def _named(filled: Filled) -> Mapping[str, str | None]:
    return {name: _one(each) for name, each in filled.items()}


def _one(name: str | KeyColumns | None) -> str | None:
    """Return the one column that a clean-up changes; None where a key has several."""
    if isinstance(name, KeyColumns):
        return name.single.name if name.single else None
    return name


def _repairs(column: CountedColumn, cascades: Cascades) -> Repairs:
    return Repairs(column.label, column.counted, column.counted, cascades)


def _filled(column: CountedColumn, ages: Ages) -> Filled:
    """Quote the names, and write the values, as the kind's .sql and its clean-up have them."""
    return {
        **{name: sql.written(each) for name, each in column.names.items()},
        **{name: _value(each) for name, each in values(ages).items()},
        "failure": sql.literal(column.failure) if column.failure else None,
    }


def _value(value: timedelta | tuple[str, ...]) -> str:
    if isinstance(value, timedelta):
        return f"now() - interval '{_interval(value)}'"
    return f"array[{', '.join(map(sql.literal, value))}]"


def _interval(age: timedelta) -> str:
    """Write a span in the largest unit that it is a whole number of."""
    seconds = round(age.total_seconds())
    for length, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"


def _zone(statement: str) -> str:
    return UTC if "now()" in statement or "timestamptz" in statement else ""

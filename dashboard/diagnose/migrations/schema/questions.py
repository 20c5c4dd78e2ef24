"""The questions to live rows: the one place that builds SQL which is sent, apart from `queries`.

Each is one SELECT, of PostgreSQL's own functions, and stops counting soon. What it takes from a
script are expressions that were read by the grammar.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema.expressions import ENUM, ENUMS
from dashboard.diagnose.migrations.schema.verdict import MOST_COUNTED, Loss, Risk
from dashboard.diagnose.migrations.schema.virtual_rows import Layer, VirtualTable

MOST_KEYS = 5
NOTHING = "1 as nothing"


def ask(
    risk: Risk,
    table: VirtualTable,
    numbers: Iterable[int],
    condition: str,
    groups: Sequence[str] = (),
) -> Risk:
    """Ask for the rows, or the groups of rows, that a condition is true of."""
    wanted = set(numbers)
    doubt = table.unknown(wanted)
    return replace(risk, doubt=doubt) if doubt else _asked(risk, table, wanted, condition, groups)


def ask_for_nulls(risk: Risk, table: VirtualTable, number: int) -> Risk:
    if doubt := table.unknown([number], only_nulls=True):
        return replace(risk, doubt=doubt)
    return _asked(risk, table, {number}, f"{named(table, number)} is null")


def with_removal(risk: Risk, table: VirtualTable, condition: str, *others: VirtualTable) -> Risk:
    """Add how these rows are deleted, for people, where they are as the statements find them."""
    if not risk.text or table.live is None or any(each.layers for each in (table, *others)):
        return risk
    text = f"delete from {_place(table)} as t\nwhere {condition};"
    return replace(risk, removal=text, table=table.live)


def compute(risk: Risk, table: VirtualTable, numbers: Iterable[int], expression: str) -> Risk:
    """Let an expression be computed of every row: what it fails with is the answer."""
    wanted = set(numbers)
    if doubt := table.unknown(wanted):
        return replace(risk, doubt=doubt)
    rows = f"from ({selected(table, wanted)}) as t"
    text = f"select count({expression}) - count({expression}) as rows {rows}"
    return replace(risk, text=text, reads=_reads(table, wanted), computed=True)


def lost(loss: Loss, table: VirtualTable, number: int | None = None) -> Loss:
    """Count what is dropped: rows, or those with something in a column."""
    numbers = [] if number is None else [number]
    if table.unknown(numbers, only_nulls=True):
        return loss
    condition = "true" if number is None else f"{named(table, number)} is not null"
    return replace(loss, text=_counting(selected(table, numbers), condition, ""))


def called(name: str) -> str:
    return sql.identifier(name)


def named(table: VirtualTable, number: int) -> str:
    return f"t.{called(table.values[number].name)}"


def all_filled(table: VirtualTable, numbers: Iterable[int]) -> str:
    return " and ".join(f"{named(table, number)} is not null" for number in numbers)


def _asked(
    risk: Risk, table: VirtualTable, numbers: set[int], condition: str, groups: Sequence[str] = ()
) -> Risk:
    grouped = f" group by {', '.join(groups)} having count(*) > 1" if groups else ""
    text = _counting(selected(table, numbers), condition, grouped)
    keys = [] if table.unknown(table.primary) else [named(table, each) for each in table.primary]
    rows = selected(table, numbers | {*table.primary}) if keys else selected(table, numbers)
    shown = ", ".join([*groups, "count(*)"]) if groups else ", ".join(keys) or "t.*"
    listed = f"select {shown}\nfrom ({rows}) as t\nwhere {condition}{grouped};"
    keyed = _keyed(rows, condition, grouped, keys) if keys else ""
    reads = _reads(table, numbers)
    return replace(risk, text=text, keyed=keyed, shown=listed, reads=reads)


def _reads(table: VirtualTable, numbers: Iterable[int]) -> tuple[str, ...]:
    """Name the columns of the table as it is there that these are made of."""
    wanted = set(numbers)
    for layer in reversed(table.layers):
        wanted = {each for number in wanted for each in _uses(layer, number)}
        wanted |= layer.removed.uses if layer.removed else set()
    return tuple(table.names[number] for number in sorted(wanted))


def _counting(rows: str, condition: str, grouped: str) -> str:
    found = f"select 1 from ({rows}) as t where {condition}{grouped} limit {MOST_COUNTED + 1}"
    return f"select count(*) as rows from ({found}) as n"


def _keyed(rows: str, condition: str, grouped: str, keys: Sequence[str]) -> str:
    key = " || ', ' || ".join(f"cast({each} as text)" for each in keys)
    key = f"min({key})" if grouped else key
    found = f"select {key} as key from ({rows}) as t where {condition}{grouped}"
    first = f"coalesce((array_agg(n.key order by n.key))[1:{MOST_KEYS}], '{{}}') as first_ids"
    return f"select count(*) as rows, {first} from ({found} limit {MOST_COUNTED + 1}) as n"


def missing_parents(
    table: VirtualTable, parent: VirtualTable, ours: Sequence[int], theirs: Sequence[int]
) -> str:
    """Write that columns are filled, and no row of another table has the same in its own."""
    same = " and ".join(
        f"p.{called(parent.values[its].name)} = {named(table, own)}"
        for own, its in zip(ours, theirs, strict=True)
    )
    found = f"select 1 from ({selected(parent, theirs)}) as p where {same}"
    return f"{all_filled(table, ours)} and not exists ({found})"


def not_among(value: str, labels: Sequence[str], *, many: bool) -> str:
    """Write that a text, or one of many, is none of some."""
    listed = ", ".join(map(sql.literal, labels)) or "null"
    if not many:
        return f"cast({value} as text) not in ({listed})"
    each = f"unnest(cast({value} as text[])) as l (label)"
    return f"exists (select 1 from {each} where l.label not in ({listed}))"


def selected(table: VirtualTable, numbers: Iterable[int]) -> str:
    """Select columns of the rows as they are by now, by the names that they have by now."""
    if table.live is None:
        raise TypeError("what the scripts have made is not asked for")
    return _selected(table, table.layers, sorted({*numbers}))


def _selected(table: VirtualTable, layers: Sequence[Layer], numbers: Sequence[int]) -> str:
    if not layers:
        listed = _listed(_read(table, each) for each in numbers)
        return f"select {listed} from {_place(table)} as s"
    *below, last = layers
    names = below[-1].names if below else table.names
    shown = _listed(_shown(last, names, number) for number in numbers)
    uses = {each for number in numbers for each in _uses(last, number)}
    where = ""
    if last.removed:
        uses |= last.removed.uses
        where = f" where ({last.removed.text}) is not true"
    return f"select {shown} from ({_selected(table, below, sorted(uses))}) as s{where}"


def _place(table: VirtualTable) -> str:
    return ".".join(map(sql.identifier, table.live or ()))


def _read(table: VirtualTable, number: int) -> str:
    name, kind = called(table.names[number]), table.kinds.get(number)
    return f"cast(s.{name} as {kind}) as {name}" if kind in (ENUM, ENUMS) else f"s.{name}"


def _uses(layer: Layer, number: int) -> frozenset[int]:
    made = layer.set.get(number)
    return made.uses if made else frozenset({number})


def _shown(layer: Layer, names: Mapping[int, str], number: int) -> str:
    name = called(layer.names[number])
    if made := layer.set.get(number):
        return f"{made.text} as {name}"
    before = f"s.{called(names[number])}"
    return before if names[number] == layer.names[number] else f"{before} as {name}"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts) or NOTHING

"""Schemas, rows and migrations composed at random, and what a verdict on them must not say."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dashboard.diagnose.migrations.schema.verdict import Answer, Verdict

COLOURS = ("red", "blue", "green")
TYPES = {
    "text": ["'a'", "'b'", "'A'", "''", "'12'", "'red'", "'longer than ten'"],
    "varchar(20)": ["'a'", "'b'", "'7'", "'a   '"],
    "int": ["0", "1", "2", "70000"],
    "bigint": ["1", "2", "9999999999"],
    "smallint": ["1", "2"],
    "boolean": ["true", "false"],
    "numeric(8,2)": ["1", "2.50", "99999.99"],
    "timestamp(3)": ["'2024-01-01'", "'2025-01-01 10:00'"],
    "jsonb": ["'{}'", "'[1]'"],
    "uuid": ["'00000000-0000-0000-0000-000000000001'"],
    "colour": ["'red'", "'blue'"],
    "colour[]": ["'{red}'", "'{red,blue}'", "'{}'"],
    "text[]": ["'{a}'", "'{}'"],
}
USUAL = ("text", "text", "varchar(20)", "int", "int", "int", "boolean", "colour", "timestamp(3)")


@dataclass(slots=True)
class Table:
    name: str
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Composed:
    """SQL that makes tables and fills them, and the scripts of the migrations to come."""

    base: str
    scripts: tuple[str, ...]


class Composer:
    def __init__(self, seed: int) -> None:
        self._choose = random.Random(seed)
        self._tables = [Table(name) for name in ("team", "job", "note")[: self._number(2, 3)]]
        self._made = 0

    def composed(self) -> Composed:
        base = "\n".join(self._base())
        scripts = [
            ";\n".join(self._statement() for _ in range(self._number(1, 3)))
            for _ in range(1 if self._often(0.7) else 2)
        ]
        return Composed(base, tuple(scripts))

    def _number(self, low: int, high: int) -> int:
        return self._choose.randint(low, high)

    def _often(self, share: float) -> bool:
        return self._choose.random() < share

    # what is there

    def _base(self) -> Iterator[str]:
        yield f"create type colour as enum ({', '.join(map(repr, COLOURS[:2]))});"
        for table in self._tables:
            yield from self._table(table)
        for table in self._tables:
            yield from self._rows(table)
        for table in self._tables:
            yield from self._guards(table)

    def _table(self, table: Table) -> Iterator[str]:
        table.columns = {"id": "int"}
        for place in range(self._number(2, 4)):
            kind = self._choose.choice(USUAL if self._often(0.8) else tuple(TYPES))
            table.columns[f"c{place}"] = kind
        if self._often(0.7):
            table.columns["ref"] = "int"
        parts = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
        yield f"create table {table.name} ({parts});"

    def _rows(self, table: Table) -> Iterator[str]:
        clean = self._often(0.4)
        for number in range(self._choose.choice([0, 1, 2, 2, 3, 4])):
            values = [str(number + 1) if clean or self._often(0.9) else "1"]
            for name, kind in list(table.columns.items())[1:]:
                values.append(self._held(name, kind, clean))
            yield f"insert into {table.name} values ({', '.join(values)});"

    def _held(self, name: str, kind: str, clean: bool) -> str:
        if name == "ref":
            return self._choose.choice(["1", "1", "null"] if clean else ["1", "2", "7", "null"])
        if not clean and self._often(0.25):
            return "null"
        return self._choose.choice(TYPES[kind])

    def _guards(self, table: Table) -> Iterator[str]:
        """Add what rows may be against: then it is left out."""
        name, column = table.name, self._column(table)
        other = self._choose.choice(self._tables).name
        action = self._choose.choice(["", "on delete cascade", "on update cascade"])
        deferred = " deferrable initially deferred" if self._often(0.1) else ""
        for share, text in (
            (0.8, f"alter table {name} add primary key (id)"),
            (0.4, f"alter table {name} alter {column} set not null"),
            (0.2, f"create unique index on {name} ({column})"),
            (0.1, f"create unique index on {name} ({column}) where id > 1"),
            (0.1, f"create index on {name} ({self._column(table)}, id)"),
            (0.15, f"alter table {name} add check ({self._condition(table)})"),
            (0.08, f"alter table {name} add check ({self._condition(table)}) not valid"),
            (
                0.3,
                f"alter table {name} add foreign key (ref) references {other} {action}{deferred}",
            ),
            (0.06, f"alter table {name} add foreign key (ref) references {other} not valid"),
            (0.04, f"create rule r as on delete to {name} do instead nothing"),
            (0.04, f"alter table {name} add g int generated always as (id) stored"),
            (0.03, f"create view v_{name} as select id from {name}"),
            (0.03, f"create table heir_{name} () inherits ({name})"),
        ):
            if self._often(share):
                yield f"do $x$ begin {text}; exception when others then null; end $x$;"

    # what is to come

    def _column(self, table: Table) -> str:
        return self._choose.choice(list(table.columns))

    def _of(self, table: Table, *kinds: str) -> str:
        names = [name for name, kind in table.columns.items() if kind in kinds]
        return self._choose.choice(names or list(table.columns))

    def _value(self, table: Table, column: str) -> str:
        kind = table.columns[column]
        values = [*TYPES.get(kind, ["1"]), "null"]
        others = [name for name, of in table.columns.items() if of == kind]
        choices = [self._choose.choice(values), self._choose.choice(others)]
        if kind in ("text", "varchar(20)"):
            choices += [f"lower({column})", f"{column} || 'x'", f"coalesce({column}, 'z')"]
        if kind == "int":
            choices += [f"coalesce({column}, 0)", f"{column} + 1"]
        if kind.startswith("timestamp"):
            choices += ["now()", "current_timestamp"]
        if kind == "uuid":
            choices += ["gen_random_uuid()"]
        return self._choose.choice(choices)

    def _condition(self, table: Table) -> str:
        column = self._column(table)
        value = self._choose.choice(TYPES.get(table.columns[column], ["1"]))
        return self._choose.choice(
            [
                f"{column} is null",
                f"{column} is not null",
                f"{column} = {value}",
                f"{column} <> {value}",
                f"{column} in ({value})",
                f"id > {self._number(0, 3)}",
                f"id between 1 and {self._number(1, 3)} or {column} is null",
                f"not ({column} is not null and id > 1)",
                f"coalesce({column}, {value}) = {value}",
                f"case when id = 1 then {column} is null else true end",
            ]
        )

    def _new(self) -> str:
        self._made += 1
        return f"n{self._made}"

    def _statement(self) -> str:
        table = self._choose.choice(self._tables)
        return self._choose.choice(WRITERS)(self, table, table.name, self._column(table))

    def added(self, table: Table, rest: str = "", kind: str = "") -> str:
        name, kind = self._new(), kind or self._choose.choice(USUAL)
        default = self._choose.choice(TYPES[kind])
        text = rest.format(default=default)
        table.columns[name] = kind
        return f"alter table {table.name} add {name} {kind} {text}"

    def renamed(self, table: Table, column: str) -> str:
        name = self._new()
        table.columns = {
            (name if each == column else each): kind for each, kind in table.columns.items()
        }
        return f"alter table {table.name} rename {column} to {name}"

    def retyped(self, table: Table, column: str, using: str = "") -> str:
        kind = self._choose.choice(
            [
                "text",
                "int",
                "varchar(3)",
                "bigint",
                "smallint",
                "colour",
                "numeric(4,1)",
                "boolean",
                "timestamp(3)",
                "jsonb",
            ]
        )
        table.columns[column] = kind if kind in TYPES else table.columns[column]
        text = using.format(column=column, kind=kind)
        default = f"alter {column} drop default, " if self._often(0.5) else ""
        return f"alter table {table.name} {default}alter {column} type {kind} {text}"

    def swapped(self, table: Table, column: str) -> str:
        """Give an enum other labels, as Prisma does."""
        column, kind = self._of(table, "colour", "text"), self._new()
        labels = ", ".join(map(repr, self._choose.sample([*COLOURS, "a", "b"], 3)))
        return (
            f"create type {kind} as enum ({labels}); alter table {table.name} alter {column} "
            f"type {kind} using ({column}::text::{kind})"
        )

    def created(self, table: Table) -> str:
        name = self._new()
        row = self._choose.choice(
            [
                "",
                f"; insert into {name} values (1)",
                f"; insert into {name} select id from {table.name}",
            ]
        )
        return f"create table {name} (id int primary key){row}; " + self._choose.choice(
            [
                f"alter table {table.name} add foreign key (ref) references {name}",
                f"alter table {table.name} add {self._new()} int references {name}",
                f"alter table {name} add foreign key (id) references {table.name}",
                "select 1",
            ]
        )

    def updated(self, table: Table, column: str) -> str:
        where = f" where {self._condition(table)}" if self._often(0.8) else ""
        return f"update {table.name} set {column} = {self._value(table, column)}{where}"

    def filled(self, table: Table) -> str:
        """Add a column, fill it, and forbid NULL."""
        added = self.added(table)
        column = list(table.columns)[-1]
        where = self._choose.choice(["", f" where {column} is null", " where id > 1"])
        value = self._value(table, column)
        end = self._choose.choice(
            [
                f"alter table {table.name} alter {column} set not null",
                f"create unique index on {table.name} ({column})",
            ]
        )
        return f"{added}; update {table.name} set {column} = {value}{where}; {end}"

    def keyed(self, table: Table, column: str) -> str:
        other = self._choose.choice(self._tables)
        target = self._choose.choice(["", "", f" ({self._column(other)})"])
        end = self._choose.choice(["", "", " not valid", " match full", " on delete set null"])
        name = self._choose.choice(["ref", "ref", column])
        added = f"alter table {table.name} add foreign key ({name})"
        return f"{added} references {other.name}{target}{end}"


WRITERS = (
    lambda c, t, n, x: f"alter table {n} alter {x} set not null",
    lambda c, t, n, x: f"alter table {n} alter {x} drop not null",
    lambda c, t, n, x: f"create unique index on {n} ({x})",
    lambda c, t, n, x: f"create unique index on {n} ({x}, {c._column(t)})",
    lambda c, t, n, x: f"create unique index on {n} ({x}) where {c._condition(t)}",
    lambda c, t, n, x: f"create unique index on {n} (lower({c._of(t, 'text', 'varchar(20)')}))",
    lambda c, t, n, x: f"create unique index on {n} ({x}) nulls not distinct",
    lambda c, t, n, x: f"create index on {n} ({x}) where {c._condition(t)}",
    lambda c, t, n, x: f"create index on {n} ((id / {c._number(0, 2)}))",
    lambda c, t, n, x: f"alter table {n} add check ({c._condition(t)})",
    lambda c, t, n, x: (
        f"alter table {n} add constraint k check ({c._condition(t)}) not valid; "
        f"alter table {n} validate constraint k"
    ),
    lambda c, t, n, x: f"alter table {n} add primary key ({x})",
    lambda c, t, n, x: f"alter table {n} drop constraint {n}_pkey, add primary key ({x})",
    lambda c, t, n, x: f"alter table {n} add unique ({x})",
    lambda c, t, n, x: c.keyed(t, x),
    lambda c, t, n, x: c.keyed(t, x),
    lambda c, t, n, x: c.added(t),
    lambda c, t, n, x: c.added(t, "not null"),
    lambda c, t, n, x: c.added(t, "default {default}"),
    lambda c, t, n, x: c.added(t, "not null default {default}"),
    lambda c, t, n, x: c.added(t, "not null default {default} unique"),
    lambda c, t, n, x: c.added(t, "not null default gen_random_uuid() unique", "uuid"),
    lambda c, t, n, x: c.added(t, "not null default now()", "timestamp(3)"),
    lambda c, t, n, x: c.added(t, "default id"),
    lambda c, t, n, x: f"alter table {n} add {c._new()} serial primary key",
    lambda c, t, n, x: c.renamed(t, x),
    lambda c, t, n, x: c.retyped(t, x),
    lambda c, t, n, x: c.retyped(t, x, "using {column}::{kind}"),
    lambda c, t, n, x: c.retyped(t, x, "using {column}::text::{kind}"),
    lambda c, t, n, x: c.retyped(t, x, "using null"),
    lambda c, t, n, x: c.retyped(t, x, "using case when id = 1 then {column}::{kind} end"),
    lambda c, t, n, x: c.swapped(t, x),
    lambda c, t, n, x: c.swapped(t, x),
    lambda c, t, n, x: c.created(t),
    lambda c, t, n, x: c.updated(t, x),
    lambda c, t, n, x: c.updated(t, x),
    lambda c, t, n, x: c.filled(t),
    lambda c, t, n, x: c.filled(t),
    lambda c, t, n, x: f"delete from {n} where {c._condition(t)}",
    lambda c, t, n, x: f"delete from {n} where {c._condition(t)}",
    lambda c, t, n, x: f"alter table {n} drop {x}",
    lambda c, t, n, x: f"alter table {n} drop {x} cascade",
    lambda c, t, n, x: f"drop table {n}",
    lambda c, t, n, x: f"insert into {n} (id) values ({c._number(1, 9)})",
    lambda c, t, n, x: (
        f"insert into {n} (id) select id + 10 from {c._choose.choice(c._tables).name}"
    ),
    lambda c, t, n, x: f"truncate {n}",
    lambda c, t, n, x: f"alter type colour add value '{c._new()}'",
    lambda c, t, n, x: f"do $$ begin update {n} set {x} = null; end $$",
    lambda c, t, n, x: f"alter table if exists {n} add column if not exists {x} text",
    lambda c, t, n, x: f"create table {n} (id int)",
    lambda c, t, n, x: f"alter table {n} rename to {c._new()}",
    lambda c, t, n, x: (
        f"create trigger t before update on {n} for each row execute function "
        "suppress_redundant_updates_trigger()"
    ),
)


def contradiction(verdicts: Sequence[Verdict], stopped: tuple[int, str] | None) -> str | None:
    """Say which verdict is not what happened; `stopped` is a script's place, and an SQLSTATE."""
    for place, verdict in enumerate(verdicts):
        here = stopped is not None and stopped[0] == place
        if verdict.answer is Answer.PASSES and here:
            return f"script {place} was to pass, and stopped with {stopped}"
        if verdict.answer is Answer.FAILS:
            unsure = verdict.latest or any(
                each.answer is Answer.UNKNOWN for each in verdicts[:place]
            )
            if stopped is None or stopped[0] > place:
                return f"script {place} was to fail, and did not: {verdict}"
            right = unsure or stopped[1] in verdict.sqlstates
            return None if right else f"it failed with {stopped}, not as in {verdict}"
        if here:
            return None
    return None

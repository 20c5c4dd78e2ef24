"""What scripts, one statement after the other, make of the constraint and its column."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from dashboard.diagnose.migrations.strict.scripts.phrase import Phrase
from dashboard.diagnose.migrations.strict.scripts.tokens import UnreadableError
from dashboard.diagnose.relationship import ConstraintSpec, Unique

ACTIONS = {
    ("cascade",): "c",
    ("restrict",): "r",
    ("no", "action"): "a",
    ("set", "null"): "n",
    ("set", "default"): "d",
}
# neither tables nor keys become another by these, whatever they mention
HARMLESS = (
    "analyze", "begin", "comment", "commit", "delete", "end", "grant", "insert", "lock", "revoke",
    "select", "start", "truncate", "update", "vacuum",
)  # fmt: skip
HARMLESS_MAKERS = ("function", "index", "materialized", "policy", "procedure", "trigger", "view")
CHANGING_ROWS = frozenset(
    ("call", "copy", "delete", "do", "drop", "insert", "merge", "select", "truncate", "update",
     "with")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConstraintRef:
    """The constraint by name, and where the scripts put it."""

    constraint: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Made:
    """The table as the scripts so far leave it; `steps` are what the constraint went through.

    `guards` are the unique indexes on the column alone. `demands_key` and `demands_free` are what
    the statements need to find, or not to find, to succeed.
    """

    there: bool = False
    action: str | None = None
    not_null: bool = False
    guards: frozenset[str] = frozenset()
    columns: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    demands_key: bool = False
    demands_free: frozenset[str] = frozenset()

    @property
    def spec(self) -> ConstraintSpec | None:
        unique = Unique.VALID if self.guards else Unique.MISSING
        return ConstraintSpec(self.action, self.not_null, unique) if self.there else None

    def stepped(self, step: str, **changes: object) -> "Made":
        return replace(self, steps=(*self.steps, step), **changes)  # type: ignore[arg-type]


def after(made: Made, statement: Phrase, pivot: ConstraintRef) -> Made:
    """Follow one statement, or refuse where it may do to the table what is not understood."""
    if _unclear(statement):
        raise UnreadableError(statement.source)
    mentioned = statement.mentions((pivot.table, pivot.constraint, *made.guards))
    for words, read in READERS.items():
        if statement.took(*words):
            return read(made, statement, pivot)
    if mentioned and not _harmless(statement):
        raise UnreadableError(statement.source)
    return made


def changes_rows(statements: Iterable[Phrase]) -> bool:
    """Whether a statement may add, change or remove rows: then they are not counted yet."""
    return any(each.rest and each.rest[0].value in CHANGING_ROWS for each in statements)


def _unclear(statement: Phrase) -> bool:
    """Whether it may reach the table without naming it."""
    return (
        (statement.starts("set") and statement.mentions(("search_path",)))
        or (statement.starts("drop") and statement.has("cascade"))
        or (statement.starts("do") and "execute" in statement.source.lower())
    )


def _harmless(statement: Phrase) -> bool:
    if statement.took("create"):
        statement.took("or", "replace")
        return any(statement.starts(each) for each in HARMLESS_MAKERS)
    return any(statement.starts(each) for each in HARMLESS)


def _create_table(made: Made, statement: Phrase, pivot: ConstraintRef) -> Made:
    optional = statement.took("if", "not", "exists")
    if statement.table() != pivot.table:
        return made
    if made.there or optional:
        raise UnreadableError(statement.source)
    for part in statement.group():
        made = _defined(made, part, pivot)
    if statement.rest:  # partitioned, inherited, …
        raise UnreadableError(statement.source)
    return made


def _alter_table(made: Made, statement: Phrase, pivot: ConstraintRef) -> Made:
    statement.took("if", "exists")
    statement.took("only")
    ours = statement.table() == pivot.table
    for part in statement.parts():
        if part.starts("drop") and part.has("cascade"):
            raise UnreadableError(part.source)
        made = _altered(made, part, pivot) if ours else made
    return made


def _altered(made: Made, part: Phrase, pivot: ConstraintRef) -> Made:
    if part.took("add"):
        part.took("column")
        optional = part.took("if", "not", "exists")
        return _defined(made, part, pivot, free=not optional)
    if part.took("drop", "constraint"):
        return _dropped(made, part, pivot)
    if part.took("drop"):
        part.took("column")
        part.took("if", "exists")
        return _without_column(made, part.name(), pivot)
    if part.took("alter"):
        part.took("column")
        return _column_altered(made, part, pivot)
    if part.starts("validate", "constraint"):
        return made
    raise UnreadableError(part.source)


def _dropped(made: Made, part: Phrase, pivot: ConstraintRef) -> Made:
    optional = part.took("if", "exists")
    name = part.name()
    if name != pivot.constraint:
        return replace(made, guards=made.guards - {name})
    return made.stepped("drop", action=None, demands_key=made.demands_key or not optional)


def _without_column(made: Made, name: str, pivot: ConstraintRef) -> Made:
    if name == pivot.column:
        raise UnreadableError(name)
    return replace(made, columns={key: d for key, d in made.columns.items() if key != name})


def _column_altered(made: Made, part: Phrase, pivot: ConstraintRef) -> Made:
    if part.name() != pivot.column:
        return made
    if part.took("set", "not", "null"):
        return made.stepped("alter", not_null=True)
    if part.took("drop", "not", "null"):
        return made.stepped("alter", not_null=False)
    if part.starts("set", "default") or part.starts("drop", "default"):
        return made
    raise UnreadableError(part.source)


def _defined(made: Made, part: Phrase, pivot: ConstraintRef, *, free: bool = True) -> Made:
    """Read a column or a constraint, as `create table` and `add` have them."""
    name = part.name() if part.took("constraint") else None
    if part.took("foreign", "key"):
        return _foreign_key(made, part, pivot, name)
    if part.took("unique"):
        if part.names() != (pivot.column,):
            return made
        return _guarded(made, name, part, free=free)
    if name or part.starts("check") or part.starts("primary", "key") or part.starts("exclude"):
        if part.mentions((pivot.column,)):
            raise UnreadableError(part.source)
        return made
    return _column(made, part, pivot, free=free)


def _column(made: Made, part: Phrase, pivot: ConstraintRef, *, free: bool) -> Made:
    name = part.name()
    if part.mentions((pivot.constraint,)):
        raise UnreadableError(part.source)
    taken = frozenset({name}) if free else frozenset()
    made = replace(
        made,
        columns={**made.columns, name: part.source},
        demands_free=made.demands_free | taken,
    )
    if name != pivot.column:
        return made
    if any(part.mentions((word,)) for word in ("unique", "primary", "references", "generated")):
        raise UnreadableError(part.source)
    return replace(made, there=True, not_null=part.has("not", "null"))


def _foreign_key(made: Made, part: Phrase, pivot: ConstraintRef, name: str | None) -> Made:
    columns = part.names()
    if name != pivot.constraint:
        if pivot.column in columns:
            raise UnreadableError(part.source)
        return made
    if columns != (pivot.column,) or made.action is not None:
        raise UnreadableError(part.source)
    return made.stepped("add", action=_action(part))


def _action(part: Phrase) -> str:
    """Read `references …`, and what happens on delete; nothing said means no action."""
    if not part.took("references"):
        raise UnreadableError(part.source)
    part.table()
    if part.starts("("):
        part.names()
    action = "a"
    while part.rest:
        on_delete = part.took("on", "delete")
        if not on_delete and not part.took("on", "update"):
            raise UnreadableError(part.source)
        words = next((words for words in ACTIONS if part.took(*words)), None)
        if words is None or part.starts("("):
            raise UnreadableError(part.source)
        action = ACTIONS[words] if on_delete else action
    return action


def _create_unique_index(made: Made, statement: Phrase, pivot: ConstraintRef) -> Made:
    statement.took("concurrently")
    free = not statement.took("if", "not", "exists")
    name = None if statement.starts("on") else statement.name()
    if not statement.took("on"):
        raise UnreadableError(statement.source)
    statement.took("only")
    ours = statement.table() == pivot.table
    return _guarded(made, name, statement, free=free) if ours and _alone(statement, pivot) else made


def _alone(statement: Phrase, pivot: ConstraintRef) -> bool:
    """Whether the index is on the column alone, and for all rows."""
    if statement.took("using") and statement.name() != "btree":
        return False
    columns = statement.group()
    if not any(each.mentions((pivot.column,)) for each in columns):
        return False
    if len(columns) > 1 or statement.starts("where"):
        return False
    if columns[0].name() != pivot.column or columns[0].rest:
        raise UnreadableError(statement.source)
    return True


def _guarded(made: Made, name: str | None, part: Phrase, *, free: bool) -> Made:
    """Add a unique index; PostgreSQL finds a free name for one that has none."""
    if part.rest or name in made.guards:
        raise UnreadableError(part.source)
    taken = frozenset({name}) if free and name else frozenset()
    return made.stepped(
        "unique", guards=made.guards | {name or ""}, demands_free=made.demands_free | taken
    )


def _drop_index(made: Made, statement: Phrase, _pivot: ConstraintRef) -> Made:
    statement.took("concurrently")
    statement.took("if", "exists")
    names = {part.table() for part in statement.parts()}
    return replace(made, guards=made.guards - names)


def _drop_table(made: Made, statement: Phrase, pivot: ConstraintRef) -> Made:
    statement.took("if", "exists")
    if any(part.table() == pivot.table for part in statement.parts()):
        raise UnreadableError(statement.source)
    return made


Reader = Callable[[Made, Phrase, ConstraintRef], Made]
READERS: Mapping[tuple[str, ...], Reader] = {
    ("create", "table"): _create_table,
    ("create", "unlogged", "table"): _create_table,
    ("alter", "table"): _alter_table,
    ("create", "unique", "index"): _create_unique_index,
    ("drop", "index"): _drop_index,
    ("drop", "table"): _drop_table,
}

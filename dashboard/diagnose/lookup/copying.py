"""Runbook option 4, a row copied from another environment: a plan to run, or why there is none.

What becomes of each column; a column that refers back names a row that cannot be there first:

| column of the target                  | of the source     | becomes                             |
| ------------------------------------- | ----------------- | ----------------------------------- |
| generated                             | any, or none      | left out: computed anew             |
| counted by a sequence or an identity  | any, or none      | left out: numbered anew             |
| refers back, may be null              | any, or none      | left out: to be set afterwards      |
| refers back, NOT NULL                 | any, or none      | refused                             |
| any other                             | same meaning      | copied                              |
| any other                             | another type      | refused                             |
| NOT NULL without a default            | none              | refused                             |
| any other                             | none              | left out: its default               |
| none                                  | generated         | nothing                             |
| none, migrations pending              | any other         | refused: they come first            |
| none, no migration pending            | any other         | left out: its value stays behind    |
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

from dashboard.diagnose import sql, words
from dashboard.diagnose.facts import Catalog, EnvironmentFacts, ParentShape, Relation
from dashboard.diagnose.finding import Command, Fix
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.options import pending_migrations
from dashboard.diagnose.migrations.schema.excerpt import Reference, Row
from queries.records import dataclass
from queries.rows import ForeignKey, Project, Table, TableColumn

# what is written in one of them means the same in the other, or is refused there
SAME_MEANING = ({"text", "character varying"}, {"smallint", "integer", "bigint"})


def copy_project(evidence: Evidence, source: EnvironmentFacts) -> Fix:
    """Write the plan, or refuse it where the row would do harm or cannot be made.

    | both could be read | a sequence counts the key | the owner fits | the columns fit | plan    |
    | ------------------ | ------------------------- | -------------- | --------------- | ------- |
    | no                 | -                         | -              | -               | refused |
    | yes                | in either                 | -              | -               | refused |
    | yes                | no                        | no, or unknown | -               | refused |
    | yes                | no                        | yes            | no, or unknown  | refused |
    | yes                | no                        | yes            | yes             | written |
    """
    target = evidence.facts
    project = evidence.presence(source.environment).project
    noun = evidence.nouns.parent.one
    title = f"Copy the {noun} from {source.name} to {evidence.target.name}"
    if project is None or target is None or source.catalog.parent is None:
        return _refused(title, "one of the two databases is not readable")
    here, there = _side(evidence, target), _side(evidence, source)
    if here is None or there is None:
        return _refused(title, "the columns of the two tables cannot be compared")
    fit = Fit(there, here, noun)
    if reason := _counted(fit) or _owner_problem(evidence, project, fit):
        return _refused(title, reason)
    if reasons := fit.obstacles:
        return _refused(title, words.listed(reasons), *fit.behind)
    values = evidence.key.values() if evidence.key else (project.id,)
    return Fix(
        option=4,
        title=title,
        steps=tuple(_steps(evidence, fit)),
        commands=(
            Command(sql.copy_out(there.parent, fit.copied, *values), title=there.name),
            Command(sql.copy_in(here.parent, fit.copied, *values), title=here.name),
        ),
        risk=f"high: a manual write to the target; only for a {noun} that must keep its ID",
        needs_role="database owner",
    )


def _refused(title: str, reason: str, *first: str) -> Fix:
    return Fix(
        option=4,
        title=f"{title}: not possible",
        steps=(f"Reason: {reason}.", *first),
        risk="none: there is nothing to run",
        needs_role="database owner",
    )


def rows_of_copy(evidence: Evidence, source: EnvironmentFacts) -> tuple[Row, ...]:
    """Name the rows that a plan writes, in its order; the last is the copied row."""
    target, key = evidence.facts, evidence.key
    here, there = _side(evidence, target) if target else None, _side(evidence, source)
    if here is None or there is None or key is None:
        return ()
    fit, table = Fit(there, here, evidence.nouns.parent.one), here.parent.table
    before: dict[int, ForeignKey] = {}
    referenced = _referenced(here.catalog, table, fit.copied)
    for each in referenced:
        before.setdefault(each.parent_oid, each)
    return (
        *(
            Row((each.parent_schema, each.parent_table), refers=_refers(oid, referenced))
            for oid, each in before.items()
        ),
        Row(
            (table.schema, table.name),
            tuple(key.items()),
            tuple(fit.copied),
            _refers(table.oid, referenced),
        ),
    )


def _refers(oid: int, keys: Iterable[ForeignKey]) -> tuple[Reference, ...]:
    return tuple(
        Reference(each.child_columns, (each.parent_schema, each.parent_table), each.parent_columns)
        for each in keys
        if each.child_oid == oid
    )


@dataclass(frozen=True)
class Side:
    """The parent table of the environment that is copied from, or to."""

    name: str
    catalog: Catalog
    parent: Relation
    shape: ParentShape
    pending: tuple[str, ...]

    @cached_property
    def columns(self) -> dict[str, TableColumn]:
        return {each.name: each for each in self.shape.columns}

    @property
    def keys(self) -> list[ForeignKey]:
        """List the foreign keys that a new row has to satisfy."""
        return [
            key
            for key in self.catalog.foreign_keys
            if key.child_oid == self.parent.table.oid and key.enforced
        ]

    def type_of(self, column: TableColumn) -> str:
        """Name its type as environments with schemas of their own can compare it."""
        return column.type.removeprefix(f"{sql.identifier(self.parent.table.schema)}.")


def _side(evidence: Evidence, facts: EnvironmentFacts) -> Side | None:
    shape, parent = evidence.shapes.get(facts.environment), facts.catalog.own_parent
    if shape is None or parent is None or parent is not facts.catalog.parent:
        return None
    pending = pending_migrations(evidence, facts)
    return Side(facts.name, facts.catalog, parent, shape, pending)


@dataclass(frozen=True)
class Fit:
    """How a row of the source's table fits into the target's, column by column."""

    source: Side
    target: Side
    noun: str

    @cached_property
    def copied(self) -> list[str]:
        return [each.name for each in self.target.shape.columns if self._instead(each) is None]

    @cached_property
    def obstacles(self) -> list[str]:
        """Say why there can be no plan."""
        here, there = self.target.name, self.source.name
        missing = self._missing_here if self.target.pending else []
        return [
            *(f"{here} has no column {name}" for name in missing),
            *(
                (f"{there} has no column {name}, which is required in {here}")
                for name in self._demanded
            ),
            *(
                f"{ours.name} is {self.source.type_of(theirs)} in {there} "
                f"and {self.target.type_of(ours)} in {here}"
                for ours, theirs in self._pairs
                if not self._means_the_same(ours, theirs)
            ),
            *self._closed_circles,
        ]

    @property
    def behind(self) -> Iterator[str]:
        """Name the migrations that may be why the tables differ."""
        for side in (self.target, self.source):
            if side.pending:
                names = words.listed(side.pending)
                yield f"Apply the pending migrations of {side.name} first: {names}."

    @property
    def left_out(self) -> Iterator[str]:
        for each in self.target.shape.columns:
            if instead := self._instead(each):
                yield f"{each.name} ({instead})"
        for name in self._missing_here:
            yield f"{name} (not a column in {self.target.name})"

    @property
    def cautions(self) -> Iterator[str]:
        """Say what may stop the import, or do more, as far as the catalog tells."""
        here, there, effects = self.target.name, self.source.name, self.target.shape.effects
        for ours, theirs in self._pairs:
            if ours.not_null and not theirs.not_null:
                yield f"{ours.name} may be null in {there} but not in {here}."
            if lacking := [label for label in theirs.labels if label not in ours.labels]:
                yield f"The type of {ours.name} has no {words.listed(lacking)} in {here}."
        if effects.triggers:
            yield f"Triggers change the new row in {here}: {words.listed(effects.triggers)}."
        if effects.row_security:
            yield f"Row security is on in {here}: import as a role that bypasses it."

    def _instead(self, column: TableColumn) -> str | None:
        """Say what happens instead of copying a column."""
        here, there = self.target.name, self.source.name
        reasons = (
            (column.generated, "computed again"),
            (column.counted, f"renumbered in {here}"),
            (
                column.name in self._afterwards,
                f"the row it refers to does not exist in {here} yet: set it afterwards",
            ),
            (
                column.name not in self.source.columns,
                (f"not a column in {there}: it gets its default"),
            ),
        )
        return next((reason for applies, reason in reasons if applies), None)

    @property
    def _pairs(self) -> Iterator[tuple[TableColumn, TableColumn]]:
        """Yield each copied column as the target and as the source has it."""
        for name in self.copied:
            yield self.target.columns[name], self.source.columns[name]

    @property
    def _missing_here(self) -> list[str]:
        """Name the columns whose values the target has no place for."""
        return [
            each.name
            for each in self.source.shape.columns
            if not each.generated and each.name not in self.target.columns
        ]

    @property
    def _demanded(self) -> Iterator[str]:
        """Name the columns that a row of the source cannot fill."""
        for each in self.target.shape.columns:
            given = each.filled or each.generated or each.counted
            if each.not_null and not given and each.name not in self.source.columns:
                yield each.name

    def _means_the_same(self, ours: TableColumn, theirs: TableColumn) -> bool:
        types = (self.source.type_of(theirs), self.target.type_of(ours))
        bases = {each.partition("(")[0] for each in types}
        return types[0] == types[1] or any(bases <= alike for alike in SAME_MEANING)

    @cached_property
    def _afterwards(self) -> frozenset[str]:
        """Name the columns that refer back, and may be null until what they refer to is there."""
        return frozenset(name for key in self._circles for name in self._spared(key))

    @property
    def _closed_circles(self) -> Iterator[str]:
        for key in self._circles:
            if not self._spared(key):
                yield (
                    f"{_reference(key)} refers back to the {self.noun}, so neither can be "
                    f"inserted into {self.target.name} first"
                )

    @property
    def _circles(self) -> Iterator[ForeignKey]:
        """Yield the keys to rows that cannot be there before the project is."""
        table = self.target.parent.table
        for key in self.target.keys:
            own = key.parent_oid == table.oid
            if not own and table.oid in _demanding(key.parent_oid, self.target.catalog):
                yield key

    def _spared(self, key: ForeignKey) -> list[str]:
        """Name the columns of a key that may be left out: without any it is not checked."""
        kept = {name for each in self.target.keys if each != key for name in each.child_columns}
        columns = (self.target.columns.get(name) for name in key.child_columns)
        return [
            each.name
            for each in columns
            if each and not (each.not_null or each.filled or each.name in kept)
        ]


def _demanding(oid: int, catalog: Catalog) -> frozenset[int]:
    """Follow the keys upwards that no row can do without: what must be there before it is."""
    found: set[int] = set()
    ahead = {oid}
    while ahead:
        found |= ahead
        ahead = {
            key.parent_oid
            for key in catalog.foreign_keys
            if key.child_oid in ahead and _never_null(key, catalog)
        } - found
    return frozenset(found)


def _never_null(key: ForeignKey, catalog: Catalog) -> bool:
    columns = (catalog.comparable.get((key.child_oid, name)) for name in key.child_columns)
    return key.enforced and all(each and each.not_null for each in columns)


def _counted(fit: Fit) -> str | None:
    """Refuse a key that a sequence hands out: it does not move with a row that brings its own."""
    if not any(each.parent.key_counted for each in (fit.source, fit.target)):
        return None
    return (
        f"a sequence generates these IDs: the same number means another {fit.noun} in "
        f"{fit.target.name}, and the next {fit.noun} created there would fail"
    )


def _owner_problem(evidence: Evidence, project: Project, fit: Fit) -> str | None:
    """Say why its owner keeps the project from being copied.

    | the table has owners | its owner            | in the target       | problem |
    | -------------------- | -------------------- | ------------------- | ------- |
    | no                   | -                    | -                   | no      |
    | yes                  | none, and may be     | -                   | no      |
    | yes                  | none, and may not be | -                   | yes     |
    | yes                  | cannot be read       | -                   | yes     |
    | yes                  | somebody             | there               | no      |
    | yes                  | somebody             | missing, or unknown | yes     |
    """
    parent, target = fit.source.parent, fit.target
    if "owner" not in parent.roles:
        return None
    if "owner" not in parent.columns:
        return "the role may not read its owner"
    if project.owner_id is None:
        column = target.columns.get(parent.roles["owner"])
        demanded = f"the {fit.noun} has no owner, and {target.name} requires one"
        return demanded if column and column.not_null else None
    if evidence.owner_in_target is False:
        return f"its owner {words.short(project.owner_id)} does not exist in {target.name}"
    if evidence.owner_in_target is None:
        return f"it is unknown whether its owner exists in {target.name}"
    return None


def _steps(evidence: Evidence, fit: Fit) -> Iterator[str]:
    here, there = fit.target, fit.source
    if evidence.owner_in_target:
        yield f"The owner exists in {here.name} (checked just now)."
    if referenced := referenced_first(here.catalog, here.parent.table, fit.copied):
        order = " → ".join(referenced)
        yield (
            f"First copy the rows that the {fit.noun} refers to into {here.name}, in this "
            f"order: {order}."
        )
    if left_out := [*fit.left_out]:
        yield f"Not copied: {words.listed(left_out)}."
    yield from fit.cautions
    yield f"Export the row from {there.name} with the first command."
    yield f"Import it into {here.name} with the second, inside its transaction."
    yield (
        "If the import stops, nothing is written. 23503 names a row to copy first, 23505 a "
        "value that is already taken."
    )
    if children := referring(there.catalog, there.parent.table):
        yield f"Rows that refer to the {fit.noun} are not copied: {words.listed(children)}."
    child = here.catalog.child
    single = child is not None and child.key_unique
    anew = f"this creates a new {evidence.nouns.child.one}{f', one per {fit.noun}' * single}"
    yield f"Deploy from {here.name}; {anew}."
    yield "Delete row.csv: it contains the whole row."


def referenced_first(catalog: Catalog, table: Table, copied: Iterable[str]) -> tuple[str, ...]:
    """Follow the foreign keys upwards: what must exist before a row of the table can."""
    keys = _referenced(catalog, table, copied)
    return tuple(dict.fromkeys(map(_reference, keys)))


def _referenced(catalog: Catalog, table: Table, copied: Iterable[str]) -> tuple[ForeignKey, ...]:
    ordered: dict[ForeignKey, None] = {}
    written = frozenset(copied)

    def follow(oid: int, seen: frozenset[int]) -> None:
        for key in catalog.foreign_keys:
            known = oid != table.oid or written.issuperset(key.child_columns)
            if key.child_oid == oid and known and key.parent_oid not in seen:
                follow(key.parent_oid, seen | {key.parent_oid})
                ordered.setdefault(key)

    follow(table.oid, frozenset({table.oid}))
    return tuple(ordered)


def _reference(key: ForeignKey) -> str:
    return f"{key.parent_table} (by {', '.join(key.child_columns)})"


def referring(catalog: Catalog, table: Table) -> tuple[str, ...]:
    """Name the tables whose foreign keys point at the table."""
    names = (key.child_table for key in catalog.foreign_keys if key.parent_oid == table.oid)
    return tuple(dict.fromkeys(name for name in names if name != table.name))

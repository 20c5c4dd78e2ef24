"""The strict migration, and how far one environment has come with it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.migrations.strict.scripts import StrictScript
from dashboard.diagnose.relationship import (
    SET_NULL,
    ConstraintSpec,
    ConstraintState,
    Unique,
)
from queries.rows import ColumnDefinition

LOOSE = ConstraintSpec(SET_NULL, not_null=False, unique=Unique.MISSING)
TIGHT = ConstraintSpec("c", not_null=True, unique=Unique.VALID)


class StrictState(StrEnum):
    """S0 before the strict migration, S1 after it, P1 to P5 half-way, or none of these."""

    S0 = "S0"
    S1 = "S1"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"
    DRIFT = "drift"

    @property
    def partial(self) -> bool:
        return self.value.startswith("P")

    @property
    def at_an_end(self) -> bool:
        """Whether the migration has not begun, or is done."""
        return self.value.startswith("S")


HOW = {
    StrictState.P1: "statements run one by one stopped at rows without a key",
    StrictState.P2: "statements run one by one stopped at duplicate keys",
    StrictState.P3: "the last statement stopped at rows whose key does not exist",
    StrictState.P4: "`psql -f` went on after stopping at rows without a key",
    StrictState.P5: "`psql -f` went on after stopping at duplicate keys",
}


@dataclass(frozen=True, slots=True)
class StrictMigration:
    """What the strict migration makes of the constraint; `columns` are those it adds beside.

    `script` is what its text is certain to do, where a folder has it.
    """

    before: ConstraintSpec = LOOSE
    after: ConstraintSpec = TIGHT
    migration: str | None = None
    columns: tuple[ColumnDefinition, ...] = ()
    script: StrictScript | None = None

    @property
    def name(self) -> str:
        return f"The migration {self.migration}" if self.migration else "The strict migration"

    @property
    def called(self) -> str:
        """Return the name as it stands within a sentence."""
        return self.name[0].lower() + self.name[1:]

    @property
    def specs(self) -> Mapping[StrictState, ConstraintSpec]:
        """It drops the key, alters the column, makes the index unique, and adds the key again.

        | state | stopped at | went on | key   | not null | unique |
        | ----- | ---------- | ------- | ----- | -------- | ------ |
        | S0    | -          | -       | old   | no       | no     |
        | S1    | -          | -       | new   | yes      | yes    |
        | P1    | not null   | no      | none  | no       | no     |
        | P2    | unique     | no      | none  | yes      | no     |
        | P3    | new key    | either  | none  | yes      | yes    |
        | P4    | not null   | yes     | new   | no       | yes    |
        | P5    | unique     | yes     | new   | yes      | no     |
        """
        before, after = self.before, self.after
        return {
            StrictState.S0: before,
            StrictState.S1: after,
            StrictState.P1: replace(before, action=None),
            StrictState.P2: replace(before, action=None, not_null=after.not_null),
            StrictState.P3: replace(after, action=None),
            StrictState.P4: replace(after, not_null=before.not_null),
            StrictState.P5: replace(after, unique=before.unique),
        }

    def missing_columns(self, facts: EnvironmentFacts) -> tuple[ColumnDefinition, ...]:
        there = {each.name for each in facts.added_columns}
        return tuple(each for each in self.columns if each.name not in there)

    def collides(self, facts: EnvironmentFacts) -> bool:
        """Whether its script stops at what is there or gone, whatever the rows are."""
        if self.script is None:
            return False
        keys = {each.name for each in facts.keys}
        there = {each.name for each in facts.indexes}
        there |= {each.name for each in facts.added_columns}
        gone = self.script.demands_key and facts.catalog.constraint not in keys
        return gone or bool(self.script.demands_free & there)

    def state(self, facts: EnvironmentFacts) -> StrictState | None:
        """Compare with the specs; None where the constraint is not known.

        The statement that sets NOT NULL also adds the columns: both happened, or neither.
        A state with a key needs one that works, since the migration makes no other.
        """
        constraint = facts.constraint
        if constraint is None:
            return None
        named = (state for state, each in self.specs.items() if each == constraint.spec)
        state = next(named, StrictState.DRIFT)
        unsound = state in (StrictState.P4, StrictState.P5) and not constraint.sound
        return StrictState.DRIFT if unsound or not self._columns_fit(facts, constraint) else state

    def _columns_fit(self, facts: EnvironmentFacts, constraint: ConstraintState) -> bool:
        if self.before.not_null == self.after.not_null:
            return True
        altered = constraint.not_null == self.after.not_null
        missing = len(self.missing_columns(facts))
        return missing == (0 if altered else len(self.columns))


def strict_of(
    facts_of_all: Sequence[EnvironmentFacts], script: StrictScript | None
) -> StrictMigration | None:
    """Derive it from the environments, or else from the script where that is certain.

    | an environment is strict | the script is certain | derived from     |
    | ------------------------ | --------------------- | ---------------- |
    | yes                      | -                     | the environments |
    | no                       | yes                   | the script       |
    | no                       | no                    | None: not known  |
    """
    if script is None:
        return strict_among(facts_of_all)
    names = [each.name for each in script.columns]
    if strict := strict_among(facts_of_all, script.migration, names):
        return replace(strict, script=script)
    if script.before is None or script.after is None:
        return None
    return StrictMigration(script.before, script.after, script.migration, script.columns, script)


def strict_among(
    facts_of_all: Sequence[EnvironmentFacts],
    migration: str | None = None,
    columns: Iterable[str] = (),
) -> StrictMigration | None:
    """Derive what the strict migration does from the environments that have it, if any has.

    After it is what most of those have whose key is whole, NOT NULL and unique; before it what
    most of those have whose key is nullable and not unique. Where two are had equally often, or
    none, it is Prisma's usual set null and cascade.
    """
    specs = [
        each.constraint.spec for each in facts_of_all if each.constraint and each.constraint.key
    ]
    tight = [each for each in specs if each.not_null and each.unique is Unique.VALID]
    loose = [each for each in specs if not each.not_null and each.unique is Unique.MISSING]
    if not tight:
        return None
    definitions = {each.name: each for found in facts_of_all for each in found.added_columns}
    added = tuple(definitions[name] for name in columns if name in definitions)
    return StrictMigration(_usual(loose, LOOSE), _usual(tight, TIGHT), migration, added)


def _usual(specs: Sequence[ConstraintSpec], preferred: ConstraintSpec) -> ConstraintSpec:
    counted = Counter(specs)
    most = max(counted.values(), default=0)
    candidates = [each for each, times in counted.items() if times == most]
    return preferred if preferred in candidates or len(candidates) != 1 else candidates[0]

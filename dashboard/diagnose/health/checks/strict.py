"""The strict migration, and how far one environment has come with it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.diagnose.health.checks.scripts import StrictScript
from dashboard.diagnose.health.checks.shape import SET_NULL, Inspection, Outline, Shape, Unique
from queries.rows import ColumnDefinition

LOOSE = Outline(SET_NULL, not_null=False, unique=Unique.MISSING)
TIGHT = Outline("c", not_null=True, unique=Unique.VALID)


class State(StrEnum):
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


HOW = {
    State.P1: "statements run one by one stopped at rows without a key",
    State.P2: "statements run one by one stopped at duplicate keys",
    State.P3: "the last statement stopped at rows whose key does not exist",
    State.P4: "`psql -f` went on after stopping at rows without a key",
    State.P5: "`psql -f` went on after stopping at duplicate keys",
}


@dataclass(frozen=True, slots=True)
class Strict:
    """What the strict migration makes of the constraint; `columns` are those it adds beside.

    `script` is what its text is certain to do, where a folder has it.
    """

    before: Outline = LOOSE
    after: Outline = TIGHT
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
    def outlines(self) -> Mapping[State, Outline]:
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
            State.S0: before,
            State.S1: after,
            State.P1: replace(before, action=None),
            State.P2: replace(before, action=None, not_null=after.not_null),
            State.P3: replace(after, action=None),
            State.P4: replace(after, not_null=before.not_null),
            State.P5: replace(after, unique=before.unique),
        }

    def missing_columns(self, inspection: Inspection) -> tuple[ColumnDefinition, ...]:
        there = {each.name for each in inspection.columns}
        return tuple(each for each in self.columns if each.name not in there)

    def collides(self, inspection: Inspection) -> bool:
        """Whether its script stops at what is there or gone, whatever the rows are."""
        if self.script is None:
            return False
        keys = {each.name for each in inspection.keys}
        there = {each.name for each in inspection.indexes}
        there |= {each.name for each in inspection.columns}
        gone = self.script.demands_key and inspection.constraint not in keys
        return gone or bool(self.script.demands_free & there)

    def state(self, inspection: Inspection) -> State | None:
        """Compare with the outlines; None where the shape is not known.

        The statement that sets NOT NULL also adds the columns: both happened, or neither.
        A state with a key needs one that works, since the migration makes no other.
        """
        shape = inspection.shape
        if shape is None:
            return None
        named = (state for state, each in self.outlines.items() if each == shape.outline)
        state = next(named, State.DRIFT)
        unsound = state in (State.P4, State.P5) and not shape.sound
        return State.DRIFT if unsound or not self._columns_fit(inspection, shape) else state

    def _columns_fit(self, inspection: Inspection, shape: Shape) -> bool:
        if self.before.not_null == self.after.not_null:
            return True
        altered = shape.not_null == self.after.not_null
        missing = len(self.missing_columns(inspection))
        return missing == (0 if altered else len(self.columns))


def strict_of(inspections: Sequence[Inspection], script: StrictScript | None) -> Strict | None:
    """Derive it from the environments, or else from the script where that is certain.

    | an environment is strict | the script is certain | derived from     |
    | ------------------------ | --------------------- | ---------------- |
    | yes                      | -                     | the environments |
    | no                       | yes                   | the script       |
    | no                       | no                    | None: not known  |
    """
    if script is None:
        return strict_among(inspections)
    names = [each.name for each in script.columns]
    if strict := strict_among(inspections, script.migration, names):
        return replace(strict, script=script)
    if script.before is None or script.after is None:
        return None
    return Strict(script.before, script.after, script.migration, script.columns, script)


def strict_among(
    inspections: Sequence[Inspection], migration: str | None = None, columns: Iterable[str] = ()
) -> Strict | None:
    """Derive what the strict migration does from the environments that have it, if any has.

    After it is what most of those have whose key is whole, NOT NULL and unique; before it what
    most of those have whose key is nullable and not unique. Where two are had equally often, or
    none, it is Prisma's usual set null and cascade.
    """
    outlines = [each.shape.outline for each in inspections if each.shape and each.shape.key]
    tight = [each for each in outlines if each.not_null and each.unique is Unique.VALID]
    loose = [each for each in outlines if not each.not_null and each.unique is Unique.MISSING]
    if not tight:
        return None
    definitions = {each.name: each for found in inspections for each in found.columns}
    added = tuple(definitions[name] for name in columns if name in definitions)
    return Strict(_usual(loose, LOOSE), _usual(tight, TIGHT), migration, added)


def _usual(outlines: Sequence[Outline], preferred: Outline) -> Outline:
    counted = Counter(outlines)
    most = max(counted.values(), default=0)
    candidates = [each for each, times in counted.items() if times == most]
    return preferred if preferred in candidates or len(candidates) != 1 else candidates[0]

"""The constraint cell by cell, and which environments differ from most."""

from collections.abc import Mapping, Sequence

from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.relationship import majority
from dashboard.environments import Environment
from queries.records import dataclass
from queries.rows import ForeignKey

TARGET = "foreign key to"
ACTION = "on delete"
VALIDATED = "validated"
ENFORCED = "enforced"
TRIGGERS = "triggers"
NOT_NULL = "not null"
UNIQUE = "unique"
INDEX = "supporting index"
CELLS = (TARGET, ACTION, VALIDATED, ENFORCED, TRIGGERS, NOT_NULL, UNIQUE, INDEX)
NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """One environment's value; None: not known."""

    environment: Environment
    value: str | None
    differs: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One cell of the constraint across all environments; `usual` is None where they tie."""

    name: str
    usual: str | None
    cells: tuple[Cell, ...]

    @property
    def agreed(self) -> bool:
        return not any(cell.differs for cell in self.cells)


def table(inspections: Mapping[Environment, EnvironmentFacts | None]) -> tuple[Row, ...]:
    """Compare all environments; None is one that could not be asked.

    | value    | most have | differs |
    | -------- | --------- | ------- |
    | unknown  | -         | no      |
    | the same | that      | no      |
    | another  | that      | yes     |
    | any      | a tie     | yes     |
    """
    found = {each: cells(seen) if seen else {} for each, seen in inspections.items()}
    return tuple(
        _row(name, [(each, values.get(name)) for each, values in found.items()]) for name in CELLS
    )


def _row(name: str, values: Sequence[tuple[Environment, str | None]]) -> Row:
    usual = majority(value for _, value in values if value is not None)
    return Row(
        name,
        usual,
        tuple(Cell(each, value, value is not None and value != usual) for each, value in values),
    )


def cells(facts: EnvironmentFacts) -> Mapping[str, str]:
    """Say what is known, in words; a cell that is not known is left out."""
    if facts.catalog.child is None:
        return {}
    constraint = facts.constraint
    known = _of_key(facts.key)
    if constraint is None:
        return known
    return {
        **known,
        NOT_NULL: _yes(constraint.not_null),
        UNIQUE: constraint.unique.value,
        INDEX: _yes(constraint.indexed),
    }


def _of_key(key: ForeignKey | None) -> dict[str, str]:
    if key is None:
        return dict.fromkeys((TARGET, ACTION, VALIDATED, ENFORCED, TRIGGERS), NO_KEY)
    return {
        TARGET: _target(key),
        ACTION: words.DELETE_ACTIONS.get(key.delete_action, key.delete_action),
        VALIDATED: _yes(key.validated),
        ENFORCED: _yes(key.enforced),
        TRIGGERS: _triggers(key),
    }


def _target(key: ForeignKey) -> str:
    """Leave out the schema where it is the child's own: environments may each have another."""
    column = f"{key.parent_table}.{', '.join(key.parent_columns)}"
    own = key.parent_schema == key.child_schema
    return column if own else f"{key.parent_schema}.{column}"


def _triggers(key: ForeignKey) -> str:
    """Both are unknown where the key has no triggers: one that is not enforced.

    | on the child | on the parent | words         |
    | ------------ | ------------- | ------------- |
    | on           | on            | on            |
    | off          | on            | off on child  |
    | on           | off           | off on parent |
    | off          | off           | off on both   |
    | none         | none          | none          |
    """
    off = [
        side
        for side, on in (("child", key.child_triggers_on), ("parent", key.parent_triggers_on))
        if on is False
    ]
    if len(off) == 2:
        return "off on both"
    if off:
        return f"off on {off[0]}"
    return "on" if key.child_triggers_on else NO_KEY


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"

"""The rows of a table as the statements so far leave them: a query on those that are there."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from dashboard.diagnose.migrations.schema.expressions import Expression
from queries.records import dataclass

MADE = "the values of a column are made by the scripts"


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a column: of one with a `doubt` nothing.

    `stand_in`: whether it is NULL is true, its value is not. `distinct`: no two rows share one.
    """

    name: str
    stand_in: bool = False
    distinct: bool = False
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One statement: the columns it sets, all their names after it, and which rows it removes."""

    names: Mapping[int, str]
    set: Mapping[int, Expression] = field(default_factory=dict)
    removed: Expression | None = None


@dataclass(slots=True)
class VirtualTable:
    """What is known of a table's rows; `doubt` is what may have changed any of them.

    `live` is None for one that the scripts have made. Whatever is `filled` by them is in the
    rehearsal as it will be there.
    """

    live: tuple[str, str] | None
    names: dict[int, str] = field(default_factory=dict)  # of the columns that are there
    kinds: dict[int, str] = field(default_factory=dict)  # of those that are shown as another type
    values: dict[int, Value] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)
    primary: tuple[int, ...] = ()
    doubt: str = ""
    filled: bool = False

    @property
    def may_hold_rows(self) -> bool:
        return bool(self.live or self.doubt)

    def unknown(self, numbers: Iterable[int], *, only_nulls: bool = False) -> str:
        """Say why nothing can be asked of these columns; empty where it can."""
        if self.doubt:
            return self.doubt
        for number in numbers:
            value = self.values.get(number)
            if value is None:
                return MADE
            if value.doubt or (value.stand_in and not only_nulls):
                return value.doubt or MADE
        return ""

    def put(
        self,
        names: Mapping[int, str],
        made: Mapping[int, Expression] | None = None,
        removed: Expression | None = None,
    ) -> None:
        """Add what a statement makes of the rows; nothing where it only drops columns."""
        last = self.layers[-1].names if self.layers else self.names
        renamed = any(last.get(number, name) != name for number, name in names.items())
        if made or removed or renamed:
            self.layers.append(Layer(names, made or {}, removed))
        self.values = {
            number: replace(self.values.get(number, Value(name, doubt=MADE)), name=name)
            for number, name in names.items()
        }

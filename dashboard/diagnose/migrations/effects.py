"""Whether the catalog has what a migration makes: the caller's knowledge, beside the ledger."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from dashboard.diagnose.finding import Fix
from queries.records import dataclass


class Extent(StrEnum):
    """How much of what the script makes is there."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Effect:
    """`finish` makes the rest by hand, where the script was applied by half."""

    extent: Extent
    finish: Fix | None = None


Effects = Mapping[str, Effect]

NO_EFFECTS: Effects = MappingProxyType({})


def extent(effects: Effects, name: str) -> Extent | None:
    """None where nobody looked, or what is there is something else."""
    return effects[name].extent if name in effects else None

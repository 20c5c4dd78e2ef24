"""What the rehearsal said of one environment, for the checks to judge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CannotRehearse:
    """Nothing could be rehearsed, or not to its end; the reason is never a finding of its own."""

    reason: str

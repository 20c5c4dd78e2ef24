"""Composed migrations foretold, and then run: on a server of their own."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from dashboard.diagnose.migrations.schema.verdict import Answer
from dashboard.rehearsal.client import Rehearsals
from tests.rehearsal.composed import Composer, contradiction
from tests.rehearsal.rehearsing_rows import Connection, foretold, real

EMPTY = "drop schema public cascade; create schema public"


@dataclass(slots=True)
class Differences:
    """How many were answered with what, what took how long, and every contradiction."""

    answers: Counter[Answer] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def unknown(self) -> float:
        """Return the share of what nobody can say, in percent."""
        return 100 * self.answers[Answer.UNKNOWN] / max(1, self.answers.total())


def compare(rehearsals: Rehearsals, live: Connection, seeds: Iterable[int]) -> Differences:
    found = Differences()
    for seed in seeds:
        found.contradictions += _one(rehearsals, live, seed, found)
    return found


def _one(rehearsals: Rehearsals, live: Connection, seed: int, found: Differences) -> Iterator[str]:
    composed = Composer(seed).composed()
    live.execute(EMPTY)
    live.execute(composed.base.encode())
    start = perf_counter()
    verdicts = foretold(rehearsals, live, *composed.scripts)
    found.times.append((perf_counter() - start) * 1_000)
    found.answers.update(each.answer for each in verdicts)
    if wrong := contradiction(verdicts, real(live, composed.scripts)):
        yield f"seed {seed}: {wrong}: {composed.base}\n{';;'.join(composed.scripts)}"

"""What an environment said last, confirmed: in one round trip, while nobody has committed anything.

| its database | it lacks nothing | the others want the same | for long | asked            |
| ------------ | ---------------- | ------------------------ | -------- | ---------------- |
| as it was    | yes              | yes                      | no       | the proof alone  |
| any other                                                       |||| everything anew  |
"""

import random
import time
from collections.abc import Hashable
from dataclasses import replace

from dashboard.collect.environment import proof_of
from dashboard.diagnose.facts import EnvironmentFacts, Kind, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, Ask, Conversation, Deadline
from queries import registry, rows
from queries.query import Statement
from queries.records import dataclass

ALL_ANEW_S = 600.0  # foreign tables and estimates change without a transaction of their own
LASTING = (Kind.ROWS_HIDDEN, Kind.FORBIDDEN)  # until somebody commits something
ANSWERED = (Kind.SLOW, Kind.LOCKED, Kind.CANCELLED, Kind.FORBIDDEN, Kind.UNCLASSIFIED)

_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Said:
    """What an environment said in which state, as the others wanted it `wanted`."""

    state: rows.DatabaseState
    facts: EnvironmentFacts
    wanted: Hashable
    until: float

    @classmethod
    def now(cls, state: rows.DatabaseState, facts: EnvironmentFacts, wanted: Hashable) -> "Said":
        # not all in the same minute
        until = time.monotonic() + ALL_ANEW_S * _random.uniform(0.5, 1.0)
        return cls(state, facts, wanted, until)

    def confirmed(self, now: "State") -> EnvironmentFacts | None:
        """Say it again, if it is so; None where everything has to be asked."""
        proof = now.proof
        if proof is None or not self._as_it_was(now.state) or time.monotonic() >= self.until:
            return None
        if replace(proof, as_of=self.facts.proof.as_of) != self.facts.proof:
            return None
        return replace(self.facts, proof=proof, ms=now.ms)

    def _as_it_was(self, now: rows.DatabaseState) -> bool:
        left = now.connections_left
        return now.snapshot is not None and replace(self.state, connections_left=left) == now


@dataclass(frozen=True, slots=True)
class State:
    state: rows.DatabaseState
    proof: rows.Proof | None
    ms: float


def state(
    _environment: Environment, _deadline: Deadline, before: EnvironmentFacts | None
) -> Conversation[State | Unavailable]:
    """Ask for the state, and for the conditions of a proof, which others change."""
    asked = registry.DATABASE_STATE.bind()
    proof: Statement[rows.Proof] | None = proof_of(before.catalog) if before else None
    answers = yield Ask([asked, *([proof] if proof else [])], BACKGROUND)
    if isinstance(answers, Unavailable):
        return answers
    return State(answers.one(asked), answers.one(proof) if proof else None, answers.ms)


def whole(facts: EnvironmentFacts) -> bool:
    """Whether it lacks nothing that could be answered if it is asked again."""
    answers = (facts.sample, facts.shared)
    missing = (each for each in answers if isinstance(each, Unavailable))
    return not facts.reduced and all(each.kind in LASTING for each in missing)

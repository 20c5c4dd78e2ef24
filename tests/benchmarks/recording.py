"""What is sent to the databases, seen from outside, and each statement of it sent alone."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

from dashboard.diagnose.facts import Unavailable
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, Answers, Fleet
from dashboard.postgres.pool import Asking, Connections
from queries.query import Statement


@dataclass(frozen=True, slots=True)
class Exchange:
    """One round trip: to which environment, what was sent, and what came back."""

    environment: str
    statements: tuple[Statement[Any], ...]
    answers: Answers | Unavailable


@contextlib.contextmanager
def recorded() -> Iterator[list[Exchange]]:
    """Note every exchange of any collector."""
    plain, seen = Connections.ask, list[Exchange]()

    def ask(
        connections: Connections,
        environment: Environment,
        statements: Sequence[Statement[Any]],
        *limits: Any,
    ) -> Asking[Answers | Unavailable]:
        answers = yield from plain(connections, environment, statements, *limits)
        seen.append(Exchange(environment.name, tuple(statements), answers))
        return answers

    with mock.patch.object(Connections, "ask", ask):
        yield seen


def alone(fleet: Fleet, environment: Environment, *statements: Statement[Any]) -> None:
    """Send statements once more, with all that goes with an exchange."""
    fleet.ask_one(environment, statements, BACKGROUND)

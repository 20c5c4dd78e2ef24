"""What is sent to the databases, seen from outside, and each statement of it sent alone."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

from dashboard.diagnose.evidence import Unavailable
from dashboard.postgres import BACKGROUND, Answers, Connections, Deadline
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
        connections: Connections, name: str, statements: Sequence[Statement[Any]], *limits: Any
    ) -> Answers | Unavailable:
        answers = plain(connections, name, statements, *limits)
        seen.append(Exchange(name, tuple(statements), answers))
        return answers

    with mock.patch.object(Connections, "ask", ask):
        yield seen


def alone(connections: Connections, name: str, *statements: Statement[Any]) -> None:
    """Send statements once more, with all that goes with an exchange."""
    connections.ask(name, statements, BACKGROUND, Deadline(BACKGROUND.deadline_s))

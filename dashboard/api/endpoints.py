"""Every address of the API: its routes and its description are made from these lines."""

from collections.abc import Callable

from dashboard.api import v1
from dashboard.api.v1 import Json, Question
from queries.records import dataclass

ENV = (
    "env",
    "The environment deployed to; without one it only says where IDs exist.",
)
PROVE = ("prove", "true: failures are replayed in a throw-away database, for up to 5 seconds.")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`query` are the parameters with what they mean, `answers` the schema of the answer.

    `reads_body`: the parameters come as a JSON object. `asks`: every environment is asked live.
    """

    path: str
    answer: Callable[[Question], Json]
    answers: str
    query: tuple[tuple[str, str], ...] = ()
    reads_body: bool = False
    asks: bool = False

    @property
    def method(self) -> str:
        return "POST" if self.reads_body else "GET"

    @property
    def summary(self) -> str:
        return (self.answer.__doc__ or "").split("\n")[0]


ENDPOINTS = (
    Endpoint(
        "/v1/lookup",
        v1.look_up,
        "LookUps",
        query=(("id", f"What is looked up, up to {v1.MOST_IDS} times."), ENV, PROVE),
        asks=True,
    ),
    Endpoint(
        "/v1/lookup",
        v1.look_up,
        "LookUps",
        query=(("text", "An ID, several, a URL or a whole error, as it was pasted."), ENV, PROVE),
        reads_body=True,
        asks=True,
    ),
    Endpoint("/v1/environments", v1.environments, "Environments"),
    Endpoint("/v1/environments/{env}", v1.environment, "Check"),
    Endpoint("/v1/health", v1.health, "Check"),
    Endpoint("/v1/migrations", v1.migrations, "Migrations"),
    Endpoint("/v1/failures", v1.failures, "Failures"),
    Endpoint("/v1/orphans", v1.orphans, "Orphans"),
)

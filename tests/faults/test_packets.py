"""Packets that get lost on their way: rows 4, 7, 29 and 30."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, LOOKUP, Answers, Ask, Conversation, Deadline, Limits
from dashboard.postgres.cluster import Cluster
from tests.conftest import Database
from tests.faults import network
from tests.faults.conftest import peopled
from tests.faults.network import NEW, SAYING, answers_of, dropped, rejected, to
from tests.faults.server import Server, until
from tests.faults.stage import HEALTHY, Fault, Stage, cases, prove
from tests.postgres.test_asking import all_ended, answered, ask, connections, owner


@pytest.fixture(scope="module", autouse=True)
def own_network() -> Iterator[None]:
    with network.own_network():
        yield


@pytest.fixture(scope="module")
def staging_server(own_network: None) -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def healthy(own_network: None) -> Iterator[dict[str, Database]]:
    with Cluster() as running:
        made = {name: peopled(running, f"healthy_{name}") for name in HEALTHY}
        yield made
        for database in made.values():
            database.connection.close()


def direct(stage: Stage) -> str:
    """Leave the proxy out: it would not learn that a connection is gone, and keep it."""
    return stage.url(port=stage.server.port)


def unconnected(
    losing: Callable[[str], AbstractContextManager[None]],
) -> Callable[[Stage], AbstractContextManager[None]]:
    """Lose what asks for a connection, when there is none."""

    @contextlib.contextmanager
    def provoke(stage: Stage) -> Iterator[None]:
        stage.terminate()
        with losing(f"{to(stage.server.port)} {NEW}"):
            yield

    return provoke


FAULTS = (
    Fault(
        "4", "packets that ask for a connection are dropped",
        unconnected(dropped),
        Kind.TIMEOUT, "it did not answer within 2 s", waits=True, url=direct,
    ),
    Fault(
        "7", "a router lets nobody through",
        unconnected(rejected),
        Kind.NETWORK, "its network is unreachable", url=direct,
    ),
    Fault(
        "29", "packets are dropped before a query",
        lambda stage: dropped(to(stage.server.port), answers_of(stage.server.port)),
        Kind.TIMEOUT, "it did not answer within 2 s", waits=True, url=direct,
    ),
    Fault(
        "30", "packets with answers are dropped",
        lambda stage: dropped(f"{answers_of(stage.server.port)} {SAYING}"),
        Kind.TIMEOUT, "it did not answer within 2 s", waits=True, url=direct,
    ),
)  # fmt: skip


@pytest.mark.parametrize("fault", cases(FAULTS, "30"))
def test_fault(fault: Fault, stage: Stage) -> None:
    prove(stage, fault)


@pytest.mark.parametrize(
    ("limits", "answer"), [(LOOKUP, None), (BACKGROUND, "1")], ids=["look-up", "refresh"]
)
def test_a_dead_first_address_leaves_no_time_for_the_second(
    limits: Limits, answer: str | None, stage: Stage, tmp_path: Path
) -> None:
    """The driver tries one address after the other: a refresh has the time, a look-up has not."""
    url = stage.url("?host=127.0.0.2,127.0.0.1", port=stage.server.port)
    with dropped("ip daddr 127.0.0.2"), connections(tmp_path, url) as made:
        said = ask(made, owner("select 1"), limits=limits)
    if answer:
        assert isinstance(said, Answers)
    else:
        assert isinstance(said, Unavailable)
        assert said.kind is Kind.TIMEOUT


def test_packets_dropped_during_a_query_free_the_thread(stage: Stage, tmp_path: Path) -> None:
    """The server has the query and works on it: only the deadline tells that it is lost."""
    port, statement = stage.server.port, owner("select pg_sleep(60)")
    with connections(tmp_path, direct(stage)) as made:
        assert answered(made, owner("select 1")) == "1"
        patient = Limits(60, statement_timeout_ms=60_000)
        deadlines: list[Deadline] = []
        said: list[object] = []

        def asked(_: Environment, deadline: Deadline) -> Conversation[Answers | Unavailable]:
            deadlines.append(deadline)
            return (yield Ask([statement], patient))

        worker = threading.Thread(
            target=lambda: said.append(made.fleet.run_one(asked, patient, made.staging))
        )
        worker.start()
        until(lambda: sleeping(stage))
        with dropped(to(port), answers_of(port)):
            deadlines[0].expire()
            until(all_ended)
            worker.join()
            assert isinstance(said[0], Unavailable)
        assert answered(made, owner("select 1")) == "1"


def sleeping(stage: Stage) -> bool:
    return (
        stage.database.execute(
            "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = %s",
            stage.database.name,
        )
        != []
    )

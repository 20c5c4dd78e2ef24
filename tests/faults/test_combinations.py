"""Several faults at once, faults in the middle of a look-up, and very many of them."""

import contextlib
import itertools
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial

import psycopg
import pytest

from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.lookup.batch import answer
from dashboard.diagnose.facts import Answer, IdFacts, Kind, Unavailable
from dashboard.diagnose.lookup.evidence import PresenceState
from dashboard.diagnose.paste import read
from dashboard.environments import Environment
from dashboard.postgres import Limits
from queries.query import Statement
from queries.rows import SampleId
from tests.asking import configured, exchanged
from tests.faults.server import stopped, until
from tests.faults.stage import (
    FOUND,
    HEALTHY,
    NAMES,
    PROJECT,
    Running,
    Stage,
    answers,
    assert_healthy,
    assert_nothing_leaked,
    command,
    command_for_people,
    environments,
    healthy,
    held,
    in_words,
    lookup_page,
    page,
    refreshed,
    running,
    shows_the_project,
)
from tests.proxy import Mode, Proxy
from tests.repetitions import repetition

REFUSED = "the connection was refused"
LOCK = 4217


@pytest.fixture
def proxies(stage: Stage) -> dict[str, Proxy]:
    """Put a proxy before the healthy ones too."""
    made = {"staging": stage.proxy}
    for name in HEALTHY:
        port = stage.healthy[name].connection.info.port
        made[name] = stage.held.enter_context(Proxy("127.0.0.1", port))
    return made


def proxied_urls(stage: Stage, proxies: dict[str, Proxy]) -> dict[str, str]:
    direct = environments(stage, stage.url())
    return {
        name: f"{url.rpartition(':')[0]}:{proxies[name].port}/{url.rpartition('/')[2]}"
        for name, url in direct.items()
    }


def test_two_faults_in_two_environments_are_told_apart(
    stage: Stage, proxies: dict[str, Proxy]
) -> None:
    with running(stage, proxied_urls(stage, proxies)) as made:
        with proxies["staging"].being(Mode.STALL), proxies["local"].being(Mode.HTTP):
            reasons = {name: each.reason for name, each in answers(made).items()}
            status, answer, _ = command(made)
            refreshed()
            assert healthy() == {"production"}
        assert reasons["staging"]
        assert reasons["local"]
        assert reasons["staging"].kind is Kind.TIMEOUT
        assert reasons["local"].kind is Kind.NOT_POSTGRES
        assert reasons["production"] is None
        assert status == 3
        assert answer["environments"]["production"]["state"] == "found"
        assert in_words(made) == FOUND


def test_all_environments_down_is_told_and_nothing_is_green(
    stage: Stage, proxies: dict[str, Proxy]
) -> None:
    with running(stage, proxied_urls(stage, proxies)) as made:
        with contextlib.ExitStack() as down:
            for each in proxies.values():
                down.enter_context(each.being(Mode.REFUSE))
            assert {each.state for each in answers(made).values()} == {PresenceState.UNKNOWN}
            assert_said_to_be_down(made)
        assert in_words(made) == FOUND
        refreshed()
        assert_healthy(*NAMES)


def assert_said_to_be_down(made: Running) -> None:
    status, answer, people = command(made)
    text = command_for_people(made)
    assert (status, text[0]) == (3, 3)
    assert {each["state"] for each in answer["environments"].values()} == {"unknown"}
    looked_up = lookup_page()
    refreshed()
    seen = page("health")
    assert healthy() == set()
    assert seen.count(REFUSED) >= len(NAMES)
    assert looked_up.count(REFUSED) >= 1
    assert "No problems]" not in seen
    assert "The status of 3 of 3 environments is unknown, production among them" in seen
    assert_nothing_leaked(made.stage, people, text[1], looked_up, seen)


@pytest.mark.parametrize(("mode", "kind"), [(Mode.STALL, Kind.TIMEOUT), (Mode.RESET, Kind.DROPPED)])
def test_a_fault_in_the_middle_of_a_look_up(mode: Mode, kind: Kind, stage: Stage) -> None:
    """Staging's catalog was read, and the project is about to be asked for."""
    settings = configured(stage.folder, environments(stage, stage.url()))
    asked = itertools.count(1)

    def strike(environment: Environment) -> None:
        if environment.name == "staging" and next(asked) == 2:
            stage.proxy.become(mode)

    with exchanged(strike), contextlib.closing(Collector(settings)) as collector:
        made = Running(stage, settings, collector)
        seen = answers(made)
        assert seen["staging"].reason
        assert seen["staging"].reason.kind is kind
        assert all(seen[name].state is PresenceState.FOUND for name in HEALTHY)
        stage.proxy.become(Mode.PASS)
        until(lambda: in_words(made) == FOUND)


def test_a_restart_between_two_clicks_is_not_noticed(stage: Stage) -> None:
    with running(stage, environments(stage, stage.url())):
        before = lookup_page()
        with stage.server.halted(signal.SIGINT):
            pass
        assert shows_the_project(before)
        assert shows_the_project(lookup_page())


def test_a_pool_that_is_used_up_is_said_to_be_busy(stage: Stage) -> None:
    """Row 43: both connections wait for a lock of somebody's, and a look-up comes."""
    settings = configured(stage.folder, environments(stage, stage.url()))
    with contextlib.closing(Collector(settings)) as collector:
        made = Running(stage, settings, collector)
        assert in_words(made) == FOUND
        with both_taken(stage, collector):
            seen = answers(made)
        assert seen["staging"].reason
        assert seen["staging"].reason.kind is Kind.BUSY
        assert seen["staging"].reason.message.endswith(BUSY)
        assert list(seen)[-1] == "staging"
        assert in_words(made) == FOUND


BUSY = "all of the dashboard's connections to it are in use"


@contextlib.contextmanager
def both_taken(stage: Stage, collector: Collector) -> Iterator[None]:
    text = f"select cast(pg_advisory_lock_shared({LOCK}) as text) as id"
    statement = Statement("test", text, {}, SampleId)
    limits = Limits(30.0, statement_timeout_ms=30_000, lock_timeout_ms=30_000)
    staging = collector.settings.databases["staging"].environment

    def wait() -> None:
        collector.fleet.ask_one(staging, [statement], limits)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    with psycopg.connect(stage.server.url(stage.database.name), autocommit=True) as holder:
        holder.execute(f"select pg_advisory_lock({LOCK})".encode())
        for each in threads:
            each.start()
        until(lambda: len(stage.backends()) == 2 and waiting(stage) == 2)
        yield
    for each in threads:
        each.join()


def waiting(stage: Stage) -> int:
    ((number,),) = stage.administer(
        "select count(*) from pg_stat_activity"
        " where application_name = 'deployment-dashboard' and wait_event = 'advisory'"
    )
    return int(number)


KINDS: tuple[Callable[[Stage], AbstractContextManager[None]], ...] = (
    lambda stage: stage.proxy.being(Mode.STALL),
    lambda stage: stage.proxy.being(Mode.RESET),
    lambda stage: stage.proxy.being(Mode.CLOSE),
    lambda stage: stopped(*stage.backends()),
)
FAULTS_IN_A_ROW = (10, repetition(200))
SOON = Limits(deadline_s=0.3, statement_timeout_ms=200)
PATIENT = Limits(deadline_s=20.0, statement_timeout_ms=10_000)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", FAULTS_IN_A_ROW)
def test_many_faults_in_a_row_leave_nothing_behind(number: int, stage: Stage) -> None:
    """Four kinds in turn, and between two staging answers again on the same collector."""
    settings = configured(stage.folder, environments(stage, stage.url()))
    with contextlib.closing(Collector(settings)) as collector:
        made = Running(stage, settings, collector)
        until(lambda: in_words(made) == FOUND)
        before = held()
        for provoke in itertools.islice(itertools.cycle(KINDS), number):
            until(lambda: in_words(made) == FOUND)
            with provoke(stage), given_up_on(collector, "staging") as staging:
                found = looked(collector, HEALTHY, PATIENT)
            assert all(isinstance(each, IdFacts) for each in found.values()), found
            assert isinstance(staging[0], Unavailable)
        until(lambda: in_words(made) == FOUND)
        until(lambda: held() <= before)
        until(lambda: len(stage.backends()) == 1)


@contextlib.contextmanager
def given_up_on(collector: Collector, name: str) -> Iterator[list[Answer]]:
    """Ask one environment beside the block; the list holds its answer afterwards."""
    seen: list[Answer] = []
    thread = threading.Thread(target=lambda: seen.extend(looked(collector, (name,), SOON).values()))
    thread.start()
    try:
        yield seen
    finally:
        thread.join()


def looked(collector: Collector, names: Sequence[str], limits: Limits) -> dict[str, Answer]:
    """Look the project up in some of the environments, within other limits than usual."""
    paste = read(PROJECT)
    query = partial(collector.query, pastes=[paste], definitions=Definitions(names))
    asked = tuple(collector.settings.databases[name].environment for name in names)
    results = collector.fleet.run(query, limits, asked)
    return {each.name: answer(result, paste) for each, result in results}

"""Who is asked when, who waits for whom, and who is given up on."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.collect.catalog import Definitions
from dashboard.diagnose.facts import Definition, Kind, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP, Answers, Ask, Conversation, Deadline, Fleet, Limits, Wait
from dashboard.settings import Settings, project_folder
from tests.asking import configured
from tests.conftest import MakeDatabase
from tests.faults.server import until
from tests.postgres.test_asking import all_ended, owner

NOWHERE = "postgresql://reader@127.0.0.1:1/nowhere"
NAMES = ("local", "staging", "production")
SOON = Limits(deadline_s=0.5, statement_timeout_ms=100)
PATIENT = Limits(deadline_s=600, statement_timeout_ms=60_000)
HELD = Wait(lambda: False, 600)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return configured(tmp_path, dict.fromkeys(NAMES, NOWHERE))


@pytest.fixture
def fleet(settings: Settings) -> Iterator[Fleet]:
    with contextlib.closing(Fleet(settings)) as made:
        yield made


@pytest.fixture
def reachable(make_database: MakeDatabase, tmp_path: Path) -> Settings:
    return configured(tmp_path, dict.fromkeys(NAMES, make_database().reader_url))


def in_time(_: Environment, __: Deadline) -> Conversation[str]:
    yield Wait(lambda: True, 600)
    return "in time"


def test_who_is_silent_is_given_up_on_and_keeps_nobody_waiting(fleet: Fleet) -> None:
    def converse(environment: Environment, deadline: Deadline) -> Conversation[str]:
        if environment.name == "local":
            yield HELD
        return (yield from in_time(environment, deadline))

    *others, (silent, answer) = fleet.run(converse, SOON)
    assert [answer for _, answer in others] == ["in time", "in time"]
    assert silent.name == "local"
    assert isinstance(answer, Unavailable)
    assert answer.kind is Kind.TIMEOUT
    assert answer.message.endswith("it did not answer within 0.5 s")


def test_the_deadline_begins_for_all_when_it_is_first_listened_to(fleet: Fleet) -> None:
    deadlines: set[Deadline] = set()

    def converse(environment: Environment, deadline: Deadline) -> Conversation[str]:
        deadlines.add(deadline)
        return (yield from in_time(environment, deadline))

    answers = fleet.run(converse, SOON)
    time.sleep(2 * SOON.deadline_s)
    assert [answer for _, answer in answers] == ["in time"] * 3
    assert len(deadlines) == 1


def test_who_has_answered_is_not_given_up_on_because_nobody_listened(fleet: Fleet) -> None:
    """The page draws between two answers, which may take long."""
    deadlines: list[Deadline] = []

    def converse(environment: Environment, deadline: Deadline) -> Conversation[str]:
        deadlines.append(deadline)
        return (yield from in_time(environment, deadline))

    answers = fleet.run(converse, SOON)
    next(answers)
    until(lambda: len(deadlines) == 3 and all(each.expired for each in deadlines))
    assert [answer for _, answer in answers] == ["in time", "in time"]


def test_nobody_is_waited_for_once_nobody_listens(fleet: Fleet) -> None:
    """A viewer clicks again: one has answered, and two have not."""
    begun: list[str] = []
    cut_off: list[str] = []

    def converse(environment: Environment, _: Deadline) -> Conversation[str]:
        if environment.name == "local":
            yield Wait(lambda: len(begun) == 2, 600)
            return "in time"
        begun.append(environment.name)
        try:
            yield HELD
        except GeneratorExit:
            cut_off.append(environment.name)
            raise
        return "too late"

    answers = fleet.run(converse, PATIENT)
    next(answers)
    answers.close()
    until(lambda: sorted(cut_off) == ["production", "staging"])
    until(all_ended)


def test_threads_that_cannot_all_be_started_end(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one asks, and would need another to connect in."""
    begin, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError, match="thread"):
        list(fleet.run(asks, SOON))
    (thread,) = started
    thread.join(30)
    assert not thread.is_alive()
    with pytest.raises(RuntimeError, match="thread"):
        list(fleet.run(asks, SOON))


def asks(_: Environment, __: Deadline) -> Conversation[Answers | Unavailable]:
    return (yield Ask([owner("select 1")], LOOKUP))


def test_a_bug_is_raised_and_ends_the_others(fleet: Fleet) -> None:
    ended = threading.Event()

    def converse(environment: Environment, _: Deadline) -> Conversation[str]:
        if environment.name == "staging":
            raise ZeroDivisionError
        try:
            yield HELD
        finally:
            ended.set()
        return "never"

    with pytest.raises(ZeroDivisionError):
        list(fleet.run(converse, PATIENT))
    assert ended.wait(30)


def test_a_bug_after_an_answer_is_raised(reachable: Settings) -> None:
    def converse(environment: Environment, _: Deadline) -> Conversation[str]:
        answers = yield Ask([owner("select 1")], LOOKUP)
        assert isinstance(answers, Answers)
        raise ZeroDivisionError

    with contextlib.closing(Fleet(reachable)) as fleet:
        with pytest.raises(ZeroDivisionError):
            list(fleet.run(converse, PATIENT))
        assert all(isinstance(answers, Answers) for _, answers in fleet.run(asks, LOOKUP))


def test_who_is_done_with_one_question_asks_the_next_whatever_the_others_do(
    reachable: Settings,
) -> None:
    """The others only begin once the first one has had its last answer."""
    done = threading.Event()

    def converse(environment: Environment, _: Deadline) -> Conversation[int]:
        if environment.name != "local":
            yield Wait(done.is_set, 600)
        for number in range(5):
            answers = yield Ask([owner(f"select {number}")], LOOKUP)
            assert isinstance(answers, Answers), answers
        done.set()
        return 5

    with contextlib.closing(Fleet(reachable)) as fleet:
        arrived = list(fleet.run(converse, PATIENT))
    assert arrived[0][0].name == "local"
    assert [each for _, each in arrived] == [5, 5, 5]


def test_of_those_that_answer_at_once_nobody_goes_on_beyond_the_deadline(
    reachable: Settings,
) -> None:
    *both, last = (each.name for each in reachable.environments)
    went_on = []

    def converse(environment: Environment, deadline: Deadline) -> Conversation[str]:
        if environment.name == last:
            time.sleep(0.5)  # both have answered when the run looks again
            yield HELD
        answers = yield Ask([owner("select pg_catalog.pg_sleep(0.1)::text")], LOOKUP)
        assert isinstance(answers, Answers), answers
        went_on.append(environment.name)
        deadline.expire()
        return "in time"

    with contextlib.closing(Fleet(reachable)) as fleet:
        assert all(isinstance(answers, Answers) for _, answers in fleet.run(asks, LOOKUP))
        outcomes = dict(fleet.run(converse, PATIENT))
    assert len(went_on) == 1
    assert went_on[0] in both
    assert sum(isinstance(each, Unavailable) for each in outcomes.values()) == len(outcomes) - 1


def test_a_wait_ends_with_its_time(fleet: Fleet) -> None:
    def converse(_: Environment, deadline: Deadline) -> Conversation[float]:
        before = deadline.remaining_s
        yield Wait(lambda: False, 0.05)
        return before - deadline.remaining_s

    assert all(isinstance(took, float) and took >= 0.05 for _, took in fleet.run(converse, PATIENT))


DEFINITION = Definition("public", "children", ("parentId",), "public", "parents", ("id",))


def test_what_another_run_reports_is_heard_of(fleet: Fleet, settings: Settings) -> None:
    """Each environment is refreshed by itself, and they share what they know."""
    local, staging, _ = settings.environments
    pivot = Definitions(["local", "staging"])
    heard: list[object] = []

    def lost(_: Environment, __: Deadline) -> Conversation[tuple[Definition, ...]]:
        pivot.report("local", {})
        return (yield from pivot.elsewhere(["key"], 600))[1]

    def has(_: Environment, __: Deadline) -> Conversation[None]:
        pivot.report("staging", {"key": DEFINITION})
        yield Wait(lambda: True, 0)

    waiting = threading.Thread(target=lambda: heard.append(fleet.run_one(lost, PATIENT, local)))
    waiting.start()
    fleet.run_one(has, PATIENT, staging)
    waiting.join(30)
    assert heard == [(DEFINITION,)]


@contextlib.contextmanager
def mute(query: str = "") -> Iterator[str]:
    """Give a URL where connecting is accepted, and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql://u:p4ss@127.0.0.1:{listening.getsockname()[1]}/x{query}"


def test_who_connects_is_not_waited_for_beyond_the_deadline(tmp_path: Path) -> None:
    """Connecting takes its own time behind that, and then ends too."""
    with mute() as url, contextlib.closing(Fleet(configured(tmp_path, {"mute": url}))) as fleet:
        ((_, answer),) = fleet.run(asks, SOON)
        assert isinstance(answer, Unavailable)
        assert answer.kind is Kind.TIMEOUT
        until(all_ended)


SCRIPT = """
import sys
from pathlib import Path
from dashboard.postgres import Fleet, Limits, Ask
from dashboard.settings import load
from queries.query import Statement
from queries.rows import SampleId

settings = load(Path(sys.argv[1]), environ={"XDG_STATE_HOME": sys.argv[2]})
fleet = Fleet(settings)
statement = Statement("test", "select 1", {}, SampleId)
soon = Limits(deadline_s=0.2, statement_timeout_ms=100)
for environment, answer in fleet.ask({each: [statement] for each in settings.environments}, soon):
    print(environment.name, answer.kind)
"""


def test_no_silent_environment_keeps_the_process_from_ending(tmp_path: Path) -> None:
    """Connecting to it goes on, for two seconds with each of its addresses."""
    with mute("?host=" + ",".join(["127.0.0.1"] * 30)) as url:
        settings = configured(tmp_path, {"mute": url})
        command = [sys.executable, "-c", SCRIPT, str(settings.source), str(tmp_path)]
        ended = subprocess.run(
            command, capture_output=True, cwd=project_folder(), text=True, timeout=30, check=False
        )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("mute timeout\n", "", 0)

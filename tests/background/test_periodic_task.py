"""Periodic tasks: shared, one at a time for each environment, and none waits for another."""

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from dashboard.background import periodic_task
from dashboard.background.periodic_task import BROKEN, Clock, PeriodicTask, Schedule
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.environments import Environment, Role

PATIENCE_S = 60
STAGING, LOCAL = Environment("staging", Role.STAGING), Environment("local", Role.DEVELOPMENT)
BOTH = (STAGING, LOCAL)
DOWN = Unavailable(Kind.REFUSED, "the connection was refused")
RARELY = Schedule(3600.0)
TOGETHER = Schedule(3600.0, gather_s=60.0)


@dataclass(slots=True)
class Source:
    """What is asked: answers as it is told to, staging only while it is open, and counts."""

    clock: Clock
    batches: list[tuple[str, ...]] = field(default_factory=list)
    inside: int = 0
    most: int = 0
    staging: int | Unavailable = 1
    open: threading.Event = field(default_factory=threading.Event)

    def __call__(
        self, environments: Sequence[Environment]
    ) -> Iterator[tuple[Environment, int | Unavailable]]:
        with self.clock.changed:
            self.batches.append(tuple(each.name for each in environments))
        if LOCAL in environments:
            yield LOCAL, self.times(LOCAL)
        if STAGING in environments:
            self.inside += 1
            self.most = max(self.most, self.inside)
            assert self.open.wait(PATIENCE_S)
            self.inside -= 1
            yield STAGING, self.staging

    def times(self, environment: Environment) -> int:
        return sum(environment.name in each for each in self.batches)


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    monkeypatch.setattr(periodic_task, "RETRY_S", (3600.0,))


@pytest.fixture
def clock() -> Iterator[Clock]:
    with contextlib.closing(Clock()) as made:
        yield made


@pytest.fixture
def source(clock: Clock) -> Iterator[Source]:
    made = Source(clock)
    made.open.set()
    yield made
    made.open.set()


def started(clock: Clock, source: Source, schedule: Schedule = RARELY) -> PeriodicTask[int]:
    task: PeriodicTask[int] = PeriodicTask(clock, "test", BOTH, source, schedule)
    clock.start()
    return task


def until(clock: Clock, task: PeriodicTask[int], **times: int) -> Mapping[str, LastResult[int]]:
    """Wait until the environments have answered so well or so often, and nothing is asked."""
    with clock.changed:
        by_name = {each.environment.name: each.environment for each in task}

        def there() -> bool:
            return all((task[by_name[name]].value or 0) >= count for name, count in times.items())

        assert clock.changed.wait_for(there, PATIENCE_S)
        return {each.environment.name: each for each in task}


def refreshed(task: PeriodicTask[int]) -> PeriodicTask[int]:
    task.refresh_now()
    assert task.wait_until_idle(PATIENCE_S)
    return task


@pytest.mark.parametrize("schedule", [RARELY, TOGETHER])
def test_an_answer_is_there_before_the_slowest_one(
    clock: Clock, source: Source, schedule: Schedule
) -> None:
    source.open.clear()
    task = started(clock, source, schedule)
    seen = until(clock, task, local=1)
    assert (seen["local"].value, seen["local"].asking) == (1, False)
    assert (seen["staging"].value, seen["staging"].asking) == (None, True)
    assert seen["staging"].tried_at is None
    assert task.running
    assert not task.idle
    assert not task.attempted
    assert not task.wait_until_idle(0.0)


def test_who_does_not_answer_keeps_nobody_from_being_asked_again(
    clock: Clock, source: Source
) -> None:
    source.open.clear()
    task = started(clock, source)
    until(clock, task, local=1)
    while source.times(LOCAL) < 3:
        task.refresh_now()
        until(clock, task, local=source.times(LOCAL))
    assert source.times(STAGING) == 1


def test_who_stops_answering_keeps_the_last_answer(clock: Clock, source: Source) -> None:
    task = started(clock, source)
    before = refreshed(task)[STAGING]
    source.staging = DOWN
    after = refreshed(task)[STAGING]
    assert (before.value, before.failure) == (1, None)
    assert (after.value, after.failure) == (1, DOWN)
    source.staging = 2
    mended = refreshed(task)[STAGING]
    assert (mended.value, mended.failure) == (2, None)


def test_thirty_who_refresh_at_once_ask_once(clock: Clock, source: Source) -> None:
    task = started(clock, source)
    assert task.wait_until_idle(PATIENCE_S)
    source.open.clear()
    threads = [threading.Thread(target=task.refresh_now) for _ in range(30)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    source.open.set()
    assert task.wait_until_idle(PATIENCE_S)
    assert (source.times(STAGING), source.most) == (2, 1)


def test_what_is_fresh_is_not_asked_again(
    clock: Clock, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = started(clock, source)
    assert task.wait_until_idle(PATIENCE_S)
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 3600.0)
    task.refresh_now()
    assert task.idle
    assert source.times(STAGING) == 1


def test_one_alone_can_be_asked(clock: Clock, source: Source) -> None:
    task = started(clock, source)
    assert task.wait_until_idle(PATIENCE_S)
    task.refresh_now(STAGING)
    assert task.wait_until_idle(PATIENCE_S)
    assert (source.times(STAGING), source.times(LOCAL)) == (2, 1)


def test_each_is_asked_alone_or_those_that_are_due_together() -> None:
    for schedule, batches in (
        (RARELY, [("staging",), ("local",)]),
        (TOGETHER, [("staging", "local")]),
    ):
        with contextlib.closing(Clock()) as clock:
            asked = Source(clock)
            asked.open.set()
            assert started(clock, asked, schedule).wait_until_idle(PATIENCE_S)
            assert sorted(asked.batches) == sorted(batches)


def test_it_asks_by_itself_and_stops(clock: Clock, source: Source) -> None:
    task = started(clock, source, Schedule(0.01))
    until(clock, task, local=3)
    clock.close()
    batches = list(source.batches)
    task.refresh_now()
    assert not task[LOCAL].asking
    task.start_due()
    assert not task.running
    assert source.batches == batches


def test_closing_waits_for_what_runs(clock: Clock, source: Source) -> None:
    source.open.clear()
    task = started(clock, source)
    until(clock, task, local=1)
    threading.Timer(0.2, source.open.set).start()
    clock.close()
    assert not task.running
    assert task[STAGING].value == 1


def test_closing_waits_for_nobody_for_ever(
    clock: Clock, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic_task, "CLOSE_WAIT_S", 0.01)
    source.open.clear()
    task = started(clock, source)
    until(clock, task, local=1)
    clock.close()
    assert task.running


@pytest.mark.parametrize(
    ("schedule", "failing", "least_s"),
    [
        pytest.param(Schedule(1000.0), 0, 1000.0, id="regularly"),
        pytest.param(Schedule(1000.0, first_pause_s=100.0), 0, 100.0, id="soon after the first"),
        pytest.param(Schedule(1000.0), 1, 15.0, id="sooner where it failed"),
        pytest.param(Schedule(1000.0), 2, 30.0, id="but less and less often"),
        pytest.param(Schedule(1000.0), 9, 300.0, id="though never given up"),
        pytest.param(Schedule(1e-9, share=1e-12), 0, 10.0, id="less often what takes long"),
    ],
)
def test_when_it_is_asked_again(  # a table
    clock: Clock,
    source: Source,
    monkeypatch: pytest.MonkeyPatch,
    schedule: Schedule,
    failing: int,
    least_s: float,
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    source.staging = DOWN if failing else 1
    task: PeriodicTask[int] = PeriodicTask(clock, "test", (STAGING,), source, schedule)
    for _ in range(max(1, failing)):
        task.refresh_now()
        task.start_due()
        assert task.wait_until_idle(PATIENCE_S)
    pause_s = task.start_due() - periodic_task.time.monotonic()
    assert pause_s > 0.8 * least_s
    if schedule.share == 1.0:
        assert pause_s <= 1.1 * least_s


def test_a_bug_is_told_and_leaves_nothing_running(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(
        environments: Sequence[Environment],
    ) -> Iterator[tuple[Environment, int | Unavailable]]:
        yield LOCAL, 1
        raise ZeroDivisionError

    task: PeriodicTask[int] = PeriodicTask(clock, "test", BOTH, broken, TOGETHER)
    clock.start()
    assert task.wait_until_idle(PATIENCE_S)
    assert (task[LOCAL].value, task[LOCAL].failure) == (1, None)
    assert (task[STAGING].value, task[STAGING].failure) == (None, BROKEN)
    assert "ZeroDivisionError" in caplog.text


def test_a_bug_hides_others_but_once(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    def broken(
        environments: Sequence[Environment],
    ) -> Iterator[tuple[Environment, int | Unavailable]]:
        if STAGING in environments:
            raise ZeroDivisionError
        yield LOCAL, 1

    task: PeriodicTask[int] = PeriodicTask(clock, "test", BOTH, broken, TOGETHER)
    clock.start()
    assert task.wait_until_idle(PATIENCE_S)
    assert {each.failure for each in refreshed(task)} == {None, BROKEN}
    assert task[LOCAL].value == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_bug_in_one_task_is_no_matter_of_another(
    clock: Clock, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Sequence[Environment]) -> Iterator[tuple[Environment, int | Unavailable]]:
        raise ZeroDivisionError

    bad: PeriodicTask[int] = PeriodicTask(clock, "bad", BOTH, broken, RARELY)
    good = started(clock, source)
    for _ in range(2):
        assert {each.failure for each in refreshed(bad)} == {BROKEN}
        assert {each.failure for each in refreshed(good)} == {None}
    assert "ZeroDivisionError" in caplog.text


def test_a_thread_that_cannot_be_started_is_tried_again(
    clock: Clock, source: Source, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    task: PeriodicTask[int] = PeriodicTask(clock, "test", BOTH, source, RARELY)

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        task.start_due()
    assert {each.failure for each in task} == {BROKEN}
    assert task.idle
    assert "can't start new thread" in caplog.text
    clock.start()
    assert {each.failure for each in refreshed(task)} == {None}


def test_of_hundreds_few_are_asked_at_once_and_the_silent_keep_nobody(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic_task, "MOST_NEW", 2)
    monkeypatch.setattr(periodic_task, "NEW_S", 0.2)
    many = [Environment(f"preview-{number}", Role.PREVIEW) for number in range(12)]
    silent, speak, asked = many[:3], threading.Event(), list[int]()

    def ask(environments: Sequence[Environment]) -> Iterator[tuple[Environment, int]]:
        if environments[0] in silent:
            speak.wait(PATIENCE_S)
        asked.append(sum(each.asking for each in task))
        yield environments[0], 1

    task: PeriodicTask[int] = PeriodicTask(clock, "test", many, ask, RARELY)
    clock.start()
    with clock.changed:
        assert clock.changed.wait_for(lambda: len(asked) == len(many) - len(silent), PATIENCE_S)
    speak.set()
    assert task.wait_until_idle(PATIENCE_S)
    assert max(asked) <= len(silent) + 2
    assert {each.value for each in task} == {1}


def test_the_first_are_asked_a_while_after_the_start(clock: Clock, source: Source) -> None:
    task = started(clock, source, Schedule(3600.0, after_s=3600.0))
    assert task.start_due() > 0
    assert not source.batches
    assert refreshed(task)


def test_what_another_process_was_answered_is_asked_for_no_sooner(
    clock: Clock, source: Source
) -> None:
    schedule = Schedule(1000.0, first_pause_s=100.0, apart_s=1.0)
    task: PeriodicTask[int] = PeriodicTask(clock, "test", (STAGING,), source, schedule)
    for answer in range(3):
        assert task.adopt(LastResult(STAGING, answer), 0.0)
        task.shares_changed()
        assert task.start_due() - periodic_task.time.monotonic() > 0.8 * schedule.every_s
    assert not source.batches

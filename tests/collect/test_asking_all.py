"""Who is asked when, and who is given up on."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.collect.collector import Collector
from dashboard.diagnose.evidence import Kind, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import Deadline, Limits, turns
from tests.asking import configured
from tests.faults.server import until

NOWHERE = "postgresql://reader@127.0.0.1:1/nowhere"
SOON = Limits(deadline_s=0.5, statement_timeout_ms=100)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    urls = dict.fromkeys(("local", "staging", "production"), NOWHERE)
    with contextlib.closing(Collector(configured(tmp_path, urls))) as made:
        yield made


def test_a_deadline_begins_with_the_turn(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits behind a silent one is asked yet, however long that one was waited for."""
    monkeypatch.setattr(turns, "MOST", 1)
    monkeypatch.setattr(turns, "COUNTED_S", 60.0)
    first, over = threading.Lock(), threading.Event()

    def work(_environment: Environment, _deadline: Deadline) -> str:
        if first.acquire(blocking=False):
            assert over.wait(30)
            return "too late"
        return "in time"

    answers: list[object] = []
    for _, answer in collector.ask_all(work, SOON):
        answers.append(answer)
        over.set()
    silent, *others = answers
    assert isinstance(silent, Unavailable)
    assert silent.kind is Kind.TIMEOUT
    assert silent.message.endswith("it did not answer within 0.5 s")
    assert others == ["in time", "in time"]


def test_who_has_answered_is_not_given_up_on_because_nobody_listened(
    collector: Collector,
) -> None:
    """The page draws between two answers, which may take long."""
    deadlines: list[Deadline] = []

    def work(_environment: Environment, deadline: Deadline) -> str:
        deadlines.append(deadline)
        return "in time"

    answers = collector.ask_all(work, SOON)
    next(answers)
    until(lambda: len(deadlines) == 3 and all(each.expired for each in deadlines))
    assert [answer for _, answer in answers] == ["in time", "in time"]


def test_nobody_is_waited_for_once_nobody_listens(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer clicks again: one has answered, one is being asked, and one has yet to be."""
    monkeypatch.setattr(turns, "MOST", 2)
    monkeypatch.setattr(turns, "COUNTED_S", 60.0)
    one, asked, cut_off = threading.Lock(), threading.Event(), threading.Event()

    def work(_environment: Environment, deadline: Deadline) -> str:
        if one.acquire(blocking=False):
            assert asked.wait(30)
            return "in time"
        asked.set()
        until(lambda: deadline.expired)
        cut_off.set()
        return "too late"

    answers = collector.ask_all(work, Limits(deadline_s=600, statement_timeout_ms=100))
    next(answers)
    answers.close()
    assert cut_off.wait(30)


def test_threads_that_cannot_all_be_started_end(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    asked: list[Environment] = []
    with pytest.raises(RuntimeError, match="thread"):
        list(collector.ask_all(lambda environment, _: asked.append(environment), SOON))
    (thread,) = started
    thread.join(30)
    assert not thread.is_alive()
    assert asked == []


def test_a_bug_in_the_work_is_raised(collector: Collector) -> None:
    def work(_environment: Environment, _deadline: Deadline) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(collector.ask_all(work, SOON))

"""Rounds: shared, one at a time, and never waiting for who does not answer."""

import threading
import time
from collections.abc import Iterator

import pytest

from dashboard.background import rounds as module
from dashboard.background.rounds import BROKEN, Rounds
from dashboard.diagnose.evidence import Kind, Unavailable
from dashboard.environments import Environment, Role

PATIENCE_S = 20
STAGING, LOCAL = Environment("staging", Role.STAGING), Environment("local", Role.DEVELOPMENT)
DOWN = Unavailable(Kind.REFUSED, "the connection was refused")


class Asked:
    """Answers as it is told to, and counts."""

    def __init__(self) -> None:
        self.times = 0
        self.inside = 0
        self.most = 0
        self.staging: int | Unavailable = 1
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self) -> Iterator[tuple[Environment, int | Unavailable]]:
        self.times += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        yield LOCAL, self.times
        self.hold.wait(PATIENCE_S)
        self.inside -= 1
        yield STAGING, self.staging


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_MOST_EVERY_S", 0.0)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def rounds(asked: Asked) -> Iterator[Rounds[int]]:
    made: Rounds[int] = Rounds("test", (STAGING, LOCAL), asked, 3600.0)
    yield made
    asked.hold.set()
    made.close()


def gone_round(rounds: Rounds[int]) -> Rounds[int]:
    rounds.refresh()
    assert rounds.settle(PATIENCE_S)
    return rounds


def test_an_answer_is_there_before_the_slowest_one(asked: Asked, rounds: Rounds[int]) -> None:
    asked.hold.clear()
    rounds.refresh()
    for _ in range(100):
        if rounds[LOCAL].value:
            break
        time.sleep(0.02)
    assert (rounds[LOCAL].value, rounds[LOCAL].asking) == (1, False)
    assert (rounds[STAGING].value, rounds[STAGING].asking) == (None, True)
    assert rounds[STAGING].tried_at is None
    assert rounds.running


def test_who_stops_answering_keeps_the_last_answer(asked: Asked, rounds: Rounds[int]) -> None:
    before = gone_round(rounds)[STAGING]
    asked.staging = DOWN
    after = gone_round(rounds)[STAGING]
    assert (before.value, before.failure) == (1, None)
    assert (after.value, after.failure) == (1, DOWN)
    asked.staging = 2
    mended = gone_round(rounds)[STAGING]
    assert (mended.value, mended.failure) == (2, None)


def test_thirty_who_refresh_at_once_start_one_round(asked: Asked, rounds: Rounds[int]) -> None:
    threads = [threading.Thread(target=rounds.refresh) for _ in range(30)]
    asked.hold.clear()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    asked.hold.set()
    assert rounds.settle(PATIENCE_S)
    assert (asked.times, asked.most) == (1, 1)


def test_what_is_fresh_is_not_asked_again(
    asked: Asked, rounds: Rounds[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone_round(rounds)
    monkeypatch.setattr(module, "AT_MOST_EVERY_S", 3600.0)
    rounds.refresh()
    assert not rounds.running
    assert asked.times == 1


def test_it_goes_round_by_itself_and_stops(asked: Asked) -> None:
    rounds: Rounds[int] = Rounds("test", (STAGING, LOCAL), asked, 0.01)
    rounds.start()
    for _ in range(200):
        if asked.times > 2:
            break
        time.sleep(0.02)
    rounds.close()
    times = asked.times
    assert times > 2
    rounds.refresh()
    time.sleep(0.1)
    assert asked.times == times


def test_a_bug_is_told_and_leaves_nothing_running(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Iterator[tuple[Environment, int | Unavailable]]:
        yield LOCAL, 1
        raise ZeroDivisionError

    rounds: Rounds[int] = Rounds("test", (STAGING, LOCAL), broken, 3600.0)
    gone_round(rounds)
    assert (rounds[LOCAL].value, rounds[LOCAL].failure) == (1, None)
    assert (rounds[STAGING].value, rounds[STAGING].failure) == (None, BROKEN)
    assert "ZeroDivisionError" in caplog.text

"""Who waits for a place, and who does not."""

import threading

import pytest

from dashboard.postgres import turns
from dashboard.postgres.turns import Turns


def run(taking: Turns, *works: threading.Thread) -> None:
    for each in works:
        each.start()
    for each in works:
        each.join(30)
        assert not each.is_alive()


def test_only_so_many_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST", 2)
    monkeypatch.setattr(turns, "COUNTED_S", 60.0)
    taking, lock = Turns(), threading.Lock()
    working, most = 0, 0

    def work() -> None:
        nonlocal working, most
        with taking.taken():
            with lock:
                working += 1
                most = max(most, working)
            threading.Event().wait(0.005)
            with lock:
                working -= 1

    run(taking, *(threading.Thread(target=work) for _ in range(12)))
    assert most == 2


def test_a_slow_one_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST", 1)
    taking, over = Turns(), threading.Event()
    begun = threading.Event()

    def slow() -> None:
        with taking.taken():
            begun.set()
            assert over.wait(30)

    def quick() -> None:
        assert begun.wait(30)
        with taking.taken():
            over.set()

    run(taking, threading.Thread(target=slow), threading.Thread(target=quick))


def test_a_place_is_left_however_the_work_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST", 1)
    monkeypatch.setattr(turns, "COUNTED_S", 60.0)
    taking = Turns()
    with pytest.raises(ZeroDivisionError), taking.taken():
        raise ZeroDivisionError
    with taking.taken():
        pass

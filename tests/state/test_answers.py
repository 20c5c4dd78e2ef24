"""What environments said, read by other processes: nothing that was saved is missed."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from dashboard.state import SharedAnswer, SharedAnswers, database
from dashboard.state.database import DatabaseStore
from tests.state.conftest import database_store, emptied

PATIENCE_S = 30
MANY = 40  # more than the numbers that one who is late may be behind


@pytest.fixture
def make_store(state_url: Callable[[str], str]) -> Iterator[Callable[[], DatabaseStore]]:
    url = state_url("embedded")
    emptied(url)
    with contextlib.ExitStack() as opened:
        yield lambda: opened.enter_context(contextlib.closing(database_store(url)))


def said(of: str, number: int) -> list[SharedAnswer]:
    return [SharedAnswer("snapshots", f"{of}-{each}", 0.0, b"fine") for each in range(number)]


def test_who_is_saved_late_is_read_after_those_who_began_later(
    make_store: Callable[[], DatabaseStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_MS", PATIENCE_S * 1000)
    monkeypatch.setattr(database, "STATEMENT_MS", PATIENCE_S * 1000)
    slow, quick = (SharedAnswers(make_store(), holder) for holder in ("slow", "quick"))
    reader, read = SharedAnswers(make_store(), "reader"), set[str]()
    begun, go_on = threading.Event(), threading.Event()
    usual = DatabaseStore.writing

    @contextlib.contextmanager
    def held_up(store: DatabaseStore) -> Iterator[object]:
        with usual(store) as session:
            yield session
            if store is slow._store:
                begun.set()
                assert go_on.wait(PATIENCE_S)

    monkeypatch.setattr(DatabaseStore, "writing", held_up)
    late = threading.Thread(target=slow.save, args=(said("late", 3),))
    early = threading.Thread(target=quick.save, args=(said("early", MANY),))
    late.start()
    assert begun.wait(PATIENCE_S)
    early.start()
    early.join(0.5)
    read |= {each.place for each in reader.new()}
    go_on.set()
    for each in (late, early):
        each.join(PATIENCE_S)
    read |= {each.place for each in reader.new()}
    assert read == {each.place for each in (*said("late", 3), *said("early", MANY))}


def test_what_was_read_is_not_read_again(make_store: Callable[[], DatabaseStore]) -> None:
    writer, reader = (SharedAnswers(make_store(), holder) for holder in ("writer", "reader"))
    writer.save(said("one", 2))
    assert [each.place for each in reader.new()] == ["one-0", "one-1"]
    assert reader.new() == []
    writer.save(said("one", 1))
    assert [each.place for each in reader.new()] == ["one-0"]
    assert writer.new() == []


def test_who_was_stopped_keeps_nobody_out(make_store: Callable[[], DatabaseStore]) -> None:
    with make_store().reading() as session:
        ((limit,),) = session.rows("select current_setting('idle_in_transaction_session_timeout')")
    assert limit == "10s"


def test_what_was_asked_later_stays(make_store: Callable[[], DatabaseStore]) -> None:
    writer, other = (SharedAnswers(make_store(), holder) for holder in ("writer", "other"))
    reader = SharedAnswers(make_store(), "reader")
    writer.save([SharedAnswer("snapshots", "one", 1.0, b"later")])
    other.save([SharedAnswer("snapshots", "one", 5.0, b"earlier")])
    (read,) = reader.new()
    assert read.body == b"later"
    assert 1.0 <= read.age_s < 1.0 + PATIENCE_S

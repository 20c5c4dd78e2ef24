"""Who asks whom: evenly, never two at once, and whoever dies is replaced; by the server's clock."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dashboard.state import Leases, leases
from tests.repetitions import repetition
from tests.state.conftest import database_store, emptied

PLACES = [f"preview-{number} db:5432/p{number}" for number in range(200)]
HOLDERS = ("a", "b", "c")


@pytest.fixture(params=["embedded", repetition("system")])
def holders(
    request: pytest.FixtureRequest, state_url: Callable[[str], str]
) -> Iterator[dict[str, Leases]]:
    url = state_url(request.param)
    emptied(url)
    with contextlib.ExitStack() as opened:
        stores = {
            name: opened.enter_context(contextlib.closing(database_store(url))) for name in HOLDERS
        }
        yield {name: Leases(store, name) for name, store in stores.items()}


def test_two_hundred_are_shared_evenly_and_held_once(holders: dict[str, Leases]) -> None:
    held: dict[str, frozenset[str]] = {}

    def renew(name: str) -> None:
        held[name] = holders[name].renew(PLACES, PLACES)

    assert len(holders["a"].renew(PLACES, PLACES)) == 200
    for _ in range(3):
        threads = [threading.Thread(target=renew, args=(name,)) for name in HOLDERS]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert sorted(map(len, held.values())) in ([66, 67, 67], [67, 67, 66])
    assert len(frozenset().union(*held.values())) == sum(map(len, held.values())) == 200
    again = {name: leases_of.renew(PLACES, PLACES) for name, leases_of in holders.items()}
    assert again == held  # nobody changes hands without a reason


def test_what_is_being_asked_is_not_handed_over(holders: dict[str, Leases]) -> None:
    assert len(holders["a"].renew(PLACES, PLACES)) == 200
    assert holders["b"].renew(PLACES, PLACES) == frozenset()
    assert len(holders["a"].renew(PLACES, ())) == 200
    assert len(holders["a"].renew(PLACES, PLACES[:30])) == 170
    assert holders["b"].renew(PLACES, PLACES) == frozenset(PLACES[:30])


def test_whoever_does_not_renew_is_replaced(
    holders: dict[str, Leases], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "HELD_S", 3.0)
    few = PLACES[:4]
    assert len(holders["a"].renew(few, few)) == 4
    assert holders["b"].renew(few, few) == frozenset()
    time.sleep(3.1)
    assert len(holders["b"].renew(few, few)) == 4
    assert holders["a"].renew(few, few) == frozenset()  # what ran out is not taken back


def test_whoever_ends_gives_all_to_the_others(holders: dict[str, Leases]) -> None:
    few = PLACES[:5]
    holders["a"].renew(few, few)
    holders["a"].give_up(few)
    assert len(holders["b"].renew(few, few)) == 5


def test_those_with_other_environments_share_what_they_have_in_common(
    holders: dict[str, Leases],
) -> None:
    assert len(holders["a"].renew(PLACES[:4], PLACES)) == 4
    mine = holders["b"].renew(PLACES[2:8], PLACES)
    assert len(mine) == 3
    assert not mine & frozenset(PLACES[:4])

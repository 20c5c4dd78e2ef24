"""Memory is given back where the C library can, and nothing happens where it cannot."""

import ctypes
from collections.abc import Callable, Iterator

import pytest

from dashboard import allocator


@pytest.fixture(autouse=True)
def looked_up_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "system")  # is as before after the test
    allocator._library.cache_clear()
    yield
    allocator._library.cache_clear()


@pytest.mark.parametrize("ask", [allocator.share, allocator.give_back])
def test_it_is_asked_of_any_system(ask: Callable[[], None]) -> None:
    ask()


@pytest.mark.parametrize("ask", [allocator.share, allocator.give_back])
@pytest.mark.parametrize("why", [OSError, TypeError])
def test_without_such_a_library_nothing_happens(
    ask: Callable[[], None], why: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_name: None) -> ctypes.CDLL:
        raise why

    monkeypatch.setattr(ctypes, "CDLL", absent)
    ask()


@pytest.mark.parametrize("ask", [allocator.share, allocator.give_back])
def test_a_library_without_it_is_left_alone(
    ask: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    ask()

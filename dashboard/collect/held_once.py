"""What is equal in several environments, held once: of hundreds, many are copies of a few."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

T = TypeVar("T")
Record = TypeVar("Record", bound=Any)  # a dataclass


def one_of(value: T, known: Iterable[T]) -> T:
    """Return the first of those known that is equal."""
    return next((each for each in known if each == value), value)


def held_once(record: Record, known: Iterable[Record], parts: Iterable[str]) -> Record:
    """Take the parts that are equal from those known."""
    others = tuple(known)
    same = {
        name: one_of(value, (getattr(each, name) for each in others))
        for name in parts
        if (value := getattr(record, name))
    }
    return replace(record, **same)

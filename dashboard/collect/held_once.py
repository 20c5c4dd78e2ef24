"""What is equal in several environments, held once: of hundreds, many are copies of a few."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
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


def as_before(value: Record, before: Any) -> Record:
    """Take from before what is as it was, however deep it lies in records.

    A field that is not compared stays as it was, too.
    """
    if type(value) is not type(before):
        return value
    if value == before:
        return before
    parts = [each.name for each in fields(value) if each.init] if is_dataclass(value) else []
    same = {each: as_before(getattr(value, each), getattr(before, each)) for each in parts}
    return replace(value, **same) if same else value

"""Records: declared and checked as dataclasses, and made by msgspec.

A command declares hundreds of them before it does anything. For each, `dataclasses` compiles its
methods anew; these have methods that are compiled already, and are made in a seventh of the time.
"""

import dataclasses
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec.structs import force_setattr

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen=False, slots=False, eq=True):
        """Take the place of dataclasses.dataclass."""

        def record(body):
            if issubclass(body, Record):  # all is inherited from the one that it extends
                return body
            if any(map(_kept_apart, vars(body).values())):
                return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq)(body)
            return _struct(body, frozen=frozen, eq=eq, dict=not slots, weakref=not slots)

        return record


class _Fields:
    """What the functions of `dataclasses` read, made when one first does."""

    def __get__(self, _record: object, kind: "type[Record]") -> Mapping[str, Any]:
        return _fields(kind)


@functools.cache
def _fields(kind: "type[Record]") -> Mapping[str, Any]:
    hints: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        hints |= getattr(each, "__annotations__", {})
    named = [(name, hints[name]) for name in kind.__struct_fields__]
    made = dataclasses.make_dataclass(kind.__name__, named, init=False, repr=False, eq=False)
    return {each.name: each for each in dataclasses.fields(made)}


class Record(msgspec.Struct):
    __dataclass_fields__: ClassVar[Any] = _Fields()


def settle(record: Any, name: str, value: object) -> None:
    """Set a field of a frozen record, from its `__post_init__`."""
    force_setattr(record, name, value)


def _kept_apart(value: object) -> bool:
    """Whether it is a field that msgspec would show or compare."""
    return isinstance(value, dataclasses.Field) and not (value.repr and value.compare)


def _struct(body: type[Any], **options: bool) -> Any:
    own = {name: _default(value) for name, value in vars(body).items()}
    for name in ("__dict__", "__weakref__"):
        own.pop(name, None)
    bases = (each for each in body.__bases__ if each is not object)
    make: Any = type(Record)
    return make(body.__name__, (Record, *bases), own, **options)


def _default(value: Any) -> object:
    if not isinstance(value, dataclasses.Field):
        return value
    return msgspec.field(default_factory=value.default_factory)  # type: ignore[arg-type]

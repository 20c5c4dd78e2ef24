"""Records: declared and checked as dataclasses, and made by msgspec.

A command declares hundreds of them before it does anything. For each, `dataclasses` compiles its
methods anew; these have methods that are compiled already, and are made in a seventh of the time.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Set
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
            if any(map(_kept_apart, _given(body).values())):
                return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq)(body)
            return _struct(body, frozen=frozen, eq=eq, dict=not slots, weakref=not slots)

        return record


_OF_ITS_OBJECTS = ("__dict__", "__weakref__")  # each class makes these itself


def _given(body: type[Any]) -> dict[str, Any]:
    """Take what is said of each field beside its type."""
    named = vars(body).get("__annotations__", {})
    return {name: each for name, each in vars(body).items() if name in named}


def _kept_apart(said: Any) -> bool:
    """Whether msgspec would compare what is not to be, or keep a descriptor as a value."""
    return hasattr(said, "__set__") or (isinstance(said, dataclasses.Field) and not said.compare)


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
    without: dict[str, Any] = {"init": False, "repr": False, "eq": False}
    own = {"__doc__": kind.__name__}  # else its signature is worked out
    made = dataclasses.make_dataclass(kind.__name__, named, namespace=own, **without)
    return {each.name: each for each in dataclasses.fields(made)}


class Record(msgspec.Struct):
    __dataclass_fields__: ClassVar[Any] = _Fields()


def settle(record: Any, name: str, value: object) -> None:
    """Set a field of a frozen record, from its `__post_init__`."""
    force_setattr(record, name, value)


def _fields_of(body: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    """Take those that more is said of than a default."""
    return {name: each for name, each in vars(body).items() if isinstance(each, dataclasses.Field)}


def _struct(body: type[Any], **options: bool) -> Any:
    fields = _fields_of(body)
    own = {name: each for name, each in vars(body).items() if name not in _OF_ITS_OBJECTS}
    own |= {name: _default(each) for name, each in fields.items()}
    if hidden := {name for name, each in fields.items() if not each.repr}:
        own |= _shown_without(hidden)
    bases = (each for each in body.__bases__ if each is not object)
    make: Any = type(Record)
    return make(body.__name__, (Record, *bases), own, **options)


def _default(field: dataclasses.Field[Any]) -> object:
    given: dict[str, Any] = {"default": field.default, "default_factory": field.default_factory}
    return msgspec.field(
        **{name: each for name, each in given.items() if each is not dataclasses.MISSING}
    )


def _shown_without(hidden: Set[str]) -> Mapping[str, Callable[[Record], object]]:
    """Leave out of every text about a record what is nobody's business."""

    def shown(record: Record) -> list[tuple[str, object]]:
        names = (each for each in record.__struct_fields__ if each not in hidden)
        return [(name, getattr(record, name)) for name in names]

    def text(record: Record) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in shown(record))
        return f"{type(record).__qualname__}({values})"

    return {"__repr__": text, "__rich_repr__": shown}

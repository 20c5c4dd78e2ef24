"""What was answered as JSON, and back: for other processes of the dashboard, and no one else.

Only plain values and records of ours are read: whoever can write there can make no process run
anything. What a record of another version has, and this one does not, is an error, never a guess.
"""

import dataclasses
import json
import sys
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

from dashboard.access.masking import HiddenName
from dashboard.diagnose.orphans import KINDS, OrphanKind

OURS = ("dashboard.diagnose.", "dashboard.collect.", "dashboard.background.", "queries.")
MOST_BYTES = 64 * 1024 * 1024  # of one answer
EXACT = ("dashboard.environments",)


class CodecError(Exception):
    """What was written cannot be read here: another version wrote it, or somebody else."""


def encode(value: object) -> bytes:
    """Write it as JSON, compressed: most of it is the same words over and over."""
    return zlib.compress(json.dumps(_encoded(value), separators=(",", ":")).encode(), 1)


def decode(body: bytes) -> Any:
    try:
        return _decoded(json.loads(zlib.decompressobj().decompress(body, MOST_BYTES)))
    except CodecError:
        raise
    except (zlib.error, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise CodecError(f"{type(error).__name__} in what another process wrote") from error


def _encoded(value: Any) -> Any:
    kind = type(value)
    if kind not in _WRITERS:
        _WRITERS[kind] = _writer(kind)
    return _WRITERS[kind](value)


_WRITERS: dict[type, Callable[[Any], object]] = {}


def _writer(kind: type[Any]) -> Callable[[Any], object]:
    if kind in _WRITTEN:
        return _WRITTEN[kind]
    if dataclasses.is_dataclass(kind):
        return _written_record(kind)
    if issubclass(kind, Enum):
        return lambda value: {"one of": _name(kind), "value": value.value}
    if issubclass(kind, tuple):
        return lambda value: {"tuple": _name(kind), "of": [_encoded(each) for each in value]}
    if issubclass(kind, Mapping):
        return _WRITTEN[dict]
    raise TypeError(f"{kind.__name__} is not shared")


def _written_record(kind: Any) -> Callable[[Any], object]:
    name, fields = _name(kind), [each.name for each in dataclasses.fields(kind) if each.init]
    return lambda value: {
        "record": name,
        "of": {field: _encoded(getattr(value, field)) for field in fields},
    }


def _pairs(value: Mapping[Any, Any]) -> object:
    return {"pairs": [[_encoded(key), _encoded(each)] for key, each in value.items()]}


_WRITTEN: Mapping[type, Callable[[Any], object]] = {
    **dict.fromkeys((str, int, float, bool, type(None)), lambda value: value),
    tuple: lambda value: [_encoded(each) for each in value],
    dict: _pairs,
    datetime: lambda value: {"at": value.isoformat()},
    date: lambda value: {"day": value.isoformat()},
    timedelta: lambda value: {"seconds": value.total_seconds()},
    list: lambda value: {"list": [_encoded(each) for each in value]},
    frozenset: lambda value: {"set": [_encoded(each) for each in sorted(value)]},
    HiddenName: lambda value: {"hidden": value.digest},
    OrphanKind: lambda value: {"kind": value.code},
}


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(each) for each in value)
    if not isinstance(value, dict):
        return value
    return _READ[next(iter(value), "")](value)


def _record(value: Mapping[str, Any]) -> object:
    kind = _class(value["record"])
    if not dataclasses.is_dataclass(kind):
        raise CodecError(f"{value['record']} is no record")
    return kind(**{name: _decoded(each) for name, each in value["of"].items()})


def _member(value: Mapping[str, Any]) -> object:
    kind = _class(value["one of"])
    if not issubclass(kind, Enum):
        raise CodecError(f"{value['one of']} is no choice")
    return kind(value["value"])


def _tuple(value: Mapping[str, Any]) -> object:
    kind = _class(value["tuple"])
    if not issubclass(kind, tuple):
        raise CodecError(f"{value['tuple']} is no tuple")
    return kind(_decoded(each) for each in value["of"])


_READ: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "at": lambda value: datetime.fromisoformat(value["at"]),
    "day": lambda value: date.fromisoformat(value["day"]),
    "seconds": lambda value: timedelta(seconds=value["seconds"]),
    "list": lambda value: [_decoded(each) for each in value["list"]],
    "set": lambda value: frozenset(_decoded(each) for each in value["set"]),
    "pairs": lambda value: {_decoded(key): _decoded(each) for key, each in value["pairs"]},
    "hidden": lambda value: HiddenName(value["hidden"]),
    "kind": lambda value: next(each for each in KINDS if each.code == value["kind"]),
    "record": _record,
    "one of": _member,
    "tuple": _tuple,
}


def _name(kind: type) -> str:
    if not _is_ours(kind.__module__):
        raise TypeError(f"{kind.__name__} is not shared")
    return f"{kind.__module__}:{kind.__qualname__}"


@cache
def _class(name: str) -> type:
    """Find a record by its name, among those that are loaded: nothing is loaded for it."""
    module, _, qualified = name.partition(":")
    found = getattr(sys.modules.get(module), qualified, None) if _is_ours(module) else None
    if isinstance(found, type) and found.__module__ == module:
        return found
    raise CodecError(f"{name} is not known here")


def _is_ours(module: str) -> bool:
    return module.startswith(OURS) or module in EXACT

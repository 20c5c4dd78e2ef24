"""What a package of Prisma 8's runs: operations, each with what is checked before and behind it.

| behind it everything holds already | before it everything holds | the operation |
| ---------------------------------- | -------------------------- | ------------- |
| yes, and something is checked      | any                        | is skipped    |
| no                                 | no                         | is refused    |
| no                                 | yes                        | is run        |
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from dashboard.diagnose import sql
from queries import patterns
from queries.records import dataclass

_PARAMETER = patterns.lazy(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)""")


class UnreadableError(ValueError):
    """An operation without SQL, or in a form that is not known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement with its values in it, and what it is for, in Prisma's words."""

    says: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    before: tuple[Asked, ...]
    run: tuple[Asked, ...]
    behind: tuple[Asked, ...]

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Take what `asdict` made of one."""
        parts = {
            each: tuple(Asked(**one) for one in told[each]) for each in ("before", "run", "behind")
        }
        return cls(told["name"], **parts)


def read(text: str) -> tuple[Operation, ...]:
    """Read ops.json; raise UnreadableError where something of it cannot be run as SQL."""
    try:
        return tuple(map(_operation, json.loads(text)))
    except (TypeError, KeyError, AttributeError, IndexError, json.JSONDecodeError) as error:
        raise UnreadableError("an operation has a form that is not known") from error


def _operation(each: Mapping[str, Any]) -> Operation:
    name, run = str(each["label"]), tuple(_asked(each["execute"]))
    if not run:
        raise UnreadableError(f"operation “{name}” has no SQL")
    return Operation(name, tuple(_asked(each["precheck"])), run, tuple(_asked(each["postcheck"])))


def _asked(steps: Sequence[Mapping[str, Any]]) -> Iterator[Asked]:
    for each in steps:
        yield Asked(str(each["description"]), _filled(each["sql"], each.get("params") or ()))


def _filled(text: str, values: Sequence[object]) -> str:
    """Write the values in; a statement without any is left as it is."""

    def value(found: re.Match[str]) -> str:
        return _literal(values[int(found[1]) - 1]) if found[1] else found[0]

    return _PARAMETER.sub(value, text) if values else text


def _literal(value: object) -> str:
    if isinstance(value, bool | None):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str | int | float):
        return sql.literal(str(value)) if isinstance(value, str) else str(value)
    raise UnreadableError("a value has a form that is not known")

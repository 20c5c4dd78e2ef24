"""What an environment has otherwise than its migrations make it, without false alarms.

| here             | the migrations make | told                                              |
| ---------------- | ------------------- | ------------------------------------------------- |
| no such object   | one                 | missing; renamed where one of its shape is extra  |
| an object        | none                | extra                                             |
| one facet        | another             | changed                                           |
| a text           | another             | nothing, where one server prints both alike       |
| a text           | another             | not comparable, where that cannot be found out    |
| is being changed | one                 | not comparable; what belongs to it is not told    |

What goes with its table, column or constraint is not told again.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from dashboard.diagnose.migrations.schema.image import (
    Facets,
    Key,
    SchemaImage,
    squeezed,
    table_of,
)
from queries import patterns
from queries.records import dataclass

Text = tuple[Key, str]  # an object, and which of its facets
# what servers of several versions print in several ways
PRINTED = frozenset(
    {
        ("column", "default_value"),
        ("constraint", "definition"),
        ("index", "definition"),
        ("relation", "definition"),
        ("trigger", "definition"),
        ("policy", "using_expression"),
        ("policy", "check_expression"),
    }
)
NAMED_BY_HAND = ("index", "constraint", "trigger", "policy")
EXTRACT_FROM = 14  # before it, EXTRACT is another spelling of date_part, and printed as that
_DATE_PART = patterns.lazy(r"\bdate_part\('(\w+)'::text, ", re.IGNORECASE)
_TRIGGER_NAME = patterns.lazy(r"^(CREATE (?:CONSTRAINT )?TRIGGER) (?:\"(?:[^\"]|\"\")*\"|\S+)")


class What(StrEnum):
    MISSING = "missing"
    EXTRA = "extra"
    CHANGED = "changed"
    RENAMED = "renamed"
    NOT_COMPARABLE = "not-comparable"


@dataclass(frozen=True, slots=True)
class Difference:
    """One object; `facet` is what of it is otherwise, None where it is all of it."""

    key: Key
    what: What
    table: tuple[str, str] | None
    facet: str | None = None
    expected: object = None
    found: object = None

    @property
    def kind(self) -> str:
        return self.key[0]


def texts(expected: SchemaImage, found: SchemaImage) -> tuple[Text, ...]:
    """Name what differs in its text only: whether it does is for one server to print."""
    return tuple(
        (key, facet)
        for key, facet, ours, theirs in _unlike(expected, found)
        if (key[0], facet) in PRINTED and ours is not None and theirs is not None
    )


def differences(
    expected: SchemaImage, found: SchemaImage, printed: Mapping[Text, str | None]
) -> tuple[Difference, ...]:
    """Compare; `printed` are the texts found, as the server prints them that printed `expected`."""
    return tuple(_Comparison(expected, found, printed).told())


def with_expected_names(found: SchemaImage, differences: Sequence[Difference]) -> SchemaImage:
    """Call what was renamed as the migrations do: it is there all the same."""
    names = {
        (*each.key[:-1], str(each.found)): each.key
        for each in differences
        if each.what is What.RENAMED
    }
    return SchemaImage(
        found.major,
        {
            names.get(key, key): replace(row, name=names[key][-1]) if key in names else row
            for key, row in found.objects.items()
        },
    )


def _unlike(expected: SchemaImage, found: SchemaImage) -> Iterator[tuple[Key, str, object, object]]:
    for key, facets in expected.facets.items():
        other = found.facets.get(key)
        for facet, value in facets.items() if other is not None and other != facets else ():
            if other is not None and value != other[facet]:
                yield key, facet, value, other[facet]


@dataclass(frozen=True)
class _Comparison:
    expected: SchemaImage
    found: SchemaImage
    printed: Mapping[Text, str | None]

    def told(self) -> Iterator[Difference]:
        renamed = dict(self._renamed())
        gone = {*renamed, *renamed.values()}
        for old, new in renamed.items():
            table = table_of(old, self.expected.objects[old])
            yield Difference(old, What.RENAMED, table, "name", old[-1], new[-1])
        yield from self._whole(What.MISSING, self.expected, self._missing, gone)
        yield from self._changed()
        yield from self._whole(What.EXTRA, self.found, self._extra, gone)
        for key in filter(lambda key: key[:3] in self.found.held, self.expected.objects):
            yield _whole(key, What.NOT_COMPARABLE, self.expected)

    @cached_property
    def _missing(self) -> tuple[Key, ...]:
        return tuple(
            key
            for key, row in self.expected.objects.items()
            if key not in self.found.objects and not self._held(key, row)
        )

    @cached_property
    def _extra(self) -> tuple[Key, ...]:
        return tuple(key for key in self.found.objects if key not in self.expected.objects)

    def _held(self, key: Key, row: Any) -> bool:
        """Whether it cannot be known how it is: what belongs to what is only by what is there."""
        if key[0] == "statistics" and self.found.held:
            return True
        owner = self.expected.owner(row) if key[0] == "sequence" else None
        of_owner = owner and ("relation", owner.schema, owner.table) in self.found.held
        return bool(of_owner) or self.found.holds(key, row)

    def _whole(
        self, what: What, image: SchemaImage, keys: Sequence[Key], gone: Collection[Key]
    ) -> Iterator[Difference]:
        for key in keys:
            if key not in gone and not _goes_along(key, image, keys):
                yield _whole(key, what, image)

    def _changed(self) -> Iterator[Difference]:
        for key, facet, ours, theirs in _unlike(self.expected, self.found):
            what = self._compared(key, facet, ours, theirs)
            if what and not self._held(key, self.expected.objects[key]):
                table = table_of(key, self.expected.objects[key])
                yield Difference(key, what, table, facet, ours, theirs)

    def _compared(self, key: Key, facet: str, ours: object, theirs: object) -> What | None:
        if (key[0], facet) not in PRINTED or ours is None or theirs is None:
            return What.CHANGED
        printed = self.printed.get((key, facet))
        if printed is None:
            return What.NOT_COMPARABLE
        if squeezed(printed) == squeezed(ours):
            return None
        return self._of_another_time(str(squeezed(printed)), str(squeezed(ours)))

    def _of_another_time(self, printed: str, ours: str) -> What | None:
        """Take the older date_part for EXTRACT, unless what it is compared with differs, too."""
        if self.found.major >= EXTRACT_FROM or not _DATE_PART.search(printed):
            return What.CHANGED
        return None if _extracting(printed) == _extracting(ours) else What.NOT_COMPARABLE

    def _renamed(self) -> Iterator[tuple[Key, Key]]:
        """Pair what is missing under one name with what is extra under another."""
        left = [key for key in self._extra if key[0] in NAMED_BY_HAND]
        shapes = {key: _shape(key, self.found) for key in left}
        for key in self._missing:
            if key[0] not in NAMED_BY_HAND:
                continue
            shape = _shape(key, self.expected)
            match = next((each for each in left if shapes[each] == shape), None)
            if match:
                left.remove(match)
                yield key, match


def _extracting(text: str) -> str:
    return _DATE_PART.sub(lambda found: f"EXTRACT({found[1].lower()} FROM ", text)


def _whole(key: Key, what: What, image: SchemaImage) -> Difference:
    return Difference(key, what, table_of(key, image.objects[key]))


def _shape(key: Key, image: SchemaImage) -> tuple[object, ...]:
    """Say all but its name."""
    facets: Facets = image.facets[key]
    shown = {
        name: _TRIGGER_NAME.sub(r"\1", str(value)) if key[0] == "trigger" else value
        for name, value in facets.items()
    }
    return key[0], table_of(key, image.objects[key]), tuple(sorted(shown.items(), key=str))


def _goes_along(key: Key, image: SchemaImage, same: Sequence[Key]) -> bool:
    """Whether it is missing, or extra, only with what it belongs to."""
    row = image.objects[key]
    table = table_of(key, row)
    if key[0] != "relation" and table and ("relation", *table) in same:
        return True
    if key[0] == "index" and row.of_constraint:
        return True
    if key[0] == "sequence":
        return image.owner(row) is not None
    return key[0] in ("index", "constraint") and any(each in same for each in _columns(row, image))


def _columns(row: Any, image: SchemaImage) -> Iterator[Key]:
    for number in row.numbers:
        if column := image.columns.get((row.relation, number)):
            yield "column", column.schema, column.table, column.name

"""What is looked for in a text: the key of one relationship, under the names it may have there.

Reading happens before any database is asked, so that often only the constraint's name is known.
Prisma names a key <table>_<column>_fkey, and a name may hold underscores, too: every place at which
it can be taken apart is a candidate.
"""

from collections.abc import Iterator
from functools import cached_property

from dashboard.diagnose.paste.names import plain, singular
from queries import patterns
from queries.records import dataclass

_FKEY = "_fkey"
_OF_A_KEY = patterns.lazy(r"(?P<noun>.*?)_?(?:[iI][dD]s?|uuid|Uuid|UUID)")
_BARE = frozenset({"id", "ids", "uuid"})
# Prisma's table of an implicit many-to-many relation refers to its two models as A and B
_JOINED = patterns.lazy(r"_(?P<A>[A-Z]\w{0,60}?)To(?P<B>[A-Z]\w{0,60})")
_SHORTEST_LABEL = 3


@dataclass(frozen=True)
class Sought:
    """A relationship: the name of its constraint, and what else is known of it.

    `noun` is what people call the parent, where that is not its table's name.
    """

    constraint: str
    child_table: str | None = None
    columns: tuple[str, ...] = ()
    parent_table: str | None = None
    parent_columns: tuple[str, ...] = ()
    noun: str | None = None

    @cached_property
    def splits(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Pair each table with the columns that the constraint may be on, the likeliest first."""
        if self.columns:
            return ((self.child_table or "", self.columns),)
        likely, *others = dict.fromkeys(_splits(self.constraint)) or [("", ())]
        return (likely, *others)

    @property
    def key(self) -> tuple[str, ...]:
        """Name the child's columns, as likely as they are known."""
        return self.splits[0][1]

    @cached_property
    def nouns(self) -> frozenset[str]:
        """Name the parent, in the singular and without separators."""
        named = (self.noun, self.parent_table, self._noun_of_key())
        words = {singular(each) for each in named if each}
        return frozenset(each for each in words if len(each) > 1)  # `a` is any word

    @cached_property
    def labels(self) -> frozenset[str]:
        """Name what stands before the parent's id, without separators: projectid, projectids."""
        keys = {plain(columns[-1]) for _, columns in self.splits if columns} - self.nouns - _BARE
        named = {each for each in keys if len(each) >= _SHORTEST_LABEL}
        of_nouns = {f"{noun}{end}" for noun in self.nouns for end in ("id", "ids", "uuid")}
        return frozenset(named | {f"{each}s" for each in named if each[-1] != "s"} | of_nouns)

    def is_key(self, columns: tuple[str, ...]) -> bool:
        """Whether these can be all the child's columns of the relationship."""
        asked = [plain(each) for each in columns]
        if self.columns:
            return sorted(asked) == sorted(map(plain, self.columns))
        likely, *others = (plain("".join(each)) for _, each in self.splits)
        return "".join(asked) in {likely, *(each for each in others if each not in _BARE)}

    def columns_among(self, columns: tuple[str, ...], table: str | None) -> tuple[str, ...]:
        """Find the key's columns among those of a statement or of a DETAIL, in the key's order."""
        known = {plain(each): each for each in columns}
        for child, key in self.splits:
            right = not child or not table or singular(child) == singular(table)
            if right and key and all(plain(each) in known for each in key):
                return tuple(known[plain(each)] for each in key)
        labelled = (each for each in columns if plain(each) in self.labels | self.nouns)
        return tuple(labelled)[:1]

    def is_child(self, table: str | None) -> bool:
        """Whether this can be the child's table; where it is not known, any can."""
        children = [child for child, _ in self.splits if child]
        return not children or table is None or singular(table) in map(singular, children)

    def is_parent(self, table: str) -> bool:
        return singular(table) in self.nouns

    def _noun_of_key(self) -> str | None:
        if not self.key:
            return None
        table, column = self.splits[0][0], self.key[-1]
        joined = _JOINED.fullmatch(table)
        if joined and column in ("A", "B"):
            return joined[column]
        found = _OF_A_KEY.fullmatch(column)
        return found["noun"] if found and found["noun"] else column if not found else None


def pointed_at(constraint: str) -> str | None:
    """Name what a foreign key is about: deployments_projectId_fkey is about a project."""
    return next(iter(Sought(constraint).nouns), None)


def _splits(constraint: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not constraint.endswith(_FKEY):
        return
    parts = constraint.removesuffix(_FKEY).split("_")
    first = next((place for place, part in enumerate(parts) if part), 0)  # _AToB starts with one
    places = range(first + 1, len(parts))
    pieces = _pieces(parts[first + 1 :])
    if pieces:
        taken = sum(each.count("_") + 1 for each in pieces)
        yield "_".join(parts[:-taken]), pieces
    for place in reversed(places):
        yield "_".join(parts[:place]), ("_".join(parts[place:]),)


def _pieces(parts: list[str]) -> tuple[str, ...]:
    """Take the columns that end in Id off a name's end: they are likelier than one long name."""
    taken: list[str] = []
    rest = list(parts)
    while rest:
        last = rest.pop()
        if plain(last) in _BARE and rest:
            last = f"{rest.pop()}_{last}"
        elif plain(last) in _BARE or (taken and not _OF_A_KEY.fullmatch(last)):
            break
        taken.insert(0, last)
    return tuple(taken)

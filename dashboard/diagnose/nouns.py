"""How a sentence calls the rows of a relationship's two tables: a project, three deployments."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Self

from dashboard.diagnose import words
from queries import patterns
from queries.records import dataclass

_WORD = patterns.lazy(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|[^\W\d_]+")
_LINKING = patterns.lazy(r"_\w+To\w+")  # Prisma's table of an implicit many-to-many relation
_IRREGULAR = {"people": "person", "children": "child", "criteria": "criterion", "indices": "index"}
_SAME = ("data", "media", "metadata", "news", "series", "staff", "equipment")
_ES = patterns.lazy(r"(?:ss|sh|ch|x|zz|status|alias|canvas|bonus|virus|campus|bias|bus)es")
_KEY = patterns.lazy(r"_([A-Za-z0-9]+?)_?[iI]d_fkey$")
_DEPLOYMENT = "deployment"  # the one noun with a verb of its own
_HEARD_AS_VOWEL = patterns.lazy(
    r"(?!uni|use|usa|eu|one|once|ur[iln]|uuid)[aeiou]|hour|honest|[AEFHILMNORSX](?![a-z])"
)


@dataclass(frozen=True, slots=True)
class Noun:
    """What one row is called, and several; both as in the middle of a sentence."""

    one: str
    many: str

    @classmethod
    def of(cls, table: str, overrides: Mapping[str, "Noun"]) -> Self:
        """Take what is configured for a table, else read its name: WorkerDeployments, user_log."""
        if table in overrides:
            return cls(overrides[table].one, overrides[table].many)
        if _LINKING.fullmatch(table):
            return cls("link", "links")
        mixed = table.upper() != table  # else all of it is in capitals, and none is a short form
        words = [_lowered(each, mixed=mixed) for each in _WORD.findall(table)]
        *before, last = words or ["row"]
        one, many = (" ".join((*before, each)) for each in _both(last))
        return cls(one, many)

    @classmethod
    def called(cls, one: str, many: str | None = None) -> Self:
        """Take what somebody calls it."""
        *before, last = one.split(" ")
        return cls(one, many or " ".join((*before, _plural(last))))

    def __str__(self) -> str:
        return self.one

    @property
    def a(self) -> str:
        """Put the article before it: a project, an order."""
        return f"{'an' if _HEARD_AS_VOWEL.match(self.one) else 'a'} {self.one}"

    @property
    def title(self) -> str:
        """Begin a sentence, or a label, with it."""
        return words.capital(self.one)

    @property
    def titles(self) -> str:
        return words.capital(self.many)

    def counted(self, number: int) -> str:
        return f"{number:,} {self.one if number == 1 else self.many}"


@dataclass(frozen=True, slots=True)
class Nouns:
    """What the rows of the parent and of the child are called."""

    parent: Noun
    child: Noun

    def fill(self, template: str) -> str:
        """Put them into a sentence that holds for any, as {parent.a} and {child.many} in it."""
        return template.format(parent=self.parent, child=self.child)

    @property
    def deploy(self) -> str:
        """What is done with a parent: it is deployed only where the child is a deployment."""
        return "deploy" if self._deployments else "use"

    @property
    def again(self) -> str:
        return "deploy again" if self._deployments else "try again"

    @property
    def _deployments(self) -> bool:
        return self.child.one.endswith(_DEPLOYMENT)

    @classmethod
    def of_tables(cls, parent: str, child: str, overrides: Mapping[str, Noun]) -> "Nouns":
        """Call them by their tables; of rows that belong to rows of their own, tell which is which.

        | the tables are | parent | child        |
        | -------------- | ------ | ------------ |
        | one            | folder | child folder |
        | two            | folder | note         |
        """
        above, below = Noun.of(parent, overrides), Noun.of(child, overrides)
        if above == below:
            below = Noun(f"child {below.one}", f"child {below.many}")
        return _one_of_equal(cls(above, below))

    @classmethod
    def of_constraint(cls, name: str, overrides: Mapping[str, Noun]) -> Self:
        """Read Prisma's name of a key, table_column_fkey, where no catalog is known."""
        column = _KEY.search(name)
        parent, child = (column[1], name[: column.start()]) if column else ("", "")
        return cls(Noun.of(parent, overrides), Noun.of(child, overrides))


@lru_cache(maxsize=256)
def _one_of_equal(nouns: Nouns) -> Nouns:
    """Give environments that call them alike the same object, which is soon compared."""
    return nouns


ROWS = Nouns(Noun("row", "rows"), Noun("row", "rows"))  # where nothing is known of the tables


def _lowered(word: str, *, mixed: bool) -> str:
    return word if mixed and len(word) > 1 and word.isupper() else word.lower()


def _both(word: str) -> tuple[str, str]:
    """Spell a word, which may be either, in the singular and in the plural."""
    one = _singular(word)
    return one, (word if one != word or word in _SAME else _plural(one))


def _singular(word: str) -> str:
    if word in _SAME or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return _IRREGULAR.get(word, word)
    if word.endswith("ies") and len(word) > len("ties"):
        return word.removesuffix("ies") + "y"
    return word.removesuffix("es" if _ES.search(word) else "s")


def _plural(word: str) -> str:
    irregular = {one: many for many, one in _IRREGULAR.items()}
    if word in irregular:
        return irregular[word]
    if re.search(r"[^aeiou]y$", word):
        return word.removesuffix("y") + "ies"
    return word + ("es" if re.search(r"(?:s|sh|ch|x|z)$", word) else "s")

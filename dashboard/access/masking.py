"""Takes what names people out of rows before anything is judged, worded or drawn from them.

Page, JSON, Markdown, CSV and text are all made from the same facts: what is not in them cannot be
forgotten in one of these.
"""

import dataclasses
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Self, TypeVar

from dashboard.diagnose.asked_ids import AskedIds
from dashboard.diagnose.facts import Catalog, EnvironmentFacts, Sample, Shared, Unavailable
from dashboard.diagnose.paste import Paste
from dashboard.environments import Environment
from dashboard.postgres import Answers
from dashboard.settings.access import Access
from dashboard.settings.location import Location
from queries import patterns, rows

HIDDEN = "(hidden)"
_KEY = secrets.token_bytes(32)
_NAMES: Mapping[type, tuple[str, ...]] = {rows.Project: ("name",)}
_OWNERS: Mapping[type, tuple[str, ...]] = {
    rows.Project: ("owner_id",),
    rows.Deployment: ("owner_id",),
    rows.Orphan: ("owner_id",),
}
_STATUSES: Mapping[type, tuple[str, ...]] = {
    rows.Deployment: ("status",),
    rows.Orphan: ("status",),
}
_WORDS = patterns.lazy(r"[\w-]+(?: [\w-]+){0,3}")
MOST_OF_A_STATUS = 40  # characters; whatever is longer is an error's text
_OF_NOBODY = (str, int, float, date, Catalog, Paste, Environment)  # is not looked into

T = TypeVar("T")


class HiddenName(str):
    """Reads as any other hidden name, and equals those of the same name alone.

    Whether two projects of one id are the same is judged by their names, too.
    """

    __slots__ = ("_of",)
    _of: str

    def __new__(cls, of: str) -> Self:
        made = super().__new__(cls, HIDDEN)
        made._of = of
        return made

    @property
    def digest(self) -> str:
        """What tells it from other names, and does not tell the name."""
        return self._of

    def __eq__(self, other: object) -> bool:
        return self._of == other._of if isinstance(other, HiddenName) else other == HIDDEN

    def __ne__(self, other: object) -> bool:  # else it is that of str
        return not self == other

    __hash__ = str.__hash__


class Masker:
    """Gives an owner the same pseudonym everywhere: two rows can still be compared."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, access: Access) -> "Masker":
        """Take the key that all replicas have, else one of this process."""
        return cls(access.key.encode() if access.key else _KEY)

    @classmethod
    def of_state(cls, database: Location) -> "Masker":
        """Take what all processes that share a database know of it, and it does not hold."""
        return cls("".join(sorted(database.secrets)).encode())

    def owner(self, value: str) -> str:
        return f"owner-{self._digest(value)[:8]}"

    def name(self, value: str) -> str:
        if isinstance(value, HiddenName):  # it would be as any other that is hidden
            return value
        return HiddenName(self._digest(value))

    def status(self, value: str) -> str:
        """Leave one that is a word or a few; hide any other."""
        plain = len(value) <= MOST_OF_A_STATUS and _WORDS.fullmatch(value)
        return value if plain else HIDDEN

    def for_others(self, facts: EnvironmentFacts) -> EnvironmentFacts:
        """Leave out what is kept nowhere: names, owners, and the texts of errors."""
        migrations = facts.migrations and tuple(
            dataclasses.replace(each, error=None) for each in facts.migrations
        )
        return dataclasses.replace(self.mask(facts), migrations=migrations)

    def without_ids(self, facts: EnvironmentFacts) -> EnvironmentFacts:
        """Leave out which rows an environment's findings would name; what is judged stays."""
        return dataclasses.replace(
            facts,
            sample=self._sample(facts.sample),
            shared=self._shared(facts.shared),
        )

    def _sample(self, sample: Sample | Unavailable | None) -> Sample | Unavailable | None:
        if not isinstance(sample, Sample):
            return sample
        return dataclasses.replace(sample, projects=sample.projects and self._rows(sample.projects))

    def _shared(self, shared: Shared | Unavailable | None) -> Shared | Unavailable | None:
        if not isinstance(shared, Shared):
            return shared
        asked = (
            shared.asked.renamed(self._key, self._row)
            if isinstance(shared.asked, AskedIds)
            else frozenset(map(self._row, shared.asked))
        )
        return Shared(asked, self._rows(shared.found))

    def _rows(self, projects: Sequence[rows.Project]) -> tuple[rows.Project, ...]:
        return tuple(dataclasses.replace(each, id=self._row(each.id)) for each in projects)

    def _row(self, identifier: str) -> str:
        return f"row-{self._digest(identifier)[:8]}"

    def _digest(self, value: str) -> str:
        return hmac.digest(self._key, value.encode(), "sha256").hex()

    def mask(self, value: T) -> T:
        """Copy a value with all rows in it masked, however deep they lie; the rest is shared."""
        masked: T = self._masked(value)
        return masked

    def _masked(self, value: Any) -> Any:
        if isinstance(value, _OF_NOBODY):
            return value
        match value:
            case tuple():
                parts = value if _without_people(value) else tuple(map(self._masked, value))
                return value if _same(value, parts) else parts
            case list():
                return [self._masked(each) for each in value]
            case Mapping():
                return {key: self._masked(each) for key, each in value.items()}
            case Answers():
                return value.mapped(self._masked)
            case _:
                record = dataclasses.is_dataclass(value)
                return self._with_fields_masked(value) if record else value

    def _with_fields_masked(self, value: Any) -> Any:
        kind = type(value)
        before = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        after = {name: self._field(kind, name, held) for name, held in before.items()}
        changes = {name: held for name, held in after.items() if held is not before[name]}
        return dataclasses.replace(value, **changes) if changes else value

    def _field(self, kind: type, name: str, value: Any) -> Any:
        return _mask_of(kind, name)(self, value) if value else value


@cache
def _mask_of(kind: type, name: str) -> Callable[[Masker, Any], Any]:
    """Tell how a field is masked, by its kind of record or one that this extends."""
    masks = ((_NAMES, Masker.name), (_STATUSES, Masker.status), (_OWNERS, Masker.owner))
    for table, mask in masks:
        if any(name in names for base, names in table.items() if issubclass(kind, base)):
            return mask
    return Masker.mask


def _same(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    return all(one is other for one, other in zip(before, after, strict=True))


def _without_people(value: tuple[Any, ...]) -> bool:
    """Whether these are rows of a kind that names nobody: a ledger has hundreds of them."""
    kind = type(value[0]) if value else str
    return kind.__module__ == rows.__name__ and not issubclass(kind, tuple(_OWNERS))

"""What a judgement looks like: one object for the page, the command line and JSON."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from queries.records import dataclass

T = TypeVar("T")


class Severity(StrEnum):
    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


SEVERITY_WORDS = {
    Severity.OK: "Healthy",
    Severity.INFO: "Healthy",
    Severity.WARNING: "Attention",
    Severity.ERROR: "Critical",
    Severity.UNKNOWN: "Unknown",
}


WELL = (Severity.OK, Severity.INFO)


class Confidence(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"

    def lowered(self, steps: int) -> "Confidence":
        """One step down for each condition that a proof lacks; never below possible."""
        if not steps:
            return self
        order = tuple(Confidence)
        return order[min(order.index(self) + steps, len(order) - 1)]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was seen: where, by which query, when (UTC) and how long it took."""

    environment: str
    fact: str
    query: str | None = None
    as_of: datetime | None = None
    ms: float | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """Something to copy: `language` is sql, bash or text."""

    text: str
    language: str = "sql"
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """`option` is the runbook's option 1 to 4, or None where the runbook has none."""

    title: str
    steps: tuple[str, ...]
    option: int | None = None
    commands: tuple[Command, ...] = ()
    risk: str = "none (nothing is changed)"
    needs_role: str = "support"
    link: str | None = None


@dataclass(frozen=True, slots=True)
class RelationshipName:
    """A foreign key by its name; `child` and `parent` are written schema.table(columns)."""

    constraint: str
    child: str
    parent: str


def columns_of(schema: str, table: str, columns: Sequence[str]) -> str:
    return f"{schema}.{table}({', '.join(columns)})"


SAYING = "saying"  # what makes a finding in whose words another one is given


class Later(Generic[T]):
    """A field that may be given as a function, which is called once somebody looks at it.

    Of thousands of verdicts nobody reads more than the summaries: the rest is most of the work.
    """

    def __init__(self, default: T) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, found: object, owner: type) -> T:
        if found is None:
            return self._default
        said = found.__dict__
        if self._name not in said:
            said[self._name] = getattr(said[SAYING](), self._name)
        value: T | Callable[[], T] = said[self._name]
        if callable(value):
            value = said[self._name] = value()
        return value

    def __set__(self, found: object, value: T | Callable[[], T]) -> None:
        found.__dict__[self._name] = value


@dataclass(frozen=True)
class Finding:
    """A verdict on an id, or a finding beside it; `cause` is the runbook's cause 1 to 4.

    `reply` is what a customer can be told, in a verdict of a look-up: no host, no SQL, no name of a
    table, and no ID, for it might be somebody else's.
    `subject` is what is wrong whichever the environment, a migration for instance: findings of the
    same code and subject have one cause. `others` are the environments that it concerns beside its
    own. `since` is when it began, where what was seen tells that.
    `relationship` is the one a check's finding is about, or the first of the `relationships` that a
    finding about several names; None where it is about the environment as a whole.
    """

    code: str
    severity: Severity
    summary: Later[str] = Later("")
    explanation: Later[str] = Later("")
    reply: Later[str | None] = Later(None)
    confidence: Confidence = Confidence.CERTAIN
    cause: int | None = None
    environment: str | None = None
    evidence: Later[tuple[Fact, ...]] = Later(())
    caveats: tuple[str, ...] = ()
    fix: Later[Fix | None] = Later(None)
    alternatives: Later[tuple[Fix, ...]] = Later(())
    resolves_when: Later[str] = Later("")
    suggestions: Later[tuple[str, ...]] = Later(())
    relationship: RelationshipName | None = None
    relationships: tuple[RelationshipName, ...] = ()
    subject: str | None = None
    others: tuple[str, ...] = ()
    since: datetime | None = None

    @property
    def docs(self) -> str:
        return f"docs/verdicts.md#{self.code}"

    def but(self, **changes: object) -> "Finding":
        """Return it with other values; what was to be said later still is."""
        other = object.__new__(Finding)
        other.__dict__.update(self.__dict__, **changes)
        return other

    def worded(self, saying: Callable[[], "Finding"], **said: object) -> "Finding":
        """Return it in the words of another finding, which is made whenever somebody reads more."""
        other, kept = object.__new__(Finding), self.__dict__
        other.__dict__.update({name: kept[name] for name in JUDGED}, saying=saying, **said)
        return other

    @property
    def word(self) -> str:
        """Word its severity; what is worth knowing and nothing to repair is a note."""
        return "Note" if self.severity in WELL else SEVERITY_WORDS[self.severity]

    @property
    def only_notes(self) -> bool:
        """Whether it only notes something of several keys: no status is the worse for it."""
        return bool(self.relationships) and self.severity is Severity.INFO

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: plain values, times in ISO 8601 UTC."""
        return {**_plain(self), "docs": self.docs}


JUDGED = tuple(
    each.name
    for each in dataclasses.fields(Finding)
    if not isinstance(vars(Finding).get(each.name), Later)
)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value

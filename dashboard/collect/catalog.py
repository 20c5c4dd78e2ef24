"""One environment's catalog: read in one round trip, kept for a minute, shaped for a question."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from dashboard.collect.discovery import CatalogRows, Discovery, column_names, define
from dashboard.diagnose.facts import Catalog, Definition, Kind, Target, Unavailable
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP, Ask, Conversation, Deadline, Wait
from dashboard.settings import Settings
from queries import registry

KEPT_S = 60.0
STALE = (Kind.SCHEMA_CHANGED, Kind.FORBIDDEN)

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class IsStale(Protocol[T_contra]):
    """Whether the catalog that shaped the question is why the answer is as it is.

    `kept`: it was read for an earlier question.
    """

    def __call__(self, answer: T_contra, /, *, kept: bool) -> bool: ...


class Definitions:
    """What the environments asked together know of the constraint, for one that has lost it.

    `written` is what the migrations folder says: the last resort, where all have lost it.
    """

    def __init__(self, names: Iterable[str] = (), written: Definition | None = None) -> None:
        self._names = tuple(names)
        self._written = written
        self._outstanding = set(self._names)
        self._known: dict[str, Definition | None] = {}

    def report(self, name: str, said: Definition | Unavailable | None) -> None:
        """Note what one has; who does not answer still has what it said before."""
        if not isinstance(said, Unavailable):
            self._known[name] = said
        self._outstanding.discard(name)

    def of_others(self, name: str, seconds: float) -> Conversation[tuple[Definition, ...]]:
        """Wait likewise, and give what the environments apart from one have in their catalogs."""
        yield Wait(self._complete, seconds)
        known = self._known.copy()  # another run may add to it
        return tuple(each for other, each in known.items() if each and other != name)

    def elsewhere(self, seconds: float) -> Conversation[tuple[Definition, ...]]:
        """Wait until all have said what they know, and give it in the order of the page."""
        yield Wait(self._complete, seconds)
        named = [*(self._known.get(name) for name in self._names), self._written]
        return tuple(definition for definition in named if definition)

    def _complete(self) -> bool:
        return not self._outstanding


class CatalogReader:
    """Reads catalogs; what is read only shapes what is asked next, and proves nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: dict[str, _Kept] = {}

    def retried(
        self, environment: Environment, once: Callable[[], Conversation[T]], is_stale: IsStale[T]
    ) -> Conversation[T]:
        """Ask, and once more by a fresh catalog where that of before was the wrong one."""
        kept = environment.name in self._kept
        answer = yield from once()
        if not is_stale(answer, kept=kept):
            return answer
        self._kept.pop(environment.name, None)
        return (yield from once())

    def read(
        self,
        environment: Environment,
        deadline: Deadline,
        definitions: Definitions,
        expected: Target | None = None,
    ) -> Conversation[Catalog | Unavailable]:
        """Shape the environment's catalog, as seen at most a minute ago.

        `expected` is the table that the others' constraint points at, where that is another one.
        """
        kept = yield from self._kept_rows(environment)
        if isinstance(kept, Unavailable):
            definitions.report(environment.name, kept)
            return kept
        definitions.report(environment.name, kept.own)
        if kept.own:
            return kept.shape((), expected)
        elsewhere = yield from definitions.elsewhere(deadline.remaining_s / 2)
        return kept.shape(elsewhere, expected)

    def _kept_rows(self, environment: Environment) -> Conversation["_Kept | Unavailable"]:
        kept = self._kept.get(environment.name)
        if kept and time.monotonic() - kept.seen_at < KEPT_S:
            return kept
        settings, schema = self._settings, self._settings.databases[environment.name].schema
        catalog = yield from _catalog(settings, schema)
        if isinstance(catalog, Unavailable):
            return catalog
        fresh = _Kept(Discovery(catalog, settings.constraint, schema, settings.columns))
        self._kept[environment.name] = fresh
        return fresh


def _catalog(settings: Settings, schema: str | None) -> Conversation[CatalogRows | Unavailable]:
    names = column_names(settings.columns, settings.constraint)
    server = registry.SERVER.bind(schema=schema)
    foreign_keys = registry.FOREIGN_KEYS.bind(child_oid=None)
    tables = registry.TABLES.bind()
    columns = registry.COLUMNS.bind(names=names)
    contract = registry.CONTRACT_COLUMNS.bind()
    answers = yield Ask([server, foreign_keys, tables, columns, contract], LOOKUP)
    if isinstance(answers, Unavailable):
        return answers
    return CatalogRows(
        server=answers.one(server),
        foreign_keys=answers.rows(foreign_keys),
        tables=answers.rows(tables),
        columns=answers.rows(columns),
        contract=answers.rows(contract),
    )


class _Kept:
    """A catalog as it was seen, and what it is shaped into: the same in look-up after look-up."""

    def __init__(self, discovery: Discovery) -> None:
        self.seen_at = time.monotonic()
        self.own = define(discovery.catalog, discovery.constraint, discovery.schema)
        self._discovery = discovery
        self._shapes: dict[object, Catalog] = {}

    def shape(self, elsewhere: tuple[Definition, ...], expected: Target | None) -> Catalog:
        """Shape it beside what others know; see Discovery.shape."""
        beside = (elsewhere, expected)
        if beside not in self._shapes:
            self._shapes[beside] = self._discovery.shape(elsewhere, expected)
        return self._shapes[beside]

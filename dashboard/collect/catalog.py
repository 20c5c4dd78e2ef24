"""One environment's catalog: read in one round trip, kept for a minute, shaped for a question."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cache, partial
from typing import Any, Protocol, TypeVar

from dashboard.collect.discovery import CatalogRows, Discovery, column_names
from dashboard.collect.held_once import held_once
from dashboard.diagnose.facts import Catalog, Definition, Kind, Target, Unavailable
from dashboard.diagnose.nouns import Noun, Nouns
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP, Ask, Conversation, Deadline, Wait
from dashboard.settings import Settings
from queries import registry, rows
from queries.query import Query, Statement

KEPT_S = 60.0
HELD_ONCE = ("foreign_keys", "tables", "columns", "composite_indexes", "contract")
STALE = (Kind.SCHEMA_CHANGED, Kind.FORBIDDEN)

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class IsStale(Protocol[T_contra]):
    """Whether the catalog that shaped the question is why the answer is as it is.

    `kept`: it was read for an earlier question.
    """

    def __call__(self, answer: T_contra, /, *, kept: bool) -> bool: ...


Known = Mapping[str, Definition | None]  # by the constraint's name


class Definitions:
    """What the environments asked together know of the constraint, for one that has lost it.

    `wanted` is a constraint that a text names, and that is looked into where anybody has it.
    `written` is what the migrations folder says: the last resort, where all have lost it.
    """

    def __init__(
        self,
        names: Iterable[str] = (),
        written: Definition | None = None,
        wanted: str | None = None,
    ) -> None:
        self.wanted = wanted
        self._names = tuple(names)
        self._written = written
        self._outstanding = set(self._names)
        self._known: dict[str, Known] = {}

    def without_folder(self) -> "Definitions":
        """Know the same of the environments, and nothing else."""
        other = copy(self)
        other._written = None
        return other

    def report(self, name: str, said: Known | Unavailable) -> None:
        """Note what one has; who does not answer still has what it said before."""
        if not isinstance(said, Unavailable):
            self._known[name] = said
        self._outstanding.discard(name)

    def of_others(
        self, name: str, constraint: str, seconds: float
    ) -> Conversation[tuple[Definition, ...]]:
        """Wait likewise, and give what the environments apart from one have in their catalogs."""
        yield Wait(self._complete, seconds)
        known = self._known.copy()  # another run may add to it
        others = (each.get(constraint) for other, each in known.items() if other != name)
        return tuple(filter(None, others))

    def elsewhere(
        self, constraints: Sequence[str], seconds: float
    ) -> Conversation[tuple[str, tuple[Definition, ...]]]:
        """Wait until all have said what they know; give the first constraint that anybody has.

        Beside it stand its definitions in the order of the page.
        """
        yield Wait(self._complete, seconds)
        known = [self._known[name] for name in self._names if name in self._known]
        found = {name: [*filter(None, (each.get(name) for each in known))] for name in constraints}
        usual = constraints[-1]
        if self._written:
            found[usual].append(self._written)
        return next(
            ((name, tuple(found[name])) for name in constraints if found[name]), (usual, ())
        )

    def _complete(self) -> bool:
        return not self._outstanding


class CatalogReader:
    """Reads catalogs; what is read only shapes what is asked next, and proves nothing.

    `table` is the child's, where the constraint's name does not tell which is meant.
    """

    def __init__(self, settings: Settings, table: tuple[str, str] | None = None) -> None:
        self._settings = settings
        self._table = table
        self.nouns = {table: Noun.called(*words) for table, words in settings.nouns.items()}
        self._kept: dict[str, _Kept] = {}

    @property
    def usual_nouns(self) -> Nouns:
        """Those of the first environment that has the constraint, else of the constraint's name."""
        usual = self._settings.constraint
        kept = (self._kept.get(name) for name in self._settings.databases)
        known = (nouns for each in kept if each and (nouns := each.nouns(usual)))
        return next(known, Nouns.of_constraint(usual, self.nouns))

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

    def confirm(self, environment: Environment) -> None:
        """Take what was read as just seen: the database is as it was."""
        if kept := self._kept.get(environment.name):
            kept.seen_at = time.monotonic()

    def outdate(self, environment: Environment) -> None:
        """Read it again when it is next needed."""
        if kept := self._kept.get(environment.name):
            kept.seen_at = -math.inf

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
        constraints = self._constraints(definitions)
        known = kept.known(constraints)
        definitions.report(environment.name, known)
        if known[constraints[0]]:
            return kept.shape(constraints[0], (), expected)
        seconds = deadline.remaining_s / 2
        constraint, elsewhere = yield from definitions.elsewhere(constraints, seconds)
        return kept.shape(constraint, () if known[constraint] else elsewhere, expected)

    def _constraints(self, definitions: Definitions) -> tuple[str, ...]:
        """List what may be looked into, best first: what a text names, then what is configured."""
        named = (definitions.wanted, self._settings.constraint)
        return tuple(dict.fromkeys(filter(None, named)))

    def _kept_rows(self, environment: Environment) -> Conversation["_Kept | Unavailable"]:
        kept = self._kept.get(environment.name)
        if kept and time.monotonic() - kept.seen_at < KEPT_S:
            return kept
        settings, schema = self._settings, self._settings.databases[environment.name].schema
        catalog = yield from read_rows(settings, schema)
        if isinstance(catalog, Unavailable):
            return catalog
        others = [each.rows for each in tuple(self._kept.values())]
        catalog = held_once(catalog, others, HELD_ONCE)
        relation = settings.failures.relation
        shaped = partial(Discovery, catalog, schema, settings.columns, self.nouns, relation)
        fresh = _Kept(partial(shaped, table=self._table), catalog)
        self._kept[environment.name] = fresh
        return fresh


def read_rows(
    settings: Settings,
    schema: str | None,
    tables: Query[rows.Table] = registry.TABLES,
    columns: Query[rows.Column] = registry.COLUMNS,
) -> Conversation[CatalogRows | Unavailable]:
    server = registry.SERVER.bind(schema=schema)
    foreign_keys = registry.FOREIGN_KEYS.bind(child_oid=None)
    all_tables = tables.bind()
    named = columns.bind(names=column_names(settings.columns, settings.constraint))
    indexes, contract = registry.COMPOSITE_INDEXES.bind(), registry.CONTRACT_COLUMNS.bind()
    asked: list[Statement[Any]] = [server, foreign_keys, all_tables, named, indexes, contract]
    answers = yield Ask(asked, LOOKUP)
    if isinstance(answers, Unavailable):
        return answers
    return CatalogRows(
        server=answers.one(server),
        foreign_keys=answers.rows(foreign_keys),
        tables=answers.rows(all_tables),
        columns=answers.rows(named),
        composite_indexes=answers.rows(indexes),
        contract=answers.rows(contract),
    )


class _Kept:
    """A catalog as it was seen, and what it is shaped into: the same in look-up after look-up."""

    def __init__(self, discovery: Callable[[str], Discovery], rows: CatalogRows) -> None:
        self.seen_at = time.monotonic()
        self.rows = rows
        self._discovery = cache(discovery)
        self._own = cache(lambda constraint: self._discovery(constraint).own)
        self._shapes: dict[object, Catalog] = {}

    def known(self, constraints: Sequence[str]) -> Known:
        """Say what the environment's own keys of these names are about.

        A second key on the column of the last one, which is configured, is not another subject.
        """
        own = {each: self._own(each) for each in constraints}
        usual = own[constraints[-1]]
        return {
            name: None if name != constraints[-1] and _same_column(key, usual) else key
            for name, key in own.items()
        }

    def nouns(self, constraint: str) -> Nouns | None:
        """Say what rows of its tables are called; None where the environment has no such key."""
        own = self._own(constraint)
        return self._discovery(constraint).nouns_of(own) if own else None

    def shape(
        self, constraint: str, elsewhere: tuple[Definition, ...], expected: Target | None
    ) -> Catalog:
        """Shape it beside what others know; see Discovery.shape."""
        beside = (constraint, elsewhere, expected)
        if beside not in self._shapes:
            self._shapes[beside] = self._discovery(constraint).shape(elsewhere, expected)
        return self._shapes[beside]


def _same_column(one: Definition | None, other: Definition | None) -> bool:
    return bool(one and other and one.child == other.child)

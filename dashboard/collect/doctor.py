"""Every environment asked what can be asked of it, and what is configured about it."""

from collections.abc import Mapping, Sequence
from functools import partial

from dashboard.collect import grants, migrations
from dashboard.collect.collector import Collector
from dashboard.collect.discovery import CatalogRows, Discovery
from dashboard.collect.environment import ConstraintPlan, EnvironmentPlan
from dashboard.collect.failure_sources import Source, SourceKind, SourceState
from dashboard.collect.grants import Access, AccessReader
from dashboard.collect.migrations import OnDisk
from dashboard.diagnose.doctor import (
    Configuration,
    DoctorReport,
    Examination,
    LogSource,
    MigrationsFolder,
    judge,
)
from dashboard.diagnose.facts import (
    Definition,
    EnvironmentFacts,
    Target,
    Unavailable,
    expected_parent,
)
from dashboard.diagnose.migrations.definition import definition
from dashboard.diagnose.nouns import Noun
from dashboard.diagnose.orphans import Cardinality
from dashboard.environments import Environment
from dashboard.postgres import BACKGROUND, Ask, Conversation, Deadline
from dashboard.settings import Settings


def examine(
    collector: Collector, environments: Sequence[Environment] | None = None
) -> DoctorReport:
    """Examine these environments, else all, each beside what the catalogs of the others say."""
    settings = collector.settings
    asked = settings.environments if environments is None else environments
    folder = migrations.read(settings.migrations)
    catalogs = dict(collector.fleet.run(partial(_catalog, settings), BACKGROUND))
    seen = {each: rows for each, rows in catalogs.items() if isinstance(rows, CatalogRows)}
    definitions = _definitions(settings, seen)
    read = partial(_access, collector, seen, definitions, folder)
    answering = tuple(each for each in asked if each in seen)
    accesses = dict(collector.fleet.run(read, BACKGROUND, answering))
    return judge(
        _configuration(settings, folder),
        {each: _examination(settings, each, accesses.get(each, catalogs[each])) for each in asked},
    )


def _configuration(settings: Settings, folder: OnDisk | None) -> Configuration:
    path = settings.migrations_folder
    return Configuration(
        source=str(settings.source) if settings.source else None,
        constraint=settings.constraint,
        warnings=settings.warnings,
        folder=MigrationsFolder(path, folder.folder, folder.unread) if path and folder else None,
    )


def _catalog(
    settings: Settings, environment: Environment, _deadline: Deadline
) -> Conversation[CatalogRows | Unavailable]:
    return (yield from grants.catalog(settings, settings.databases[environment.name].schema))


def _discovery(
    settings: Settings, environment: Environment, rows: CatalogRows, nouns: Mapping[str, Noun]
) -> Discovery:
    schema = settings.databases[environment.name].schema
    relation = settings.failures.relation
    return Discovery(rows, schema, settings.columns, nouns, relation, settings.constraint)


def _definitions(
    settings: Settings, seen: Mapping[Environment, CatalogRows]
) -> Mapping[Environment, Definition]:
    return {
        each: found
        for each in settings.environments
        if each in seen and (found := _discovery(settings, each, seen[each], {}).own)
    }


def _access(
    collector: Collector,
    seen: Mapping[Environment, CatalogRows],
    definitions: Mapping[Environment, Definition],
    folder: OnDisk | None,
    environment: Environment,
    _deadline: Deadline,
) -> Conversation[Access | Unavailable]:
    settings, rows = collector.settings, seen[environment]
    readable = grants.as_if_readable(rows)
    discovery = _discovery(settings, environment, readable, collector.catalogs.nouns)
    others = [each for place, each in definitions.items() if place != environment]
    written = definition(folder.scripts if folder else {}, settings.constraint)
    elsewhere = [*others, *([written] if written else [])]
    facts = yield from _facts(environment, discovery, elsewhere, None)
    if isinstance(facts, Unavailable):
        return facts
    expected = expected_parent(facts, [each.target for each in others])
    if expected is not None:
        facts = yield from _facts(environment, discovery, elsewhere, expected)
        if isinstance(facts, Unavailable):
            return facts
    cardinality = Cardinality.of(definitions.values())
    return (yield from AccessReader(settings, rows, cardinality).read(facts))


def _facts(
    environment: Environment,
    discovery: Discovery,
    elsewhere: Sequence[Definition],
    expected: Target | None,
) -> Conversation[EnvironmentFacts | Unavailable]:
    """Read what the catalog says now; of the ledger, only whether it is there."""
    shape = discovery.shape(elsewhere, expected)
    plan = EnvironmentPlan(shape, ConstraintPlan(shape), reduced="the ledger is not asked for")
    answers = yield Ask(plan.statements, BACKGROUND)
    return answers if isinstance(answers, Unavailable) else plan.facts(environment, answers)


def _examination(
    settings: Settings, environment: Environment, read: CatalogRows | Access | Unavailable
) -> Examination | Unavailable:
    if isinstance(read, Unavailable):
        return read
    if isinstance(read, CatalogRows):
        raise TypeError("whose catalog was read is asked more")
    return Examination(
        facts=read.facts,
        address=settings.databases[environment.name].address,
        grants=read.grants,
        log=_log(read.sources),
    )


def _log(sources: Sequence[Source]) -> LogSource:
    told = [each.label for each in sources if each.state is SourceState.ON]
    (log,) = (each for each in sources if each.kind is SourceKind.LOG)
    off = None if log.state is SourceState.ABSENT else log.says
    return LogSource(log.state is SourceState.ON, off, tuple(told))

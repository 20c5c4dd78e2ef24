"""Look-ups: every environment asked at once, and the evidence that its answers make."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import repeat

from dashboard.collect import migrations
from dashboard.collect.catalog import STALE, CatalogReader, Definitions
from dashboard.collect.environment import answered, outdated
from dashboard.collect.lookup import beside, failing
from dashboard.collect.lookup.batch import BatchResult, answer
from dashboard.collect.lookup.copies import with_copies
from dashboard.collect.lookup.ids import names_of
from dashboard.collect.lookup.known_failures import KnownFailuresReader, Question
from dashboard.collect.lookup.plan import LookupPlan
from dashboard.collect.lookup.questions import MOST_NEAR
from dashboard.diagnose.facts import Answer, Kind, Target, Unavailable
from dashboard.diagnose.failures import KnownFailures
from dashboard.diagnose.lookup.evidence import (
    Evidence,
    Placed,
    Presence,
    PresenceState,
    presences,
)
from dashboard.diagnose.lookup.meant import meant
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed
from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.paste import Paste
from dashboard.diagnose.relationship import ChosenKey
from dashboard.environments import Environment
from dashboard.postgres import LOOKUP, Ask, Conversation, Deadline, Fleet, Limits
from dashboard.settings import Settings
from queries import registry, rows

# of environments that just answered
AGAIN = Limits(deadline_s=0.5, statement_timeout_ms=400, repeated=True)
BULK = Limits(deadline_s=6.0, statement_timeout_ms=4000)  # of many ids
# what failed before is known in this time, or left out and named
KNOWN = Limits(deadline_s=0.5, statement_timeout_ms=400)

Result = BatchResult | Unavailable


class Collector:
    """Asks about ids; the catalogs, read before, shape what is sent."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.fleet = self._fleet = Fleet(settings)
        self.catalogs = CatalogReader(settings)
        self._failures = KnownFailuresReader(settings, self.catalogs)

    def along(self, key: ChosenKey) -> "Collector":
        """Ask along another foreign key than the configured one, over the same connections."""
        other = copy(self)
        other.settings = replace(self.settings, constraint=key.constraint)
        other.catalogs = CatalogReader(other.settings, key.table)
        return other

    @property
    def nouns(self) -> Nouns:
        """What rows are called where several environments are meant."""
        return self.catalogs.usual_nouns

    @property
    def asked(self) -> tuple[Environment, ...]:
        """Whom a look-up asks, in the order of the page."""
        return self.settings.environments

    def unlisted(self, _environment: Environment) -> Unavailable | None:
        """Say why rows are not listed one by one; None where they are."""
        return None

    def rehearsed(self, told: Mapping[Environment, Rehearsed]) -> Mapping[Environment, Rehearsed]:
        """Show what was rehearsed, as far as it may be seen."""
        return told

    def close(self) -> None:
        self.fleet.close()

    def look_up(self, paste: Paste) -> Iterator[tuple[Environment, Answer]]:
        """Ask every environment for one id, live; answers come in the order they arrive."""
        for environment, result in self.look_up_all([paste]):
            yield environment, answer(result, paste)

    def look_up_all(self, pastes: Sequence[Paste]) -> Iterator[tuple[Environment, Result]]:
        """Ask every environment for all ids at once; each id's answer is taken from the result.

        They are looked for along the foreign key that the first one's error names.
        """
        definitions = Definitions(self.settings.databases, wanted=pastes[0].constraint)
        query = partial(self.query, pastes=pastes, definitions=definitions)
        return self._fleet.run(query, _limits(pastes))

    def so_far(
        self, paste: Paste, target: Environment, answers: Mapping[Environment, Answer]
    ) -> Evidence:
        """Put together what has been answered while others are still waited for."""
        return self._evidence_in(target)(paste=paste, answers=answers)

    def evidence(
        self, paste: Paste, target: Environment, answers: Mapping[Environment, Answer]
    ) -> Evidence:
        """Put the answers in the order of the page, with what only now can be asked."""
        return self.with_known_failures([self.first_evidence(paste, target, answers)])[0]

    def first_evidence(
        self, paste: Paste, target: Environment, answers: Mapping[Environment, Answer]
    ) -> Evidence:
        """Do the same without what failed before, which takes longest."""
        ordered = {each: answers[each] for each in self.asked}
        return self._completed([self._evidence_in(target)(paste=paste, answers=ordered)])[0]

    def evidence_of_all(self, pastes: Sequence[Paste], target: Environment) -> list[Evidence]:
        """Look up all ids, and hand over the evidence on each: what it would be of one alone."""
        places: defaultdict[str | None, list[int]] = defaultdict(list)
        for place, paste in enumerate(pastes):
            places[paste.constraint].append(place)
        found: dict[int, Evidence] = {}
        for along in places.values():
            evidence = self._evidence_along([pastes[place] for place in along], target)
            found.update(zip(along, evidence, strict=True))
        return [found[place] for place in range(len(pastes))]

    def placed(self, paste: Paste) -> Iterator[tuple[Environment, Presence, Answer]]:
        """Look one id up where no environment is meant: where it is, as each answers."""
        for environment, found in self.look_up(paste):
            known = presences(paste, {environment: found}, self.settings.thresholds.replica_lag)
            yield environment, known[environment], found

    def placed_all(self, pastes: Sequence[Paste]) -> list[Placed]:
        """Look up all ids where no environment is meant."""
        results = dict(self.look_up_all(pastes))
        ordered = {each: results[each] for each in self.asked}
        lag = self.settings.thresholds.replica_lag
        return [
            Placed(
                paste,
                presences(paste, {each: answer(ordered[each], paste) for each in ordered}, lag),
                self.nouns,
            )
            for paste in pastes
        ]

    def meant(self, text: str) -> Environment | None:
        """Return the environment whose address a text has, or the only one there is."""
        addresses = {name: each.address for name, each in self.settings.databases.items()}
        return meant(text, self.settings.environments, addresses)

    def _evidence_along(self, pastes: Sequence[Paste], target: Environment) -> Sequence[Evidence]:
        """Look up ids along one foreign key."""
        results = dict(self.look_up_all(pastes))
        ordered = {each: results[each] for each in self.asked}
        evidence = self._evidence_in(target)
        seen = [
            evidence(paste=paste, answers={each: answer(ordered[each], paste) for each in ordered})
            for paste in pastes
        ]
        return self.with_known_failures(self._completed(seen))

    def find(
        self, by: str, value: str
    ) -> Iterator[tuple[Environment, tuple[rows.Project, ...] | Unavailable]]:
        """Find projects by the start of their `name` or by their `owner`, where indexed."""
        definitions = Definitions(self.settings.databases)
        find = partial(self._find, by=by, value=value, definitions=definitions)
        return self.fleet.run(find, LOOKUP)

    def powers(self, environment: Environment) -> tuple[rows.Power, ...] | Unavailable:
        """List what the environment's role could do beyond reading."""
        statement = registry.WRITE_POWERS.bind()
        answers = self.fleet.ask_one(environment, [statement], LOOKUP)
        return answers if isinstance(answers, Unavailable) else answers.rows(statement)

    def query(
        self,
        environment: Environment,
        deadline: Deadline,
        pastes: Sequence[Paste],
        definitions: Definitions,
    ) -> Conversation[Result]:
        """Ask one environment; a catalog that hides what was asked for is read again first."""
        once = partial(self._query_once, environment, deadline, pastes, definitions)
        return self.catalogs.retried(environment, once, _is_stale)

    def _query_once(
        self,
        environment: Environment,
        deadline: Deadline,
        pastes: Sequence[Paste],
        definitions: Definitions,
        expected: Target | None = None,
    ) -> Conversation[Result]:
        catalog = yield from self.catalogs.read(environment, deadline, definitions, expected)
        if isinstance(catalog, Unavailable):
            return catalog
        plan, answers = yield from answered(LookupPlan(catalog, pastes), _limits(pastes), deadline)
        return answers if isinstance(answers, Unavailable) else plan.result(environment, answers)

    def _evidence_in(self, target: Environment) -> Callable[..., Evidence]:
        """Fix what is the same for all ids of a look-up."""
        return partial(
            Evidence,
            target=target,
            usual_constraint=self.settings.constraint,
            usual_nouns=self.nouns,
            now=datetime.now(UTC),
            race=self.settings.thresholds.race,
            replica_lag=self.settings.thresholds.replica_lag,
            migrations_folder=self.settings.migrations_folder,
            expected_migrations=migrations.names(self.settings.migrations),
        )

    def _completed(self, seen: Sequence[Evidence]) -> list[Evidence]:
        """Ask what only the answers of others could raise."""
        evidences = self._with_expected_parent(seen)
        copies = with_copies(self._fleet, evidences, _limits(evidences, AGAIN))
        return self._with_absent_beside(copies)

    def with_known_failures(self, seen: Sequence[Evidence]) -> Sequence[Evidence]:
        """Ask the target what failed there before; one that did not answer is not asked again."""
        wanted = failing.wanted(seen)
        if wanted is None:
            return seen
        definitions = Definitions(wanted=seen[0].paste.constraint)
        of_few = KNOWN if wanted.ids else LOOKUP  # without an id there is nothing else to say
        question = Question(wanted, failing.span(seen[0].now), _limits(seen, of_few))
        read = partial(self._failures.read, definitions=definitions, question=question)
        known = self._fleet.run_one(read, question.limits, seen[0].target)
        if isinstance(known, Unavailable):
            known = KnownFailures(question.days, unasked=(known.message,))
        return [each.knowing(known_failures=known) for each in seen]

    def _with_absent_beside(self, seen: Sequence[Evidence]) -> list[Evidence]:
        """Tell of each id which others of its call the target lacks: those explain the error."""
        states = {each.id: each.here.state for each in seen}
        unknown = beside.unknown(seen)
        if unknown:
            query = partial(self._query_once, pastes=unknown, definitions=Definitions())
            result = self._fleet.run_one(query, _limits(unknown, AGAIN), seen[0].target)
            answers = ({seen[0].target: answer(result, each)} for each in unknown)
            found = (self.so_far(*each) for each in zip(unknown, repeat(seen[0].target), answers))
            states |= {each.id: each.here.state for each in found}
        return [
            each.knowing(absent_beside=beside.absent(each, states)) if each.paste.beside else each
            for each in seen
        ]

    def _with_expected_parent(self, seen: Sequence[Evidence]) -> Sequence[Evidence]:
        """Look also into the table that the others' constraint points at, where it differs."""
        expected = seen[0].expected_parent  # a matter of the schemas, whatever was asked for
        missing = [each for each in seen if each.here.state is PresenceState.ABSENT]
        if expected is None or not missing:
            return seen
        pastes, target = [each.paste for each in missing], seen[0].target
        definitions = Definitions(wanted=pastes[0].constraint)
        query = partial(self._query_once, pastes=pastes, definitions=definitions, expected=expected)
        again = self._fleet.run_one(query, _limits(pastes, AGAIN), target)
        if isinstance(again, Unavailable):
            return seen
        return [
            replace(each, answers={**each.answers, target: answer(again, each.paste)})
            if each.here.state is PresenceState.ABSENT
            else each
            for each in seen
        ]

    def _find(
        self,
        environment: Environment,
        deadline: Deadline,
        by: str,
        value: str,
        definitions: Definitions,
    ) -> Conversation[tuple[rows.Project, ...] | Unavailable]:
        catalog = yield from self.catalogs.read(environment, deadline, definitions)
        if isinstance(catalog, Unavailable):
            return catalog
        if catalog.parent is None or by not in catalog.parent.searchable:
            words = f"{environment.name}: no index covers the {by}, so it is not searched"
            return Unavailable(Kind.UNSUITABLE_ID, words)
        names = names_of(catalog.parent, "parent")
        if by == "name":
            escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            statement = registry.PROJECTS_BY_NAME.bind(names, prefix=escaped)
        else:
            statement = registry.PROJECTS_BY_OWNER.bind(names, owner_id=value)
        answers = yield Ask([statement], LOOKUP)
        return answers if isinstance(answers, Unavailable) else answers.rows(statement)


def _limits(asked: Sequence[object], of_few: Limits = LOOKUP) -> Limits:
    return of_few if len(asked) <= MOST_NEAR else BULK


def _is_stale(result: Result, *, kept: bool) -> bool:
    """Whether the catalog moved on, or a kept one may be why nothing was seen."""
    if isinstance(result, Unavailable):
        return result.kind in STALE
    catalog = result.facts.catalog
    unseen = catalog.parent is None or catalog.child is None or result.projects is None
    return outdated(result.facts) or (kept and unseen)

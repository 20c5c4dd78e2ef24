"""The collector as one viewer may use it.

An environment they may not see is unknown, never absent, and only counted: a verdict lowers its
confidence by itself. Names are masked in what comes back, before anything is made of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from dashboard.access.masking import Masker
from dashboard.access.viewer import WITHOUT_NAMES, Viewer
from dashboard.collect.collector import Collector
from dashboard.diagnose.facts import Answer, IdFacts, Kind, Unavailable
from dashboard.diagnose.failures import KnownFailures
from dashboard.diagnose.lookup.evidence import Evidence, Placed
from dashboard.diagnose.migrations.schema.rehearsed import Rehearsed
from dashboard.diagnose.paste import Paste
from dashboard.diagnose.words import count
from dashboard.environments import Environment, Role
from dashboard.postgres import Conversation, Deadline, Fleet, Limits
from dashboard.settings import Settings
from dashboard.settings.grants import Level
from queries import rows

UNSEEN = Unavailable(Kind.NOT_ALLOWED, "you may not see it")
UNSEARCHED = Unavailable(Kind.NOT_ALLOWED, "you may not search by hidden values")
UNLISTED = Unavailable(Kind.NOT_ALLOWED, "you may see the number of rows, not the rows")
UNLENGTHENED = f"IDs that begin with it were not searched: {UNLISTED.message}"

R = TypeVar("R")


def without_names(collector: Collector) -> Collector:
    """Leave out what names people, for a text that others read, too."""
    return RestrictedCollector(collector, WITHOUT_NAMES, Masker.of(collector.settings.access))


def unseen(number: int) -> Environment:
    """Stand in for all environments that somebody may not see."""
    return Environment(f"{count(number, 'environment')} you may not see", Role.DEVELOPMENT)


def settings_for(settings: Settings, viewer: Viewer) -> Settings:
    """Leave out all that is said of environments that they may not see."""
    seen = {name: each for name, each in settings.databases.items() if viewer.sees(name)}
    return replace(
        settings,
        databases=seen,
        mutes=tuple(each for each in settings.mutes if each.environment in (None, *seen)),
        examples=tuple(each for each in settings.examples if each.environment in seen),
        warnings=settings.warnings if len(seen) == len(settings.databases) else (),
    )


class _Fleet(Fleet):
    """Asks only the environments that somebody may see; all ways to the databases lead by here."""

    def __init__(self, fleet: Fleet, asked: Sequence[Environment], mask: "_Mask") -> None:
        self._whole = fleet
        self._asked = tuple(asked)
        self._mask = mask

    def close(self) -> None:
        self._whole.close()

    def run(
        self,
        begin: Callable[[Environment, Deadline], Conversation[R]],
        limits: Limits,
        environments: Sequence[Environment] | None = None,
    ) -> Iterator[tuple[Environment, R | Unavailable]]:
        wanted = self._asked if environments is None else tuple(environments)
        known = tuple(each for each in wanted if self._mask.viewer.sees(each.name))
        yield from ((each, UNSEEN) for each in wanted if each not in known)
        for environment, outcome in self._whole.run(begin, limits, known):
            yield environment, self._mask(environment, outcome)


class _Mask:
    """Masks what came from an environment whose names somebody may not see."""

    def __init__(self, viewer: Viewer, masker: Masker) -> None:
        self.viewer = viewer
        self._masker = masker

    def __call__(self, environment: Environment, value: R) -> R:
        names = self.viewer.sees_names(environment.name)
        return value if names else self._masker.mask(value)


class _NoMask(_Mask):
    def __call__(self, _environment: Environment, value: R) -> R:
        return value


class RestrictedCollector(Collector):
    """Shares connections and catalogs with the collector that it restricts."""

    def __init__(self, whole: Collector, viewer: Viewer, masker: Masker) -> None:
        self.settings = settings_for(whole.settings, viewer)
        self.catalogs = whole.catalogs
        self._failures = whole._failures
        self._viewer = viewer
        self._mask = _Mask(viewer, masker)
        hidden = len(whole.settings.databases) - len(self.settings.databases)
        self._asked = (*self.settings.environments, *([unseen(hidden)] if hidden else []))
        self.fleet = _Fleet(whole.fleet, self._asked, self._mask)
        # what is asked next depends on owners as they are: a look-up is masked at its end
        self._fleet = _Fleet(whole.fleet, self._asked, _NoMask(viewer, masker))
        self._unmasked: dict[int, tuple[Answer, Answer]] = {}

    @property
    def asked(self) -> tuple[Environment, ...]:
        return self._asked

    def unlisted(self, environment: Environment) -> Unavailable | None:
        return None if self._viewer.sees(environment.name, Level.SUPPORT) else UNLISTED

    def rehearsed(self, told: Mapping[Environment, Rehearsed]) -> Mapping[Environment, Rehearsed]:
        """Leave out which rows stand in the way: they are a list, and a key may be a name."""
        return {
            each: said
            if self._viewer.sees_names(each.name) and self.unlisted(each) is None
            else said.without_keys
            for each, said in told.items()
        }

    def look_up(self, paste: Paste) -> Iterator[tuple[Environment, Answer]]:
        self._unmasked.clear()
        for environment, answer in super().look_up(paste):
            masked = self._seen(environment, answer, paste)
            self._unmasked[id(masked)] = (masked, answer)
            yield environment, masked

    def first_evidence(
        self, paste: Paste, target: Environment, answers: Mapping[Environment, Answer]
    ) -> Evidence:
        known = {
            each: self._unmasked.get(id(said), (said, said))[1] for each, said in answers.items()
        }
        return self._masked(super().first_evidence(paste, target, known))

    def evidence_of_all(self, pastes: Sequence[Paste], target: Environment) -> list[Evidence]:
        return [self._masked(each) for each in super().evidence_of_all(pastes, target)]

    def with_known_failures(self, seen: Sequence[Evidence]) -> Sequence[Evidence]:
        """Which ids failed is a list of rows, unless they were asked for."""
        known = super().with_known_failures(seen)
        if self.unlisted(seen[0].target) is None:
            return known
        return [
            each
            if each.paste.id or each.known_failures is None
            else replace(
                each,
                known_failures=KnownFailures(each.known_failures.days, unasked=(UNLISTED.message,)),
            )
            for each in known
        ]

    def placed_all(self, pastes: Sequence[Paste]) -> list[Placed]:
        return [
            replace(
                each,
                presences={place: self._mask(place, of) for place, of in each.presences.items()},
            )
            for each in super().placed_all(pastes)
        ]

    def find(
        self, by: str, value: str
    ) -> Iterator[tuple[Environment, tuple[rows.Project, ...] | Unavailable]]:
        """To search by a name or an owner is to learn them."""
        for environment, found in super().find(by, value):
            names = self._viewer.sees_names(environment.name)
            yield environment, found if names else UNSEARCHED

    def _masked(self, evidence: Evidence) -> Evidence:
        answers = {
            each: self._seen(each, said, evidence.paste) for each, said in evidence.answers.items()
        }
        return replace(evidence, answers=answers)

    def _seen(self, environment: Environment, answer: Answer, paste: Paste) -> Answer:
        """Take out names, and the ids that a beginning leads to: whoever tries all gets a list."""
        if isinstance(answer, IdFacts) and self.unlisted(environment) and _is_short(paste, answer):
            unsearched = (*answer.unsearched, UNLENGTHENED)
            answer = replace(answer, by_prefix=(), unsearched=unsearched)
        return self._mask(environment, answer)


def _is_short(paste: Paste, found: IdFacts) -> bool:
    """Whether there may be longer ids that begin with it, told by what those here are like."""
    length = len(paste.id.text) if paste.id else 0
    usual = max((len(each) for each in found.facts.sample_ids), default=length + 1)
    return bool(found.by_prefix) or 0 < length < usual

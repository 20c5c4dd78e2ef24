"""What was seen of every kind in one environment, and the findings that this gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.diagnose import words
from dashboard.diagnose.cascades import Cascades
from dashboard.diagnose.finding import Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.orphans import counts, kinds
from dashboard.diagnose.orphans.counts import Count, Precision
from dashboard.diagnose.orphans.kinds import KINDS, Kind
from dashboard.diagnose.orphans.questions import Question
from dashboard.diagnose.orphans.remedies import Ages, remedy
from dashboard.environments import Environment


@dataclass(frozen=True, slots=True)
class Asked:
    """One column, how many of its rows are of the kind, and what their deletion takes along."""

    question: Question
    count: Count
    cascades: Cascades


@dataclass(frozen=True, slots=True)
class Sighting:
    """One kind in one environment; without anything asked, the schema does not have it.

    `told` is the count of what is not a column's rows, and `covers` what that covers.
    """

    environment: Environment
    kind: Kind
    asked: tuple[Asked, ...]
    told: Count | None = None
    covers: str = ""

    @property
    def applies(self) -> bool:
        return bool(self.asked) or self.told is not None

    @property
    def count(self) -> Count:
        return self.told or counts.total([each.count for each in self.asked])

    @property
    def coverage(self) -> str:
        """Say what the number covers: 2 of 3 projectId columns."""
        if self.covers:
            return self.covers
        columns = {each.question.label: False for each in self.asked}
        for each in self.asked:
            known = each.count.precision is not Precision.UNKNOWN
            columns[each.question.label] = columns[each.question.label] or known
        names = {each.question.counted.key for each in self.asked}
        named = f"{names.pop()} " if len(names) == 1 else ""
        covered = sum(columns.values())
        return f"{covered} of {words.count(len(columns), f'{named}column')}"

    @property
    def gaps(self) -> tuple[str, ...]:
        """Name what the number leaves out, and why."""
        left_out = (
            f"{each.question.label} was not counted: {each.count.reason}"
            for each in self.asked
            if each.count.precision is Precision.UNKNOWN
        )
        notes = (each.question.note for each in self.asked if each.question.note)
        return tuple(dict.fromkeys((*left_out, *notes)))


@dataclass(frozen=True, slots=True)
class Orphans:
    """One environment's orphan candidates, kind by kind; `lost` are the ids of lost projects.

    `hidden` are tables whose rows the role cannot all see; `all_lost`: there are no more ids.
    `living` tells of lost ids which other environments have them.
    """

    environment: Environment
    as_of: datetime
    ms: float
    sightings: Mapping[Kind, Sighting]
    hidden: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    all_lost: bool = True
    living: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, kind: Kind) -> Sighting:
        return self.sightings.get(kind, Sighting(self.environment, kind, ()))


def sightings(environment: Environment, asked: Sequence[Asked]) -> Mapping[Kind, Sighting]:
    return {
        kind: Sighting(
            environment, kind, tuple(each for each in asked if each.question.kind is kind)
        )
        for kind in KINDS
        if any(each.question.kind is kind for each in asked)
    }


def findings(orphans: Orphans, ages: Ages) -> Iterator[Finding]:
    """Speak of every kind that has rows or could not be counted.

    | count             | finding                             |
    | ----------------- | ----------------------------------- |
    | none for certain  | -                                   |
    | some              | the kind's own severity             |
    | unknown           | unknown, with the reason            |
    """
    for sighting in orphans.sightings.values():
        if not sighting.count.none:
            yield judge(sighting, ages)
    if orphans.hidden:
        yield _hidden(orphans)


def judge(sighting: Sighting, ages: Ages) -> Finding:
    """Say it as a finding of the kind's code."""
    kind, count, name = sighting.kind, sighting.count, sighting.environment.name
    known = count.precision is not Precision.UNKNOWN
    said = f"{count.words} {kind.rows}" if known else f"how many {kind.rows} is unknown"
    certain = count.precision in (Precision.EXACT, Precision.AT_LEAST)
    return Finding(
        code=kind.code,
        severity=kind.severity if known else Severity.UNKNOWN,
        environment=name,
        summary=f"{name}: {said}.",
        explanation=kind.why,
        confidence=Confidence.CERTAIN if certain or not known else Confidence.LIKELY,
        evidence=tuple(_seen(sighting, each) for each in sighting.asked),
        caveats=sighting.gaps,
        fix=_fix(sighting, ages),
        resolves_when="no such rows are left",
    )


def _seen(sighting: Sighting, each: Asked) -> Fact:
    return Fact(
        sighting.environment.name,
        f"{each.question.label}: {each.count.words}",
        each.question.form.value,
        each.count.as_of,
        each.count.ms,
    )


def _fix(sighting: Sighting, ages: Ages) -> Fix | None:
    """Give what to do about the first column that has such rows; of what was not asked, nothing."""
    asked = (each for each in sighting.asked if not each.question.closed)
    first = next((each for each in asked if not each.count.none), None)
    return remedy(first.question, first.cascades, ages) if first else None


def _hidden(orphans: Orphans) -> Finding:
    kind, name = kinds.HIDDEN_ROWS, orphans.environment.name
    tables = words.listed(orphans.hidden)
    return Finding(
        code=kind.code,
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"{name}: row security hides rows of {tables}.",
        explanation=kind.why,
        resolves_when="the role may see every row: bypassrls, or a policy for it",
    )

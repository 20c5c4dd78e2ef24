"""What a run says: times beside a baseline of the same run, facts, and targets met or missed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.benchmarks.timing import Timing


@dataclass(frozen=True, slots=True)
class Fact:
    """Something counted or weighed, which has no percentiles."""

    what: str
    value: float | str
    unit: str = ""

    @property
    def words(self) -> str:
        return f"{_number(self.value)} {self.unit}".strip()


class Bound(StrEnum):
    AT_MOST = "at most"
    AT_LEAST = "at least"


class Outcome(StrEnum):
    MET = "met"
    MISSED = "MISSED"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Target:
    """What was promised; `measured` is None where this run could not tell."""

    what: str
    measured: float | None
    bound: Bound
    limit: float
    unit: str = ""

    @property
    def outcome(self) -> Outcome:
        if self.measured is None:
            return Outcome.NOT_JUDGED
        kept = (
            self.measured <= self.limit
            if self.bound is Bound.AT_MOST
            else self.measured >= self.limit
        )
        return Outcome.MET if kept else Outcome.MISSED

    @property
    def words(self) -> str:
        seen = "not measured" if self.measured is None else f"{_number(self.measured)} {self.unit}"
        limit = f"{self.bound} {_number(self.limit)} {self.unit}".strip()
        return f"{self.what}: {seen.strip()} ({limit})"


@dataclass(frozen=True, slots=True)
class Section:
    """One comparison; the ratios are to the timing that `baseline` names."""

    title: str
    timings: tuple[Timing, ...] = ()
    baseline: str | None = None
    facts: tuple[Fact, ...] = ()
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()

    def timing(self, what: str) -> Timing:
        return next(each for each in self.timings if each.what == what)

    def ratio(self, timing: Timing) -> float | None:
        return timing.p50 / self.timing(self.baseline).p50 if self.baseline else None


def p50_of(timings: Iterable[Timing], what: str) -> float:
    return next(each.p50 for each in timings if each.what == what)


def heading(machine: Mapping[str, str], group: str, asks: str) -> str:
    named = ", ".join(f"{name} {value}" for name, value in machine.items())
    return f"# {group}: {asks}\n\n{named}\n"


def markdown(section: Section) -> str:
    """Write a section as Markdown: its times, facts, targets and notes."""
    parts = (_times(section), _facts(section.facts), _targets(section.targets))
    notes = "\n".join(section.notes)
    return "\n\n".join(filter(None, (f"## {section.title}", *parts, notes))) + "\n"


def to_json(section: Section) -> dict[str, object]:
    return {
        "title": section.title,
        "baseline": section.baseline,
        "timings": [
            {
                "what": each.what,
                "p50_ms": round(each.p50, 3),
                "p95_ms": round(each.p95, 3),
                "repetitions": len(each.times),
                "ratio": _rounded(section.ratio(each)),
            }
            for each in section.timings
        ],
        "facts": [{"what": e.what, "value": e.value, "unit": e.unit} for e in section.facts],
        "targets": [
            {
                "what": each.what,
                "measured": _rounded(each.measured),
                "bound": each.bound,
                "limit": each.limit,
                "unit": each.unit,
                "outcome": each.outcome,
            }
            for each in section.targets
        ],
        "notes": list(section.notes),
    }


def _times(section: Section) -> str:
    if not section.timings:
        return ""
    head = [
        "| what | p50 ms | p95 ms | repetitions | ratio |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    rows = [
        f"| {each.what} | {_number(each.p50)} | {_number(each.p95)} | {len(each.times)} |"
        f" {_ratio(section, each)} |"
        for each in section.timings
    ]
    baseline = [f"\nRatio: to “{section.baseline}”."] if section.baseline else []
    return "\n".join([*head, *rows, *baseline])


def _ratio(section: Section, timing: Timing) -> str:
    ratio = section.ratio(timing)
    if ratio is None:
        return "–"
    return "1" if timing.what == section.baseline else _number(ratio)


def _facts(facts: Sequence[Fact]) -> str:
    if not facts:
        return ""
    head = ["| counted | value |", "| --- | ---: |"]
    return "\n".join([*head, *(f"| {each.what} | {each.words} |" for each in facts)])


def _targets(targets: Sequence[Target]) -> str:
    return "\n".join(f"- **{each.outcome}**: {each.words}" for each in targets)


def summary(sections: Iterable[Section]) -> Iterator[str]:
    """List every target once more, the missed ones first."""
    targets = [each for section in sections for each in section.targets]
    for outcome in (Outcome.MISSED, Outcome.NOT_JUDGED, Outcome.MET):
        for each in targets:
            if each.outcome is outcome:
                yield f"- **{each.outcome}**: {each.words}"


def _number(value: float | str) -> str:
    """Write three digits that matter."""
    if isinstance(value, str):
        return value
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

"""A look-up of many IDs: what each step of it takes, against one bare SELECT of them all."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dashboard.collect.collector import Collector
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.many import headlines
from dashboard.diagnose.paste import read
from tests.benchmarks import rivals
from tests.benchmarks.filling import project
from tests.benchmarks.report import Bound, Fact, Section, Target, p50_of
from tests.benchmarks.stage import TARGET, Stage
from tests.benchmarks.timing import Way, cpu_ms, interleaved

NUMBERS = (10, 500, 5_000)
JUDGED = 5  # times
JUDGING_MS = 150.0
BARE = "one bare SELECT of them all in each, the slowest of three in parallel"
TOGETHER = "look-up of them all"


def measure(stage: Stage) -> Iterator[Section]:
    settings = stage.settings("bulk", stage.big.urls)
    with (
        contextlib.closing(Collector(settings)) as collector,
        rivals.bare(stage.big.urls) as bare,
    ):
        for number in NUMBERS:
            yield _of(stage, collector, bare, number)


def _of(stage: Stage, collector: Collector, bare: rivals.Bare, number: int) -> Section:
    """Look up so many IDs, of which every second one is there."""
    ids = identifiers(stage.options.rows, number)
    text = "\n".join(ids)
    target = collector.settings.databases[TARGET].environment
    pastes = read(text).split()
    seen = collector.evidence_of_all(pastes, target)
    timings = interleaved(
        [
            Way(BARE, lambda: bare.all_of(ids)),
            Way(TOGETHER, lambda: _look_up(collector, text)),
            Way("of that, reading the text", lambda: read(text).split()),
            Way("of that, asking three environments", lambda: list(collector.look_up_all(pastes))),
            # copies: what was concluded of the first ones is kept by them
            Way("of that, the verdicts", lambda: _judge([replace(each) for each in seen])),
        ],
        stage.options.rounds(30, 8) if number < max(NUMBERS) else stage.options.rounds(10, 3),
        warm_rounds=1,
    )
    each = round(p50_of(timings, TOGETHER) / number, 3)
    facts = [Fact("look-up, an ID", each, "ms")]
    if number < max(NUMBERS):
        return Section(f"{number:,} IDs", timings, BARE, tuple(facts))
    judging_ms, wording_ms = _processor_ms(seen)
    facts.append(Fact("processor time of their summaries, where all are shown", wording_ms, "ms"))
    what = f"{number:,} IDs: processor time of the verdicts"
    target = Target(what, judging_ms, Bound.AT_MOST, JUDGING_MS, "ms")
    return Section(f"{number:,} IDs", timings, BARE, tuple(facts), (target,))


def _processor_ms(seen: Sequence[Evidence]) -> tuple[float, float]:
    """Tell what judging costs, and what putting all into words does beside it.

    The least of several: now and then all that a benchmark holds is searched for garbage.
    """
    spent = [_judged_once([replace(each) for each in seen]) for _ in range(JUDGED)]
    judging, wording = (min(each) for each in zip(*spent, strict=True))
    return judging, round(wording, 1)


def _judged_once(seen: Sequence[Evidence]) -> tuple[float, float]:
    judged: list[Finding] = []
    judging = cpu_ms(lambda: judged.extend(headlines(seen)), 1)
    return judging, cpu_ms(lambda: [each.summary for each in judged], 1)


def _look_up(collector: Collector, text: str) -> None:
    target = collector.settings.databases[TARGET].environment
    _judge(collector.evidence_of_all(read(text).split(), target))


def _judge(seen: Sequence[Evidence]) -> None:
    """Read of each verdict what the page and the command line show of many."""
    for each in headlines(seen):
        assert each.summary


def identifiers(rows: int, number: int) -> list[str]:
    """Spread IDs over twice as many projects as there are."""
    step = 2 * rows // number
    return [project(step * each + 1) for each in range(number)]

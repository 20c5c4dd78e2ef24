"""Long comparisons of what the dashboard reads with what is known to be true."""

from collections.abc import Iterator
from time import perf_counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.benchmarks.report import Bound, Section, Target
from tests.benchmarks.stage import Stage
from tests.benchmarks.timing import Timing
from tests.diagnose.paste.grammar import Text, faults, texts

TEXTS = 20_000
QUICK_TEXTS = 2_000
SLOWEST_MS = 10_000.0  # somebody waits for it
SHOWN = 20


def measure(stage: Stage) -> Iterator[Section]:
    yield pasted_texts(stage.options.rounds(TEXTS, QUICK_TEXTS))


def pasted_texts(number: int) -> Section:
    """Read composed texts: what is found in each is held against what it was composed of."""
    wrong: list[str] = []
    times: list[float] = []

    @seed(0)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts())
    def read_one(text: Text) -> None:
        start = perf_counter()
        wrong.extend(faults(text))
        times.append((perf_counter() - start) * 1_000)

    read_one()
    return Section(
        f"{len(times):,} composed texts",
        (Timing("to read one", tuple(times)),),
        targets=(
            Target("texts composed", len(times), Bound.AT_LEAST, number),
            Target("read wrongly", len(wrong), Bound.AT_MOST, 0),
            Target("slowest", max(times), Bound.AT_MOST, SLOWEST_MS, "ms"),
        ),
        notes=tuple(wrong[:SHOWN]),
    )

"""A look-up as the command line and the page make it."""

import contextlib
from collections.abc import Callable, Iterator

from dashboard.collect.collector import Collector
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import read
from dashboard.settings import Settings
from tests.benchmarks.stage import TARGET

LookUp = Callable[[str], Diagnosis]


@contextlib.contextmanager
def asking(settings: Settings) -> Iterator[LookUp]:
    """Look up with one collector, whose connections stay warm."""
    with contextlib.closing(Collector(settings)) as collector:
        yield look_up_with(collector)


def look_up_with(collector: Collector) -> LookUp:
    target = collector.settings.databases[TARGET].environment

    def look_up(text: str) -> Diagnosis:
        paste = read(text)
        answers = dict(collector.look_up(paste))
        return diagnose(collector.evidence(paste, target, answers))

    return look_up

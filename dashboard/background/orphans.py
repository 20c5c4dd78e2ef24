"""Orphan candidates of every environment: they cost too much to be counted every minute."""

from dashboard.background.periodic_task import SHARE, Clock, PeriodicTask, Schedule
from dashboard.background.snapshots import APART_S
from dashboard.collect.catalog import Definitions
from dashboard.collect.collector import Collector
from dashboard.collect.orphans.scan import count_all
from dashboard.diagnose.orphans import Orphans

EVERY_S = 300.0  # it goes through tables: nobody needs that every minute
GATHER_S = 60.0  # where lost projects live is asked once of all for those counted together


def task(clock: Clock, collector: Collector, definitions: Definitions) -> PeriodicTask[Orphans]:
    """Count once Health has begun; `definitions` are what was said to it."""
    settings = collector.settings
    begun_s = 2 * APART_S * len(settings.environments)
    return PeriodicTask(
        clock,
        "orphans",
        settings.environments,
        lambda environments: count_all(collector, environments, definitions),
        Schedule(EVERY_S, share=SHARE, gather_s=GATHER_S, after_s=begun_s),
    )

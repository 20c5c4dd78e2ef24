"""Hunt for orphans in real databases, the way the pages do."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from dashboard.collector import Collector, Pivot
from dashboard.connections import Deadline
from dashboard.diagnosis.evidence import Unavailable
from dashboard.diagnosis.orphans import Orphans
from dashboard.environments import Environment
from dashboard.orphan_hunt import HUNTING, collect, with_whereabouts
from dashboard.settings import Settings
from tests.asking import configured

Hunted = Mapping[str, Orphans | Unavailable]


def hunt(collector: Collector) -> Hunted:
    """Count every kind in every environment, and look for the lost projects elsewhere."""
    pivot = Pivot(collector.settings.databases)

    def work(environment: Environment, deadline: Deadline) -> Orphans | Unavailable:
        return collect(collector, environment, deadline, pivot)

    answers = dict(collector.ask_all(work, HUNTING))
    seen = {each: got for each, got in answers.items() if isinstance(got, Orphans)}
    explained = with_whereabouts(collector, seen)
    return {each.name: explained.get(each, got) for each, got in answers.items()}


def hunted(settings: Settings) -> Hunted:
    with contextlib.closing(Collector(settings)) as collector:
        return hunt(collector)


def in_staging(folder: Path, **urls: str) -> Orphans:
    """Hunt in staging, beside other environments."""
    staging = hunted(configured(folder, urls))["staging"]
    assert isinstance(staging, Orphans), staging
    return staging

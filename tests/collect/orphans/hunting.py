"""Hunt for orphans in real databases, the way the pages do."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from dashboard.collect.collector import Collector
from dashboard.collect.orphans.hunt import hunt as hunting
from dashboard.diagnose.evidence import Unavailable
from dashboard.diagnose.orphans import Orphans
from dashboard.settings import Settings
from tests.asking import configured

Hunted = Mapping[str, Orphans | Unavailable]


def hunt(collector: Collector) -> Hunted:
    """Count every kind in every environment, and look for the lost projects elsewhere."""
    return {each.name: got for each, got in hunting(collector)}


def hunted(settings: Settings) -> Hunted:
    with contextlib.closing(Collector(settings)) as collector:
        return hunt(collector)


def in_staging(folder: Path, **urls: str) -> Orphans:
    """Hunt in staging, beside other environments."""
    staging = hunted(configured(folder, urls))["staging"]
    assert isinstance(staging, Orphans), staging
    return staging

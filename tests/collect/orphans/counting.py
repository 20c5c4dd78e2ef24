"""Count orphans in real databases, the way the pages do."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboard.collect.collector import Collector
from dashboard.collect.orphans.scan import count_all
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.finding import Fix
from dashboard.diagnose.orphans import Ages, Orphans, remedy
from dashboard.settings import Settings
from tests import printed
from tests.asking import configured

NEW_OWNER = "NEW-OWNER-ID"


def counted(collector: Collector) -> Mapping[str, Orphans | Unavailable]:
    """Count every kind in every environment, and look for the lost projects elsewhere."""
    return {each.name: got for each, got in count_all(collector)}


def counted_in(settings: Settings) -> Mapping[str, Orphans | Unavailable]:
    with contextlib.closing(Collector(settings)) as collector:
        return counted(collector)


def in_staging(folder: Path, more: str = "", **urls: str) -> Orphans:
    """Count in staging, beside other environments; what is printed of it is tried out."""
    settings = configured(folder, urls, more)
    staging = counted_in(settings)["staging"]
    assert isinstance(staging, Orphans), staging
    connections = printed.connections(settings)
    for _, fix in fixes(staging):
        assert printed.Run(fix, "staging", connections).shortfalls() == []
    return staging


def fixes(orphans: Orphans) -> Iterator[tuple[str, Fix]]:
    """Yield what is shown of every column that has rows, or may have."""
    for kind in orphans.kinds.values():
        for each in kind.columns:
            if not each.column.closed and not each.count.none:
                yield kind.kind.code, remedy(each.column, each.cascades, Ages())

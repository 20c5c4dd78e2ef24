"""Orphan candidates by kind and by age."""

from collections.abc import Iterable

import pandas as pd

from dashboard.diagnose.nouns import Nouns
from dashboard.diagnose.orphans import KINDS, OrphanKind, Orphans

AGES = ("today", "this week", "this month", "this quarter", "older", "not known")


def orphans_per_kind(orphans: Iterable[Orphans], nouns: Nouns) -> pd.DataFrame:
    """Count candidates: one row per kind that has any, one column per environment that said."""
    titles = {kind: nouns.fill(kind.title) for kind in KINDS}
    columns = {
        each.environment.name: {
            titles[kind]: each.of(kind).count.number for kind in KINDS if each.of(kind).applies
        }
        for each in orphans
    }
    frame = pd.DataFrame(columns, index=list(titles.values()), dtype="float")
    return frame[frame.gt(0).any(axis=1)]


def orphan_ages(orphans: Iterable[Orphans], kinds: Iterable[OrphanKind]) -> pd.DataFrame:
    """Count candidates by age, one column per environment: those that were counted one by one."""
    wanted = tuple(kinds)
    columns = {each.environment.name: _ages(each, wanted) for each in orphans}
    return pd.DataFrame(columns, index=list(AGES))


def _ages(orphans: Orphans, kinds: Iterable[OrphanKind]) -> list[int]:
    counted = [ages for kind in kinds if (ages := orphans.of(kind).count.ages)]
    return [
        sum(each.within_day for each in counted),
        sum(each.within_week for each in counted),
        sum(each.within_month for each in counted),
        sum(each.within_quarter for each in counted),
        sum(each.older for each in counted),
        sum(each.undated for each in counted),
    ]

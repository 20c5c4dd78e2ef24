"""What is known of the failures of some ids in one environment, and in which words it is said."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from dashboard.diagnose import words
from dashboard.diagnose.failures.values import DELETE, Group, Signature
from dashboard.diagnose.nouns import Nouns
from queries.records import dataclass

FOREIGN_KEY_CODES = ("23503", "P2003")
UNIQUE_CODES = ("23505", "P2002", "P2014")
_CAUSES = {
    **dict.fromkeys(FOREIGN_KEY_CODES, "missing reference"),
    **dict.fromkeys(UNIQUE_CODES, "value already taken"),
    **dict.fromkeys(("23502", "P2011"), "value missing"),
    **dict.fromkeys(("23514", "P2004"), "value not allowed"),
    **dict.fromkeys(("42P01", "P2021"), "table missing"),
    **dict.fromkeys(("42703", "P2022"), "column missing"),
    "P2025": "row not found",
}


@dataclass(frozen=True, slots=True)
class KnownFailures:
    """Failures of the last days, by id and cause; `asked` are the sources that told of them.

    `unasked` says of each source that is there and told nothing why.
    """

    days: int
    by_id: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()

    def of(self, spellings: Iterable[str]) -> tuple[Group, ...]:
        """Return what is known of one id, the newest first."""
        found = (each for spelling in spellings for each in self.by_id.get(spelling, ()))
        return tuple(sorted(found, key=lambda each: each.last_at, reverse=True))

    @property
    def ids(self) -> tuple[tuple[str, tuple[Group, ...]], ...]:
        """List the ids that failed to be inserted, those that failed last first."""
        inserted = {
            identifier: groups
            for identifier, each in self.by_id.items()
            if (groups := tuple(one for one in each if one.signature.operation != DELETE))
        }
        newest = sorted(inserted.items(), key=lambda each: each[1][0].last_at, reverse=True)
        return tuple(newest)

    def plus(self, groups: Iterable[tuple[str, Group]], sources: Sequence[str]) -> "KnownFailures":
        """Add what other sources tell."""
        known = ((identifier, one) for identifier, each in self.by_id.items() for one in each)
        asked = (*self.asked, *sources)
        return KnownFailures(self.days, by_id((*known, *groups)), asked, self.unasked)


def by_id(groups: Iterable[tuple[str, Group]]) -> Mapping[str, tuple[Group, ...]]:
    """Put the failures of each id together, the newest first."""
    found: defaultdict[str, list[Group]] = defaultdict(list)
    for identifier, group in groups:
        found[identifier].append(group)
    return {
        identifier: tuple(sorted(each, key=lambda one: one.last_at, reverse=True))
        for identifier, each in found.items()
    }


def total(groups: Sequence[Group]) -> str:
    """Count them: 3 failures, the last on 2026-11-22 11:41:00 UTC."""
    number = sum(each.failures for each in groups)
    last = words.moment(max(each.last_at for each in groups))
    return f"{words.count(number, 'failure')}, the last on {last}"


def causes(groups: Iterable[Group], constraint: str, nouns: Nouns) -> str:
    """List the causes in words, the newest first."""
    return words.listed(
        list(dict.fromkeys(cause(each.signature, constraint, nouns) for each in groups))
    )


def cause(signature: Signature, constraint: str, nouns: Nouns) -> str:
    """Say what made an insert fail: project missing (23503), deployment already there (23505).

    Prisma names the unique index of the key as it names the key, table_column_key.
    """
    return "".join(_cause(signature, constraint, nouns))


def _cause(signature: Signature, constraint: str, nouns: Nouns) -> Iterator[str]:
    code, named = signature.code, signature.constraint
    if code is None:
        yield signature.operation or "cause not recorded"
        return
    if code in FOREIGN_KEY_CODES and named in (None, constraint):
        still = signature.operation == DELETE
        yield f"{nouns.parent} {'still referenced' if still else 'missing'} ({code})"
        return
    if code in UNIQUE_CODES and named == constraint.removesuffix("_fkey") + "_key":
        yield f"{nouns.child} already there ({code})"
        return
    yield _CAUSES.get(code, "error")
    yield f" on {words.short(named)}" if named else ""
    yield f" ({code})"

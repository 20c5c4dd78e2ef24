"""Which ids are like the one pasted: how they are asked for, and what of them is not."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from dashboard.collect.discovery import TEXT_TYPES
from dashboard.collect.discovery.entities import COUNTED
from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts, Relation
from dashboard.diagnose.key_types import fits
from dashboard.diagnose.paste import looks_like
from queries.rows import OtherCase

SHORTEST_NEAR = 8  # characters: shorter ids are like each other
SHORTEST_PREFIX = 6
MOST_PROBES = 5_200
HEX = "0123456789abcdef"
LOWER = HEX + "ghijklmnopqrstuvwxyz"
ALPHABETS = (LOWER, LOWER + "_-", LOWER.upper(), LOWER.upper() + "_-")
ANY = LOWER + LOWER[10:].upper() + "_-"
UUID_DIGITS = 32
A_UUID = "^[0-9a-f]{32}$"
ONE_CASE = frozenset({"cuid", "uuid"})  # shapes whose ids never mix capitals and small letters
PAST_ANY = "z" * 40


class Slips(NamedTuple):
    """All texts one slip away from `id` are probed for; those that are no key are not `fitting`."""

    id: str
    alphabet: str
    fitting: str | None = None


def slips(identifier: str, key_type: tuple[str, str]) -> Slips | None:
    if key_type[1] == "uuid":
        digits = _digits(identifier)
        return Slips(digits, HEX, A_UUID) if abs(len(digits) - UUID_DIGITS) <= 1 else None
    if key_type[1] not in TEXT_TYPES or len(identifier) < SHORTEST_NEAR:
        return None
    alphabet = _alphabet(identifier)
    probes = 2 * len(identifier) * len(alphabet)
    return Slips(identifier, alphabet) if probes <= MOST_PROBES else None


def _alphabet(identifier: str) -> str:
    return next((each for each in ALPHABETS if set(identifier) <= set(each)), ANY)


def _digits(identifier: str) -> str:
    return identifier.replace("-", "").lower()


class Range(NamedTuple):
    """The keys from `low` to `high`, which begin with `prefix`."""

    prefix: str
    low: str
    high: str


def beginning(identifier: str, key_type: tuple[str, str]) -> Range | None:
    if len(identifier) < SHORTEST_PREFIX:
        return None
    if key_type[1] in TEXT_TYPES:
        return Range(identifier, identifier, identifier + PAST_ANY)
    digits = _digits(identifier)
    if key_type[1] != "uuid" or len(digits) >= UUID_DIGITS or not set(digits) <= set(HEX):
        return None
    low, high = (digits.ljust(UUID_DIGITS, each) for each in "0f")
    return Range(_dashed(digits), low, high)


def _dashed(digits: str) -> str:
    ends = (0, 8, 12, 16, 20, UUID_DIGITS)
    parts = (digits[start:end] for start, end in pairwise(ends))
    return "-".join(part for part in parts if part)


def could_be_cased(identifier: str, key_type: tuple[str, str]) -> bool:
    """Whether it is worth asking for the same id in other letter case."""
    return _has_cases(identifier, key_type) and ONE_CASE.isdisjoint(looks_like(identifier))


def _has_cases(identifier: str, key_type: tuple[str, str]) -> bool:
    return key_type[1] in TEXT_TYPES and identifier.lower() != identifier.upper()


def similar_unsearched(
    identifier: str, facts: EnvironmentFacts, other_case: OtherCase | None
) -> Iterator[str]:
    """Say what could be like an id, and was not looked into."""
    parent = facts.catalog.parent
    if parent is None:
        return
    if why := _why_no_slips(identifier, parent):
        yield f"similar IDs were not searched: {why}"
    complete = other_case is not None and other_case.complete
    if _has_cases(identifier, parent.key_type) and not complete and _mixed(facts.sample_ids):
        yield "IDs in upper or lower case were not searched: no suitable index"


def _why_no_slips(identifier: str, parent: Relation) -> str | None:
    if parent.numbered:
        return "numbers have too many neighbours" if fits(identifier, parent.key_type) else None
    if parent.plain_key is None:
        return f"{parent.label} is not text, a number or a UUID"
    if parent.key_type[1] not in TEXT_TYPES or slips(identifier, parent.key_type):
        return None
    return f"this one has {words.count(len(identifier), 'character')}"


def _mixed(ids: tuple[str, ...]) -> bool:
    """Whether ids here have letters of both cases: else the spellings asked for are all."""
    return any(each not in (each.lower(), each.upper()) for each in ids)


def columns_unsearched(identifier: str, facts: EnvironmentFacts) -> Iterator[str]:
    """Say how many columns could hold the id, and were not searched for it."""
    for why, columns in facts.catalog.entities_left.items():
        if why != COUNTED or identifier.isdigit():
            number = words.count(len(columns), "further column")
            was = "was" if len(columns) == 1 else "were"
            yield f"{number} {was} not searched ({why}): {words.some(columns)}"

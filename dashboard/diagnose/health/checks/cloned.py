"""F1 and O14: environments that are copies of one another.

Two environments, the same database and schema by their identity in the cluster:

| system identifier | server's start | one is a standby | finding                       |
| ----------------- | -------------- | ---------------- | ----------------------------- |
| equal             | differs        | yes              | environment-copy (a replica)  |
| equal             | differs        | no               | environment-copy (lineage)    |
| equal             | equal          | -                | - (one server, same-database) |
| differs, unknown  | -              | -                | - (see below)                 |

Two environments of different servers or databases, by a sample of 20 projects or more:

| of one's sample, in the other with the same time | the other way round | finding             |
| ------------------------------------------------ | ------------------- | ------------------- |
| 99 % or more                                     | less                | the one is the copy |
| 99 % or more                                     | 99 % or more        | either may be       |
| less, or not compared                            | less                | -                   |
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.samples import Pair, compared, looked_for, seen

LEAST = 20
SHARE = 0.99


def judge(case: Case) -> Iterator[Finding]:
    """Compare the environment with each listed before it; of copies of one another, with one."""
    told: list[EnvironmentFacts] = []
    for other in case.before:
        if any(True for each in told for _ in compare(each, other)):
            continue
        for found in compare(other, case.facts):
            told.append(other)
            one = other.name if found.environment == case.facts.name else case.facts.name
            yield replace(found, others=(one,))


def compare(one: EnvironmentFacts, other: EnvironmentFacts) -> Iterator[Finding]:
    if one.identity == other.identity:
        return
    if _lineage(one, other):
        yield _related(one, other)
    else:
        yield from _rows(one, other)


def _lineage(one: EnvironmentFacts, other: EnvironmentFacts) -> bool:
    """Whether both are the same database of one cluster, or of two that were one once."""
    first, second = one.identity, other.identity
    known = first.system_identifier and first.started_at and second.started_at
    alike = (replace(each, started_at=None) for each in (first, second))
    return bool(known) and len(set(alike)) == 1 and first.started_at != second.started_at


def _related(one: EnvironmentFacts, other: EnvironmentFacts) -> Finding:
    if one.proof.in_recovery == other.proof.in_recovery:
        return _branch(one, other)
    return _replica(one, other) if one.proof.in_recovery else _replica(other, one)


def _replica(standby: EnvironmentFacts, primary: EnvironmentFacts) -> Finding:
    return _found(
        standby,
        f"{standby.name} is a replica of {primary.name} or of their common origin.",
        "A standby follows its primary: it cannot be repaired on its own and may lag behind.",
        "the same system identifier on another server, in recovery",
        Confidence.CERTAIN,
    )


def _branch(one: EnvironmentFacts, other: EnvironmentFacts) -> Finding:
    return _found(
        other,
        f"{one.name} and {other.name} have a common origin: clone, branch or replica.",
        "One is a copy of the other, or both are copies of a third. Older rows have the same ID "
        "in both; newer rows do not.",
        "the same system identifier on another server",
        Confidence.LIKELY,
    )


def _rows(one: EnvironmentFacts, other: EnvironmentFacts) -> Iterator[Finding]:
    """Recognise a copy made by dump and restore, which has another system identifier."""
    there, back = compared(one, other), compared(other, one)
    if _contained(there) and _contained(back):
        summary = f"{one.name} and {other.name} contain the same {_rows_of(one)}."
        yield _copied(other, summary, one.name, back, "It is unknown which of them is the copy.")
    elif _contained(there):
        yield _copied(one, _probably(one, other), other.name, there, _newer(other))
    elif _contained(back):
        yield _copied(other, _probably(other, one), one.name, back, _newer(one))


def _contained(pairs: Sequence[Pair]) -> bool:
    same = [pair for pair in pairs if _copy(pair)]
    return len(pairs) >= LEAST and len(same) >= SHARE * len(pairs)


def _copy(pair: Pair) -> bool:
    created = pair.sampled.created_at
    return pair.there is not None and created is not None and created == pair.there.created_at


def _probably(copy: EnvironmentFacts, original: EnvironmentFacts) -> str:
    rows = _rows_of(copy)
    return f"{copy.name} contains the {rows} of {original.name}: it is probably a copy."


def _rows_of(facts: EnvironmentFacts) -> str:
    return facts.catalog.nouns.parent.many


def _newer(original: EnvironmentFacts) -> str:
    return f"{original.name} also has newer {_rows_of(original)} that are not in it."


def _copied(
    copy: EnvironmentFacts, summary: str, original: str, pairs: Sequence[Pair], which: str
) -> Finding:
    same, parent = sum(map(_copy, pairs)), copy.catalog.nouns.parent
    return _found(
        copy,
        summary,
        f"{which} {words.capital(parent.a)} deleted in one may still exist in the other.",
        f"{same} of a sample of {parent.counted(len(pairs))} are in {original}, created "
        "at the same moment",
        Confidence.LIKELY,
    )


def _found(
    copy: EnvironmentFacts, summary: str, explanation: str, fact: str, confidence: Confidence
) -> Finding:
    return Finding(
        code="environment-copy",
        severity=Severity.INFO,
        confidence=confidence,
        environment=copy.name,
        summary=summary,
        explanation=explanation,
        evidence=(copy.fact(fact, "projects_among"),),
        resolves_when="the environments are filled independently",
    )


CHECK = Check(
    "Own {parent.many}",
    frozenset({"environment-copy"}),
    judge,
    seen,
    looked_for,
    between=True,
    of_schema=False,
)

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

from collections.abc import Iterator
from dataclasses import replace

from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Confidence, Finding, Severity
from dashboard.diagnose.health.case import Case, Check, Compare
from dashboard.diagnose.health.kinship import Containment, Kinship
from dashboard.diagnose.health.samples import looked_for, seen


def judge(case: Case) -> Iterator[Finding]:
    """Compare the environment with each listed before it; of copies of one another, with one."""
    told: list[EnvironmentFacts] = []
    for other in case.before:
        if any(copies(each, other, case.kinship) for each in told):
            continue
        for found in compare(other, case.facts, case.kinship):
            told.append(other)
            one = other.name if found.environment == case.facts.name else case.facts.name
            yield replace(found, others=(one,))


def copies(one: EnvironmentFacts, other: EnvironmentFacts, kinship: Compare) -> bool:
    """Whether `compare` tells of them; hundreds of copies are asked about, and few told of."""
    if one.identity == other.identity:
        return False
    if _lineage(one, other):
        return True
    kin = kinship(one, other)
    return kin.there.whole or kin.back.whole


def compare(one: EnvironmentFacts, other: EnvironmentFacts, kinship: Compare) -> Iterator[Finding]:
    if one.identity == other.identity:
        return
    if _lineage(one, other):
        yield _related(one, other)
    else:
        yield from _rows(one, other, kinship(one, other))


def _lineage(one: EnvironmentFacts, other: EnvironmentFacts) -> bool:
    """Whether both are the same database of one cluster, or of two that were one once."""
    first, second = one.identity, other.identity
    alike = first.lineage is not None and first.lineage == second.lineage
    return alike and first.started_at != second.started_at


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


def _rows(one: EnvironmentFacts, other: EnvironmentFacts, kin: Kinship) -> Iterator[Finding]:
    """Recognise a copy made by dump and restore, which has another system identifier."""
    there, back = kin.there, kin.back
    if there.whole and back.whole:
        summary = f"{one.name} and {other.name} contain the same {_rows_of(one)}."
        yield _copied(other, summary, one.name, back, "It is unknown which of them is the copy.")
    elif there.whole:
        yield _copied(one, _probably(one, other), other.name, there, _newer(other))
    elif back.whole:
        yield _copied(other, _probably(other, one), one.name, back, _newer(one))


def _probably(copy: EnvironmentFacts, original: EnvironmentFacts) -> str:
    rows = _rows_of(copy)
    return f"{copy.name} contains the {rows} of {original.name}: it is probably a copy."


def _rows_of(facts: EnvironmentFacts) -> str:
    return facts.catalog.nouns.parent.many


def _newer(original: EnvironmentFacts) -> str:
    return f"{original.name} also has newer {_rows_of(original)} that are not in it."


def _copied(
    copy: EnvironmentFacts, summary: str, original: str, rows: Containment, which: str
) -> Finding:
    parent = copy.catalog.nouns.parent
    return _found(
        copy,
        summary,
        f"{which} {words.capital(parent.a)} deleted in one may still exist in the other.",
        f"{rows.copied} of a sample of {parent.counted(rows.compared)} are in {original}, created "
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
    in_pairs=True,
    of_schema=False,
)

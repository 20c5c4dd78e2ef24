"""D9: whether each key can stand in one row only.

| unique index | wanted                 | nullable | invalid leftovers | finding                  |
| ------------ | ---------------------- | -------- | ----------------- | ------------------------ |
| valid        | -                      | -        | no                | -                        |
| valid        | -                      | -        | yes               | unique-invalid (warning) |
| invalid      | -                      | -        | yes               | unique-invalid (error)   |
| missing      | yes                    | no       | no                | unique-missing           |
| missing      | yes                    | yes      | no                | - (before the migration) |
| missing      | no                     | -        | no                | - (nobody has one)       |
"""

from collections.abc import Iterator

from dashboard.diagnose.facts import Blocker, EnvironmentFacts
from dashboard.diagnose.finding import Fact, Finding, Fix, Severity
from dashboard.diagnose.health.case import Case, Check
from dashboard.diagnose.health.effects import way_out
from dashboard.diagnose.relationship import Unique
from dashboard.diagnose.repairs import Repairs
from queries.rows import KeyIndex


def judge(case: Case) -> Iterator[Finding]:
    """Judge the unique index; that there is none is wrong only where it is known to be wanted."""
    facts, expected = case.facts, case.single
    if facts.constraint is None:
        return
    if _leftovers(facts):
        yield _invalid(facts, expected=expected)
    elif expected and facts.constraint.not_null and facts.constraint.unique is Unique.MISSING:
        yield _missing(case)


def _leftovers(facts: EnvironmentFacts) -> tuple[KeyIndex, ...]:
    return tuple(
        each for each in facts.indexes if each.is_unique and each.alone and not each.usable
    )


def _missing(case: Case) -> Finding:
    facts, name, column = case.facts, case.facts.name, _column(case.facts)
    nouns = facts.catalog.nouns
    return Finding(
        code="unique-missing",
        severity=Severity.ERROR,
        environment=name,
        summary=f"{name} has no unique index on {column}.",
        explanation=f"It accepts two {nouns.child.many} of one {nouns.parent}, which the "
        "application does not expect.",
        evidence=_seen(facts),
        fix=way_out(case) or _build(facts),
        resolves_when=f"{column} has a valid unique index",
    )


def _invalid(facts: EnvironmentFacts, *, expected: bool) -> Finding:
    name, column, nouns = facts.name, _column(facts), facts.catalog.nouns
    beside = facts.constraint is not None and facts.constraint.unique is Unique.VALID
    effect = (
        "A valid one also exists: this one only slows down every write."
        if beside
        else f"It does not prevent two {nouns.child.many} of one {nouns.parent}."
    )
    return Finding(
        code="unique-invalid",
        severity=Severity.WARNING if beside else Severity.ERROR,
        environment=name,
        summary=f"The unique index on {column} in {name} is invalid.",
        explanation=f"Creating it failed midway and left it invalid. {effect}",
        evidence=_seen(facts),
        caveats=("an index under construction looks the same",),
        # where no environment has one, several rows of a key may be what the application wants
        fix=_build(facts) if expected and not beside else _drop(facts),
        resolves_when="a valid index exists and no invalid one remains",
    )


def _seen(facts: EnvironmentFacts) -> tuple[Fact, ...]:
    there = tuple(facts.fact(_words(each), "key_indexes") for each in facts.indexes)
    nothing = facts.fact(f"no index leads with {_column(facts)}", "key_indexes")
    return there or (nothing,)


def _words(index: KeyIndex) -> str:
    flags = (
        "unique" if index.is_unique else "not unique",
        "" if index.alone else "with more columns",
        "only for some rows" if index.partial else "",
        "" if index.usable else "invalid",
    )
    return f"index {index.name}: {', '.join(filter(None, flags))}"


def _column(facts: EnvironmentFacts) -> str:
    child = facts.catalog.child
    return child.label if child else ""


def _build(facts: EnvironmentFacts) -> Fix | None:
    """Remove the duplicates and the leftovers, then build the index without locking out writes."""
    if facts.ends is None:
        return None
    repairs = Repairs.of(facts)
    return Fix(
        title="Remove the duplicates, then create the index",
        steps=(
            "Find the duplicates and decide which rows to keep.",
            *(
                repairs.caution([Blocker.DUPLICATE])
                or ("Remove the others; this statement keeps the newest of each.",)
            ),
            "Create the index; run each statement outside a transaction.",
        ),
        commands=(
            *repairs.clean([Blocker.DUPLICATE]),
            *(repairs.drop_index(each.name) for each in _leftovers(facts)),
            repairs.unique_index_beside_writes(),
        ),
        risk="high: removes rows; creating the index reads the whole table",
        needs_role="table owner",
    )


def _drop(facts: EnvironmentFacts) -> Fix | None:
    if facts.ends is None:
        return None
    repairs = Repairs.of(facts)
    return Fix(
        title="Drop the invalid index",
        steps=(
            ("Make sure that no index is under construction, then run this outside a transaction."),
        ),
        commands=tuple(repairs.drop_index(each.name) for each in _leftovers(facts)),
        risk="low: nothing uses an invalid index",
        needs_role="table owner",
    )


def _compares(case: Case) -> bool:
    """Where it is still nullable nothing is amiss without the index, and nothing guarded."""
    state = case.facts.constraint
    return case.single and state is not None and state.unique is Unique.VALID


CHECK = Check(
    "One {child} per {parent}",
    frozenset({"unique-missing", "unique-invalid"}),
    judge,
    sees=lambda case: case.sees_constraint,
    compares=_compares,
    of_constraint=True,
)

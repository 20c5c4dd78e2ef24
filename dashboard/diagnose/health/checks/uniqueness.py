"""D9: whether each key can stand in one row only.

| unique index | strict migration known | nullable | invalid leftovers | finding                  |
| ------------ | ---------------------- | -------- | ----------------- | ------------------------ |
| valid        | -                      | -        | no                | -                        |
| valid        | -                      | -        | yes               | unique-invalid (warning) |
| invalid      | -                      | -        | yes               | unique-invalid (error)   |
| missing      | yes                    | no       | no                | unique-missing           |
| missing      | yes                    | yes      | no                | - (before the migration) |
| missing      | no                     | -        | no                | - (nobody has one)       |
"""

from collections.abc import Iterator

from dashboard.diagnose.finding import Fact, Finding, Fix, Severity
from dashboard.diagnose.health.checks.repairs import Blocker, Repairs
from dashboard.diagnose.health.checks.shape import Inspection, Unique
from dashboard.diagnose.health.checks.strict import Strict
from queries.rows import KeyIndex


def check(inspection: Inspection, strict: Strict | None) -> Iterator[Finding]:
    """Judge the unique index; that there is none is wrong only where others have it."""
    shape = inspection.shape
    if shape is None:
        return
    expected = strict is not None and strict.after.unique is Unique.VALID
    if _leftovers(inspection):
        yield _invalid(inspection, expected=expected)
    elif expected and shape.not_null and shape.unique is Unique.MISSING:
        yield _missing(inspection)


def _leftovers(inspection: Inspection) -> tuple[KeyIndex, ...]:
    return tuple(
        each for each in inspection.indexes if each.is_unique and each.alone and not each.usable
    )


def _missing(inspection: Inspection) -> Finding:
    name, column = inspection.environment.name, _column(inspection)
    return Finding(
        code="unique-missing",
        severity=Severity.ERROR,
        environment=name,
        summary=f"{name} has no unique index on {column}.",
        explanation="Two deployments of one project are accepted, which the application does not "
        "expect.",
        evidence=_seen(inspection),
        fix=_build(inspection),
        resolves_when=f"{column} has a valid unique index",
    )


def _invalid(inspection: Inspection, *, expected: bool) -> Finding:
    name, column = inspection.environment.name, _column(inspection)
    beside = inspection.shape is not None and inspection.shape.unique is Unique.VALID
    effect = (
        "A valid one stands beside it: this one only costs time at each write."
        if beside
        else "It does not keep two deployments of one project apart, whatever its name says."
    )
    return Finding(
        code="unique-invalid",
        severity=Severity.WARNING if beside else Severity.ERROR,
        environment=name,
        summary=f"The unique index on {column} in {name} is invalid.",
        explanation=f"Building it failed half-way and left it behind. {effect}",
        evidence=_seen(inspection),
        caveats=("an index that is being built at this moment looks the same",),
        # where no environment has one, several rows of a key may be what the application wants
        fix=_build(inspection) if expected and not beside else _drop(inspection),
        resolves_when="no invalid index is left, and a valid one is there",
    )


def _seen(inspection: Inspection) -> tuple[Fact, ...]:
    facts = tuple(inspection.saw(_words(each), "key_indexes") for each in inspection.indexes)
    nothing = inspection.saw(f"no index leads with {_column(inspection)}", "key_indexes")
    return facts or (nothing,)


def _words(index: KeyIndex) -> str:
    flags = (
        "unique" if index.is_unique else "not unique",
        "" if index.alone else "with more columns",
        "only for some rows" if index.partial else "",
        "" if index.usable else "invalid",
    )
    return f"index {index.name}: {', '.join(filter(None, flags))}"


def _column(inspection: Inspection) -> str:
    child = inspection.schema.child
    return f"{child.table.name}.{child.key}" if child else ""


def _build(inspection: Inspection) -> Fix | None:
    """Remove the duplicates and the leftovers, then build the index without locking out writes."""
    if inspection.ends is None:
        return None
    repairs = Repairs.of(inspection)
    return Fix(
        title="Remove the duplicates, then build the index",
        steps=(
            "See whether there are duplicates, and decide which rows to keep.",
            *(
                repairs.caution([Blocker.DUPLICATE])
                or ("Remove them; the statement given keeps the newest of each.",)
            ),
            "Build the index, each statement outside a transaction.",
        ),
        commands=(
            *repairs.clean([Blocker.DUPLICATE]),
            *(repairs.drop_index(each.name) for each in _leftovers(inspection)),
            repairs.unique_index_beside_writes(),
        ),
        risk="high: removes rows; building the index reads the whole table",
        needs_role="table owner",
    )


def _drop(inspection: Inspection) -> Fix | None:
    if inspection.ends is None:
        return None
    repairs = Repairs.of(inspection)
    return Fix(
        title="Drop the invalid index",
        steps=("Make sure that no index is being built, then run this outside a transaction.",),
        commands=tuple(repairs.drop_index(each.name) for each in _leftovers(inspection)),
        risk="low: nothing uses an invalid index",
        needs_role="table owner",
    )

"""D18: whether the strict migration would fail on the rows that are there, and at which first.

| NULL        | duplicates  | ghosts      | finding                       |
| ----------- | ----------- | ----------- | ----------------------------- |
| some        | any         | any         | would-fail at 23502           |
| none        | some        | any         | would-fail at 23505           |
| none        | none        | some        | would-fail at 23503           |
| not counted | some        | any         | would-fail at 23505 or before |
| not counted | none        | some        | would-fail at 23503 or before |
| none        | not counted | some        | would-fail at 23503 or before |
| otherwise: at least one not counted     ||| would-fail (unknown)          |
| none        | none        | none        | -                             |

None: counted, or ruled out by the catalog (NOT NULL, a valid unique index, a proven foreign key).
Where a script that is applied before, or the strict one itself, changes rows, would-fail is a
warning and only possible: nobody knows what it leaves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.diagnose import words
from dashboard.diagnose.facts import Blocker, EnvironmentFacts, Unavailable
from dashboard.diagnose.finding import Confidence, Fact, Finding, Fix, Severity
from dashboard.diagnose.health.case import Case
from dashboard.diagnose.migrations import commands
from dashboard.diagnose.migrations.states import TO_COME, migration_statuses
from dashboard.diagnose.migrations.strict.migration import StrictMigration, StrictState
from dashboard.diagnose.relationship import Unique
from dashboard.diagnose.repairs import Repairs
from queries.rows import Blocking

MOST_COUNTED = 1000
QUERIES = {
    Blocker.NULL: "null_keys",
    Blocker.DUPLICATE: "duplicate_keys",
    Blocker.DANGLING: "dangling_keys",
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of a kind: exact, at least as many, or None with the reason."""

    blocker: Blocker
    number: int | None
    exact: bool = True
    first_ids: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def words(self) -> str:
        if self.number is None:
            return f"{_called(self.blocker)} not counted"
        sign = "" if self.exact else "≥ "
        return f"{sign}{self.number} {_called(self.blocker, self.number)}"


def to_count(facts: EnvironmentFacts) -> tuple[Blocker, ...]:
    """Name what the catalog does not rule out: only this has to be counted."""
    constraint = facts.constraint
    if constraint is None:
        return ()
    open_questions = (
        (not constraint.not_null, Blocker.NULL),
        (constraint.unique is not Unique.VALID, Blocker.DUPLICATE),
        (not facts.proven, Blocker.DANGLING),
    )
    return tuple(blocker for is_open, blocker in open_questions if is_open)


def counts(facts: EnvironmentFacts) -> tuple[Count, ...]:
    """Read what was counted; what had to be and was not is not known."""
    counted = facts.blocking or {}
    return tuple(_count(blocker, counted.get(blocker)) for blocker in to_count(facts))


def _count(blocker: Blocker, answer: Blocking | Unavailable | None) -> Count:
    if answer is None:
        return Count(blocker, None, reason="it was not requested")
    if isinstance(answer, Unavailable):
        return Count(blocker, None, reason=answer.message)
    exact = answer.rows <= MOST_COUNTED
    return Count(blocker, min(answer.rows, MOST_COUNTED), exact, answer.first_ids)


def judge(case: Case) -> Finding | None:
    """Foretell what the strict migration would do where it has not been tried yet.

    Where it stopped half-way, `partial` says what remains to be done.
    """
    facts, strict = case.facts, case.strict
    if strict is None or facts.blocking is None or case.strict_applied:
        return None
    if case.strict_state not in (StrictState.S0, StrictState.DRIFT):
        return None
    found = counts(facts)
    stops = tuple(each for each in found if each.number)
    unknown = tuple(each for each in found if each.number is None)
    if stops:
        return _would_fail(case, strict, stops, unknown)
    return _not_known(facts, strict, unknown) if unknown else None


def _rewriting(case: Case, strict: StrictMigration) -> tuple[str, ...]:
    """Name what is still to come, up to the strict migration, and changes rows."""
    if strict.script is None:
        return ()
    return tuple(
        each.name
        for each in migration_statuses(case.ledger)
        if each.state in TO_COME
        and each.name <= strict.script.migration
        and each.name in strict.script.rewriting
    )


def _would_fail(
    case: Case, strict: StrictMigration, stops: Sequence[Count], unknown: Sequence[Count]
) -> Finding:
    facts, name, first = case.facts, case.facts.name, stops[0]
    rewriting = _rewriting(case, strict)
    order = list(Blocker)
    earlier = [each for each in unknown if order.index(each.blocker) < order.index(first.blocker)]
    when = "at the latest " if earlier else ""
    ids = ", ".join(words.short(each) for stop in stops for each in stop.first_ids)
    return Finding(
        code="would-fail",
        severity=Severity.WARNING if rewriting else Severity.ERROR,
        confidence=Confidence.POSSIBLE if rewriting else Confidence.CERTAIN,
        environment=name,
        summary=(
            f"{strict.name} would fail in {name}: {', '.join(each.words for each in stops)}"
            f"{f'; first IDs {ids}' if ids else ''}."
        ),
        explanation=f"PostgreSQL would stop {when}with {first.blocker.value} at "
        f"{_called(first.blocker)}; each of the others would stop a later deploy.",
        evidence=tuple(_seen(facts, each) for each in (*stops, *unknown)),
        caveats=(*_cleaning(rewriting), *_reasons(unknown), *facts.doubts),
        fix=_clean(case, strict, [*stops, *unknown]),
        resolves_when="no such rows remain and the migration is applied",
    )


def _cleaning(rewriting: Sequence[str]) -> Iterator[str]:
    if rewriting:
        names = words.listed([words.short(each) for each in rewriting])
        yield f"{names} may change rows first: these rows may be gone by then"


def _not_known(
    facts: EnvironmentFacts, strict: StrictMigration, unknown: Sequence[Count]
) -> Finding:
    name = facts.name
    kinds = words.listed([_called(each.blocker) for each in unknown])
    return Finding(
        code="would-fail",
        severity=Severity.UNKNOWN,
        environment=name,
        summary=f"It is unknown whether {strict.called} would fail in {name}.",
        explanation=f"Not counted: {kinds}. Nothing else would stop it.",
        evidence=tuple(_seen(facts, each) for each in unknown),
        caveats=_reasons(unknown),
        fix=_look(facts, unknown),
        resolves_when="the rows can be counted",
    )


def _seen(facts: EnvironmentFacts, count: Count) -> Fact:
    ids = f": {', '.join(words.short(each) for each in count.first_ids)}" if count.first_ids else ""
    return facts.fact(f"{count.words}{ids}", QUERIES[count.blocker])


def _reasons(unknown: Sequence[Count]) -> tuple[str, ...]:
    return tuple(f"{each.words}: {each.reason}" for each in unknown)


def _clean(case: Case, strict: StrictMigration, found: Sequence[Count]) -> Fix | None:
    if case.facts.ends is None:
        return None
    repairs = Repairs.of(case.facts)
    cleaning = repairs.clean([each.blocker for each in found])
    return Fix(
        option=3,
        title="Remove the blocking rows, then deploy",
        steps=(
            "Review the rows in this order and correct what is still needed.",
            *(
                repairs.caution(each.blocker for each in found)
                or ("Remove the rest with these statements.",)
            ),
            f"Deploy: this applies {strict.called}.",
        ),
        commands=(*cleaning, commands.prisma(case.ledger, "Apply", "deploy")),
        risk="high: removes rows and changes the database schema",
        needs_role="table owner",
    )


def _look(facts: EnvironmentFacts, unknown: Sequence[Count]) -> Fix | None:
    if facts.ends is None:
        return None
    repairs = Repairs.of(facts)
    return Fix(
        title="Check for these rows before deploying",
        steps=("Run these when the database is idle: each reads the whole table.",),
        commands=tuple(repairs.see(each.blocker) for each in unknown),
        risk="none (read-only)",
    )


def _called(blocker: Blocker, number: int = 2) -> str:
    match blocker:
        case Blocker.NULL:
            return "NULL"
        case Blocker.DUPLICATE:
            return "duplicate" if number == 1 else "duplicates"
        case Blocker.DANGLING:
            return "ghost" if number == 1 else "ghosts"

"""What becomes of one migration on the rows that are there, by the answers to its questions."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from queries.records import dataclass

MOST_COUNTED = 1000


class Answer(StrEnum):
    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Risk:
    """What may stop a statement: `text` asks for it; where it cannot be asked, `doubt` says why.

    `keyed` asks for the first keys of these rows, too, `shown` is for people to list them, and
    `removal` to delete them from `table`, where no statement before has changed any. `reads` are
    the columns of the first table that it needs. `possible`: such rows may stop it or not. `sure`:
    it stops whatever the rows are. `computed`: the question fails as the statement would, with an
    error about what is in a row.
    """

    step: int
    sqlstate: str
    what: str
    text: str = ""
    doubt: str = ""
    keyed: str = ""
    shown: str = ""
    removal: str = ""
    table: tuple[str, str] | None = None
    reads: tuple[str, ...] = ()
    possible: bool = False
    sure: bool = False
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A risk, and how many rows there are; None where that is not known, and why.

    `sqlstate` is that of the question, where it failed as the statement would.
    """

    risk: Risk
    number: int | None
    why: str = ""
    keys: tuple[str, ...] = ()
    sqlstate: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a statement drops although it holds something: counted up to a limit."""

    step: int
    what: str
    text: str
    number: int | None = None

    @property
    def sentence(self) -> str:
        held = "an unknown number" if self.number is None else counted(self.number)
        kind = "rows" if self.what.startswith("table ") else "values"
        return f"drops {self.what}: {held} of its {kind} are lost"


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Rows that stop a statement; `keys` are the first of them, `shown` lists them all.

    `number` is None where the database stops at the first and says no more. `removal` deletes them
    from `table`: what that takes along is for the caller to say.
    """

    sqlstate: str
    what: str
    number: int | None
    keys: tuple[str, ...] = ()
    shown: str = ""
    removal: str = ""
    table: tuple[str, str] | None = None

    @property
    def sentence(self) -> str:
        if self.number is None:
            return self.what
        what = self.what.replace("s ", " ", 1) if self.number == 1 else self.what
        return f"{counted(self.number)} {what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one migration on the rows as they are now.

    `step` is the number of the statement that stops it, `statement` its text. `latest`: it stops
    there at the latest, for of an earlier one nobody can say.
    """

    answer: Answer
    step: int | None = None
    sqlstates: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    latest: bool = False
    statement: str = ""
    in_the_way: tuple[InTheWay, ...] = ()
    losses: tuple[Loss, ...] = ()
    too_slow: bool = False


def without_keys(verdict: Verdict) -> Verdict:
    """Leave out which rows they are, for whom may not see that."""
    kept = tuple(replace(each, keys=()) for each in verdict.in_the_way)
    return replace(verdict, in_the_way=kept)


def counted(number: int) -> str:
    return f"more than {MOST_COUNTED:,}" if number > MOST_COUNTED else f"{number:,}"


def judged(answers: Sequence[Counted], statements: Sequence[str] = ()) -> Verdict:
    """Take the first statement that is certain to be stopped; else what is not known.

    | rows in the way | not known | verdict |
    | --------------- | --------- | ------- |
    | some            | any       | fails   |
    | none            | some      | unknown |
    | none            | none      | passes  |

    Which of several things stops one statement first is not defined: any of them may.
    """
    hits = [each for each in answers if each.number and not each.risk.possible]
    doubts = [each for each in answers if each.number is None or _may(each)]
    if not hits:
        reasons = tuple(dict.fromkeys(map(_doubted, doubts)))
        return Verdict(Answer.UNKNOWN if doubts else Answer.PASSES, reasons=reasons)
    step = min(each.risk.step for each in hits)
    found = tuple(_in_the_way(each) for each in hits if each.risk.step == step)
    also = (each.risk.sqlstate for each in doubts if each.risk.step == step)
    return Verdict(
        Answer.FAILS,
        step,
        tuple(dict.fromkeys(filter(None, [*(each.sqlstate for each in found), *also]))),
        tuple(each.sentence for each in found),
        any(each.risk.step < step for each in doubts),
        next(iter(statements[step - 1 : step]), ""),
        found,
    )


def _may(each: Counted) -> bool:
    return each.risk.possible and bool(each.number)


def _doubted(each: Counted) -> str:
    why = each.risk.doubt or each.why or "they may stop it or not"
    return f"statement {each.risk.step}: {each.risk.what} ({why})"


def _in_the_way(each: Counted) -> InTheWay:
    risk = each.risk
    number = None if risk.sure or each.sqlstate else each.number
    sqlstate = each.sqlstate or risk.sqlstate
    return InTheWay(sqlstate, risk.what, number, each.keys, risk.shown, risk.removal, risk.table)

"""A claim put to the proof: what a copy of the tables showed of it.

Whatever comes of it, the verdict stays: it rests on the rows that are there, and the proof on a
copy without them.
"""

from typing import Any

from dashboard.diagnose import words
from dashboard.diagnose.lookup.claims import Claim, Copying
from dashboard.diagnose.migrations.schema.excerpt import (
    Excerpt,
    NotReproducible,
    Refusal,
    Written,
)
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from queries.records import dataclass


@dataclass(frozen=True, slots=True)
class CopyProof:
    """Whether the plan to copy went in, and let the attempt pass."""

    rehearsed: bool
    summary: str
    succeeds: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What the copy showed; `fixed`: it passed once it was put right."""

    summary: str
    refused: Refusal | None = None
    reproduced: bool = False
    fixed: bool = False
    left_out: tuple[str, ...] = ()
    copy: CopyProof | None = None

    @property
    def omitted(self) -> tuple[str, ...]:
        """Name, once each, what may decide in the environment and was in no copy."""
        return tuple(dict.fromkeys((*self.left_out, *(self.copy.left_out if self.copy else ()))))

    @property
    def lines(self) -> tuple[str, ...]:
        """Say it all; what was left out of a copy tells nothing where none was made."""
        copied = (self.copy.summary,) if self.copy else ()
        omitted = f"Left out of the copy: {words.listed(self.omitted)}." if self.omitted else ""
        return (self.summary, *copied, *((omitted,) if self.reproduced and omitted else ()))

    def to_json(self) -> dict[str, Any]:
        copy = self.copy
        return {
            "summary": self.summary,
            "reproduced": self.reproduced,
            "sqlstate": self.refused.sqlstate if self.refused else None,
            "named": self.refused.named if self.refused else None,
            "fixed": self.fixed,
            "left_out": list(self.left_out),
            "copy": {
                "rehearsed": copy.rehearsed,
                "succeeds": copy.succeeds,
                "summary": copy.summary,
                "left_out": list(copy.left_out),
            }
            if copy
            else None,
        }


def cannot(reason: str) -> Proof:
    return Proof(f"Not reproducible here: {reason}.")


def judge(claim: Claim, excerpt: Excerpt, written: Written) -> Proof:
    """Compare what came of it with what the verdict says.

    | before | the attempt      | after   | proof                                    |
    | ------ | ---------------- | ------- | ---------------------------------------- |
    | stops  | -                | -       | not reproducible: what stops             |
    | passes | passes           | -       | not reproducible: it passes              |
    | passes | fails otherwise  | -       | not reproducible: how it fails           |
    | passes | fails as claimed | passes  | reproduced, and fixed                    |
    | passes | fails as claimed | fails   | reproduced, and by what it fails then    |
    """
    outcomes, place = written.outcomes, len(claim.there)
    refused, missing = excerpt.refused, (*excerpt.left_out, *written.unmade)
    if stopped := next(filter(None, outcomes[:place]), None):
        return cannot(f"the rows beside it cannot be made, for {stopped}")
    found = outcomes[place]
    if found != refused:
        how = f"fails with {found}" if found else "passes"
        part = f"; of it is missing: {written.unmade[0]}" if written.unmade else ""
        return cannot(f"in a copy of the tables {_what(claim)} {how}{part}")
    after, made = outcomes[-1], len(outcomes) == len(claim.writes)
    then = f"{claim.remedied} it {f'fails with {after}' if after else 'succeeds'}"
    then = then if made else f"to put that right fails with {after}"
    summary = f"Replayed: {_what(claim)} fails with {refused}; {then}."
    return Proof(summary, refused, reproduced=True, fixed=after is None, left_out=missing)


def _what(claim: Claim) -> str:
    return f"the {claim.attempt.do}"


def judge_copy(copying: Copying, excerpt: Excerpt, told: Written | CannotRehearse) -> CopyProof:
    """Say whether the rows of a plan go in, and the attempt after them."""
    copy = f"Copy from {copying.source}"
    if isinstance(told, CannotRehearse):
        return CopyProof(rehearsed=False, summary=f"{copy} not rehearsed: {told.reason}.")
    stopped = next(filter(None, told.outcomes), None)
    left_out = (*excerpt.left_out, *told.unmade, "rows that are there already")
    if stopped is None:
        summary = f"{copy} rehearsed: its rows go in, and then the insert succeeds."
        return CopyProof(True, summary, succeeds=True, left_out=left_out)
    place = len(told.outcomes) - 1
    rows = copying.rows
    if place < len(rows) - 1:
        where = f"a row of {rows[place].table[1]} with neutral values fails with {stopped}"
        return CopyProof(rehearsed=False, summary=f"{copy} not rehearsed: {where}.")
    what = "its row" if place < len(rows) else "the insert after it"
    summary = f"{copy} rehearsed: {what} fails with {stopped}."
    return CopyProof(rehearsed=True, summary=summary, left_out=left_out)


def excerpt_of(claim: Claim, image: SchemaImage) -> Excerpt:
    """Take what the claim needs of a schema; raise where it cannot hold there."""
    refused, name = claim.refusal(image), claim.environment.name
    made = Excerpt(image, tuple(each.row for each in claim.writes), refused)
    if not made.knows:
        raise NotReproducible(f"{name} has no {refused.named} that could be copied")
    return made

"""What a verdict claims of a write, so that it can be put to the proof.

| the verdict                       | there before       | is tried              | refused with |
| --------------------------------- | ------------------ | --------------------- | ------------ |
| a row is missing                  | -                  | the child             | 23503        |
| a second key wants the row, too   | the row            | the child             | 23503        |
| another foreign key was named     | -                  | its child             | 23503        |
| it has its only child already     | the row, its child | another child         | 23505        |
| a value of the child is taken     | such a child       | another child         | 23505        |
| the key was not sent              | the row            | a child without it    | 23502        |
| something still refers to the row | the row, its child | to delete the row     | 23503        |
| the delete would clear a key      | the row, its child | to delete the row     | 23502        |

Then what is wrong is put right, and the same is tried again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from dashboard.diagnose import words
from dashboard.diagnose.facts import EnvironmentFacts
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.copying import rows_of_copy
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts.contradictions import MISSING
from dashboard.diagnose.lookup.verdicts.pasted_error import other_unique_column
from dashboard.diagnose.lookup.verdicts.pasted_id import other_spelling
from dashboard.diagnose.migrations.schema.excerpt import (
    Do,
    NotReproducible,
    Reference,
    Refusal,
    Row,
    Write,
)
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.environments import Environment
from queries.records import dataclass
from queries.rows import ForeignKey

COPY = 4  # the runbook's option
FOREIGN_KEY, UNIQUE, NOT_NULL = "23503", "23505", "23502"
LOST = ("environment-mismatch", "deleted-project", "deleted-everywhere", "stale-project-id")
WRONG_ID = (*{*MISSING} - {*LOST}, "placeholder-id", "id-case")


@dataclass(frozen=True, slots=True)
class Copying:
    """The rows of a plan to copy, in its order, and where they would come from."""

    source: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a verdict says will happen: a write is refused, and passes once it is put right.

    `major` is the version of the environment's server. `refused` names no index yet where it is
    the one of `unique`, columns of the attempt's table. `key` has to check what is tried.
    `again` is what passes then, where it is not the attempt itself.
    """

    environment: Environment
    major: int
    attempt: Write
    refused: Refusal
    remedied: str
    key: ForeignKey | None = None
    there: tuple[Row, ...] = ()
    remedy: tuple[Write, ...] = ()
    again: Write | None = None
    unique: tuple[str, ...] = ()
    copying: Copying | None = None

    @property
    def writes(self) -> tuple[Write, ...]:
        before = (Write(Do.INSERT, each) for each in self.there)
        return (*before, self.attempt, *self.remedy, self.again or self.attempt)

    @property
    def writes_of_copy(self) -> tuple[Write, ...]:
        rows = self.copying.rows if self.copying else ()
        return (*(Write(Do.INSERT, each) for each in rows), self.attempt)

    def refusal(self, image: SchemaImage) -> Refusal:
        """Name the index that refuses, as the environment has it."""
        if not self.unique:
            return self.refused
        schema, table = self.attempt.row.table
        for _, row in image.all("index"):
            names = (image.columns[row.relation, each].name for each in row.numbers if each)
            own = (row.schema, row.table) == (schema, table)
            if own and row.is_unique and row.valid and {*names} == {*self.unique}:
                return Refusal(self.refused.sqlstate, row.name)
        columns = words.listed(self.unique)
        raise NotReproducible(f"no unique index is on {table}.{columns} any more")


def claim_of(evidence: Evidence, verdict: Finding) -> Claim | CannotRehearse | None:
    """Say what a verdict claims; None where it is not about a write that is refused."""
    facts, make = evidence.facts, CLAIMS.get(verdict.code)
    if make is None or facts is None:
        return None
    claim = make(evidence, facts)
    if not isinstance(claim, Claim):
        return claim
    if claim.key and not _checks(claim.key, claim.attempt.do):  # but its copy would
        return CannotRehearse(f"{claim.key.name} is switched off in {facts.name}")
    if not _has_plan(verdict):
        return claim
    return replace(claim, copying=_copying(evidence))


def _checks(key: ForeignKey, do: Do) -> bool:
    on = key.child_triggers_on if do is Do.INSERT else key.parent_triggers_on
    return bool(key.enforced and on)


def _has_plan(verdict: Finding) -> bool:
    """Whether it offers to copy the row; a plan that was refused has nothing to run."""
    fixes = (verdict.fix, *verdict.alternatives)
    return any(each and each.option == COPY and each.commands for each in fixes)


def _lost(evidence: Evidence, facts: EnvironmentFacts) -> Claim | CannotRehearse | None:
    return _absent(evidence, facts, f"with the {evidence.nouns.parent} created")


def _wrong_id(evidence: Evidence, facts: EnvironmentFacts) -> Claim | CannotRehearse | None:
    return _absent(evidence, facts, f"with {evidence.nouns.parent.a} of this ID")


def _wrong_target(evidence: Evidence, facts: EnvironmentFacts) -> Claim | CannotRehearse | None:
    table = f"{facts.key.parent_schema}.{facts.key.parent_table}" if facts.key else ""
    return _absent(evidence, facts, f"with the {evidence.nouns.parent} in {table}")


def _absent(
    evidence: Evidence, facts: EnvironmentFacts, remedied: str
) -> Claim | CannotRehearse | None:
    if evidence.here.state is not PresenceState.ABSENT or evidence.key is None:
        return None
    key = facts.key
    if key is None:
        return CannotRehearse(f"{facts.name} has no foreign key {evidence.constraint}")
    child, parent = _ends(key, evidence.key)
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.INSERT, child, tried=True),
        Refusal(FOREIGN_KEY, key.name),
        remedied,
        key,
        remedy=(Write(Do.INSERT, parent),),
    )


def _ends(key: ForeignKey, known: Mapping[str, str] | None) -> tuple[Row, Row]:
    """Write the child and the parent that a foreign key ties together, by a neutral key at need."""
    child, parent = (key.child_schema, key.child_table), (key.parent_schema, key.parent_table)
    if known is None or not {*key.parent_columns} <= {*known}:
        refers = Reference(key.child_columns, parent, key.parent_columns)
        return Row(child, refers=(refers,)), Row(parent)
    values = [known[name] for name in key.parent_columns]
    return (
        Row(child, tuple(zip(key.child_columns, values, strict=True))),
        Row(parent, tuple(zip(key.parent_columns, values, strict=True))),
    )


def _copying(evidence: Evidence) -> Copying | None:
    if not evidence.found_elsewhere:
        return None
    source = evidence.found_elsewhere[0].facts
    rows = rows_of_copy(evidence, source)
    return Copying(source.name, rows) if rows else None


def _double(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    found, own = evidence.found, facts.key
    others = found.other_parents if found else {}
    lacking = next((key for key in facts.keys if others.get(key.name) is False), None)
    if lacking is None or own is None:
        return None
    child, parent = _ends(own, evidence.key)
    values = tuple(value for _, value in child.values)
    other = Row(
        (lacking.parent_schema, lacking.parent_table),
        tuple(zip(lacking.parent_columns, values, strict=True)),
    )
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.INSERT, child, tried=True),
        Refusal(FOREIGN_KEY, lacking.name),
        f"with the {evidence.nouns.parent} in {lacking.parent_table}, too,",
        lacking,
        there=(parent,),
        remedy=(Write(Do.INSERT, other),),
    )


def _other_constraint(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    error = evidence.error
    named = [each for each in facts.catalog.foreign_keys if error and each.name == error.constraint]
    if error is None or error.key is None or len(named) != 1 or len(named[0].parent_columns) != 1:
        return None
    (key,) = named
    child = Row((key.child_schema, key.child_table), ((key.child_columns[0], error.key),))
    parent = Row((key.parent_schema, key.parent_table), ((key.parent_columns[0], error.key),))
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.INSERT, child, tried=True),
        Refusal(FOREIGN_KEY, key.name),
        f"with the row of {key.parent_table} created",
        key,
        remedy=(Write(Do.INSERT, parent),),
    )


def _dirty(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    """Send the id as the application did, and then as the row has it."""
    key, sent, meant = facts.key, evidence.id, other_spelling(evidence)
    if key is None or sent is None or meant is None or len(key.child_columns) != 1:
        return None
    child, parent = _ends(key, {key.parent_columns[0]: meant.id})
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.INSERT, Row(child.table, ((key.child_columns[0], sent),)), tried=True),
        Refusal(FOREIGN_KEY, key.name),
        f"with the {evidence.nouns.parent}'s own ID",
        key,
        there=(parent,),
        again=Write(Do.INSERT, child, tried=True),
    )


def _second(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    if facts.key is None:
        return None
    child, parent = _ends(facts.key, evidence.key)
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.INSERT, child, tried=True),
        Refusal(UNIQUE, ""),
        f"without the {evidence.nouns.child} that is there",
        there=(parent, child),
        remedy=(Write(Do.DELETE, child),),
        unique=facts.key.child_columns,
    )


def _taken(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    child, error = facts.catalog.child, evidence.error
    column = other_unique_column(error, facts) if error else None
    if child is None or column is None:
        return None
    row = Row((child.table.schema, child.table.name))
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.INSERT, row, tried=True),
        Refusal(UNIQUE, ""),
        f"without the {evidence.nouns.child} that has the value",
        there=(row,),
        remedy=(Write(Do.DELETE, row),),
        unique=(column,),
    )


def _null(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    key = facts.key
    if key is None:
        return None
    child, parent = _ends(key, evidence.key)
    without = Row(child.table, tuple((name, None) for name in key.child_columns))
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.INSERT, without, tried=True),
        Refusal(NOT_NULL, key.child_columns[0]),
        f"with {evidence.nouns.parent.a} named",
        there=(parent,),
        again=Write(Do.INSERT, child, tried=True),
    )


def _still_referred(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    named = evidence.error.constraint if evidence.error else None
    keys = [each for each in facts.catalog.foreign_keys if each.name == named]
    key = keys[0] if len(keys) == 1 else facts.key
    return _delete(evidence, facts, key, Refusal(FOREIGN_KEY, key.name)) if key else None


def _cleared(evidence: Evidence, facts: EnvironmentFacts) -> Claim | None:
    key = facts.key
    return _delete(evidence, facts, key, Refusal(NOT_NULL, key.child_columns[0])) if key else None


def _delete(
    evidence: Evidence, facts: EnvironmentFacts, key: ForeignKey, refused: Refusal
) -> Claim:
    child, parent = _ends(key, evidence.key)
    return Claim(
        facts.environment,
        facts.catalog.server.major,
        Write(Do.DELETE, parent, tried=True),
        refused,
        f"without the row of {key.child_table}",
        key,
        there=(parent, child),
        remedy=(Write(Do.DELETE, child),),
    )


CLAIMS: Mapping[str, Callable[[Evidence, EnvironmentFacts], Claim | CannotRehearse | None]] = {
    **dict.fromkeys(LOST, _lost),
    **dict.fromkeys(WRONG_ID, _wrong_id),
    "wrong-target": _wrong_target,
    "id-dirty-in-app": _dirty,
    "double-fk": _double,
    "other-constraint": _other_constraint,
    "already-deployed": _second,
    "appid-taken": _taken,
    "null-project": _null,
    "reverse-direction": _still_referred,
    "null-by-cascade": _cleared,
}

"""A column that gets another type: what does not fit, and what the rows hold after it.

| the new type                    | asked                              | SQLSTATE      |
| ------------------------------- | ---------------------------------- | ------------- |
| holds all of the old one        | nothing                            |               |
| is an enum                      | rows with none of its labels       | 22P02         |
| is limited in length, no cast   | rows that are longer               | 22001         |
| any other of PostgreSQL's own   | the cast itself: its error answers | 22P02, 22003… |
| a domain, or of an extension    | nothing: unknown                   |               |
"""

import re
from collections.abc import Iterator
from typing import Any

from dashboard.diagnose import sql
from dashboard.diagnose.migrations.schema import plain, questions
from dashboard.diagnose.migrations.schema.expressions import (
    ENUM,
    ENUMS,
    FIRST_OWN_OID,
    Expression,
    Scope,
    bare,
    taken,
)
from dashboard.diagnose.migrations.schema.forecast import Step
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.verdict import Risk
from dashboard.diagnose.migrations.schema.virtual_rows import VirtualTable
from queries import patterns, rows
from queries.records import dataclass

INTEGERS = ("smallint", "integer", "bigint")
UNLIMITED = ("text", "character varying")
WRITTEN_ALIKE = (*UNLIMITED, *INTEGERS, "character", "uuid", "boolean", "bit", "numeric", "jsonb")
# how a session reads a text as one of these, and writes one, is a matter of its settings
BY_SETTINGS = ("date", "time", "interval", "real", "double", "money", "bytea", "xml")
CUT_TO_LENGTH = ("varchar", "bpchar", "bit", "varbit")
_LIMITED = patterns.lazy(r"(character varying|character|bit varying|bit)\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column before and after; `using` is the tree of what it is made of, if that was said.

    `made` is that as a question has it, None where it is not followed. `cut`: it is cut to the
    length of its new type, where an assignment would refuse it.
    """

    before: rows.CatalogColumn
    after: rows.CatalogColumn
    image: SchemaImage
    using: Any | None
    made: Expression | None
    cut: bool

    @classmethod
    def of(cls, step: Step, before: rows.CatalogColumn, after: rows.CatalogColumn) -> "Retyped":
        using = plain.using(step.text, before.name)
        scope = Scope.of(step.before, before.relation)
        own = Expression(sql.identifier(before.name), frozenset({before.number}))
        if using is None:
            made = own if scope.presented(before) else None
            return cls(before, after, step.after, None, made, cut=False)
        inner, cast_to = plain.cast(using)
        if cast_to and cast_to == bare(after.type) and after.type_oid >= FIRST_OWN_OID:
            return cls(before, after, step.after, using, taken(inner, scope), cut=False)
        cut = cast_to in CUT_TO_LENGTH
        return cls(before, after, step.after, using, taken(using, scope), cut=cut)

    @property
    def kind(self) -> str | None:
        """Say what a question has for its new type."""
        return Scope.of(self.image, self.after.relation).presented(self.after)

    @property
    def doubt(self) -> str:
        if self.made is None or self.kind is None or self.after.type_kind == "d":
            return "what it becomes is not followed"
        text = self.before.type.startswith((*UNLIMITED, "character"))
        if text and self.kind.startswith(BY_SETTINGS):
            return "how it is read depends on the session's settings"
        return ""

    @property
    def value(self) -> Expression | None:
        if self.doubt or self.made is None:
            return None
        text = f"cast({self.made.text} as {self.kind})"
        return Expression(text, self.made.uses, self.made.fails)

    @property
    def stand_in(self) -> bool:
        """Whether its value is another one under other settings, or sorted otherwise."""
        kinds = (self.before.type, self.after.type)
        return any(each.startswith(BY_SETTINGS) for each in kinds) or bool(
            self.after.collation_name
        )

    @property
    def always_fits(self) -> bool:
        """Whether every value fits as it is, and what was equal stays so."""
        old, new = self.before, self.after
        if self.using is not None or old.collation_name != new.collation_name:
            return False
        if old.type in INTEGERS and new.type in INTEGERS:
            return INTEGERS.index(new.type) >= INTEGERS.index(old.type)
        return _holds_texts(old.type, new.type)

    def risks(self, step: int, table: VirtualTable) -> Iterator[Risk]:
        what = f"rows of {self.after.table} whose {self.before.name} does not fit {self.after.type}"
        risk = Risk(step, "22P02", what)
        if self.always_fits:
            return
        if self.doubt or self.made is None:
            yield Risk(step, "", what, doubt=self.doubt)
            return
        if self.kind in (ENUM, ENUMS) and self.after.type_oid >= FIRST_OWN_OID:
            labels = self.image.objects.get(("enum", self.after.schema, bare(self.after.type)))
            yield from self._of_labels(risk, table, self.made, labels)
        elif (limit := _LIMITED.fullmatch(self.after.type)) and not self.cut:
            yield self._of_length(step, what, table, limit)
        elif self.made.fails or self.kind not in UNLIMITED:
            value = f"cast({self.made.text} as {self.kind})"
            yield questions.compute(risk, table, self.made.uses, value)

    def _of_labels(
        self, risk: Risk, table: VirtualTable, made: Expression, enum: rows.CatalogEnum | None
    ) -> Iterator[Risk]:
        if enum is None or made.fails:
            yield Risk(risk.step, "", risk.what, doubt="its labels are not compared here")
            return
        many = self.kind == ENUMS
        condition = questions.not_among(made.text, enum.labels, many=many)
        yield questions.ask(risk, table, made.uses, condition)

    def _of_length(self, step: int, what: str, table: VirtualTable, limit: re.Match[str]) -> Risk:
        """Ask for what an assignment refuses: trailing blanks it does not."""
        made = self.made
        if made is None or made.fails or not self._is_written_alike():
            return Risk(step, "", what, doubt="how long it is written is not followed")
        text = f"cast({made.text} as text)"
        text = f"rtrim({text}, ' ')" if limit[1].startswith("character") else text
        sign = "<>" if limit[1] == "bit" else ">"
        condition = f"length({text}) {sign} {limit[2]}"
        return questions.ask(Risk(step, "22001", what), table, made.uses, condition)

    def _is_written_alike(self) -> bool:
        own = self.before.type_oid >= FIRST_OWN_OID
        return self.using is None and (own or self.before.type.startswith(WRITTEN_ALIKE))


def _holds_texts(old: str, new: str) -> bool:
    limited, limit = _LIMITED.fullmatch(old), _LIMITED.fullmatch(new)
    varying = limited is not None and limited[1] == "character varying"
    if limit is None:
        return (varying or old in UNLIMITED) and new in UNLIMITED
    wider = limited is not None and int(limit[2]) >= int(limited[2])
    return wider and varying and limit[1] == "character varying"

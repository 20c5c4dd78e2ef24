"""Reads the error in a record: collects what its sources claim, then decides."""

from functools import cached_property

from dashboard.diagnose.paste import (
    codes,
    detail,
    direction,
    error_patterns,
    extracted_fields,
    migration_errors,
    sentences,
)
from dashboard.diagnose.paste.cleaning import folded, sendable
from dashboard.diagnose.paste.detail import Detail
from dashboard.diagnose.paste.extracted_fields import Claim
from dashboard.diagnose.paste.record import Record
from dashboard.diagnose.paste.values import PastedError, Problem
from queries import patterns
from queries.records import dataclass

_INVOCATION = patterns.lazy(r"Invalid `?([^\n]{1,300}?)`? invocation")
_CALL = patterns.lazy(r"([A-Za-z_$][\w$]{0,100})\s?\??\.\s?([A-Za-z_$][\w$]{0,100})\(\)")
_SET_NULL = patterns.lazy(r"UPDATE ONLY [^\n]{1,400} = NULL")
_NESTED = patterns.lazy(
    r"nested connect|required connected records were not found|did not find a matching row"
    r"|ORM\.RELATION_ROW_MISSING"
)
_LEFT_OUT = patterns.lazy(r"Argument `?\w{1,130}`?(?: for [\w.]{1,260})? is missing")
_COCKROACH = patterns.lazy(r"(?<!or )(?:insert|update|delete) on table")
_SAID_IN = ("detail", "message", "originalMessage", "Message")
_SHORTEST = 5  # a code
_ABOUT_A_KEY = {
    Problem.MISSING_PARENT,
    Problem.STILL_REFERENCED,
    Problem.FOREIGN_KEY,
    Problem.UNIQUE,
    Problem.MIGRATION,
}


@dataclass(frozen=True)
class _Said:
    """What one record says, before it is judged."""

    record: Record
    text: str
    code: str | None
    sqlstate: str | None
    postgres: Claim
    prisma: Claim
    fields: Claim
    detail: Detail
    model: str | None
    operation: str | None

    @cached_property
    def statement(self) -> str | None:
        """The statement that changes tables, where the text has one."""
        return migration_errors.statement(self.record, self.text, self.constraint)

    @property
    def claims(self) -> tuple[Claim, ...]:
        key = self.detail
        from_detail = Claim(key.problem, None, key.child, key.parent, key.columns)
        return self.postgres, from_detail, self.prisma, self.fields

    @property
    def constraint(self) -> str | None:
        named = next((claim.constraint for claim in self.claims if claim.constraint), None)
        bare = None if named else error_patterns.BARE_CONSTRAINT.search(self.text)
        return bare[0] if bare else named

    @property
    def nested_connect(self) -> bool:
        return self.postgres.problem is None and _NESTED.search(self.text) is not None


def error_of(record: Record) -> PastedError | None:
    """Read a record's error; None where it holds none."""
    if len(record.text) < _SHORTEST:
        return None
    said = _said(record)
    problem = _problem(said)
    if problem is None:
        return None
    about_key = problem in _ABOUT_A_KEY
    migrates = problem is Problem.MIGRATION
    return PastedError(
        problem=problem,
        prisma_code=said.code or (migration_errors.code(said.text) if migrates else None),
        sqlstate=said.sqlstate,
        constraint=_name(said.constraint) if about_key or problem is Problem.CHECK else None,
        model=said.model,
        operation=said.operation,
        table=_name(_table(said)),
        parent_table=_name(_parent(said)),
        columns=tuple(sendable(each) for each in _columns(said)),
        nested_connect=said.nested_connect and problem is Problem.MISSING_PARENT,
        cascade=problem is Problem.NULL and _is_cascade(said),
        left_out=problem is Problem.VALIDATION and _LEFT_OUT.search(said.text) is not None,
        migration=_name(migration_errors.name(said.text)) if migrates else None,
        statement=said.statement if migrates else None,
        drift=migration_errors.drift(said.text) if migrates else (),
        rows_in_the_way=_rows_in_the_way(said) if migrates else None,
        at=record.at,
        key=_key(said) if about_key else None,
        key_column=_name(", ".join(said.detail.columns)) if about_key else None,
    )


def _name(said: str | None) -> str | None:
    """Take a name that may be asked for: PostgreSQL refuses a whole question with a NUL in it."""
    return sendable(said) or None if said else None


def _columns(said: _Said) -> tuple[str, ...]:
    return next((claim.columns for claim in said.claims if claim.columns), ())


def _said(record: Record) -> _Said:
    text = folded(record.text)
    quoted = (value for name in _SAID_IN for value in record.fields.get(name, ()))
    model, operation = _call(text)
    return _Said(
        record=record,
        text=text,
        code=codes.prisma_code(text),
        sqlstate=codes.sqlstate(record, text),
        postgres=extracted_fields.of_postgres(text) or Claim(),
        prisma=extracted_fields.of_prisma(text) or Claim(),
        fields=extracted_fields.of_fields(record),
        detail=detail.find((*quoted, record.text, text)) or Detail(None),
        model=model,
        operation=operation,
    )


def _call(text: str) -> tuple[str, str] | tuple[None, None]:
    """Take the model and the operation: the last call in what may be any expression."""
    found = _INVOCATION.search(text)
    calls = _CALL.findall(found[1]) if found else []
    if not calls or calls[-1][1].startswith("$"):
        return None, None
    return calls[-1][0].lower(), calls[-1][1]


def _problem(said: _Said) -> Problem | None:
    if _migrates(said):
        return Problem.MIGRATION
    problem = _stated(said)
    if problem is Problem.FOREIGN_KEY:
        return _direction(said)
    if problem is Problem.RELATION:
        return direction.of_relation(said.operation, said.text)
    if problem is Problem.NOT_FOUND and said.nested_connect:
        return Problem.MISSING_PARENT
    coded = codes.is_assigned(said.code) or codes.tells_an_error(said.sqlstate)
    return problem or sentences.kind_of_unknown(said.record, said.text, coded=coded)


def _migrates(said: _Said) -> bool:
    by_code = codes.problem_of_prisma(said.code) is Problem.MIGRATION
    if by_code or migration_errors.is_told(said.text):
        return True
    return said.statement is not None and _stated(said) is not None


def _stated(said: _Said) -> Problem | None:
    """Take what the sources say went wrong, those first that say it in words of their own."""
    return (
        said.postgres.problem
        or codes.problem_of_sqlstate(said.sqlstate)
        or said.detail.problem
        or said.prisma.problem
        or codes.problem_of_prisma(said.code)
        or codes.problem_of_prisma_8(said.record)
        or (Problem.FOREIGN_KEY if error_patterns.BARE_CONSTRAINT.search(said.text) else None)
    )


def _rows_in_the_way(said: _Said) -> Problem | None:
    worded = said.postgres.problem is not None
    return migration_errors.rows_in_the_way(_stated(said), said.text, worded=worded)


def _is_cascade(said: _Said) -> bool:
    """Whether a key's ON DELETE SET NULL set the null: a delete sets none by itself."""
    if (said.operation or "").lower().startswith("delete"):
        return True
    return _SET_NULL.search(said.text) is not None


def _direction(said: _Said) -> Problem:
    """Tell a missing parent from one that is still referenced."""
    if said.detail.problem in (Problem.STILL_REFERENCED, Problem.MISSING_PARENT):
        return said.detail.problem
    model = said.model or said.record.first("modelName")
    return direction.of(said.operation, model, said.constraint)


def _table(said: _Said) -> str | None:
    named = next((claim.table for claim in said.claims if claim.table), None)
    return named or (said.record.first("modelName") if said.nested_connect else None)


def _parent(said: _Said) -> str | None:
    named = next((claim.parent for claim in said.claims if claim.parent), None)
    return named or (said.record.first("model") if said.nested_connect else None)


def _key(said: _Said) -> str | None:
    value = said.detail.value
    quoted = value is not None and len(value) > 1 and value[0] == value[-1] == "'"
    if value and quoted and _COCKROACH.search(said.text):
        return value[1:-1]  # CockroachDB's quotes, not the value's
    return value

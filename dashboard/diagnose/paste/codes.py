"""Finds Prisma's and PostgreSQL's codes, and what each means."""

from dashboard.diagnose.paste.record import Record
from dashboard.diagnose.paste.values import Problem
from queries import patterns

_PRISMA = patterns.lazy(r"(?<![\w-])P[1-6][0-9]{3}(?![\w-])")
_ASSIGNED = patterns.lazy(r"P(?:10[01]|20[0-3]|30[0-2]|400|50[01]|60[01])[0-9]")
_SQLSTATE = patterns.lazy(r"(?!P[1-6])(?=[A-Z]{0,4}[0-9])[0-9A-Z]{5}")
_SQLSTATE_SAID = patterns.lazy(
    r"(?:\w:  |(?:ERROR|FATAL): |[Ee]rror code: |[Cc]ode: `?|SqlState\(\"?E?|(?i:sqlstate)\W{1,4})"
    rf"(?P<code>{_SQLSTATE.pattern})\b"
)
_SQLSTATE_FIELDS = ("originalCode", "state_code", "code", "Code", "sqlState", "sqlstate")

# the classes of errors, of the SQL standard and of PostgreSQL: neither success nor warnings
_ERROR_CLASS = patterns.lazy(r"0[389ABFLPZ]|2[0-8BDF]|3[489BDF]|4[024]|5[34578]|72|F0|HV|P0|XX")
# many numbers of five digits look like one: these are
_OF_DIGITS = patterns.lazy(
    r"0800[0-7]|21000|220(?:0[0-9]|1[0-9]|2[1-7])|2300[01]|2350[235]|23514|24000|2500[0-8]|2[678]000"
    r"|34000|3800[0-4]|3900[0-4]|4000[0-3]|42000|42501|42(?:60[12]|611|622)|427(?:0[1-4]|1[02]|2[35])"
    r"|428(?:0[349]|30|46|83)|42939|44000|53[0-4]00|540(?:0[01]|11|23)|5500[06]|57000|57014|580[03]0"
)

_BY_SQLSTATE = {
    "23503": Problem.FOREIGN_KEY,
    "23001": Problem.STILL_REFERENCED,
    "23505": Problem.UNIQUE,
    "23502": Problem.NULL,
    "23514": Problem.CHECK,
    "42P01": Problem.TABLE_MISSING,
    "42703": Problem.COLUMN_MISSING,
    "28P01": Problem.CONNECTION,
    "28000": Problem.CONNECTION,
    "3D000": Problem.CONNECTION,
    "53300": Problem.CONNECTION,
    "57P03": Problem.CONNECTION,
}
_BY_PRISMA = {
    "P1012": Problem.DATABASE,
    "P1014": Problem.TABLE_MISSING,
    "P2001": Problem.NOT_FOUND,
    "P2002": Problem.UNIQUE,
    "P2003": Problem.FOREIGN_KEY,
    "P2011": Problem.NULL,
    "P2012": Problem.VALIDATION,
    "P2013": Problem.VALIDATION,
    "P2014": Problem.RELATION,
    "P2015": Problem.NOT_FOUND,
    "P2017": Problem.RELATION,
    "P2018": Problem.NOT_FOUND,
    "P2021": Problem.TABLE_MISSING,
    "P2022": Problem.COLUMN_MISSING,
    "P2024": Problem.CONNECTION,
    "P2025": Problem.NOT_FOUND,
    "P2037": Problem.CONNECTION,
}
_BY_FAMILY = {"P1": Problem.CONNECTION, "P3": Problem.MIGRATION}

_BY_PRISMA_8 = {
    "ORM.RELATION_ROW_MISSING": Problem.MISSING_PARENT,
    "ORM.COLUMN_UNKNOWN": Problem.VALIDATION,
    "CONTRACT.MARKER_READ_FAILED": Problem.CONNECTION,
}


def prisma_code(text: str) -> str | None:
    """Find Prisma's code; one of a migration goes before the one it quotes."""
    found = _PRISMA.findall(text)
    return next((code for code in found if code.startswith("P3")), next(iter(found), None))


def sqlstate(record: Record, text: str) -> str | None:
    named = (value for name in _SQLSTATE_FIELDS for value in record.fields.get(name, ()))
    for value in named:
        if _SQLSTATE.fullmatch(value):
            return value
    said = _SQLSTATE_SAID.search(text)
    return said["code"] if said else None


def problem_of_prisma(code: str | None) -> Problem | None:
    return _BY_PRISMA.get(code or "") or _BY_FAMILY.get((code or "")[:2])


def tells_an_error(state: str | None) -> bool:
    """Whether five characters are an SQLSTATE of an error, and no number that looks like one."""
    pattern = _OF_DIGITS if (state or "").isdigit() else _ERROR_CLASS
    return pattern.match(state or "") is not None


def is_assigned(code: str | None) -> bool:
    """Whether Prisma may have given a code, which part numbers look like."""
    return _ASSIGNED.fullmatch(code or "") is not None


def problem_of_sqlstate(state: str | None) -> Problem | None:
    return _BY_SQLSTATE.get(state or "")


def problem_of_prisma_8(record: Record) -> Problem | None:
    """Judge by a code of Prisma 8, which has words for what Prisma 7 has numbers."""
    named = (_BY_PRISMA_8.get(value) for value in record.fields.get("code", ()))
    return next(filter(None, named), None)

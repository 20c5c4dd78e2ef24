"""The sentences in which PostgreSQL and Prisma say what went wrong."""

import re

from dashboard.diagnose.paste import migration_errors
from dashboard.diagnose.paste.values import Problem
from queries import patterns
from queries.records import dataclass

_NAME = r'[^"\n]{1,130}'
_FOREIGN_KEY = (
    rf'violates (?:RESTRICT setting of )?foreign key constraint "(?P<constraint>{_NAME})"'
)
_TABLE = rf'table "(?P<table>{_NAME})"'
_PARENT = rf'table "(?P<parent>{_NAME})"'
_OF_TABLE = rf'(?: of relation "(?P<table>{_NAME})")?'
_COLUMN = rf'column "(?P<column>{_NAME})"'


@dataclass(frozen=True, slots=True)
class Wording:
    """One sentence; its groups are constraint, table, parent and column."""

    problem: Problem
    pattern: re.Pattern[str]


def _wordings(*pairs: tuple[Problem, str]) -> tuple[Wording, ...]:
    return tuple(Wording(problem, patterns.lazy(pattern)) for problem, pattern in pairs)


# CockroachDB leaves out the verb that does not apply.
POSTGRES = _wordings(
    (
        Problem.STILL_REFERENCED,
        rf"(?:update or delete|update|delete) on {_PARENT} {_FOREIGN_KEY} on {_TABLE}",
    ),
    (Problem.STILL_REFERENCED, rf"(?:update or |on )delete on {_PARENT} {_FOREIGN_KEY}"),
    (Problem.MISSING_PARENT, rf"(?:insert or update|insert|update) on {_TABLE} {_FOREIGN_KEY}"),
    (Problem.FOREIGN_KEY, _FOREIGN_KEY),
    (Problem.UNIQUE, rf'violates unique constraint "(?P<constraint>{_NAME})"'),
    (Problem.UNIQUE, rf'could not create unique index "(?P<constraint>{_NAME})"'),
    (Problem.NULL, rf"null value in {_COLUMN}{_OF_TABLE} violates not-null constraint"),
    (Problem.NULL, rf"{_COLUMN}{_OF_TABLE} contains null values"),
    (
        Problem.CHECK,
        rf'new row for relation "(?P<table>{_NAME})" violates check constraint'
        rf' "(?P<constraint>{_NAME})"',
    ),
    (
        Problem.CHECK,
        rf'check constraint "(?P<constraint>{_NAME})"{_OF_TABLE} is violated by some row',
    ),
    (Problem.COLUMN_MISSING, rf'{_COLUMN} of relation "(?P<table>{_NAME})" does not exist'),
    (Problem.COLUMN_MISSING, r'column "?(?P<column>[\w.$]{1,260})"? does not exist'),
    (Problem.TABLE_MISSING, rf'relation "(?P<table>{_NAME})" does not exist'),
    (
        Problem.CONNECTION,
        r"password authentication failed for user|no pg_hba\.conf entry for"
        r"|remaining connection slots are reserved|sorry, too many clients already"
        rf'|the database system is starting up|database "{_NAME}" does not exist',
    ),
)
PRISMA = _wordings(
    (
        Problem.MISSING_PARENT,
        r"(?:No '(?P<parent>\w{1,130})' record[^\n]{0,80}? for '(?P<table>\w{1,130})' record"
        r"[^\n]{0,20} )?was found for a nested connect",
    ),
    (
        Problem.MISSING_PARENT,
        r"The required connected records were not found"
        r'|nested mutation for relation "[^"\n]{1,130}" did not find a matching row',
    ),
    (Problem.FOREIGN_KEY, r"Foreign key constraint (?:failed|violated)"),
    (Problem.UNIQUE, r"Unique constraint failed"),
    (Problem.NULL, r"Null constraint violation"),
    (
        Problem.RELATION,
        r"violate the required relation '\w{1,130}'"
        r"(?: between the `(?P<table>\w{1,130})` and `(?P<parent>\w{1,130})` models)?",
    ),
    (
        Problem.TABLE_MISSING,
        r"The table `?(?P<table>[^`\n]{1,260}?)`? does not exist in the current database",
    ),
    (
        Problem.COLUMN_MISSING,
        r"The column `?(?P<column>[^`\n]{1,260}?)`? does not exist in the current database",
    ),
    (
        Problem.NOT_FOUND,
        r"required but not found|Record to (?:update|delete) (?:not found|does not exist)"
        r"|No record was found for|Expected a record, found none"
        r"|(?m:^[^\n]{0,80}NotFoundError[^\n]{0,60}: No \w{1,130} found)"
        r"|(?m:^No [A-Z]\w{0,130} found\.?$)",
    ),
    (
        Problem.INCONSISTENT,
        r"Inconsistent query result: Field `?(?P<column>\w{1,130})`? is required",
    ),
    (
        Problem.CONNECTION,
        r"Can't reach database server|Authentication failed against (?:the )?database server"
        r"|Timed out fetching a new connection|Too many database connections opened"
        r"|Server has closed the connection|PrismaClientInitializationError"
        r"|Database error while reading contract marker",
    ),
    (
        Problem.VALIDATION,
        r"Argument `?(?P<column>\w{1,130})`?(?: for [\w.]{1,260})? is missing",
    ),
    (Problem.VALIDATION, rf'Unknown column "(?P<column>{_NAME})" in table "(?P<table>{_NAME})"'),
    (Problem.VALIDATION, r"Unknown argument `(?P<column>\w{1,130})`"),
    (Problem.VALIDATION, r"Argument `(?P<column>\w{1,130})`: Invalid value provided"),
    (Problem.VALIDATION, r"PrismaClientValidationError|Unknown argument `|Invalid value provided"),
)
BARE_CONSTRAINT = patterns.lazy(r"(?<!\w)\w{1,130}_fkey(?!\w)")
HEADLINE = patterns.lazy(
    r"violates (?:RESTRICT|foreign|unique|not-null|check) |contains null values"
    r"|is violated by some row|Unknown column \"|did not find a matching row"
    r"|Database error while reading contract marker"
    r"|could not create unique index"
    r"|(?:column|relation) \S{1,260} (?:of \S{1,20} \S{1,260} )?does not exist"
    r"|(?:Foreign key|Unique|Null) constraint (?:failed|violat)"
    r"|Raw query failed|Database error\. Code"
    r"|violate the required relation|required but not found|No record was found for"
    r"|Record to (?:update|delete) |Expected a record, found none|No [A-Z]\w{0,130} found"
    r"|does not exist in the current database|Inconsistent query result|Can't reach database server"
    rf"|{migration_errors.SAID.pattern}"
)

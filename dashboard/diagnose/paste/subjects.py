"""What an error is about, in words: by its code, else by PostgreSQL's sentence or Prisma's."""

from dashboard.diagnose.paste.values import PastedError, Problem
from queries import patterns

CONNECTION = "the connection to the database"
SIGN_IN = "signing in to the database"
NO_DATABASE = "a database that does not exist"
FULL = "too many connections"
STARTING = "a database that is starting or stopping"
PERMISSION = "a missing permission"
READ_ONLY = "a database that only reads"
CHECK = "a check constraint"
EXCLUSION = "an exclusion constraint"
CONSTRAINT = "a constraint of the database"
UNIQUE = "a value that is taken already"
EMPTY = "a value that may not be empty"
TOO_LONG = "a value that is too long"
OUT_OF_RANGE = "a number that is out of range"
ENUM = "a value that the enum does not have"
FORM = "a value of the wrong form"
DEADLOCK = "a deadlock"
CONFLICT = "a conflict between two transactions"
LOCKED = "a lock that was not free in time"
TIMEOUT = "a timeout"
CANCELLED = "a statement that was cancelled"
EARLIER = "an earlier error in the same transaction"
TRANSACTION = "the state of a transaction"
DISK = "a full disk"
MEMORY = "memory that ran out"
LIMIT = "a limit of the database"
SYNTAX = "the syntax of a statement"
FUNCTION = "a function that does not exist"
EXISTS = "something that exists already"
STATEMENT = "a name or a rule in a statement"
PREPARED = "a prepared statement, which a pooler may have lost"
NOT_SUPPORTED = "something that the database does not support"
RAISED = "a function or trigger of the database that refuses"
INTERNAL = "a fault inside the database"
CALL = "the arguments of a call"
MIGRATION = "a migration"

_BY_SQLSTATE = {
    "0A000": NOT_SUPPORTED,
    "22001": TOO_LONG,
    "22003": OUT_OF_RANGE,
    "22P02": FORM,
    "23502": EMPTY,
    "23505": UNIQUE,
    "23514": CHECK,
    "23P01": EXCLUSION,
    "25006": READ_ONLY,
    "25P02": EARLIER,
    "25P03": TIMEOUT,
    "26000": PREPARED,
    "3D000": NO_DATABASE,
    "40P01": DEADLOCK,
    "42501": PERMISSION,
    "42601": SYNTAX,
    "42883": FUNCTION,
    "42701": EXISTS,
    "42710": EXISTS,
    "42723": EXISTS,
    "42P04": EXISTS,
    "42P05": PREPARED,
    "42P06": EXISTS,
    "42P07": EXISTS,
    "53100": DISK,
    "53200": MEMORY,
    "53300": FULL,
    "55P03": LOCKED,
    "57014": CANCELLED,
    "57P01": STARTING,
    "57P02": STARTING,
    "57P03": STARTING,
    "57P05": TIMEOUT,
}
_BY_CLASS = {
    "08": CONNECTION,
    "22": FORM,
    "23": CONSTRAINT,
    "25": TRANSACTION,
    "28": SIGN_IN,
    "40": CONFLICT,
    "42": STATEMENT,
    "53": LIMIT,
    "54": LIMIT,
    "55": LOCKED,
    "57": CANCELLED,
    "58": DISK,
    "P0": RAISED,
    "XX": INTERNAL,
}
_BY_PRISMA = {
    "P1000": SIGN_IN,
    "P1003": NO_DATABASE,
    "P1008": TIMEOUT,
    "P1009": EXISTS,
    "P1010": PERMISSION,
    "P2000": TOO_LONG,
    "P2002": UNIQUE,
    "P2004": CONSTRAINT,
    "P2005": FORM,
    "P2006": FORM,
    "P2007": FORM,
    "P2011": EMPTY,
    "P2020": OUT_OF_RANGE,
    "P2023": FORM,
    "P2024": FULL,
    "P2028": TRANSACTION,
    "P2033": OUT_OF_RANGE,
    "P2034": CONFLICT,
    "P2037": FULL,
}
# the SQLSTATE of these says less than their words, or a text leaves it out
_BY_WORDS = tuple(
    (patterns.lazy(pattern), subject)
    for pattern, subject in (
        (r"invalid input value for enum|Invalid value for argument `\w+`\. Expected \w+\.", ENUM),
        (
            r"due to (?:statement|idle-in-transaction) timeout|[Tt]ransaction already closed",
            TIMEOUT,
        ),
        (r"due to lock timeout|could not obtain lock", LOCKED),
        (r"due to user request", CANCELLED),
        (r"deadlock detected", DEADLOCK),
        (r"could not serialize access|write conflict or a deadlock", CONFLICT),
        (r"permission denied|must be owner of|row-level security policy", PERMISSION),
        (r"in a read-only transaction", READ_ONLY),
        (r"violates check constraint|is violated by some row", CHECK),
        (r"violates exclusion constraint", EXCLUSION),
        (r"value too long for type|provided value for the column is too long", TOO_LONG),
        (r"(?:integer|bigint|smallint|numeric field overflow|value) out of range", OUT_OF_RANGE),
        (r"invalid input syntax for type", FORM),
        (r"current transaction is aborted", EARLIER),
        (r"No space left on device|could not extend file", DISK),
        (r"out of memory|OOMKilled", MEMORY),
        (r"too many (?:clients|connections)|connection slots are reserved|connection pool", FULL),
        (r"password authentication failed|Authentication failed|no pg_hba\.conf entry", SIGN_IN),
        (r"database system is (?:starting up|shutting down)", STARTING),
        (r'[Dd]atabase [`"][^`"\n]{1,130}[`"] does not exist', NO_DATABASE),
        (r"syntax error at or near", SYNTAX),
        (r"prepared statement \S{1,130} (?:does not exist|already exists)", PREPARED),
    )
)
_BY_PROBLEM = {
    Problem.CONNECTION: CONNECTION,
    Problem.MIGRATION: MIGRATION,
    Problem.CHECK: CHECK,
    Problem.UNIQUE: UNIQUE,
    Problem.NULL: EMPTY,
    Problem.VALIDATION: CALL,
}


def of(error: PastedError, text: str) -> str | None:
    """Word what an error is about; None where neither a code nor a known sentence tells."""
    if error.problem is Problem.MIGRATION:
        return MIGRATION
    words = next((subject for pattern, subject in _BY_WORDS if pattern.search(text)), None)
    return words or _by_code(error) or _BY_PROBLEM.get(error.problem)


def _by_code(error: PastedError) -> str | None:
    state = error.sqlstate or ""
    return (
        _BY_SQLSTATE.get(state)
        or _BY_CLASS.get(state[:2])
        or _BY_PRISMA.get(error.prisma_code or "")
    )

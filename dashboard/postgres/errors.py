"""From what the driver reports to the class of fault that people can act on."""

import re

import psycopg

from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.postgres.pgbouncer import SAYINGS
from queries import patterns

CONNECT_TIMEOUT_S = 2  # also for what was sent and not received

# After connecting the server gives an SQLSTATE.
_BY_SQLSTATE = {
    "57014": (Kind.SLOW, "a query timed out"),
    "55P03": (Kind.LOCKED, "a table is locked, perhaps by a running migration"),
    "42501": (Kind.FORBIDDEN, "the role lacks a privilege"),
    "42P01": (Kind.SCHEMA_CHANGED, "a table does not exist"),
    "42703": (Kind.SCHEMA_CHANGED, "a column does not exist"),
    "3F000": (Kind.SCHEMA_CHANGED, "a schema does not exist"),
    "22P02": (Kind.UNSUITABLE_ID, "a column cannot contain such a value"),
    "22003": (Kind.UNSUITABLE_ID, "a column cannot contain such a value"),
    "22021": (Kind.UNSUITABLE_ID, "the database cannot store the characters of the ID"),
    "22P05": (Kind.UNSUITABLE_ID, "the database cannot store the characters of the ID"),
    "42883": (Kind.UNSUITABLE_ID, "two columns cannot be compared"),
    "42846": (Kind.UNSUITABLE_ID, "a column is of an unexpected type"),
    "53300": (Kind.FULL, "the server has no free connection"),
    "57P01": (Kind.DROPPED, "the server ended the connection"),
    "57P02": (Kind.DROPPED, "the server crashed and is recovering"),
    "57P03": (Kind.STARTING, "the server is starting or stopping"),
    "57P05": (Kind.DROPPED, "the server ended an idle connection"),
    "25P03": (Kind.DROPPED, "the server ended an idle transaction"),
    "25P04": (Kind.SLOW, "the server ended a transaction at its own time limit"),
    "40001": (Kind.CANCELLED, "the replica cancelled the query to continue replaying"),
    "26000": (Kind.DROPPED, "a pooler reassigned the connection"),
    "42P05": (Kind.DROPPED, "a pooler reassigned the connection"),
    "40P01": (Kind.CANCELLED, "the server cancelled the query to end a deadlock"),
}

# A plan that was kept no longer fits the table; or it was kept for somebody else.
_OUTDATED = "0A000"
_MIXED_UP = ("26000", "42P05")

# Before that psycopg gives no SQLSTATE, only libpq's English text: first match wins.
_BY_TEXT = tuple(
    (patterns.lazy(pattern, re.IGNORECASE), kind, words)
    for pattern, kind, words in (
        *SAYINGS,
        (r"failed to resolve|could not translate host name", Kind.NAME, "host name not found"),
        (
            r"root certificate file .* does not exist|root\.crt",
            Kind.TLS,
            "no CA is configured to verify the server's certificate (sslrootcert)",
        ),
        (
            r"certificate verify failed",
            Kind.TLS,
            "the server's certificate has expired or is not from a trusted CA (sslrootcert)",
        ),
        (
            r"does not match host name",
            Kind.TLS,
            "the server's certificate is for another host name",
        ),
        (
            r"does not support SSL|SSL was required",
            Kind.TLS,
            "the server offers no encryption, but the URL requires it (sslmode)",
        ),
        (
            r"certificate|SSL error: (?!unexpected)",
            Kind.TLS,
            "the encrypted connection failed",
        ),
        (r"No such file or directory", Kind.SOCKET, "its socket does not exist"),
        (r"connection refused", Kind.REFUSED, "the connection was refused"),
        (
            r"no password supplied",
            Kind.CREDENTIALS,
            "the server requires a password, but the URL has none",
        ),
        (
            r"authentication failed|role \".*\" (does not exist|is not permitted)",
            Kind.CREDENTIALS,
            "the server rejected the credentials",
        ),
        (r"permission denied for database", Kind.NOT_ALLOWED, "the role may not connect to it"),
        (
            r"pg_hba\.conf",
            Kind.NOT_ALLOWED,
            "the server does not allow this role from this address (pg_hba.conf)",
        ),
        (
            r"database \".*\" does not exist|no such database",
            Kind.NO_DATABASE,
            "the database does not exist",
        ),
        (
            r"too many (connections|clients)|remaining connection slots",
            Kind.FULL,
            "the server has no free connection",
        ),
        (
            r"database \".*\" is not currently accepting connections",
            Kind.STARTING,
            "the database accepts no connections at the moment",
        ),
        (
            r"starting up|shutting down|recovery mode|not (yet )?accepting connections",
            Kind.STARTING,
            "the server is starting or stopping",
        ),
        (
            r"session is (not )?read-only|standby",
            Kind.NOT_ALLOWED,
            "the URL requires a primary but this server is a replica, or the reverse",
        ),
        (
            r"invalid response to SSL negotiation|expected authentication request",
            Kind.NOT_POSTGRES,
            "what answers there is not PostgreSQL",
        ),
        (
            r"No route to host|network is unreachable|host is down",
            Kind.NETWORK,
            "its network is unreachable",
        ),
        (r"timeout|timed out", Kind.TIMEOUT, f"it did not answer within {CONNECT_TIMEOUT_S} s"),
        (
            r"server closed the connection|connection reset|unexpected eof|terminated abnormally|"
            r"consuming input failed|could not (send|receive) data|connection (is )?lost|"
            r"connection is closed|closed unexpectedly|SSL SYSCALL error",
            Kind.DROPPED,
            "the connection was lost",
        ),
    )
)


class AllInUseError(Exception):
    """All connections that an environment may have are in use."""


def classify(error: psycopg.Error | AllInUseError, address: str) -> Unavailable:
    """Say what went wrong without the server's own words, which may hold data."""
    kind, words = _kind_of(error)
    return Unavailable(kind, f"{address}: {words}", getattr(error, "sqlstate", None) or "")


def timed_out(address: str, seconds: float) -> Unavailable:
    return Unavailable(Kind.TIMEOUT, f"{address}: it did not answer within {seconds:g} s")


def is_lost(error: psycopg.Error) -> bool:
    """Whether a fresh connection may well work: worth one retry."""
    return _kind_of(error)[0] in (Kind.DROPPED, Kind.CANCELLED) or is_confused(error)


def is_confused(error: BaseException) -> bool:
    """Whether what the server keeps of earlier asks no longer fits: a fresh start does."""
    outdated = isinstance(error, psycopg.Error) and error.sqlstate == _OUTDATED
    return outdated or is_mixed_up(error)


def is_mixed_up(error: BaseException) -> bool:
    """Whether a pooler hands the server's processes around, unlike what it said on connecting."""
    return isinstance(error, psycopg.Error) and error.sqlstate in _MIXED_UP


def _kind_of(error: BaseException) -> tuple[Kind, str]:
    if isinstance(error, AllInUseError):
        return Kind.BUSY, "all of the dashboard's connections to it are in use"
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate == "57014" and "user request" in str(error):
        return Kind.CANCELLED, "somebody cancelled the query"
    return _BY_SQLSTATE.get(sqlstate or "") or _by_text(str(error))


def _by_text(text: str) -> tuple[Kind, str]:
    for pattern, kind, words in _BY_TEXT:
        if pattern.search(text):
            return kind, words
    return Kind.UNCLASSIFIED, "the connection failed (the server's message is not shown)"

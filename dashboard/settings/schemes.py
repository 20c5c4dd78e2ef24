"""What kind of URL was given: a PostgreSQL one, one to decode, or one to refuse."""

import base64
import json
import re
from urllib.parse import unquote

from dashboard.settings.problems import SettingsError
from queries import patterns

_DRIVERS = (
    "psycopg|psycopg2|psycopg2cffi|psycopg_async|asyncpg|pg8000|pygresql|aiopg"  # of SQLAlchemy
)
_POSTGRES = patterns.lazy(rf"postgres(?:ql)?(?:\+(?:{_DRIVERS}))?://", re.IGNORECASE)
_PRISMA_DEV = patterns.lazy(
    r"prisma\+postgres://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]*)?/?\?(?:.*&)?api_key=([^&#]*)",
    re.IGNORECASE,
)
_SHAPE = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_REFUSED = (
    (r"\$|env\(", "is a reference that nothing fills in here; give the URL itself."),
    (r"\w+\s*=\s*[\"']?postgres", "starts with a variable's name; give only what follows the =."),
    (
        r"prisma\+postgres://(localhost|127\.|\[::1)",
        "has no api_key; give the postgres:// URL that `prisma dev` prints.",
    ),
    (
        r"prisma(\+postgres)?://",
        "is a Prisma Accelerate URL, which cannot run SQL; give DIRECT_URL, the postgres:// URL "
        "of the database itself.",
    ),
    (r"file:|sqlite:", "is a SQLite file; give the URL of a PostgreSQL database."),
    (
        r"(mysql|mariadb|sqlserver|mongodb(\+srv)?|oracle)(\+\w+)?:",
        "is not a PostgreSQL URL; the dashboard reads only PostgreSQL.",
    ),
    (r"jdbc:", f"is a JDBC URL; write {_SHAPE}."),
    (
        r"postgres(ql)?\+(ssl|tls)://",
        f"asks for TLS by its scheme; write {_SHAPE}?sslmode=require.",
    ),
    (
        r"postgres(ql)?\+\w+://",
        f"has an unknown word after postgres+; write {_SHAPE}.",
    ),
)


def postgres_address(pasted: str) -> str:
    """Return what follows postgresql:// in the URL that was meant."""
    url = _unquoted(pasted)
    if not url:
        raise SettingsError("is empty; give the database's URL or remove it.")
    if not url.isprintable():
        raise SettingsError("has a line break or another invisible character in it; retype it.")
    if found := _POSTGRES.match(url):
        return url[found.end() :]
    if found := _PRISMA_DEV.match(url):
        return postgres_address(_database_url(unquote(found[1])))
    raise SettingsError(_refusal(url))


def _refusal(url: str) -> str:
    for pattern, sentence in _REFUSED:
        if re.match(pattern, url, re.IGNORECASE):
            return sentence
    return f"does not start with postgresql:// or postgres://; write {_SHAPE}."


def _unquoted(pasted: str) -> str:
    url = pasted.strip()
    if len(url) > 1 and url[0] == url[-1] and url[0] in "\"'`":
        return url[1:-1].strip()
    return url


def _database_url(api_key: str) -> str:
    """Decode the URL that `prisma dev` packs into its key."""
    padding = "=" * (-len(api_key) % 4)
    try:
        url = json.loads(base64.urlsafe_b64decode(api_key + padding))["databaseUrl"]
    except (ValueError, LookupError, TypeError):
        url = None
    if not isinstance(url, str) or not _POSTGRES.match(url):
        raise SettingsError(
            "has an api_key that cannot be decoded; "
            "give the postgres:// URL that `prisma dev` prints."
        )
    return url

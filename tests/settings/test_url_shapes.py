import base64
import json

import psycopg.conninfo
import pytest

from dashboard.settings import SettingsError, parse_url

BASE = {"host": "h", "port": "5432", "user": "u", "password": "p", "dbname": "db"}
SOCKET = {**BASE, "host": "/cloudsql/p:r:i"}


def prisma_dev_url(database_url: object, host: str = "localhost:51213") -> str:
    document = json.dumps({"databaseUrl": database_url, "name": "default"}).encode()
    key = base64.urlsafe_b64encode(document).decode().rstrip("=")
    return f"prisma+postgres://{host}/?api_key={key}"


SHAPES = {
    "postgres://u:p@h/db": BASE,
    "postgresql://u:p@h/db": BASE,
    "postgresql+psycopg://u:p@h/db": BASE,
    "postgresql+asyncpg://u:p@h/db": BASE,
    "POSTGRESQL://u:p@h/db": BASE,
    '"postgresql://u:p@h/db"': BASE,
    "'postgresql://u:p@h/db'": BASE,
    "postgresql://u:p@h/db\n": BASE,
    ' \t"postgresql://u:p@h/db " \r\n': BASE,
    "postgresql://u:p@h/db/": BASE,
    "postgresql://u:p@h/db#comment": BASE,
    "postgresql://u:p@h/db?": BASE,
    "postgresql://u:p@h:/db": BASE,
    "postgresql://u:p@h:6543/db": {**BASE, "port": "6543"},
    "postgresql://u@h/db": {"host": "h", "port": "5432", "user": "u", "dbname": "db"},
    "postgresql://h/db": {"host": "h", "port": "5432", "dbname": "db"},
    # percent signs
    "postgresql://u%40t:p%40%2F%3F@h/d%20b": {
        **BASE,
        "user": "u@t",
        "password": "p@/?",
        "dbname": "d b",
    },
    "postgresql://u:pw%zz@h/db": {**BASE, "password": "pw%zz"},
    "postgresql://u:100%@h/db": {**BASE, "password": "100%"},
    "postgresql://u:p%FF@h/db": {**BASE, "password": "p%FF"},
    "postgresql://u:gr%C3%BCn@h/db": {**BASE, "password": "grün"},
    "postgresql://u:p%0A@h/db": {**BASE, "password": "p\n"},
    # passwords pasted as they are
    "postgresql://u:a b@h/db": {**BASE, "password": "a b"},
    "postgresql://u:a/b@h/db": {**BASE, "password": "a/b"},
    "postgresql://u:12/34@h/db": {**BASE, "password": "12/34"},
    "postgresql://u:a@b@h/db": {**BASE, "password": "a@b"},
    "postgresql://u:a@b/c@h/db": {**BASE, "password": "a@b/c"},
    "postgresql://u:a@@h/db": {**BASE, "password": "a@"},
    "postgresql://u:a#b@h/db": {**BASE, "password": "a#b"},
    "postgresql://u:a?b@h/db": {**BASE, "password": "a?b"},
    "postgresql://u:a:b@h/db": {**BASE, "password": "a:b"},
    "postgresql://u:a+b@h/db": {**BASE, "password": "a+b"},
    "postgresql://u:[a]@h/db": {**BASE, "password": "[a]"},
    "postgresql://u@tenant:p@h/db": {**BASE, "user": "u@tenant"},
    # hosts
    "postgresql://u:p@[::1]/db": {**BASE, "host": "::1"},
    "postgresql://u:p@[fe80::1%25eth0]:5433/db": {
        **BASE,
        "host": "fe80::1%eth0",
        "port": "5433",
    },
    "postgresql://u:p@/db?host=/cloudsql/p:r:i": SOCKET,
    "postgresql://u:p@localhost/db?host=/cloudsql/p:r:i": SOCKET,
    "postgresql://u:p@%2Fcloudsql%2Fp%3Ar%3Ai/db": SOCKET,
    "postgresql://u:p@%2Fcloudsql%2Fp:r:i/db": SOCKET,
    "postgresql://u:p@%2fcloudsql%2fp:r:i:5433/db": {**SOCKET, "port": "5433"},
    "postgresql:///db?host=/tmp&user=u&password=p%40q": {
        **BASE,
        "host": "/tmp",
        "password": "p@q",
    },
    "postgresql://u:p@h1:5432,h2:5433/db": {**BASE, "host": "h1,h2", "port": "5432,5433"},
    "postgresql://u:p@h1,h2/db": {**BASE, "host": "h1,h2", "port": "5432,5432"},
    "postgresql://u:p@/db?host=h1:5432&host=h2:5433": {
        **BASE,
        "host": "h1,h2",
        "port": "5432,5433",
    },
    "postgresql://u:p@/db?host=h1,h2&port=5432,5433": {
        **BASE,
        "host": "h1,h2",
        "port": "5432,5433",
    },
    "postgresql://u:p@/db?host=h1,[::1]&port=6000": {
        **BASE,
        "host": "h1,::1",
        "port": "6000,6000",
    },
    "postgresql://u:p@/db?host=/run/a:1": {**BASE, "host": "/run/a:1"},
    "postgresql://u:p@/db?host=::1": {**BASE, "host": "::1"},
    "postgresql://u:p@h?dbname=db": BASE,
    # several databases behind one pooler
    "postgresql://u:p@h/db?options=endpoint%3Dep-x-1": {**BASE, "options": "endpoint=ep-x-1"},
    "postgresql://u:p@h/db?options=project=x": {**BASE, "options": "project=x"},
    "postgresql://u:p@h/db?options=reference%3Dabc+-c+jit%3Doff": {
        **BASE,
        "options": "reference=abc",
    },
    "postgresql://u:p@h/db?options=-c%20statement_timeout%3D5000": BASE,
    # `prisma dev`
    prisma_dev_url(
        "postgres://u:p@h/db?sslmode=disable&connection_limit=1&connect_timeout=0"
        "&max_idle_connection_lifetime=0&pool_timeout=0&single_use_connections=true"
        "&socket_timeout=0"
    ): {**BASE, "sslmode": "disable"},
    prisma_dev_url("postgres://u:p@h/db", host="127.0.0.1"): BASE,
    prisma_dev_url("postgres://u:p@h/db", host="[::1]:1") + "&name=x": BASE,
}

# what other drivers, and Prisma in a misspelling it lives with, are told
UNKNOWN = (
    *("connection_timeout", "pool_mode", "connect_timeout_ms", "prepared_statements", "pool_size"),
    *("sslfactory", "loadBalanceHosts", "gssEncMode", "targetServerType", "Pooling", "xyz"),
)
PARAMETERS = {
    "connection_limit=5": {},
    "pool_timeout=10": {},
    "socket_timeout=10": {},
    "connect_timeout=0": {},
    "pgbouncer=true": {},
    "statement_cache_size=0": {},
    "max_connection_lifetime=1&max_idle_connection_lifetime=300": {},
    "application_name=me%40host": {},
    "supa=base-pooler.x": {},
    "workaround=supabase-pooler.vercel": {},
    "uselibpqcompat=true": {},
    "api_key=k": {},
    "statement_timeout=1&query_timeout=1&lock_timeout=1&timezone=UTC": {},
    "prepareThreshold=0&reWriteBatchedInserts=true": {},
    "max=5&pool_max_conns=5&endpoint=x": {},
    "sslmode=disable": {"sslmode": "disable"},
    "sslmode=allow": {"sslmode": "allow"},
    "sslmode=prefer": {"sslmode": "prefer"},
    "sslmode=require": {"sslmode": "require"},
    "sslmode=no-verify": {"sslmode": "require"},
    "sslmode=verify-ca": {"sslmode": "verify-ca"},
    "sslmode=verify-full": {"sslmode": "verify-full"},
    "sslmode=": {},
    "ssl=true": {"sslmode": "require"},
    "ssl=false": {"sslmode": "disable"},
    "ssl=no-verify": {"sslmode": "require"},
    "ssl=true&sslmode=verify-full": {"sslmode": "verify-full"},
    "requiressl=1": {"sslmode": "require"},
    "sslaccept=strict": {"sslmode": "verify-full"},
    "sslaccept=accept_invalid_certs": {"sslmode": "require"},
    "sslmode=require&sslaccept=strict": {"sslmode": "verify-full"},
    "sslmode=disable&sslaccept=strict": {"sslmode": "disable"},
    "sslmode=verify-ca&sslaccept=accept_invalid_certs": {"sslmode": "verify-ca"},
    "sslcert=ca.pem&sslmode=require": {"sslmode": "require", "sslrootcert": "ca.pem"},
    "sslrootcert=system": {"sslrootcert": "system"},
    "sslrootcert=ca.pem&sslcert=me.pem&sslkey=me.key&sslpassword=k": {
        "sslrootcert": "ca.pem",
        "sslcert": "me.pem",
        "sslkey": "me.key",
        "sslpassword": "k",
    },
    "channel_binding=require": {"channel_binding": "require"},
    "gssencmode=disable": {"gssencmode": "disable"},
    "target_session_attrs=read-write": {"target_session_attrs": "read-write"},
    "schema=a&schema=a&&": {},
    "sslmode=preferred": {"sslmode": "prefer"},
    "sslmode=VERIFY_IDENTITY": {"sslmode": "verify-full"},
    "pgbouncer": {},
    "pool_timeout=1&pool_timeout=2": {},
    **{f"{name}=x": {} for name in UNKNOWN},
}

SCHEMAS = {
    "": None,
    "?schema=public": "public",
    "?schema=tenant%20a": "tenant a",
    "?schema=tenant+a": "tenant a",
    "?currentSchema=x": "x",
    "?currentSchema=x&schema=x": "x",
    "?pgbouncer=true&schema=x#rest": "x",
    "?schema=" + "é" * 31: "é" * 31,
}

ADDRESSES = {
    "postgresql://u:p@db.internal/app": "db.internal:5432/app",
    "postgresql://u:p@[::1]:6000/app": "[::1]:6000/app",
    "postgresql://u:p@h1,h2:6000/app": "h1:5432,h2:6000/app",
    "postgresql://u:p@/app?host=/cloudsql/p:r:i": "/cloudsql/p:r:i/app",
}

ENCODE = (
    "percent-encode the user name, the password and the parameters "
    "(@ is %40, : is %3A, / is %2F, ? is %3F, # is %23)."
)
SHAPE = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
ACCELERATE = (
    "is a Prisma Accelerate URL, which cannot run SQL; give DIRECT_URL, "
    "the postgres:// URL of the database itself."
)
EMPTY = "is empty; give the database's URL or remove it."
UNKNOWN_SCHEME = f"does not start with postgresql:// or postgres://; write {SHAPE}."
INVISIBLE = "has a line break or another invisible character in it; retype it."
NO_HOST = "names no host; write it before the database, or as host= for a socket's folder."
NO_DATABASE = "names no database; end the address with /DATABASE."
BAD_PORT = "has a port that is not a number from 1 to 65535; correct it."
IPV6 = "has an IPv6 address without brackets; write it as [::1]."
UNDECODABLE = (
    "has an api_key that cannot be decoded; give the postgres:// URL that `prisma dev` prints."
)
NOT_POSTGRES = "is not a PostgreSQL URL; the dashboard reads only PostgreSQL."
BAD_SCHEMA = "has a schema that is not a name of 1 to 63 bytes; correct it."

REFUSED = {
    "": EMPTY,
    " \n": EMPTY,
    '""': EMPTY,
    "${DATABASE_URL}": "is a reference that nothing fills in here; give the URL itself.",
    "$DATABASE_URL": "is a reference that nothing fills in here; give the URL itself.",
    'env("DATABASE_URL")': "is a reference that nothing fills in here; give the URL itself.",
    'DATABASE_URL="postgres://u:p@h/db"': (
        "starts with a variable's name; give only what follows the =."
    ),
    "file:./dev.db": "is a SQLite file; give the URL of a PostgreSQL database.",
    "mysql://u:p@h/db": NOT_POSTGRES,
    "sqlserver://h;database=db": NOT_POSTGRES,
    "mongodb+srv://u:p@h/db": NOT_POSTGRES,
    "jdbc:postgresql://h/db": f"is a JDBC URL; write {SHAPE}.",
    "prisma://accelerate.prisma-data.net/?api_key=k": ACCELERATE,
    "prisma+postgres://accelerate.prisma-data.net/?api_key=k": ACCELERATE,
    "prisma+postgres://localhost:51213/": (
        "has no api_key; give the postgres:// URL that `prisma dev` prints."
    ),
    "prisma+postgres://localhost:51213/?api_key=k": UNDECODABLE,
    "prisma+postgres://localhost:51213/?api_key=é": UNDECODABLE,
    prisma_dev_url(7): UNDECODABLE,
    prisma_dev_url("prisma+postgres://localhost/?api_key=k"): UNDECODABLE,
    "postgresql//u:p@h/db": UNKNOWN_SCHEME,
    "h/db": UNKNOWN_SCHEME,
    "postgresql://u:p@h/d\nb": INVISIBLE,
    "postgresql://u:p\udcff@h/db": INVISIBLE,
    "postgresql:///db": NO_HOST,
    "postgresql://u:p@/db": NO_HOST,
    "postgresql://u:p@h1,/db": NO_HOST,
    "postgresql://u:p@:5432/db": NO_HOST,
    "postgresql://u:p@/db?host=": NO_HOST,
    "postgresql://u:p@/db?host=a%20b": "has a host that cannot be read; correct it.",
    "postgresql://u:p@h": NO_DATABASE,
    "postgresql://u:p@h/": NO_DATABASE,
    "postgresql://u:p@h/?schema=x": NO_DATABASE,
    "postgresql://u:p@h:0/db": BAD_PORT,
    "postgresql://u:p@h:65536/db": BAD_PORT,
    f"postgresql://u:p@h:{'9' * 5000}/db": BAD_PORT,
    "postgresql://u:p@h/db?port=x": BAD_PORT,
    "postgresql://u:p@h:54x2/db": f"has a port that is not a number; correct it, or {ENCODE}",
    "postgresql://u:secret/db": f"has a port that is not a number; correct it, or {ENCODE}",
    "postgresql://u:p@/db?host=h1,h2,h3&port=1,2": (
        "has more or fewer ports than hosts; give one, or one for each."
    ),
    "postgresql://u:p@h/db?port=1,2": (
        "has more or fewer ports than hosts; give one, or one for each."
    ),
    "postgresql://u:p@::1/db": IPV6,
    "postgresql://u:p@fe80::1:5432/db": IPV6,
    "postgresql://u:p@${HOST}/db": f"has a host that cannot be read; correct it, or {ENCODE}",
    "postgresql://u:p@h/a/b": (
        f"cannot be read after the host; end it with /DATABASE?NAME=VALUE, or {ENCODE}"
    ),
    "postgresql://u:p@h/db?application_name=me@host": f"is ambiguous; {ENCODE}",
    "postgresql://u:p@h/db?application_name=me@host/x": (f"is ambiguous; {ENCODE}"),
    "postgresql://u:a@b/c?d=e@h": f"is ambiguous; {ENCODE}",
    "postgresql://u:a@b/c?d=e@h/db": f"is ambiguous; {ENCODE}",
    "postgresql://u:p@h/db?schema=": BAD_SCHEMA,
    "postgresql://u:p@h/db?schema=a%00b": BAD_SCHEMA,
    "postgresql://u:p@h/db?schema=" + "x" * 64: BAD_SCHEMA,
    "postgresql://u:p@h/db?schema=" + "é" * 32: BAD_SCHEMA,
    "postgresql://u:p@h/db?schema=a&currentSchema=b": (
        "has a schema and a different currentSchema; keep one."
    ),
    "postgresql://u:p@h/db?schema=a&schema=b": "has the parameter schema twice; keep one.",
    "postgresql://u:p@h/db?schema=a?pgbouncer=true": ("has a second ?; join parameters with &."),
    "postgresql://u:p%00@h/db": "has an invisible character in its password; retype it.",
    "postgresql://u%0A:p@h/db": "has an invisible character in its user; retype it.",
    "postgresql://u:p@h/db?sslkey=k%00&sslcert=c": (
        "has an invisible character in its sslkey; retype it."
    ),
    "postgresql://u:p@h/db?options=-c%20search_path%3Dx": (
        "has a search_path in options; write schema= instead."
    ),
    "postgresql://u:p@h/db?sslmode=on": (
        "has sslmode set to none of disable, allow, prefer, require, no-verify, verify-ca, "
        "verify-full."
    ),
    "postgresql://u:p@h/db?ssl=maybe": ("has ssl set to none of true, 1, no-verify, false, 0."),
    "postgresql://u:p@h/db?sslaccept=no": (
        "has sslaccept set to none of strict, accept_invalid_certs."
    ),
    "postgresql://u:p@h/db?sslidentity=me.p12&sslpassword=k": (
        "has sslidentity or sslinline; save the client certificate as PEM files "
        "and give sslcert, sslkey and sslrootcert."
    ),
    "postgresql://u:p@h/db?sslpassword=k": (
        "has sslpassword without sslkey; give sslcert and sslkey as PEM files, or remove it."
    ),
    "postgresql://u:p@h/db?sslkey=k": "has sslkey without sslcert; give both.",
    "postgresql://u:p@h/db?sslcert=a&sslrootcert=b": (
        "has sslcert and sslrootcert without sslkey; give the server's CA once."
    ),
    "postgresql://u:p@h/db?passfile=x": (
        "has the parameter passfile, which reads the password from a file; "
        "put the password in the URL."
    ),
    "postgresql://u:p@h/db?service=x": (
        "has the parameter service, which reads the address from a file; "
        "put the address in the URL."
    ),
    "postgresql://u:p@h/db?replication=database": (
        "has the parameter replication, which opens a replication connection; remove it."
    ),
    "postgresql://u:p@h/db?sslkeylogfile=x": (
        "has the parameter sslkeylogfile, which writes the keys of the connection to a file; "
        "remove it."
    ),
    "postgresql://u:p@h/db?krbsrvname=x": (
        "has the parameter krbsrvname, which is for Kerberos, which the dashboard does not use; "
        "remove it."
    ),
    "postgresql://u:p@h/db?requirepeer=x": (
        "has the parameter requirepeer, which is a check the dashboard does not make; remove it."
    ),
    "postgresql://u:p@h/db?search_path=x": (
        "has the parameter search_path, which is not how Prisma names a schema; "
        "write schema= instead."
    ),
    "postgresql://u:p@h/db?sslMode=require": (
        "has the parameter sslMode, which is unknown; did you mean sslmode?"
    ),
    "postgresql://u:p@h/db?shema=x": (
        "has the parameter shema, which is unknown; did you mean schema?"
    ),
    "postgresql://u:p@h/db?ssl-mode=require": (
        "has the parameter ssl-mode, which is unknown; did you mean sslmode?"
    ),
    "postgresql://u:p@h/db?usr=x": ("has the parameter usr, which is unknown; did you mean user?"),
    "postgres+ssl://u:p@h/db": f"asks for TLS by its scheme; write {SHAPE}?sslmode=require.",
    "postgresql+geheim://u:p@h/db": (f"has an unknown word after postgres+; write {SHAPE}."),
}


@pytest.mark.parametrize(("url", "parameters"), SHAPES.items())
def test_every_shape_becomes_keywords(url: str, parameters: dict[str, str]) -> None:
    assert dict(parse_url(url).parameters) == parameters


@pytest.mark.parametrize(("query", "added"), PARAMETERS.items())
def test_every_parameter_is_mapped_or_dropped(query: str, added: dict[str, str]) -> None:
    assert dict(parse_url(f"postgresql://u:p@h/db?{query}").parameters) == {**BASE, **added}


@pytest.mark.parametrize(
    "url", [*SHAPES, *(f"postgresql://u:p@h/db?{query}" for query in PARAMETERS)]
)
def test_libpq_understands_the_keywords(url: str) -> None:
    parameters = parse_url(url).parameters
    understood = psycopg.conninfo.conninfo_to_dict(psycopg.conninfo.make_conninfo(**parameters))
    assert understood == dict(parameters)


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_ignored_with_a_warning(name: str) -> None:
    (warning,) = parse_url(f"postgresql://u:p@h/db?{name}=geheim").warnings
    assert warning == f"has a parameter that is not known here: {name}. The dashboard ignores it."


def test_one_warning_names_all_that_is_ignored() -> None:
    query = "pool_mode=geheim&sslmode=preferred&pool_mode=x&pgbouncer=true&xyz"
    assert parse_url(f"postgresql://u:geheim@h/db?{query}").warnings == (
        "has parameters that are not known here: pool_mode, xyz. The dashboard ignores them.",
        "has sslmode=preferred, which is read as prefer.",
    )


@pytest.mark.parametrize("query", [*PARAMETERS, *SCHEMAS])
def test_what_is_known_is_taken_without_a_word(query: str) -> None:
    told = any(name in query for name in (*UNKNOWN, "preferred", "VERIFY_"))
    assert bool(parse_url(f"postgresql://u:p@h/db?{query.lstrip('?')}").warnings) is told


@pytest.mark.parametrize(("query", "schema"), SCHEMAS.items())
def test_the_schema_is_prismas(query: str, schema: str | None) -> None:
    assert parse_url(f"postgresql://u:p@h/db{query}").schema == schema


@pytest.mark.parametrize(("url", "address"), ADDRESSES.items())
def test_the_address_names_the_place_only(url: str, address: str) -> None:
    assert parse_url(url).address == address


@pytest.mark.parametrize(("url", "sentence"), REFUSED.items())
def test_a_wrong_url_gets_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_url(url)
    assert refused.value.problems == (sentence,)


def test_all_mistakes_of_a_url_are_told() -> None:
    with pytest.raises(SettingsError) as refused:
        parse_url("postgresql://u:p@:0/?service=x&schema=&sslmode=x&passfile=y")
    starts = [problem.split(";")[0] for problem in refused.value.problems]
    assert starts == [
        "has the parameter service, which reads the address from a file",
        "has the parameter passfile, which reads the password from a file",
        "names no host",
        "names no database",
        "has a port that is not a number from 1 to 65535",
        "has a schema that is not a name of 1 to 63 bytes",
        "has sslmode set to none of disable, allow, prefer, require, no-verify, verify-ca, "
        "verify-full.",
    ]


def test_a_hostile_url_is_answered_quickly() -> None:
    """A pattern that backtracks would never come back from these."""
    for url in ("@" * 2_000, "a=" * 20_000 + "\\", "h/db?" + "a=&" * 20_000 + "/", ":" * 20_000):
        with pytest.raises(SettingsError):
            parse_url(f"postgresql://u:p@{url}")

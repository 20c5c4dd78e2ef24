"""Where a database is: a parameter of its URL is mapped, refused, or ignored with a warning."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from dashboard.settings.parameters import Parameters
from dashboard.settings.parts import Host, Parts, host_and_port
from dashboard.settings.problems import SettingsError, is_identifier, nearest, printable
from dashboard.settings.tls import TLS_NAMES, in_our_words, tls_keywords, tls_mistakes
from queries import patterns
from queries.records import dataclass

_PASSED_ON = frozenset(
    {"hostaddr", "channel_binding", "gssencmode", "load_balance_hosts", "require_auth"}
    | {"sslnegotiation", "ssl_min_protocol_version", "target_session_attrs"}
)
_MAPPED = frozenset(
    {"host", "port", "user", "password", "dbname", "schema", "currentSchema", "options"}
)
# pools, limits and marks of the application: the dashboard has its own
_IGNORED = frozenset(
    {"connection_limit", "pool_timeout", "socket_timeout", "connect_timeout", "pgbouncer"}
    | {"statement_cache_size", "max_connection_lifetime", "max_idle_connection_lifetime"}
    | {"single_use_connections", "application_name", "fallback_application_name", "supa"}
    | {"workaround", "uselibpqcompat", "api_key", "statement_timeout", "query_timeout"}
    | {"lock_timeout", "idle_in_transaction_session_timeout", "timezone", "client_encoding"}
    | {"prepareThreshold", "reWriteBatchedInserts", "max", "pool_max_conns", "endpoint"}
    | {"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"}
    | {"tcp_user_timeout"}
)
_REFUSED = {
    "passfile": "reads the password from a file; put the password in the URL.",
    "service": "reads the address from a file; put the address in the URL.",
    "replication": "opens a replication connection; remove it.",
    "sslkeylogfile": "writes the keys of the connection to a file; remove it.",
    "krbsrvname": "is for Kerberos, which the dashboard does not use; remove it.",
    "requirepeer": "is a check the dashboard does not make; remove it.",
    "search_path": "is not how Prisma names a schema; write schema= instead.",
}
_USED = _PASSED_ON | _MAPPED | TLS_NAMES
# what is lost where one of these is misspelt is another database, or less safety
_DECISIVE = _MAPPED | TLS_NAMES | _REFUSED.keys() | {"channel_binding", "target_session_attrs"}
_MISSPELT = 0.75  # that near: sslMode and shema are, pool_mode is not near sslmode
# how poolers tell their tenants apart; what else stands in options is a limit of the application
_TENANT = patterns.lazy(r"\s*((?:endpoint|project|reference)=[\w.-]+)(?!\S)")
_HOST_NAME = patterns.lazy(r"/.+|[\w.:%-]+")
_PORT = patterns.lazy(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True)
class Location:
    """A database, as messages, libpq and the redactor need it."""

    schema: str | None
    address: str
    parameters: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str] = field(repr=False)
    warnings: tuple[str, ...] = ()


def locate(parts: Parts) -> Location:
    given = _given(parts.query)
    hosts = _hosts(parts, given)
    keywords = _keywords(parts, given, hosts)
    problems = (
        *_query_mistakes(parts.query),
        *_place_mistakes(hosts, keywords),
        *_port_mistakes(hosts, given),
        *_text_mistakes(keywords),
        *_schema_mistakes(given),
        *tls_mistakes(given),
    )
    if problems:
        raise SettingsError(*problems)
    secrets = {keywords.get("password", ""), keywords.get("sslpassword", "")}
    return Location(
        schema=given.get("schema", given.get("currentSchema")),
        address=f"{','.join(map(_shown, hosts))}/{keywords['dbname']}",
        parameters=Parameters(keywords),
        secrets=(parts.written_secrets | secrets) - {""},
        warnings=tuple(_warnings(parts.query)),
    )


def _given(query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the parameters that say something; several hosts become libpq's comma list."""
    given = {name: in_our_words(name, value) for name, value in query if value or name == "schema"}
    if "host" in given:
        given["host"] = ",".join(value for name, value in query if name == "host" and value)
    return given


def _hosts(parts: Parts, given: Mapping[str, str]) -> tuple[Host, ...]:
    """Give every host its own port, else the one that stands apart, else PostgreSQL's."""
    hosts = parts.hosts
    ports = [host.port for host in hosts]
    if "host" in given:
        hosts = tuple(host_and_port(host) for host in given["host"].split(","))
    if "port" in given:
        ports = given["port"].split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    ports += [""] * (len(hosts) - len(ports))
    return tuple(
        Host(host.name, host.port or port or "5432")
        for host, port in zip(hosts, ports, strict=False)
    )


def _keywords(parts: Parts, given: Mapping[str, str], hosts: tuple[Host, ...]) -> dict[str, str]:
    tenant = _TENANT.match(given.get("options", ""))
    keywords = {
        "host": ",".join(host.name for host in hosts),
        "port": ",".join(host.port for host in hosts),
        "user": given.get("user", parts.user),
        "password": given.get("password", parts.password),
        "dbname": given.get("dbname", parts.database),
        "options": tenant[1] if tenant else "",
        **tls_keywords(given),
        **{name: value for name, value in given.items() if name in _PASSED_ON},
    }
    return {name: value for name, value in keywords.items() if value}


def _query_mistakes(query: tuple[tuple[str, str], ...]) -> Iterator[str]:
    first: dict[str, str] = {}
    for name, value in query:
        if name in _REFUSED:
            yield f"has the parameter {name}, which {_REFUSED[name]}"
        elif meant := _misspelt(name):
            yield (f"has the parameter {printable(name)}, which is unknown; did you mean {meant}?")
        elif name in _USED - {"host"} and first.setdefault(name, value) != value:
            yield f"has the parameter {name} twice; keep one."
    if any(re.search(r"\?\w+=", value) for _, value in query):
        yield "has a second ?; join parameters with &."


def _misspelt(name: str) -> str | None:
    known = name in _USED or name in _IGNORED
    return None if known else nearest(name, _DECISIVE, cutoff=_MISSPELT)


def _warnings(query: tuple[tuple[str, str], ...]) -> Iterator[str]:
    unknown = dict.fromkeys(printable(name) for name, _ in query if name not in _USED | _IGNORED)
    if unknown:
        several = len(unknown) > 1
        yield (
            f"has {'parameters that are' if several else 'a parameter that is'} not known here: "
            f"{', '.join(unknown)}. The dashboard ignores {'them' if several else 'it'}."
        )
    for value in dict.fromkeys(value for name, value in query if name == "sslmode"):
        if (taken := in_our_words("sslmode", value)) != value:
            yield f"has sslmode={value}, which is read as {taken}."


def _place_mistakes(hosts: tuple[Host, ...], keywords: Mapping[str, str]) -> Iterator[str]:
    if not all(host.name for host in hosts):
        yield "names no host; write it before the database, or as host= for a socket's folder."
    elif not all(_HOST_NAME.fullmatch(host.name) for host in hosts):
        yield "has a host that cannot be read; correct it."
    if "dbname" not in keywords:
        yield "names no database; end the address with /DATABASE."


def _port_mistakes(hosts: tuple[Host, ...], given: Mapping[str, str]) -> Iterator[str]:
    if not all(_PORT.fullmatch(host.port) and int(host.port) < 65536 for host in hosts):
        yield "has a port that is not a number from 1 to 65535; correct it."
    if given.get("port", "").count(",") not in {0, len(hosts) - 1}:
        yield "has more or fewer ports than hosts; give one, or one for each."


def _text_mistakes(keywords: Mapping[str, str]) -> Iterator[str]:
    """Passwords may hold anything that libpq can send; what is shown must be visible."""
    for name, value in keywords.items():
        if "\0" in value or not (value.isprintable() or name == "password"):
            yield f"has an invisible character in its {name}; retype it."


def _schema_mistakes(given: Mapping[str, str]) -> Iterator[str]:
    if "search_path" in given.get("options", ""):
        yield "has a search_path in options; write schema= instead."
    named = {given[name] for name in ("schema", "currentSchema") if name in given}
    if len(named) > 1:
        yield "has a schema and a different currentSchema; keep one."
    if not all(map(is_identifier, named)):
        yield "has a schema that is not a name of 1 to 63 bytes; correct it."


def _shown(host: Host) -> str:
    if host.name.startswith("/"):
        return host.name
    name = f"[{host.name}]" if ":" in host.name else host.name
    return f"{name}:{host.port}"

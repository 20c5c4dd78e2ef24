"""One [connections.NAME] table: an environment and where its database is."""

from dataclasses import field

from dashboard.environments import Environment, Role
from dashboard.settings import conversions
from dashboard.settings.location import Location, locate
from dashboard.settings.parts import Host, Parts
from dashboard.settings.problems import SettingsError
from dashboard.settings.roles import guess_role
from dashboard.settings.tables import Table
from dashboard.settings.urls import parse_url
from dashboard.settings.values import Database
from queries import patterns
from queries.records import dataclass

_NAME = patterns.lazy(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_STREAMLIT_KEYS = ("host", "port", "username", "password", "database", "query")
_STREAMLIT_KINDS = {
    "type": conversions.one_of(("sql",)),
    "dialect": conversions.one_of(("postgresql", "postgres")),
    "driver": conversions.text,
}


@dataclass(frozen=True, slots=True)
class Connection:
    database: Database
    secrets: frozenset[str] = field(repr=False)
    warnings: tuple[str, ...]


def read_connection(name: str, table: Table) -> Connection | None:
    """Return what the table means, or None after noting what is wrong."""
    if not _NAME.fullmatch(name):
        table.problems.append(
            f"{table.title} must be named with up to 63 letters, digits, _ - and ., "
            "a letter or digit first."
        )
    table.refuse_unknown(("url", "role", "app_url", *_STREAMLIT_KEYS, *_STREAMLIT_KINDS))
    role = table.read("role", conversions.one_of(Role))
    app_url = table.read("app_url", conversions.app_url)
    location = _location(table)
    if location is None:
        return None
    environment = Environment(name, Role(role) if role else guess_role(name), app_url)
    database = Database(environment, location.schema, location.parameters, location.address)
    label = table.entries["url"].label if "url" in table.entries else table.title
    warnings = tuple(f"{label} {sentence}" for sentence in location.warnings)
    return Connection(database, location.secrets, warnings)


def _location(table: Table) -> Location | None:
    parts = [key for key in _STREAMLIT_KEYS if key in table.entries]
    if parts and "url" in table.entries:
        table.problems.append(f"{table.title} has both url and {parts[0]}; keep url.")
        return None
    if parts:
        return _location_from_parts(table)
    table.require("url", "give the DATABASE_URL of this environment.")
    return table.read("url", database_url)


def database_url(value: object) -> Location:
    if not isinstance(value, str):
        raise SettingsError("must be text in quotes.")
    return parse_url(value)


def _location_from_parts(table: Table) -> Location | None:
    """Read the other style that Streamlit's own st.connection takes."""
    mistakes_before = len(table.problems)
    for key, convert in _STREAMLIT_KINDS.items():
        table.read(key, convert)
    parts = Parts(
        hosts=(
            Host(
                table.read("host", conversions.text) or "",
                table.read("port", conversions.port) or "",
            ),
        ),
        user=table.read("username", conversions.text) or "",
        password=table.read("password", conversions.text) or "",
        database=table.read("database", conversions.text) or "",
        query=table.read("query", conversions.texts) or (),
    )
    if len(table.problems) > mistakes_before:
        return None
    return table.attempt(table.title, lambda: locate(parts))

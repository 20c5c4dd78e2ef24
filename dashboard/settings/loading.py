"""Reads the configuration: a TOML file with environment variables over it."""

import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from dashboard.settings import conversions
from dashboard.settings.access_tables import read_access
from dashboard.settings.alerts import read_alerts
from dashboard.settings.column_roles import CONFIGURABLE
from dashboard.settings.connection import Connection, database_url, read_connection
from dashboard.settings.document import Document, read_document
from dashboard.settings.location import Location
from dashboard.settings.problems import SettingsError, is_identifier
from dashboard.settings.tables import Table
from dashboard.settings.tokens import read_tokens
from dashboard.settings.values import (
    Example,
    FailureSettings,
    Mute,
    Settings,
    Thresholds,
)
from dashboard.settings.variables import override

DEFAULT_CONSTRAINT = "deployments_projectId_fkey"

_DURATIONS = ("all_fail_window", "stuck", "undeployed", "race", "replica_lag")


def project_folder() -> Path:
    return Path(__file__).resolve().parents[2]


def load(
    config: Path | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Settings:
    """Read the config file, else .streamlit/secrets.toml of the folder if there is one."""
    problems: list[str] = []
    source = config.absolute() if config else _secrets_file(folder or project_folder())
    document = read_document(_content(source, problems) if source else {}, problems)
    override(document, environ)
    settings = _settings(document, source, _state_folder(environ))
    settings = _with_access(settings, document, environ)
    if problems:
        raise SettingsError(*problems)
    return settings


def load_configured() -> Settings:
    """Read what a server was started with: DASHBOARD_CONFIG, else the folder's own file."""
    named = os.environ.get("DASHBOARD_CONFIG")
    return load(Path(named) if named else None)


def _state_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the folder where programs keep their state; None for a user without a home."""
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():  # then it is to be ignored, says its specification
        try:
            state = Path.home() / ".local" / "state"
        except RuntimeError:
            return None
    return state / "deployment-dashboard"


def _secrets_file(folder: Path) -> Path | None:
    path = folder.absolute() / ".streamlit" / "secrets.toml"
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:  # it is there: reading it tells what is wrong
        return path
    return path


def _content(source: Path, problems: list[str]) -> Mapping[str, object]:
    try:
        return tomllib.loads(source.read_bytes().decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line \d+, column \d+", str(error))  # the rest may quote the file
        problems.append(f"{source} is not valid TOML {place[0] if place else 'at its end'}.")
    except UnicodeDecodeError:
        problems.append(f"{source} is not UTF-8 text.")
    except OSError as error:
        problems.append(f"{source} cannot be read: {error.strerror}.")
    return {}


def _settings(document: Document, source: Path | None, state: Path | None) -> Settings:
    read = {name: read_connection(name, table) for name, table in document.connections.items()}
    connections = {name: connection for name, connection in read.items() if connection}
    document.warnings.extend(_needless(document.diagnosis))
    document.diagnosis.refuse_unknown(("constraint", "migrations", "columns", "nouns"))
    return Settings(
        databases=MappingProxyType({name: each.database for name, each in connections.items()}),
        constraint=document.diagnosis.read("constraint", conversions.identifier)
        or DEFAULT_CONSTRAINT,
        migrations=document.diagnosis.read("migrations", conversions.paths) or (),
        columns=MappingProxyType(_columns(document.columns)),
        nouns=MappingProxyType(_nouns(document.nouns)),
        history=(history := _history(document.history, state))[0],
        keeps_history=history[1],
        rehearsal=_rehearsal(document.rehearsal, state),
        thresholds=_thresholds(document.thresholds),
        mutes=tuple(mute for table in document.mutes for mute in _mute(table)),
        source=source,
        failures=_failures(document.failures),
        examples=tuple(_examples(document).values()),
        tokens=read_tokens(document.access.tokens),
        state=(state_database := _state(document.state, connections)),
        secrets=frozenset().union(
            *(each.secrets for each in connections.values()),
            state_database.secrets if state_database else (),
        ),
        warnings=(
            *document.warnings,
            *(warning for each in connections.values() for warning in each.warnings),
        ),
    )


def _with_access(settings: Settings, document: Document, environ: Mapping[str, str]) -> Settings:
    access = read_access(document.access, environ)
    public_url = access.oidc.public_url if access.oidc else None
    alerts = read_alerts(document.alerts, document.routes, public_url)
    secrets = settings.secrets | access.secrets | alerts.secrets
    return replace(settings, access=access, alerts=alerts, secrets=secrets)


def _needless(diagnosis: Table) -> Iterator[str]:
    """Take what older versions needed off; its value says nothing any more."""
    if diagnosis.entries.pop("strict_migration", None):
        yield (
            "[diagnosis] strict_migration is ignored: it is no longer needed, because every "
            "migration is rehearsed."
        )


def _columns(table: Table) -> dict[str, str]:
    table.refuse_unknown(CONFIGURABLE)
    named = {role: table.read(role, conversions.identifier) for role in CONFIGURABLE}
    return {role: column for role, column in named.items() if column}


def _nouns(table: Table) -> dict[str, tuple[str, str | None]]:
    named: dict[str, tuple[str, str | None]] = {}
    for name, entry in table.entries.items():
        if not is_identifier(name):
            table.problems.append(f"{entry.label} must be the name of a table.")
        elif noun := table.read(name, conversions.noun):
            named[name] = noun
    return named


def _history(table: Table, state: Path | None) -> tuple[Path | None, bool]:
    table.refuse_unknown(("path", "enabled"))
    path = table.read("path", conversions.path)
    enabled = table.read("enabled", conversions.switch)
    return (
        (None, False) if enabled is False else (path or (state and state / "history.sqlite"), True)
    )


def _state(table: Table, connections: Mapping[str, Connection]) -> Location | None:
    """Read where several processes keep their state; never what is only looked at."""
    table.refuse_unknown(("url",))
    location = table.read("url", database_url)
    for name, each in connections.items() if location else ():
        if location and each.database.address == location.address:
            table.problems.append(
                f"{table.entries['url'].label} is the database of [connections.{name}], which is "
                "only read; give a database of its own."
            )
    return location


def _rehearsal(table: Table, state: Path | None) -> Path | None:
    table.refuse_unknown(("enabled",))
    enabled = table.read("enabled", conversions.switch)
    return None if enabled is False else state and state / "rehearsal"


def _thresholds(table: Table) -> Thresholds:
    table.refuse_unknown(("all_fail_ids", *_DURATIONS))
    durations = {key: table.read(key, conversions.duration) for key in _DURATIONS}
    return Thresholds(
        all_fail_ids=table.read("all_fail_ids", conversions.count) or Thresholds().all_fail_ids,
        **{key: value for key, value in durations.items() if value},
    )


def _failures(table: Table) -> FailureSettings:
    table.refuse_unknown(("statuses", "relation"))
    usual = FailureSettings()
    return FailureSettings(
        statuses=table.read("statuses", conversions.words) or usual.statuses,
        relation=table.read("relation", conversions.identifier) or usual.relation,
    )


def _mute(table: Table) -> Iterator[Mute]:
    table.refuse_unknown(("code", "environment", "reason", "until"))
    table.require("code", "say which finding to mute.")
    table.require("reason", "say why, for those who wonder.")
    code = table.read("code", conversions.code)
    reason = table.read("reason", conversions.text)
    environment = table.read("environment", conversions.text)
    until = table.read("until", conversions.day)
    if code and reason:
        yield Mute(code, environment, reason, until)


def _examples(document: Document) -> dict[str, Example]:
    """Read the examples by title; lists show nothing else of them, so it tells them apart."""
    found: dict[str, Example] = {}
    for table in document.examples:
        for example in _example(table, document.connections):
            if example.title in found:
                problem = "title is that of another example; give it one of its own."
                document.problems.append(f"{table.title} {problem}")
            found[example.title] = example
    return found


def _example(table: Table, environments: Collection[str]) -> Iterator[Example]:
    table.refuse_unknown(("title", "text", "environment", "button"))
    table.require("title", "say what it shows.")
    table.require("text", "give the ID, the URL or the error to look up.")
    table.require("environment", "name the one that the deployment fails in.")
    title = table.read("title", conversions.text)
    text = table.read("text", conversions.text)
    environment = table.read("environment", conversions.environment_of(environments))
    button = table.read("button", conversions.text)
    if title and text and environment:
        yield Example(title, text, environment, button)

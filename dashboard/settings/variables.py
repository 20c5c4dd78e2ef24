"""Environment variables put over the file, key by key: CONNECTIONS__PREVIEW_412__URL."""

import re
from collections.abc import Iterator, Mapping

from dashboard.settings.document import MISSPELT, TABLES, Document
from dashboard.settings.problems import SettingsError, nearest, printable
from dashboard.settings.tables import Entry, Table
from queries import patterns

_OURS = patterns.lazy(
    r"(CONNECTIONS|DIAGNOSIS|HISTORY|THRESHOLDS|FAILURES|ACCESS|REHEARSAL|STATE|ALERTS)__",
    re.IGNORECASE,
)
_CONNECTION = patterns.lazy(r"CONNECTIONS__(?P<name>.+)__(?P<key>[A-Z]\w*)", re.IGNORECASE)
_COLUMN = patterns.lazy(r"DIAGNOSIS__COLUMNS__(?P<key>\w+)", re.IGNORECASE)
_NOUN = patterns.lazy(r"DIAGNOSIS__NOUNS__(?P<table>.+)", re.IGNORECASE)
_OTHER = patterns.lazy(
    r"(?P<table>DIAGNOSIS|HISTORY|THRESHOLDS|FAILURES|ACCESS__PROXY|ACCESS__OIDC|ACCESS|REHEARSAL"
    r"|STATE|ALERTS)__(?P<key>\w+)",
    re.IGNORECASE,
)


def override(document: Document, environ: Mapping[str, str]) -> None:
    in_file = set(document.connections)
    set_by: dict[tuple[str, str], str] = {}
    for variable, value in _ours(environ):
        try:
            table, key = _target(document, variable)
        except SettingsError as mistake:
            document.problems.append(f"{variable} {mistake}")
            continue
        first = set_by.setdefault((table.title, key), variable)
        if first != variable:
            document.problems.append(f"{first} and {variable} set the same key; keep one.")
        table.entries[key] = Entry(value, variable)
    for name in sorted(document.connections.keys() - in_file):
        document.connections[name] = document.connections.pop(name)
    document.warnings.extend(_misspelt(environ))


def _misspelt(environ: Mapping[str, str]) -> Iterator[str]:
    """Warn of what is most likely meant for us; it may be another program's, too."""
    for variable in sorted(environ):
        table, separator, key = variable.partition("__")
        meant = nearest(table, TABLES, MISSPELT) if separator else None
        if meant and meant != table.lower():
            written = f"{meant.upper()}__{key}"
            yield f"{printable(variable)} is ignored; did you mean {printable(written)}?"


def _ours(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Leave out what is set to nothing, except a URL: that is a deployment gone wrong."""
    for variable, value in sorted(environ.items()):
        if _OURS.match(variable) and (value.strip() or variable.upper().endswith("__URL")):
            yield variable, value


def _target(document: Document, variable: str) -> tuple[Table, str]:
    if found := _CONNECTION.fullmatch(variable):
        return _connection(document, found["name"]), found["key"].lower()
    if found := _COLUMN.fullmatch(variable):
        return document.columns, found["key"].lower()
    if found := _NOUN.fullmatch(variable):
        return document.nouns, found["table"]
    if found := _OTHER.fullmatch(variable):
        tables = {
            "diagnosis": document.diagnosis,
            "history": document.history,
            "rehearsal": document.rehearsal,
            "state": document.state,
            "alerts": document.alerts,
            "thresholds": document.thresholds,
            "failures": document.failures,
            "access": document.access.access,
            "access__proxy": document.access.proxy,
            "access__oidc": document.access.oidc,
        }
        return tables[found["table"].lower()], found["key"].lower()
    raise SettingsError("sets nothing; write CONNECTIONS__NAME__URL.")


def _connection(document: Document, name: str) -> Table:
    """Find the environment a variable means: it cannot spell - and . and shouts."""
    meant = [known for known in document.connections if _spelling(known) == _spelling(name)]
    if len(meant) > 1:
        raise SettingsError(f"could mean {' or '.join(map(printable, meant))}; rename one of them.")
    if not meant:
        meant = [name.lower().replace("_", "-")]
        document.connections[meant[0]] = document.connection(meant[0])
    return document.connections[meant[0]]


def _spelling(name: str) -> str:
    return re.sub("[-.]", "_", name).lower()

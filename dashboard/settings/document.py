"""The file's tables that are ours; what else stands there belongs to Streamlit or the user."""

from collections.abc import Iterator, Mapping
from dataclasses import field

from dashboard.settings.access_tables import AccessTables
from dashboard.settings.problems import nearest, printable
from dashboard.settings.tables import Table
from queries.records import dataclass

TABLES = (
    "connections",
    "diagnosis",
    "history",
    "thresholds",
    "failures",
    "access",
    "state",
    "alerts",
)
LISTS = ("mute", "example")
MISSPELT = 0.85  # as like one of ours as that: others have tables of their own in this file


@dataclass(frozen=True, slots=True)
class Document:
    problems: list[str]
    diagnosis: Table
    columns: Table
    nouns: Table
    history: Table
    thresholds: Table
    failures: Table
    access: AccessTables
    rehearsal: Table
    state: Table
    alerts: Table
    routes: list[Table]
    connections: dict[str, Table] = field(default_factory=dict)
    mutes: list[Table] = field(default_factory=list)
    examples: list[Table] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def connection(self, name: str) -> Table:
        return Table(f"[connections.{printable(name)}]", self.problems)


def read_document(content: Mapping[str, object], problems: list[str]) -> Document:
    alerts = Table("[alerts]", problems)
    alerts.fill(content.get("alerts", {}))
    document = Document(
        problems=problems,
        diagnosis=Table("[diagnosis]", problems),
        columns=Table("[diagnosis.columns]", problems),
        nouns=Table("[diagnosis.nouns]", problems),
        history=Table("[history]", problems),
        thresholds=Table("[thresholds]", problems),
        failures=Table("[failures]", problems),
        access=_access(content.get("access", {}), problems),
        rehearsal=Table("[rehearsal]", problems),
        state=Table("[state]", problems),
        alerts=alerts,
        routes=list(_listed_below(alerts, "route")),
    )
    problems.extend(_misspelt(content))
    _fill_connections(document, content.get("connections", {}))
    document.diagnosis.fill(content.get("diagnosis", {}))
    if columns := document.diagnosis.entries.pop("columns", None):
        document.columns.fill(columns.value)
    if nouns := document.diagnosis.entries.pop("nouns", None):
        document.nouns.fill(nouns.value)
    document.history.fill(content.get("history", {}))
    document.thresholds.fill(content.get("thresholds", {}))
    document.failures.fill(content.get("failures", {}))
    document.rehearsal.fill(content.get("rehearsal", {}))
    document.state.fill(content.get("state", {}))
    document.mutes.extend(_listed("mute", content, problems))
    document.examples.extend(_listed("example", content, problems))
    return document


def _misspelt(content: Mapping[str, object]) -> Iterator[str]:
    """Refuse what is most likely a table of ours: it would be ignored without a word."""
    for name, table in content.items():
        meant = nearest(name, (*TABLES, *LISTS), MISSPELT)
        if meant in (None, name):
            continue
        within = f".{printable(next(iter(table)))}" if isinstance(table, Mapping) and table else ""
        below = within if meant == "connections" else ""
        written = f"[[{meant}]]" if meant in LISTS else f"[{meant}{below}]"
        yield f"[{printable(name)}{below}] is not known; did you mean {written}?"


def _access(content: object, problems: list[str]) -> AccessTables:
    """Tell the tables below [access] from its own keys."""
    access = Table("[access]", problems)
    access.fill(content)
    proxy, oidc = (_below(access, name) for name in ("proxy", "oidc"))
    grants, tokens = (_listed_below(access, name) for name in ("grant", "token"))
    return AccessTables(access, proxy, oidc, grants, tokens)


def _below(access: Table, name: str) -> Table:
    table = Table(f"[access.{name}]", access.problems)
    if entry := access.entries.pop(name, None):
        table.fill(entry.value)
    return table


def _listed_below(table: Table, name: str) -> list[Table]:
    entry = table.entries.pop(name, None)
    full = f"{table.title.strip('[]')}.{name}"
    return list(_listed(full, {full: entry.value} if entry else {}, table.problems))


def _fill_connections(document: Document, connections: object) -> None:
    if not isinstance(connections, Mapping):
        document.problems.append("[connections] must be tables: write [connections.NAME].")
        return
    for name, content in connections.items():
        table = document.connection(name)
        table.fill(content)
        if isinstance(content, Mapping):
            document.connections[name] = table


def _listed(name: str, content: Mapping[str, object], problems: list[str]) -> Iterator[Table]:
    """Read an array of tables, which messages tell apart by their number."""
    listed = content.get(name, [])
    if not isinstance(listed, list):
        one = name.rpartition(".")[2]
        problems.append(f"[{name}] must be written [[{name}]], once for every {one}.")
        return
    for number, entries in enumerate(listed, start=1):
        table = Table(f"[[{name}]] number {number}", problems)
        table.fill(entries)
        if isinstance(entries, Mapping):
            yield table

"""The file's tables that are ours; what else stands there belongs to Streamlit or the user."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.settings.access_tables import AccessTables
from dashboard.settings.problems import printable
from dashboard.settings.tables import Table


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
    connections: dict[str, Table] = field(default_factory=dict)
    mutes: list[Table] = field(default_factory=list)
    examples: list[Table] = field(default_factory=list)

    def connection(self, name: str) -> Table:
        return Table(f"[connections.{printable(name)}]", self.problems)


def read_document(content: Mapping[str, object], problems: list[str]) -> Document:
    document = Document(
        problems=problems,
        diagnosis=Table("[diagnosis]", problems),
        columns=Table("[diagnosis.columns]", problems),
        nouns=Table("[diagnosis.nouns]", problems),
        history=Table("[history]", problems),
        thresholds=Table("[thresholds]", problems),
        failures=Table("[failures]", problems),
        access=_access(content.get("access", {}), problems),
    )
    _fill_connections(document, content.get("connections", {}))
    document.diagnosis.fill(content.get("diagnosis", {}))
    if columns := document.diagnosis.entries.pop("columns", None):
        document.columns.fill(columns.value)
    if nouns := document.diagnosis.entries.pop("nouns", None):
        document.nouns.fill(nouns.value)
    document.history.fill(content.get("history", {}))
    document.thresholds.fill(content.get("thresholds", {}))
    document.failures.fill(content.get("failures", {}))
    document.mutes.extend(_listed("mute", content, problems))
    document.examples.extend(_listed("example", content, problems))
    return document


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


def _listed_below(access: Table, name: str) -> list[Table]:
    entry = access.entries.pop(name, None)
    named = {f"access.{name}": entry.value} if entry else {}
    return list(_listed(f"access.{name}", named, access.problems))


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

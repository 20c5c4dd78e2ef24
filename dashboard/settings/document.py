"""The file's tables that are ours; what else stands there belongs to Streamlit or the user."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.settings.problems import printable
from dashboard.settings.tables import Table


@dataclass(frozen=True, slots=True)
class Document:
    problems: list[str]
    diagnosis: Table
    columns: Table
    history: Table
    thresholds: Table
    failures: Table
    connections: dict[str, Table] = field(default_factory=dict)
    mutes: list[Table] = field(default_factory=list)

    def connection(self, name: str) -> Table:
        return Table(f"[connections.{printable(name)}]", self.problems)


def read_document(content: Mapping[str, object], problems: list[str]) -> Document:
    document = Document(
        problems=problems,
        diagnosis=Table("[diagnosis]", problems),
        columns=Table("[diagnosis.columns]", problems),
        history=Table("[history]", problems),
        thresholds=Table("[thresholds]", problems),
        failures=Table("[failures]", problems),
    )
    _fill_connections(document, content.get("connections", {}))
    document.diagnosis.fill(content.get("diagnosis", {}))
    if columns := document.diagnosis.entries.pop("columns", None):
        document.columns.fill(columns.value)
    document.history.fill(content.get("history", {}))
    document.thresholds.fill(content.get("thresholds", {}))
    document.failures.fill(content.get("failures", {}))
    _fill_mutes(document, content.get("mute", []))
    return document


def _fill_connections(document: Document, connections: object) -> None:
    if not isinstance(connections, Mapping):
        document.problems.append("[connections] must be tables: write [connections.NAME].")
        return
    for name, content in connections.items():
        table = document.connection(name)
        table.fill(content)
        if isinstance(content, Mapping):
            document.connections[name] = table


def _fill_mutes(document: Document, mutes: object) -> None:
    if not isinstance(mutes, list):
        document.problems.append("[mute] must be written [[mute]], once for every mute.")
        return
    for number, content in enumerate(mutes, start=1):
        mute = Table(f"[[mute]] number {number}", document.problems)
        mute.fill(content)
        if isinstance(content, Mapping):
            document.mutes.append(mute)

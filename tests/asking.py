"""Look something up in real databases, the way the command line does."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from dashboard.collect.collector import Collector
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import Sought, read
from dashboard.environments import Environment
from dashboard.postgres.pool import Connections
from dashboard.settings import Settings, load
from queries.query import Statement
from tests import printed


def configured(folder: Path, urls: Mapping[str, str], more: str = "") -> Settings:
    """Load a configuration of these environments, in this order."""
    tables = (f"[connections.{name}]\nurl = {json.dumps(url)}\n" for name, url in urls.items())
    path = folder / "dashboard.toml"
    usual = "" if "[rehearsal]" in more else "\n[rehearsal]\nenabled = false\n"
    path.write_text("".join(tables) + more + usual)
    return load(path, environ={"XDG_STATE_HOME": str(folder)})


@contextlib.contextmanager
def collecting(settings: Settings) -> Iterator[Collector]:
    with contextlib.closing(Collector(settings)) as collector:
        yield collector


def look_up(settings: Settings, text: str, target: str) -> tuple[Evidence, Diagnosis]:
    with collecting(settings) as collector:
        return ask(collector, text, target)


def ask(collector: Collector, text: str, target: str) -> tuple[Evidence, Diagnosis]:
    paste = read(text, Sought(collector.settings.constraint))
    environment = collector.settings.databases[target].environment
    evidence = collector.evidence(paste, environment, dict(collector.look_up(paste)))
    diagnosis = diagnose(evidence)
    try_out(collector.settings, evidence, (diagnosis.verdict, *diagnosis.findings))
    return evidence, diagnosis


def try_out(settings: Settings, evidence: Evidence, findings: Sequence[Finding]) -> None:
    """Run all that a look-up prints, where the databases are a test's own."""
    connections = printed.connections(settings)
    assert printed.shortfalls(findings, connections, evidence.target.name) == []
    if here := connections.get(evidence.target.name):
        assert printed.look_ups_agree(evidence, findings, here)


Exchanges = list[tuple[Environment, Sequence[Statement[Any]]]]


@contextlib.contextmanager
def exchanged(strike: Callable[[Environment], None] = lambda _: None) -> Iterator[Exchanges]:
    """Note what is sent to which environment, and strike just before."""
    plain, seen = Connections.ask, Exchanges()

    def ask(
        made: Connections,
        environment: Environment,
        statements: Sequence[Statement[Any]],
        *rest: Any,
    ) -> Any:
        seen.append((environment, statements))
        strike(environment)
        return plain(made, environment, statements, *rest)

    with mock.patch.object(Connections, "ask", ask):
        yield seen

"""Look something up in real databases, the way the command line does."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from dashboard.collect.collector import Collector
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import pointed_at, read
from dashboard.environments import Environment
from dashboard.postgres.pool import Connections
from dashboard.settings import Settings, load
from queries.query import Statement


def configured(folder: Path, urls: Mapping[str, str], more: str = "") -> Settings:
    """Load a configuration of these environments, in this order."""
    tables = (f"[connections.{name}]\nurl = {json.dumps(url)}\n" for name, url in urls.items())
    path = folder / "dashboard.toml"
    path.write_text("".join(tables) + more)
    return load(path, environ={"XDG_STATE_HOME": str(folder)})


def look_up(settings: Settings, text: str, target: str) -> tuple[Evidence, Diagnosis]:
    with contextlib.closing(Collector(settings)) as collector:
        return ask(collector, text, target)


def ask(collector: Collector, text: str, target: str) -> tuple[Evidence, Diagnosis]:
    paste = read(text, pointed_at(collector.settings.constraint))
    environment = collector.settings.databases[target].environment
    evidence = collector.evidence(paste, environment, dict(collector.look_up(paste)))
    return evidence, diagnose(evidence)


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

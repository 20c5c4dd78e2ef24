"""Look something up in real databases, the way the command line does."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from dashboard.collect.collector import Collector
from dashboard.diagnose.evidence import Evidence
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import read
from dashboard.settings import Settings, load


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
    paste = read(text)
    environment = collector.settings.databases[target].environment
    evidence = collector.evidence(paste, environment, dict(collector.look_up(paste)))
    return evidence, diagnose(evidence)

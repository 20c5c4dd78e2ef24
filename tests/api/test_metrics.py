"""/metrics as Prometheus reads it, and what is made of it: alerts, and a dashboard of charts."""

import json
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.access.counters import PREFIX
from dashboard.api import app as api
from dashboard.demo.scenarios import ONLY_LOCAL, STAGING
from dashboard.postgres.cluster import free_port
from dashboard.serving import Serving
from dashboard.settings import project_folder
from tests.api.conftest import bearer, token
from tests.repetitions import repetition

OPERATING = project_folder() / "docs" / "operating"
RULES = Path(__file__).with_name("rules.yml")
PATIENCE_S = 60
ONE = f"/api/v1/lookup?id={ONLY_LOCAL.id}&env={STAGING}"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
OF_PROMETHEUS = {"job", "instance", "__name__"}


def found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed on this machine")
    return path


def tool(*arguments: str, given: str | None = None) -> None:
    command = [found("promtool"), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, ""), done.stdout


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def text(client: TestClient) -> str:
    assert client.get(ONE).status_code == 200
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def test_prometheus_own_tool_has_nothing_to_say(text: str) -> None:
    tool("check", "metrics", given=text)


@pytest.mark.parametrize("word", ["127.0.0.1", ONLY_LOCAL.id, "anonymous", "Portfolio", "reader"])
def test_neither_ids_nor_users_nor_hosts_are_told(word: str, text: str) -> None:
    assert word not in text


def value(text: str, name: str, **labels: str) -> float | None:
    return parsed(text).get((f"{PREFIX}_{name}", frozenset(labels.items())))


def test_every_environment_has_one_status(text: str) -> None:
    for name, status in (("staging", "error"), ("preview-412", "unknown"), ("production", "ok")):
        for each in ("ok", "info", "warning", "error", "unknown"):
            told = value(text, "environment_status", environment=name, status=each)
            assert told == float(each == status)


def test_who_does_not_answer_is_down_and_has_no_age(text: str) -> None:
    assert value(text, "environment_up", environment="staging", role="staging") == 1.0
    assert value(text, "environment_up", environment="preview-412", role="preview") == 0.0
    asked = value(text, "environment_asked_timestamp_seconds", environment="preview-412")
    assert asked
    assert time.time() - asked < 600
    answered = "environment_answered_timestamp_seconds"
    assert value(text, answered, environment="preview-412") is None
    assert value(text, answered, environment="staging")


def test_findings_are_counted_by_code(text: str) -> None:
    labels = {"environment": "staging", "code": "failed", "severity": "error", "muted": "false"}
    assert value(text, "findings", **labels) == 1.0


def test_look_ups_and_refusals_are_counted(client: TestClient, text: str) -> None:
    labels = {"environment": STAGING, "code": "environment-mismatch", "via": "api"}
    before = value(text, "lookups_total", **labels)
    refused = value(text, "refusals_total", via="api", status="404") or 0.0
    client.get(ONE)
    client.get("/api/x")
    after = client.get("/metrics").text
    assert before
    assert value(after, "lookups_total", **labels) == before + 1
    assert value(after, "lookup_duration_seconds_count", via="api")
    assert value(after, "refusals_total", via="api", status="404") == refused + 1


@pytest.mark.parametrize(
    ("name", "status"), [("all", 200), ("nameless", 200), ("narrow", 403), ("nobody", 401)]
)
def test_metrics_are_for_who_may_see_every_environment(
    name: str, status: int, client: TestClient
) -> None:
    assert client.get("/metrics", headers=bearer(name)).status_code == status


@pytest.fixture
def address(served: Serving) -> Iterator[str]:
    """Serve it on a real port."""
    port = free_port()
    config = uvicorn.Config(
        Starlette(routes=api.routes()), host="127.0.0.1", port=port, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    patiently(lambda: server.started)
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    thread.join(PATIENCE_S)


def patiently(ready: Callable[[], Any]) -> Any:
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        if answer := ready():
            return answer
        time.sleep(0.1)
    raise AssertionError("it did not come in time")


def by_its_format(address: str, _folder: Path) -> Samples:
    with urllib.request.urlopen(f"http://{address}/metrics") as answer:
        return parsed(answer.read().decode())


def by_prometheus(address: str, folder: Path) -> Samples:
    """Let a real Prometheus scrape it, with a token and with the rules, and ask that."""
    program, port = found("prometheus"), free_port()
    shutil.copy(OPERATING / "rules.yml", folder)
    (folder / "token").write_text(token("all"))
    written = (OPERATING / "prometheus.yml").read_text()
    for ours, its in (
        ("30s", "1s"),
        ("/etc/prometheus/deployment-dashboard.token", str(folder / "token")),
        ("127.0.0.1:8501", address),
    ):
        assert ours in written
        written = written.replace(ours, its)
    (folder / "prometheus.yml").write_text(written)
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            return patiently(lambda: scraped(port))
        finally:
            running.terminate()
            running.wait(PATIENCE_S)


def scraped(port: int) -> Samples | None:
    """Ask Prometheus for all it has of us, once its rules were evaluated, too."""
    try:
        rules = asked(port, "rules")["groups"][0]["rules"]
        query = urllib.parse.urlencode({"query": f'{{__name__=~"{PREFIX}_.*"}}'})
        result = asked(port, f"query?{query}")["result"]
    except (urllib.error.URLError, OSError):
        return None
    pending = {each["name"] for each in rules if each["state"] != "inactive"}
    assert all(each["health"] != "err" for each in rules), rules
    if not result or "EnvironmentCritical" not in pending:
        return None
    return {
        (each["metric"]["__name__"], labels_of(each["metric"])): float(each["value"][1])
        for each in result
    }


def asked(port: int, question: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{question}") as answer:
        return json.load(answer)["data"]


def labels_of(metric: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((key, each) for key, each in metric.items() if key not in OF_PROMETHEUS)


@pytest.mark.parametrize("read", [by_its_format, repetition(by_prometheus)])
def test_what_is_scraped_is_what_is_said(
    read: Callable[[str, Path], Samples], address: str, tmp_path: Path
) -> None:
    samples = read(address, tmp_path)
    up = (f"{PREFIX}_environment_up", frozenset({("environment", "staging"), ("role", "staging")}))
    assert samples[up] == 1.0
    status = frozenset({("environment", "staging"), ("status", "error")})
    assert samples[f"{PREFIX}_environment_status", status] == 1.0


def test_the_rules_are_right() -> None:
    tool("check", "rules", str(OPERATING / "rules.yml"))
    tool("test", "rules", str(RULES))


@pytest.mark.parametrize("file", ["rules.yml", "grafana.json"])
def test_what_is_made_of_the_metrics_names_none_that_is_not_there(file: str, text: str) -> None:
    named = set(re.findall(rf"{PREFIX}_\w+", (OPERATING / file).read_text()))
    there = {name for name, _ in parsed(text)}
    assert named
    assert named <= there


def test_every_metric_is_described(text: str) -> None:
    described = set(
        re.findall(rf"^\| `({PREFIX}_\w+)` \|", (OPERATING / "metrics.md").read_text(), re.M)
    )
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in parsed(text)}
    assert described == told


def test_every_chart_asks_what_prometheus_understands() -> None:
    charts = json.loads((OPERATING / "grafana.json").read_text())["panels"]
    rules = {
        "groups": [
            {
                "name": "charts",
                "rules": [
                    {"record": f"chart:{number}", "expr": target["expr"]}
                    for number, target in enumerate(t for each in charts for t in each["targets"])
                ],
            }
        ]
    }
    tool("check", "rules", "/dev/stdin", given=json.dumps(rules))

"""Two and three real processes behind the real nginx, with one state database and wrong clocks.

A minute takes four seconds in them: see hurried.py.
"""

import contextlib
import json
import shutil
import signal
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http.server import ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import psycopg
import pytest
import trustme

from dashboard.demo.databases import create_database, reader_url
from dashboard.postgres.cluster import Cluster, free_port
from tests import logs
from tests.access.test_nginx import NAME, Proxy, SignIn
from tests.access.test_nginx import configured as nginx_configured
from tests.benchmarks.serving import Served, served
from tests.faults.server import Server
from tests.repetitions import repetition
from tests.state.hurried import HELD_S, INTERVAL_S
from tests.state.inbox import Inbox, receiving

NAMES = ("one", "two", "three", "four", "five", "six")
PATIENCE_S = 90
TOKEN = "a token"
SKEWS = (0, 60, -60)


@dataclass
class Site:
    processes: list[Served]
    proxy: Proxy
    state: Server
    monitored: Cluster
    inbox: Inbox

    def environments(self, process: Served) -> dict[str, dict[str, Any]]:
        """Ask one process directly; nothing while it does not answer."""
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        request = Request(f"{process.address}/api/v1/environments", headers=bearer)
        with contextlib.suppress(URLError, OSError), urlopen(request, timeout=10) as answer:
            found: dict[str, dict[str, Any]] = json.load(answer)["environments"]
            return found
        return {}

    def statuses(self, process: Served) -> dict[str, str]:
        return {name: each["status"] for name, each in self.environments(process).items()}

    def asked(self, since: float, until: float) -> dict[str, list[float]]:
        """Tell when each environment was asked, by its server's log."""
        return logs.asked(self.monitored, since, until)

    def all_asked_twice(self, since: float) -> bool:
        asked = self.asked(since, time.time())
        return all(len(asked.get(name, ())) >= 2 for name in NAMES)

    def until(self, holds: Any, what: str) -> float:
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < PATIENCE_S, f"{what}\n{self.said()}"
            time.sleep(0.25)
        return time.monotonic() - began

    def said(self) -> str:
        return "\n".join(
            (each.state / "server.log").read_text(errors="replace")[-2000:]
            for each in self.processes
        )


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is installed, which makes clocks wrong")
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture(params=[2, repetition(3)])
def site(request: pytest.FixtureRequest, tmp_path: Path, shim: Path) -> Iterator[Site]:
    pytest.importorskip("apprise")
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if nginx is None:
        pytest.skip("nginx is missing: on Debian, apt install nginx-light")
    with contextlib.ExitStack() as running:
        monitored = running.enter_context(logs.logging_cluster(log_statement="all"))
        for name in NAMES:
            create_database(monitored, name)
        state = running.enter_context(Server())
        with psycopg.connect(state.url("postgres"), autocommit=True) as connection:
            connection.execute("create database kept")
        inbox = running.enter_context(receiving())
        sign_in = running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), SignIn))
        threading.Thread(target=sign_in.serve_forever, daemon=True).start()
        running.callback(sign_in.shutdown)
        file = tmp_path / "dashboard.toml"
        file.write_text(_settings(monitored, state, inbox.port))
        processes = []
        for skew in SKEWS[: request.param]:
            folder = tmp_path / f"clock {skew}"
            folder.mkdir()
            variables = {
                "FORWARDED_ALLOW_IPS": "",
                "STREAMLIT_SERVER_COOKIE_SECRET": "the same on every replica",
                "LD_PRELOAD": str(shim),
                "SKEW": str(skew),
            }
            starting = served(file, folder, "tests.state.hurried", variables)
            processes.append(running.enter_context(starting))
        proxy = _proxy(tmp_path)
        conf = tmp_path / "nginx.conf"
        ports = [each.port for each in processes]
        conf.write_text(nginx_configured(proxy, ports, sign_in.server_port, tmp_path))
        front = subprocess.Popen([nginx, "-p", str(tmp_path), "-c", str(conf)])
        running.callback(front.wait)
        running.callback(front.terminate)
        yield Site(processes, proxy, state, monitored, inbox)


def _settings(monitored: Cluster, state: Server, inbox: int) -> str:
    connections = "".join(
        f"[connections.{name}]\nurl = {json.dumps(reader_url(monitored, name))}\n" for name in NAMES
    )
    return (
        f"{connections}[rehearsal]\nenabled = false\n"
        f"[state]\nurl = {json.dumps(state.url('kept'))}\n"
        "[access]\nmode = 'proxy'\n[access.proxy]\npeers = ['127.0.0.1']\n"
        "[[access.grant]]\nwho = ['sam@example.com']\nlevel = 'admin'\n"
        f"[[access.token]]\nname = 'bot'\nsha256 = '{sha256(TOKEN.encode()).hexdigest()}'\n"
        f"[[alerts.route]]\nname = 'on-call'\nurl = 'json://127.0.0.1:{inbox}/x'\n"
    )


def _proxy(folder: Path) -> Proxy:
    authority = trustme.CA()
    certificate = authority.issue_cert(NAME)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    return Proxy(free_port(), "", tls, folder / "access.log")


def gaps(times: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(sorted(times))]


def test_several_processes_are_one_dashboard(site: Site) -> None:
    """From the start to the end of its troubles; each stage says what it proves."""
    processes = site.processes
    site.until(
        lambda: all({*site.environments(each)} == {*NAMES} for each in processes), "no answers"
    )
    site.until(
        lambda: all({*site.statuses(each).values()} == {"warning"} for each in processes),
        "not all are judged",
    )

    # no environment is asked twice in an interval, whoever asks
    time.sleep(3 * INTERVAL_S)  # until each is asked at moments of its own
    began = time.time()
    time.sleep(5 * INTERVAL_S)
    asked = site.asked(began, time.time())
    assert asked.keys() == {*NAMES}
    for name, times in asked.items():
        assert min(gaps(times)) > 0.8 * INTERVAL_S, (name, gaps(times))
        assert len(times) >= 3, (name, times)

    # what one learns all show; whoever tells it dies in the middle of that, without a word
    site.inbox.victims.extend(processes)
    with psycopg.connect(site.monitored.url("one"), autocommit=True) as connection:
        connection.execute('alter table deployments drop constraint "deployments_projectId_fkey"')
    site.until(
        lambda: {site.statuses(each).get("one") for each in processes} == {"error"}, "no error"
    )
    site.until(lambda: site.inbox.killed, "nobody was told")
    died = time.time()
    left = [each for each in processes if each not in site.inbox.killed]

    # the others ask what it asked, and tell what it may not have told
    replaced = site.until(
        lambda: {*site.asked(died, time.time())} == {*NAMES}, "somebody is not asked any more"
    )
    assert replaced < HELD_S + 2 * INTERVAL_S + 4
    site.until(lambda: len(site.inbox.told) > 1, "nobody tells what may have been told")
    told = ["one is critical", "one is critical (may have been told before)"]
    assert site.inbox.titles == told, site.inbox.told
    assert site.inbox.told[0].key == site.inbox.told[1].key
    cookies = [f"who=sam; dashboard_replica={number}" for number in range(6)]
    assert {site.proxy.ask("/readyz", Cookie=each)[0].status for each in cookies} == {200}

    # what they share goes away: each asks for itself, and afterwards nothing is told twice
    with site.state.halted(signal.SIGINT):
        away = time.time()
        site.until(lambda: site.all_asked_twice(away), "nobody asks without the state database")
        assert all(site.statuses(each)["one"] == "error" for each in left)
    time.sleep(8 * INTERVAL_S)
    assert site.inbox.titles == told

    # and it is over once
    with psycopg.connect(site.monitored.url("one"), autocommit=True) as connection:
        connection.execute(
            'alter table deployments add constraint "deployments_projectId_fkey" '
            'foreign key ("projectId") references "Project" (id) '
            "on update cascade on delete cascade"
        )
    site.until(lambda: len(site.inbox.told) > 2, "nobody was told that it is over")
    time.sleep(3 * INTERVAL_S)
    assert site.inbox.titles == [*told, "one has recovered"], site.inbox.told
    shown = site.environments(left[0])
    assert {each["status"] for each in shown.values()} == {"warning"}

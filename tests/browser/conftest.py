"""A real server on the seeded demo, and a real browser that ends with the tests of a file."""

import contextlib
import logging
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dashboard.demo.seed import connect_urls
from dashboard.demo.state import configuration
from dashboard.postgres.cluster import Cluster, free_port
from dashboard.settings import project_folder

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_LIMIT_S = 60
PATIENCE_MS = 30_000  # the first page of a browser loads megabytes, on a machine that is busy
expect.set_options(timeout=PATIENCE_MS)

log = logging.getLogger(__name__)


@pytest.fixture(scope="session")
def demo(changeable_demo: Cluster) -> Cluster:
    """Let the tests of pages change what is shown."""
    return changeable_demo


@pytest.fixture(scope="session")
def server(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("demo") / "dashboard.toml"
    path.write_text(configuration(connect_urls(demo)), encoding="utf-8")
    with started(path) as address:
        yield address


@contextlib.contextmanager
def started(path: Path) -> Iterator[str]:
    """Serve a configuration; a database that is well is waited for, however busy the machine."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "tests.browser.patient", "run", "dashboard/asgi.py"),
        *(f"--server.port={port}", "--server.address=127.0.0.1"),
    ]
    environ = {**os.environ, "DASHBOARD_CONFIG": str(path)}
    with subprocess.Popen(command, cwd=project_folder(), env=environ) as process:
        address = f"http://localhost:{port}"
        wait_until_ready(address, process)
        yield address
        process.terminate()


def wait_until_ready(address: str, process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        else:
            return
        time.sleep(0.2)
    process.kill()
    pytest.fail("the server did not become ready")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (Path(CHROMIUM).exists() or shutil.which(CHROMIUM)):
        pytest.skip(f"Chromium is missing: the browser tests need it at {CHROMIUM}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a tab that may use the clipboard, and that complains about errors of its console."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    log.warning("%s\n%s", tab.url, tab.locator("body").inner_text())  # shown where a test fails
    context.close()
    # a deep link makes Streamlit probe two addresses below itself first
    probes = [each for each in complaints if "404 (Not Found)" in each]
    assert [each for each in complaints if each not in probes] == []
    assert len(probes) <= 2 * 3

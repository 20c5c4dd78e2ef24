"""Behind the gate and below an address of a proxy: only who is known gets Streamlit's files."""

import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

import pytest

from dashboard.asgi import TITLES
from dashboard.frontend import page
from tests.benchmarks.serving import LIMITED, Served, served
from tests.frontend.test_answering import PAGE, SCRIPT

BASE = "/tools/dashboard"
FILE = f"{BASE}/static/{page.FOLDER}/js/{SCRIPT.name}"
KNOWN = {"X-Forwarded-Email": "ada@example.com"}
BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip"}
BELOW = {"STREAMLIT_SERVER_BASE_URL_PATH": BASE, "FORWARDED_ALLOW_IPS": ""}
START_LIMIT_S = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    file = folder / "dashboard.toml"
    file.write_text(
        '[connections.x]\nurl = "postgresql://u@127.0.0.1:1/x"\n'
        '[access]\nmode = "proxy"\n'
        '[access.proxy]\npeers = ["127.0.0.1"]\nuser = "x-forwarded-email"\n'
        '[[access.grant]]\nwho = ["ada@example.com"]\nlevel = "viewer"\n'
    )
    with served(file, folder, LIMITED, BELOW) as running:
        limit = time.monotonic() + START_LIMIT_S
        while not listening(running):
            assert time.monotonic() < limit, "the server did not start"
            time.sleep(0.2)
        yield running


def listening(server: Served) -> bool:
    try:
        return get(server, f"{BASE}/livez", {})[0].status == 200
    except OSError:
        return False


def get(server: Served, path: str, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", path, headers={**BROWSER, **headers})
        answer = connection.getresponse()
        return answer, answer.read()


@pytest.mark.parametrize("path", [FILE, f"{BASE}/lookup", f"{BASE}/static/js/{SCRIPT.name}"])
def test_nothing_is_served_to_whom_nobody_knows(server: Served, path: str) -> None:
    answer, body = get(server, path, {})
    assert answer.status == 401
    assert b"Streamlit" not in body


def test_whoever_is_known_gets_it_compressed(server: Served) -> None:
    for path in (FILE, f"{BASE}/lookup", f"{BASE}/"):
        answer, body = get(server, path, KNOWN)
        assert answer.status == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "script-src 'self' 'sha256-" in answer.headers["Content-Security-Policy"]
        assert int(answer.headers["Content-Length"]) == len(body) < 200_000


def test_the_page_is_ours_below_the_address(server: Served) -> None:
    answer, body = get(server, f"{BASE}/lookup", {**KNOWN, "Accept-Encoding": "identity"})
    assert body.decode() == page.named(PAGE, TITLES["/lookup"])
    assert answer.headers["Cache-Control"] == "no-cache"

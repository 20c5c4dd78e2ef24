"""Only a page of this very origin opens a websocket."""

import pytest

from dashboard.access.origin import SameOrigin
from tests.access.running import Reached, run, silent

RESPONDING = {"websocket.http.response": {}}
HOSTS = {
    "localhost:8501": ("http://localhost:8501", "https://localhost:8501"),
    "dash.example.com": (
        "https://dash.example.com",
        "http://dash.example.com",
        "https://DASH.example.com",
        "https://dash.example.com:443",
        "http://dash.example.com:80",
    ),
    "dash.example.com:443": ("https://dash.example.com",),
    "[::1]:8501": ("http://[::1]:8501",),
}
FOREIGN = (
    "http://localhost:9999",
    "http://localhost",
    "http://127.0.0.1:8501",
    "https://a.dash.example.com",
    "https://dash.example.com:8443",
    "https://dash.example.com.evil.com",
    "https://example.com",
    "http://[::1]:8502",
    "chrome-extension://dash.example.com",
    "null",
)
MALFORMED = (
    "",
    "localhost:8501",
    "http://",
    "http://localhost:8501/",
    "http://user@localhost:8501",
    "http://localhost:port",
    "http://localhost:8501, http://localhost:8501",
    "http://[::1",
    "http://[localhost]:8501",
    "http://a b",
    "http://loc\x00alhost",
    "ht\xfftp://localhost:8501",
)


def asked(*origins: str, host: str = "localhost:8501", **more: object) -> Reached:
    headers = [(b"host", host.encode()), *((b"origin", each.encode("latin-1")) for each in origins)]
    scope = {"type": "websocket", "headers": headers, "extensions": RESPONDING, **more}
    reached = Reached()
    run(SameOrigin(reached)(scope, silent, reached.send))
    return reached


@pytest.mark.parametrize("host", HOSTS)
def test_the_page_s_own_origin_is_admitted(host: str) -> None:
    for origin in HOSTS[host]:
        reached = asked(origin, host=host)
        assert (bool(reached.scopes), reached.sent) == (True, []), origin


@pytest.mark.parametrize("host", HOSTS)
def test_every_other_origin_is_refused(host: str) -> None:
    """Another port is another site, and so is another name of this machine."""
    for origin in FOREIGN:
        reached = asked(origin, host=host)
        assert (reached.scopes, reached.status) == ([], 403), origin


@pytest.mark.parametrize("origin", MALFORMED)
def test_what_is_no_origin_is_a_bad_request(origin: str) -> None:
    reached = asked(origin)
    assert (reached.scopes, reached.status) == ([], 400)


def test_two_origins_are_a_bad_request() -> None:
    own = "http://localhost:8501"
    assert asked(own, own).status == 400


def test_without_an_origin_no_browser_asks() -> None:
    assert asked().scopes


def test_under_tls_a_page_without_it_is_foreign() -> None:
    assert asked("http://localhost:8501", scheme="wss").status == 403
    assert asked("https://localhost:8501", scheme="wss").scopes


def test_a_server_that_cannot_answer_closes() -> None:
    reached = asked("http://evil.com", extensions={})
    assert reached.sent == [{"type": "websocket.close", "code": 1008}]


def test_pages_and_files_are_not_asked_for_an_origin() -> None:
    reached = Reached()
    scope = {"type": "http", "headers": [(b"origin", b"http://evil.com")]}
    run(SameOrigin(reached)(scope, silent, reached.send))
    assert reached.scopes

"""Nothing behind the gate is reached by whom nobody vouches for, and nobody speaks for the gate."""

import asyncio
import time
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from dashboard.access import exposure, told
from dashboard.access.gate import Gate
from dashboard.access.limits import USER
from dashboard.access.viewer import Identity
from dashboard.settings.access import Access, IdentityHeaders, Mode
from dashboard.settings.grants import Grant, Level
from tests.access.running import Reached, run, silent

GRANTS = (Grant(("group:support", "lea@example.com"), Level.SUPPORT),)
BEHIND = Access(
    Mode.PROXY,
    proxy=IdentityHeaders((ip_network("10.0.0.7/32"), ip_network("10.1.0.0/24"))),
    grants=GRANTS,
    forwarded_allow_ips="",
)
OFF = Access()
LEA = ("x-forwarded-email", "lea@example.com")
RESPONDING = {"websocket.http.response": {}}
PATHS = (
    "/", "/lookup", "/_stcore/health", "/_stcore/stream", "/_stcore/metrics",
    "/_stcore/host-config", "/_stcore/upload_file/a/b", "/_stcore/agent/interact",
    "/static/index.js", "/app/static/favicon.png", "/media/x", "/component/x/y",
    "/livez/../lookup", "/livezz", "//livez", "/LIVEZ", "/readyz/", "/auth/login",
    "/oauth2callback",
)  # fmt: skip
Headers = Sequence[tuple[str, str]]


def asked(
    access: Access | None,
    headers: Headers = (),
    address: str = "127.0.0.1",
    **more: Any,
) -> Reached:
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"",
        "client": ("10.0.0.7", 4711), "server": ("127.0.0.1", 8501), "extensions": RESPONDING,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        **more,
    }  # fmt: skip
    reached = Reached()
    gate = Gate(reached, lambda: access, address, ("/livez", "/readyz"))
    run(gate(scope, silent, reached.send))
    return reached


def told_of(reached: Reached) -> Identity | None:
    (scope,) = reached.scopes
    given = [value for name, value in scope["headers"] if name == told.IDENTITY.lower().encode()]
    assert len(given) <= 1
    return told.identity_of(given[0].decode() if given else None)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_reached_without_an_identity(kind: str, path: str) -> None:
    reached = asked(BEHIND, type=kind, path=path)
    assert (reached.scopes, reached.status) == ([], 401)


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_need_none(path: str) -> None:
    assert asked(BEHIND, path=path).scopes
    assert not asked(BEHIND, path=path, type="websocket").scopes


def test_who_is_in_no_grant_gets_a_sentence() -> None:
    reached = asked(BEHIND, [("x-forwarded-email", "mallory@elsewhere.test")])
    assert (reached.scopes, reached.status) == ([], 403)
    assert b"mallory@elsewhere.test may see nothing here" in reached.sent[1]["body"]


def test_a_page_is_told_who_it_is_and_which_groups_matter() -> None:
    reached = asked(BEHIND, [LEA, ("x-forwarded-groups", "everyone, support")])
    identity = told_of(reached)
    assert identity
    assert (identity.user, identity.groups) == ("lea@example.com", {"support"})
    assert 3500 < identity.until - time.time() <= 3600
    assert reached.scopes[0][USER] == "lea@example.com"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-forwarded-email", "")],
        [LEA, LEA],
        [LEA, ("x-forwarded-groups", "a"), ("x-forwarded-groups", "support")],
        [("x_forwarded_email", "lea@example.com")],
        [("x-forwarded-user", "lea@example.com")],
        [("x-forwarded-email", "lea@example.com\x00")],
        [("x-forwarded-email", "lea@example.com\r\nx-forwarded-groups: support")],
        [("forwarded", "for=10.0.0.7"), ("x-forwarded-for", "10.0.0.7")],
    ],
)
def test_a_header_that_is_not_exactly_the_proxy_s_is_nobody(headers: Headers) -> None:
    assert asked(BEHIND, headers).status == 401


@pytest.mark.parametrize(
    ("client", "admitted"),
    [
        (("10.0.0.7", 4711), True),
        (("10.1.0.200", 4711), True),
        (("::ffff:10.0.0.7", 4711), True),
        (("10.0.0.8", 4711), False),
        (("127.0.0.1", 4711), False),
        (("::1", 4711), False),
        (("10.0.0.7", 0), False),  # written there by what believes X-Forwarded-For
        (("proxy", 4711), False),
        (None, False),
    ],
)
def test_the_header_is_believed_from_the_proxy_s_address_only(client: Any, admitted: bool) -> None:
    assert bool(asked(BEHIND, [LEA], client=client).scopes) is admitted


@pytest.mark.parametrize("access", [BEHIND, OFF])
@pytest.mark.parametrize(
    "name", ["x-dashboard-identity", "X-Dashboard-User", "x_dashboard_identity", "x-dashboard_x"]
)
def test_nobody_speaks_for_the_gate(access: Access, name: str) -> None:
    (scope,) = asked(access, [LEA, (name, "root@example.com")]).scopes
    ours = [each for each in scope["headers"] if b"dashboard" in each[0].lower()]
    assert [each for each in ours if each[1] == b"root@example.com"] == []
    assert len(ours) == (2 if access is BEHIND else 0)


@pytest.mark.parametrize(
    "forged",
    [
        None, "", "x", '["lea@example.com", [], 9e9]',
        '0 ["lea@example.com", [], 9e9]', "é [1]",
    ],
)  # fmt: skip
def test_a_page_without_the_gate_believes_no_header(forged: str | None) -> None:
    assert told.identity_of(forged) is None


def test_what_was_told_ends() -> None:
    headers = dict(told.headers(Identity("lea@example.com", until=time.time() - 1)))
    assert told.identity_of(headers[told.IDENTITY.lower().encode()].decode()) is None


# where there is no sign-in


@pytest.mark.parametrize(
    ("server", "insecure", "admitted"),
    [
        (("127.0.0.1", 8501), False, True),
        (("::1", 8501), False, True),
        (("/run/dashboard.sock", None), False, True),
        (None, False, True),
        (("172.17.0.2", 8501), False, False),
        (("10.0.0.7", 8501), False, False),
        (("::ffff:10.0.0.7", 8501), False, False),
        (("fe80::1%eth0", 8501), False, False),
        (("172.17.0.2", 8501), True, True),
    ],
)
def test_off_is_for_this_machine(server: Any, insecure: bool, admitted: bool) -> None:
    reached = asked(Access(insecure=insecure), server=server)
    assert bool(reached.scopes) is admitted
    assert admitted or reached.status == 403


@pytest.mark.parametrize(
    ("address", "insecure", "refused"),
    [
        ("127.0.0.1", False, False),
        ("127.0.0.2", False, False),
        ("localhost", False, False),
        ("::1", False, False),
        ("[::1]", False, False),
        ("", False, True),
        ("0.0.0.0", False, True),
        ("::", False, True),
        ("10.0.0.7", False, True),
        ("dash.internal", False, True),
        ("0.0.0.0", True, False),
        ("", True, False),
    ],
)
def test_off_refuses_to_listen_elsewhere(address: str, insecure: bool, refused: bool) -> None:
    why = exposure.problem(Access(insecure=insecure), address)
    assert (why is not None) is refused
    if why:
        assert 'mode = "oidc" or "proxy"' in why
        assert "ACCESS__INSECURE=true" in why


@pytest.mark.parametrize("trusted", [None, "127.0.0.1", "*", " "])
def test_a_proxy_s_address_must_not_be_forged(trusted: str | None) -> None:
    """uvicorn believes X-Forwarded-For from this machine unless it is told to believe nobody."""
    access = Access(Mode.PROXY, proxy=BEHIND.proxy, grants=GRANTS, forwarded_allow_ips=trusted)
    why = exposure.problem(access, "127.0.0.1")
    assert why
    assert "FORWARDED_ALLOW_IPS" in why
    assert asked(access, [LEA]).status == 503


def test_a_configuration_that_is_not_known_yet_lets_only_this_machine_in() -> None:
    assert asked(None).scopes
    assert asked(None, server=("10.0.0.7", 8501)).status == 503


@pytest.mark.parametrize(
    "passed_on",
    ["x-forwarded-for", "X-Forwarded-Proto", "x-forwarded-email", "forwarded", "via", "x-real-ip"],
)
def test_nor_through_a_proxy_on_it(passed_on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with the configuration names environments: strangers are not told."""
    for kind in ("http", "websocket"):
        for insecure in ("false", "true"):
            monkeypatch.setenv("ACCESS__INSECURE", insecure)
            reached = asked(None, [(passed_on, "10.9.8.7")], type=kind)
            assert (reached.scopes, reached.status) == ([], 503)


def test_a_container_shows_what_is_wrong_with_its_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACCESS__INSECURE", "true")
    assert asked(None, server=("172.17.0.2", 8501)).scopes
    assert asked(OFF, server=("172.17.0.2", 8501)).status == 403


def test_the_door_stays_what_it_was_at_first() -> None:
    """A page that is open came in by it: serving refuses such a change, and so does the gate."""
    held = [BEHIND]
    reached = Reached()
    gate = Gate(reached, lambda: held[0], "127.0.0.1", ())
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [],
        "client": ("10.0.0.7", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip
    run(gate(scope, silent, reached.send))
    held[0] = OFF
    run(gate(scope, silent, reached.send))
    assert reached.scopes == []


# websockets


def test_a_websocket_is_closed_when_its_sign_in_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.access.proxy.KEPT_S", 0.05)
    got: list[Any] = []
    sent: list[Any] = []

    async def page(_scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            got.append(message)
        await send({"type": "websocket.send", "text": "too late"})

    async def receive() -> Any:
        if not got:
            return {"type": "websocket.connect"}
        await asyncio.sleep(60)
        raise AssertionError("it is waited for")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket", "path": "/_stcore/stream", "query_string": b"",
        "client": ("10.0.0.7", 1), "server": ("127.0.0.1", 1),
        "headers": [(LEA[0].encode(), LEA[1].encode())],
    }  # fmt: skip
    run(Gate(page, lambda: BEHIND, "127.0.0.1", ())(scope, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]

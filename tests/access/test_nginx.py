"""docs/operating/nginx.conf does what it says, in front of two replicas, below a path, too."""

import asyncio
import contextlib
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from dashboard.postgres.cluster import free_port
from dashboard.settings import project_folder
from tests.access.raw import Visitor, connect, refused
from tests.benchmarks.serving import LIMITED, served
from tests.faults.server import until
from tests.repetitions import repetition

CONF = project_folder() / "docs" / "operating" / "nginx.conf"
NAME = "localhost"
SUPPORT = "[[access.grant]]\nwho = ['sam@example.com', 'group:leads']\nlevel = 'support'\n"
SETTINGS = (
    "[connections.x]\nurl = 'postgresql://u@127.0.0.1:1/x'\n"
    "[access]\nmode = 'proxy'\n[access.proxy]\npeers = ['127.0.0.1']\n" + SUPPORT
) + f"[[access.token]]\nname = 'bot'\nsha256 = '{sha256(b'a token').hexdigest()}'\n"
START_LIMIT_S = 60
# what each signs in as at the provider, by a cookie
PEOPLE = {"sam": ("sam@example.com", ""), "lea": ("lea@example.com", "everyone,leads")}
PEOPLE["mallory"] = ("mallory@elsewhere.test", "everyone")


class SignIn(BaseHTTPRequestHandler):
    """Stands for oauth2-proxy."""

    def do_GET(self) -> None:
        if self.path == "/oauth2/start":
            self.send_response(302)
            self.send_header("Location", self.headers.get("x-auth-request-redirect", ""))
            self.end_headers()
            return
        who = PEOPLE.get(re.sub(r".*\bwho=(\w+).*", r"\1", self.headers.get("cookie", "")))
        self.send_response(202 if who else 401)
        if who:
            self.send_header("X-Auth-Request-Email", who[0])
            self.send_header("X-Auth-Request-Groups", who[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Proxy:
    port: int
    path: str
    tls: ssl.SSLContext
    log: Path

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.port}"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPSConnection(NAME, self.port, context=self.tls, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, self.path + path, body, named)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def socket(self, who: str, *, origin: str | None = None, **more: str) -> Any:
        headers = {"Cookie": f"who={who}", **more}
        origin = self.origin if origin is None else origin
        return connect(self.origin + self.path, headers, origin=origin, tls=self.tls)


@pytest.fixture(scope="module", params=["", repetition("/tools/deploy")])
def proxy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if nginx is None:
        pytest.skip("nginx is missing: on Debian, apt install nginx-light")
    folder, path = tmp_path_factory.mktemp("nginx"), request.param
    file = folder / "dashboard.toml"
    file.write_text(SETTINGS)
    variables = {
        "FORWARDED_ALLOW_IPS": "",
        "STREAMLIT_SERVER_BASE_URL_PATH": path.strip("/"),
        "STREAMLIT_SERVER_COOKIE_SECRET": "the same on every replica",
    }
    authority = trustme.CA()
    certificate = authority.issue_cert(NAME)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    sign_in = ThreadingHTTPServer(("127.0.0.1", 0), SignIn)
    threading.Thread(target=sign_in.serve_forever, daemon=True).start()
    with contextlib.ExitStack() as running:
        ports = []
        for replica in ("a", "b"):
            (folder / replica).mkdir()
            server = running.enter_context(served(file, folder / replica, LIMITED, variables))
            ports.append(server.port)
        found = Proxy(free_port(), path, tls, folder / "access.log")
        conf = folder / "nginx.conf"
        conf.write_text(configured(found, ports, sign_in.server_port, folder))
        running.callback(sign_in.server_close)
        running.callback(sign_in.shutdown)
        with subprocess.Popen([nginx, "-p", str(folder), "-c", str(conf)]) as process:
            try:
                wait_until_ready(found)
                yield found
            finally:
                process.terminate()


def configured(proxy: Proxy, replicas: list[int], sign_in: int, folder: Path) -> str:
    """Put in what is marked "yours", and what a user without rights may write to."""
    servers = "".join(f"server 127.0.0.1:{each}; " for each in replicas)
    changes = {
        "worker_processes auto;": (
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;"
        ),
        "    server_tokens off;": "    server_tokens off; "
        + " ".join(
            f"{each}_temp_path {folder}/{each};"
            for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ),
        "/var/log/nginx/access.log": str(proxy.log),
        "server 127.0.0.1:8501;": servers,
        "server 127.0.0.1:4180;": f"server 127.0.0.1:{sign_in};",
        "listen 443": f"listen 127.0.0.1:{proxy.port}",
        "dash.example.com;": f"{NAME};",
        "/etc/nginx/dash.pem": f"{folder}/cert.pem",
        "/etc/nginx/dash.key": f"{folder}/key.pem",
        "        location / {": f"        location {proxy.path}/ {{",
        "        location /api/ {": f"        location {proxy.path}/api/ {{",
    }
    text = CONF.read_text(encoding="utf-8")
    for written, put in changes.items():
        assert text.count(written) == 1, written
        text = text.replace(written, put)
    return text


def wait_until_ready(proxy: Proxy) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            cookies = (f"who=sam; dashboard_replica={number}" for number in range(6))
            if {proxy.ask("/readyz", Cookie=each)[0].status for each in cookies} == {200}:
                return
        time.sleep(0.2)
    pytest.fail("nginx or what is behind it did not become ready")


def test_who_is_not_signed_in_is_sent_there(proxy: Proxy) -> None:
    answer, _ = proxy.ask("/lookup?id=1&env=x", X_Forwarded_Email="sam@example.com")
    location = answer.headers["location"]
    assert (answer.status, location) == (302, f"{proxy.path}/lookup?id=1&env=x")


def test_who_is_signed_in_comes_in_and_nobody_else_by_their_name(proxy: Proxy) -> None:
    assert proxy.ask("/", Cookie="who=sam")[0].status == 200
    assert proxy.ask("/", Cookie="who=lea")[0].status == 200
    forged = {"X_Forwarded_Email": "sam@example.com", "X_Forwarded_Groups": "leads"}
    answer, content = proxy.ask("/", Cookie="who=mallory", **forged)
    assert (answer.status, content) == (
        403,
        b"mallory@elsewhere.test may see nothing here: ask whoever runs this dashboard.",
    )


def test_a_page_is_drawn_through_its_websocket(proxy: Proxy) -> None:
    async def look(who: str) -> bytes:
        async with proxy.socket(who) as opened:
            return (await Visitor(opened).see()).seen

    for who in ("sam", "lea"):
        assert b"Environment health" in asyncio.run(look(who))
    assert asyncio.run(refused(proxy.socket("mallory"))) == 403
    foreign = proxy.socket("sam", origin="https://evil.example")
    assert asyncio.run(refused(foreign)) == 403


def test_browsers_get_http_2(proxy: Proxy) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as encrypted,
    ):
        assert encrypted.selected_alpn_protocol() == "h2"


def test_an_upload_reaches_its_session_on_the_replica_it_is_on(proxy: Proxy) -> None:
    async def uploaded(replica: str) -> int:
        sticky = f"who=sam; dashboard_replica={replica}"
        answer, _ = await asyncio.to_thread(proxy.ask, "/_stcore/health", Cookie=sticky)
        (token,) = re.findall(r"_streamlit_xsrf=([^;]+)", str(answer.headers))
        cookies = f"{sticky}; _streamlit_xsrf={token}"
        async with proxy.socket("sam", Cookie=cookies) as opened:
            session = await Visitor(opened).session()
            body = (
                b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n'
                b"id\r\n--x--\r\n"
            )
            answer, _ = await asyncio.to_thread(
                proxy.ask, f"/_stcore/upload_file/{session}/f", "PUT", body,
                Cookie=cookies, X_Xsrftoken=token, Content_Type="multipart/form-data; boundary=x",
            )  # fmt: skip
            return answer.status

    assert [asyncio.run(uploaded(f"r{number}")) for number in range(6)] == [204] * 6


def test_a_browser_is_given_its_replica_in_a_cookie_of_its_own(proxy: Proxy) -> None:
    answer, _ = proxy.ask("/", Cookie="who=sam")
    (cookie,) = [
        each for each in answer.headers.get_all("set-cookie") if each.startswith("dashboard_")
    ]
    assert cookie.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax")
    assert answer.headers["strict-transport-security"]


def test_the_log_keeps_no_ids(proxy: Proxy) -> None:
    proxy.ask("/lookup?id=cmuh3zi8j00cocfpecxvm11hu", Cookie="who=sam")
    until(lambda: f"{proxy.path}/lookup" in proxy.log.read_text(encoding="utf-8"))
    assert "cmuh3zi8j00cocfpecxvm11hu" not in proxy.log.read_text(encoding="utf-8")


def test_a_program_comes_in_by_its_token_alone(proxy: Proxy) -> None:
    address, token = "/api/v1/environments", "Bearer a token"
    answer, content = proxy.ask(address, Authorization=token)
    assert (answer.status, [*json.loads(content)["environments"]]) == (200, ["x"])
    for more in ({}, {"Cookie": "who=sam"}, {"X_Forwarded_Email": "sam@example.com"}):
        answer, content = proxy.ask(address, **more)
        assert (answer.status, json.loads(content)["error"]["code"]) == (401, "token-needed")
    assert proxy.ask("/", Authorization=token)[0].status == 302, "a token opens no page"


def test_metrics_are_for_the_inside(proxy: Proxy) -> None:
    if not proxy.path:
        assert proxy.ask("/metrics", Cookie="who=sam")[0].status == 404

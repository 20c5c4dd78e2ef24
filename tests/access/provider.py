"""A small OpenID provider: honest unless told otherwise, and strict about what it is sent."""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "dashboard", "not-a-secret-outside-tests"
PEOPLE: dict[str, dict[str, Any]] = {
    "vera": {"email": "vera@example.com", "groups": ["everyone"]},
    "sam": {"email": "sam@example.com", "groups": ["everyone", "support"]},
    "lea": {"email": "Lea@Example.com", "groups": ["everyone", "leads"]},
    "mallory": {"email": "mallory@elsewhere.test", "groups": []},
    "eve": {"email": "lea@example.com", "email_verified": False, "groups": ["leads"]},
}
KEYS = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
FORM = """<!doctype html><title>Sign in</title><form action="/auth">{fields}
<input name="login"><input name="password" type="password"><button type="submit">Sign in</button>
</form>"""


def signed(provider: "Provider", claims: dict[str, Any]) -> str:
    return jwt.encode(claims, provider.key, "RS256", headers={"kid": provider.key_id})


@dataclass
class Provider:
    """`conform`: the ID token holds no claim that was not asked for there."""

    issuer: str = ""
    conform: bool = False
    down: bool = False
    key_id: str = "first"
    key: rsa.RSAPrivateKey = KEYS[0]
    algorithms: list[str] = field(default_factory=lambda: ["RS256"])
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    sign: Callable[["Provider", dict[str, Any]], str] = signed
    userinfo: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        ends = {"authorization": "auth", "token": "token", "userinfo": "me", "end_session": "end"}
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": self.algorithms,
            **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in ends.items()},
        }

    def jwks(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": self.key_id, "use": "sig", "alg": "RS256"}]}

    def about(self, who: str) -> dict[str, Any]:
        return {"sub": who, "email_verified": True, **PEOPLE[who]}

    def code(self, who: str, query: dict[str, str]) -> str:
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_hex(8)
        self.codes[code] = {**query, "who": who}
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        begun = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if authorization != f"Basic {expected}" or not begun:
            return None
        if challenge != begun["code_challenge"] or form["redirect_uri"] != begun["redirect_uri"]:
            return None
        access = secrets.token_hex(8)
        self.tokens[access] = begun["who"]
        now = int(time.time())
        about = self.about(begun["who"])
        told = {"sub": about["sub"]} if self.conform else about
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 600, **told}
        claims = self.change({**claims, "nonce": begun["nonce"]})
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 600,
            "id_token": self.sign(self, claims),
        }


@contextlib.contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        def answer(self, status: int, content: Any = None, location: str = "") -> None:
            page = isinstance(content, str)
            body = content.encode() if page else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if page else "application/json")
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            provider.asked.append(url.path)
            if provider.down:
                self.answer(503)
            elif url.path == "/.well-known/openid-configuration":
                self.answer(200, provider.metadata())
            elif url.path == "/jwks":
                self.answer(200, provider.jwks())
            elif url.path == "/auth":
                self.sign_in(query)
            elif url.path == "/me":
                held = self.headers["authorization"].removeprefix("Bearer ")
                self.answer(200, provider.userinfo(provider.about(provider.tokens[held])))
            elif url.path == "/end":
                self.answer(302, location=query["post_logout_redirect_uri"])

        def sign_in(self, query: dict[str, str]) -> None:
            who = query.pop("login", None)
            if who:
                self.answer(302, location=provider.code(who, query))
                return
            fields = "".join(
                f'<input type="hidden" name="{name}" value="{value}">'
                for name, value in query.items()
            )
            self.answer(200, FORM.format(fields=fields))

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            token = None if provider.down else provider.token(form, self.headers["authorization"])
            self.answer(200 if token else 400, token or {"error": "invalid_grant"})

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.issuer = f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()

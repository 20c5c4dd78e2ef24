"""Tokens as Cloudflare Access, Google's IAP and an AWS load balancer send them, and forged ones."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.requests import HTTPConnection

from dashboard.access import keys
from dashboard.access.keys import PublishedKeys
from dashboard.access.proxy import HEADERS, TokenDoor
from dashboard.settings.access import IdentityToken, TokenKind

RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
EC, OTHER_EC = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ARN = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1"
BACKEND = "/projects/1/global/backendServices/2"
TEAM, GOOGLE, IDP = "https://team.cloudflareaccess.com", "https://cloud.google.com/iap", "https://i"
KINDS = {
    TokenKind.CLOUDFLARE: (IdentityToken(TokenKind.CLOUDFLARE, ("aud-1", "aud-9"), TEAM, ""), RSA),
    TokenKind.IAP: (IdentityToken(TokenKind.IAP, (BACKEND,), GOOGLE, ""), EC),
    TokenKind.ALB: (IdentityToken(TokenKind.ALB, (ARN,), IDP, ""), EC),
}


class Keys(PublishedKeys):
    def __init__(self, key: Any) -> None:
        self._known = {"k": key.public_key()}

    def get(self, key_id: str) -> Any:
        return self._known.get(key_id)


def claims(kind: TokenKind, **changed: Any) -> dict[str, Any]:
    token, _ = KINDS[kind]
    aud = {} if kind is TokenKind.ALB else {"aud": [token.audience[0]]}
    now = int(time.time())
    said = {"email": "Sam@example.com", "groups": ["support"], "iss": token.issuer, **aud}
    said |= {"exp": now + 60, "iat": now, **changed}
    return {name: value for name, value in said.items() if value is not None}


def signed(
    kind: TokenKind, key: Any = None, head: Mapping[str, str] | None = None, **changed: Any
) -> str:
    own = KINDS[kind][1]
    algorithm = "RS256" if isinstance(key or own, rsa.RSAPrivateKey) else "ES256"
    named = {"kid": "k", "signer": ARN, **(head or {})}
    return jwt.encode(claims(kind, **changed), key or own, algorithm, headers=named)


def identified(kind: TokenKind, *tokens: str, **headers: str) -> Any:
    token, key = KINDS[kind]
    given = [(HEADERS[kind].encode(), each.encode()) for each in tokens]
    given += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    connection = HTTPConnection({"type": "http", "headers": given, "client": ("10.9.9.9", 1)})
    return TokenDoor(token, Keys(key)).identify(connection)


@pytest.mark.parametrize("kind", TokenKind)
def test_a_good_token_says_who_it_is(kind: TokenKind) -> None:
    identity = identified(kind, signed(kind))
    assert identity
    assert (identity.user, identity.groups) == ("sam@example.com", {"support"})
    assert identity.until > time.time() + 3500


@pytest.mark.parametrize("kind", TokenKind)
@pytest.mark.parametrize(
    "changed",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 4_000_000_000},
        {"iss": "https://evil.cloudflareaccess.com"},
        {"iss": None},
        {"email": None},
        {"email": ["sam@example.com"]},
        {"email": "sam@example.com\nlea@example.com"},
        {"email": "sam"},
    ],
    ids=str,
)
def test_a_token_that_says_less_or_else_is_nobody(kind: TokenKind, changed: Any) -> None:
    assert identified(kind, signed(kind, **changed)) is None


@pytest.mark.parametrize("aud", [["aud-2"], "aud-2", None, [], BACKEND])
def test_a_token_for_somebody_else_is_nobody(aud: Any) -> None:
    assert identified(TokenKind.CLOUDFLARE, signed(TokenKind.CLOUDFLARE, aud=aud)) is None


def test_each_audience_is_admitted() -> None:
    assert identified(TokenKind.CLOUDFLARE, signed(TokenKind.CLOUDFLARE, aud="aud-9"))


@pytest.mark.parametrize("signer", ["arn:aws:elasticloadbalancing:eu-west-1:2:loadbalancer/x", ""])
def test_another_load_balancer_is_nobody(signer: str) -> None:
    assert identified(TokenKind.ALB, signed(TokenKind.ALB, head={"signer": signer})) is None


@pytest.mark.parametrize("kind", TokenKind)
def test_another_key_is_nobody(kind: TokenKind) -> None:
    other = OTHER_RSA if kind is TokenKind.CLOUDFLARE else OTHER_EC
    assert identified(kind, signed(kind, other)) is None
    assert identified(kind, signed(kind, head={"kid": "z"})) is None


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_without_a_signature_is_nobody(kind: TokenKind) -> None:
    unsigned = jwt.encode(claims(kind), None, "none", headers={"kid": "k", "signer": ARN})
    assert identified(kind, unsigned) is None
    assert identified(kind, signed(kind).rpartition(".")[0] + ".") is None


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    """A verifier that lets the token choose HS256 takes the published key for the secret."""
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = {"alg": "HS256", "kid": "k", "typ": "JWT"}
    text = b".".join(_segment(each) for each in (head, claims(TokenKind.CLOUDFLARE)))
    signature = base64.urlsafe_b64encode(hmac.new(pem, text, hashlib.sha256).digest())
    forged = (text + b"." + signature.rstrip(b"=")).decode()
    assert identified(TokenKind.CLOUDFLARE, forged) is None


def _segment(content: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")


@pytest.mark.parametrize("kind", TokenKind)
def test_garbage_is_nobody(kind: TokenKind) -> None:
    for garbage in ("", "x", "a.b.c", "eyJ.eyJ.x", "é" * 9, "." * 5000, "[]", "bnVsbA.e30.eA"):
        assert identified(kind, garbage) is None, garbage


@pytest.mark.parametrize("kind", TokenKind)
def test_a_token_that_comes_twice_is_nobody(kind: TokenKind) -> None:
    assert identified(kind, signed(kind), signed(kind)) is None


@pytest.mark.parametrize("kind", TokenKind)
def test_a_plain_header_is_never_looked_at(kind: TokenKind) -> None:
    plain = {
        "cf_access_authenticated_user_email": "lea@example.com",
        "x_goog_authenticated_user_email": "accounts.google.com:lea@example.com",
        "x_amzn_oidc_identity": "lea@example.com",
        "x_forwarded_email": "lea@example.com",
    }
    assert identified(kind, **plain) is None
    assert identified(kind, signed(kind), **plain).user == "sam@example.com"


def test_a_load_balancer_pads_what_it_signs() -> None:
    """As AWS does it: each segment with its =, and signed over them."""
    head = {"alg": "ES256", "kid": "k", "signer": ARN, "typ": "JWT"}
    tried = (_padded(claims(TokenKind.ALB, x="1" * length)) for length in range(3))
    padded = next(each for each in tried if each.endswith(b"="))
    text = _padded(head) + b"." + padded
    r, s = decode_dss_signature(EC.sign(text, ec.ECDSA(hashes.SHA256())))
    signature = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    assert identified(TokenKind.ALB, (text + b"." + signature).decode())


def _padded(content: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(content).encode())


# where the keys are read


class Publisher:
    """What a proxy's makers publish, and how often it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.content: bytes | None = b"{}"

    def start(self) -> ThreadingHTTPServer:
        publisher = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append(self.path)
                self.send_response(200 if publisher.content is not None else 503)
                self.end_headers()
                self.wfile.write(publisher.content or b"")

            def log_message(self, *_arguments: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@pytest.fixture
def published() -> Iterator[tuple[Publisher, str]]:
    publisher = Publisher()
    server = publisher.start()
    yield publisher, f"http://127.0.0.1:{server.server_port}/keys"
    server.shutdown()
    server.server_close()


def jwks(**named: Any) -> bytes:
    from jwt.algorithms import ECAlgorithm

    found = [
        {**json.loads(ECAlgorithm.to_jwk(key.public_key())), "kid": name}
        for name, key in named.items()
    ]
    return json.dumps({"keys": [{"kty": "none of ours"}, *found]}).encode()


def eventually(holds: Any) -> bool:
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        if holds():
            return True
        time.sleep(0.01)
    return False


def test_keys_are_read_before_anybody_asks_and_again_when_they_change(
    published: tuple[Publisher, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, address = published
    publisher.content = jwks(old=EC)
    read = PublishedKeys(address, single=False)
    assert eventually(lambda: read.get("old"))
    monkeypatch.setattr(keys, "AGAIN_S", 0.0)
    publisher.content = jwks(new=OTHER_EC)
    assert eventually(lambda: read.get("new"))
    assert read.get("old") is None


def test_unknown_keys_are_not_asked_for_again_and_again(published: tuple[Publisher, str]) -> None:
    """Anybody can send a token that names one."""
    publisher, address = published
    read = PublishedKeys(address, single=False)
    for number in range(1000):
        assert read.get(f"k{number}") is None
    time.sleep(0.2)
    assert len(publisher.asked) == 1


def test_who_waits_for_keys_is_nobody_meanwhile(published: tuple[Publisher, str]) -> None:
    publisher, address = published
    publisher.content = None
    began = time.monotonic()
    assert PublishedKeys(address, single=False).get("k") is None
    assert time.monotonic() - began < 0.5
    assert eventually(lambda: publisher.asked)


def test_a_load_balancer_s_key_is_read_by_its_id(published: tuple[Publisher, str]) -> None:
    publisher, address = published
    publisher.content = EC.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    read = PublishedKeys(address, single=True)
    assert eventually(lambda: read.get("0a-1"))
    for hostile in ("../x", "a/b", "a?b", "", "a b", "é", "a" * 300):
        assert read.get(hostile) is None
    assert publisher.asked == ["/keys/0a-1"]

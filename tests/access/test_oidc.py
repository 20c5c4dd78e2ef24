"""Sign-in at a provider: who it was is believed of the provider alone, and kept in one cookie."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard.access import told
from dashboard.access.gate import Gate
from dashboard.access.oidc import ATTEMPT, COOKIE
from dashboard.settings.access import Access, Mode, Oidc
from dashboard.settings.grants import Grant, Level
from tests.access.provider import CLIENT, KEYS, SECRET, Provider, running
from tests.access.running import run
from tests.repetitions import every_nth

PUBLIC = "https://dash.example.com"
OLD, NEW = "old" * 16, "new" * 16
GRANTS = (
    Grant(("*@example.com",), Level.VIEWER),
    Grant(("group:support", "group:leads"), Level.SUPPORT),
)
PAGE = {"accept": "text/html,*/*"}
ASKED = "/lookup?id=cmq0z2pk00044y6n3wd25rq4f&env=staging"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as started:
        yield started


async def page(request: Request) -> JSONResponse:
    identity = told.identity_of(request.headers.get(told.IDENTITY))
    assert identity
    return JSONResponse([identity.user, sorted(identity.groups), identity.until])


class Client:
    """Asks an application, and keeps its cookies."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.cookies = httpx2.Cookies()

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        return self.request("GET", target, headers)

    def request(
        self, method: str, target: str, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        async def ask() -> httpx2.Response:
            transport = httpx2.ASGITransport(self._app)
            async with httpx2.AsyncClient(transport=transport, cookies=self.cookies) as client:
                answer = await client.request(method, PUBLIC + target, headers=headers)
                self.cookies = client.cookies
                return answer

        return run(ask())


@dataclass
class Browser:
    """What a browser does, and no more: it keeps cookies and goes where it is sent."""

    provider: Provider
    client: Client

    def begin(self, target: str = ASKED, **headers: str) -> str:
        """Open a page, and return where the provider is asked."""
        sent = self.client.get(target, headers={**PAGE, **headers})
        assert sent.status_code == 303, sent.text
        answer = self.client.get(sent.headers["location"])
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def enter(self, asking: str, who: str) -> str:
        """Sign in at the provider, and return the way back."""
        return visited(f"{asking}&{urlencode({'login': who})}").removeprefix(PUBLIC)

    def sign_in(self, who: str, target: str = ASKED) -> Any:
        return self.client.get(self.enter(self.begin(target), who))

    def seen(self) -> Any:
        answer = self.client.get("/", headers=PAGE)
        return answer.json() if answer.status_code == 200 else answer.status_code


def visited(address: str) -> str:
    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_arguments: Any) -> None:
            return None

    try:
        build_opener(Stay).open(address)
    except HTTPError as answer:
        with answer:
            return str(answer.headers["location"])
    raise AssertionError("it leads nowhere")


def configured(provider: Provider, **changed: Any) -> Access:
    oidc = Oidc(
        public_url=PUBLIC,
        metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_id=CLIENT,
        client_secret=SECRET,
        secrets=(OLD, NEW),
        domains=("example.com",),
    )
    return Access(Mode.OIDC, oidc=replace(oidc, **changed), grants=GRANTS)


def browser(provider: Provider, **changed: Any) -> Browser:
    access = configured(provider, **changed)
    inner = Starlette(routes=[Route("/{path:path}", page)])
    gate = Gate(inner, lambda: access, "0.0.0.0", ("/livez",))
    return Browser(provider, Client(gate))


def cookies(answer: Any) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for each in answer.headers.get_list("set-cookie"):
        found.update(SimpleCookie(each))
    return found


def test_who_signs_in_comes_to_the_page_that_was_opened(provider: Provider) -> None:
    tab = browser(provider)
    answer = tab.sign_in("sam")
    assert (answer.status_code, answer.headers["location"]) == (303, ASKED)
    user, groups, until = tab.seen()
    assert (user, groups) == ("sam@example.com", ["support"])
    assert abs(until - time.time() - 12 * 3600) < 60


def test_the_cookie_is_small_and_for_this_host_alone(provider: Provider) -> None:
    held = cookies(browser(provider).sign_in("lea"))[COOKIE]
    assert held.key.startswith("__Host-")
    assert (held["secure"], held["httponly"], held["samesite"]) == (True, True, "lax")
    assert (held["path"], held["domain"], held["max-age"]) == ("/", "", "43200")
    assert len(held.value) < 150


def test_the_attempt_is_kept_as_safely_and_then_forgotten(provider: Provider) -> None:
    tab = browser(provider)
    sent = tab.client.get(f"/sign-in?{urlencode({'next': ASKED})}")
    held = cookies(sent)[ATTEMPT]
    assert (held["secure"], held["httponly"], held["samesite"]) == (True, True, "lax")
    assert sent.headers["cache-control"] == "no-store"
    tab.client.get(tab.enter(sent.headers["location"], "sam"))
    assert ATTEMPT not in tab.client.cookies


def test_what_the_provider_is_asked(provider: Provider) -> None:
    asked = parse_qs(urlsplit(browser(provider).begin()).query)
    query = {name: value for name, (value,) in asked.items()}
    assert query["redirect_uri"] == f"{PUBLIC}/sign-in/back"
    assert query["code_challenge_method"] == "S256"
    assert len(query["nonce"]) >= 16
    assert len(query["state"]) >= 16
    assert SECRET not in str(query)


def test_claims_that_are_told_by_userinfo_are_asked_there(provider: Provider) -> None:
    """As the standard has it: a provider that follows it puts no e-mail into the ID token."""
    provider.conform = True
    tab = browser(provider)
    assert tab.sign_in("sam").status_code == 303
    assert tab.seen()[:2] == ["sam@example.com", ["support"]]


def test_userinfo_of_somebody_else_is_refused(provider: Provider) -> None:
    provider.conform = True
    provider.userinfo = lambda claims: {**claims, "sub": "lea", "email": "lea@example.com"}
    refused(browser(provider), 400)


def refused(tab: Browser, status: int, who: str = "sam") -> str:
    answer = tab.sign_in(who)
    assert answer.status_code == status, answer.headers
    assert COOKIE not in cookies(answer)
    assert tab.seen() == 303
    return str(answer.text)


def test_another_domain_is_refused(provider: Provider) -> None:
    assert "mallory@elsewhere.test" in refused(browser(provider), 403, "mallory")


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "x@example.com.evil.test"},
        {"email": "x@evil.test@example.org"},
        {"email": "lea@example.com", "email_verified": False},
        {"email": "lea@example.com", "email_verified": "true"},
        {"email": "lea@example.com", "email_verified": None},
        {"email": ["lea@example.com"]},
        {"email": "lea@example.com\r\nset-cookie: x"},
        {"email": ""},
    ],
    ids=str,
)
def test_an_address_that_is_not_vouched_for_is_refused(provider: Provider, claims: Any) -> None:
    provider.change = lambda told_of: {**told_of, **claims}
    refused(browser(provider), 403)


def test_a_provider_that_issues_its_own_addresses_only_must_be_said_to(provider: Provider) -> None:
    def silent(claims: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in claims.items() if name != "email_verified"}

    provider.change = silent
    refused(browser(provider), 403)
    assert browser(provider, verified="issuer").sign_in("sam").status_code == 303
    provider.change = lambda claims: claims
    refused(browser(provider, verified="issuer"), 403, "eve")


@pytest.mark.parametrize("groups", [None, "leads", {"leads": 1}, [["leads"]], []])
def test_groups_that_are_missing_close(provider: Provider, groups: Any) -> None:
    provider.change = lambda claims: {**claims, "groups": groups}
    tab = browser(provider)
    tab.sign_in("lea")
    assert tab.seen()[1] == []


def unsigned(_provider: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, "none", headers={"kid": "first"})


def with_client_secret(_provider: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, SECRET * 2, "HS256", headers={"kid": "first"})


def with_public_key(provider: Provider, claims: dict[str, Any]) -> str:
    import base64
    import hashlib
    import hmac

    pem = provider.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def segment(content: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")

    text = segment({"alg": "HS256", "kid": "first"}) + b"." + segment(claims)
    signature = hmac.new(pem, text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def with_another_key(_provider: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, KEYS[1], "RS256", headers={"kid": "first"})


@pytest.mark.parametrize("sign", [unsigned, with_client_secret, with_public_key, with_another_key])
def test_a_forged_token_is_refused_whatever_the_provider_offers(
    provider: Provider, sign: Any
) -> None:
    provider.algorithms = ["none", "HS256", "RS256"]
    provider.sign = sign
    refused(browser(provider), 400)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"aud": "another"},
        {"aud": ["another"]},
        {"iss": "https://evil.test"},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_of_another_sign_in_is_refused(provider: Provider, claims: Any) -> None:
    provider.change = lambda told_of: {**told_of, **claims}
    refused(browser(provider), 400)


def test_a_sign_in_that_this_browser_did_not_begin_is_refused(provider: Provider) -> None:
    """Else somebody could be signed in as another, and give away what they look up."""
    way_back = browser(provider).enter(browser(provider).begin(), "mallory")
    victim = browser(provider)
    victim.begin()
    for target in (way_back, "/sign-in/back", "/sign-in/back?code=x&state=y"):
        answer = victim.client.get(target)
        assert (answer.status_code, COOKIE in cookies(answer)) == (400, False)


def test_a_code_is_good_once(provider: Provider) -> None:
    tab = browser(provider)
    way_back = tab.enter(tab.begin(), "sam")
    assert tab.client.get(way_back).status_code == 303
    assert tab.client.get(way_back).status_code == 400


def test_who_declines_is_told_so(provider: Provider) -> None:
    tab = browser(provider)
    tab.begin()
    answer = tab.client.get("/sign-in/back?error=access_denied&error_description=<script>")
    assert (answer.status_code, answer.text) == (403, "The sign-in was not completed.")


@pytest.mark.parametrize(
    "target",
    every_nth([
        "https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "javascript:alert(1)",
        "/\tevil.test", "/x\r\nset-cookie: a=b", "evil.test", "", "/sign-in", "/sign-in?next=/",
        "/sign-in/back", "/auth/logout", " //evil.test", "/%0d%0aset-cookie:a=b\n",
    ], 3),
)  # fmt: skip
def test_nobody_is_sent_elsewhere(provider: Provider, target: str) -> None:
    tab = browser(provider)
    sent = tab.client.get(f"/sign-in?next={quote(target, safe='')}")
    answer = tab.client.get(tab.enter(sent.headers["location"], "sam"))
    assert answer.headers["location"] == "/"


def test_a_group_that_is_granted_later_counts_from_the_next_sign_in(provider: Provider) -> None:
    held = [replace(configured(provider), grants=GRANTS[:1])]
    gate = Gate(
        Starlette(routes=[Route("/{path:path}", page)]), lambda: held[0], "0.0.0.0", ("/livez",)
    )
    tab = Browser(provider, Client(gate))
    tab.sign_in("sam")
    assert tab.seen()[1] == []
    held[0] = configured(provider)
    tab.client.cookies.clear()
    tab.sign_in("sam")
    assert tab.seen()[1] == ["support"]


# the cookie


def put(tab: Browser, value: str) -> Any:
    tab.client.cookies.clear()
    tab.client.cookies.set(COOKIE, value, domain="dash.example.com")
    return tab.seen()


def test_a_cookie_is_nothing_without_its_signature(provider: Provider) -> None:
    from itsdangerous import URLSafeTimedSerializer

    tab = browser(provider)
    tab.sign_in("sam")
    held = tab.client.cookies[COOKIE]
    assert put(tab, held) != 303
    other = URLSafeTimedSerializer("other" * 10, salt="dashboard session")
    payload = ["lea@example.com", ["leads"], int(time.time())]
    elsewhere = URLSafeTimedSerializer(NEW, salt="another salt")
    body, _, signature = held.rpartition(".")
    for forged in (
        other.dumps(payload), elsewhere.dumps(payload), body, f"{body}.", f"{held}x",
        f"x{held}", f"{body}x.{signature}", "", "null", "é",
    ):  # fmt: skip
        assert put(tab, quote(str(forged), safe="._-=")) == 303, forged


def test_a_sign_in_ends_after_half_a_day(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = browser(provider)
    tab.sign_in("sam")
    held = tab.client.cookies[COOKIE]
    now = time.time()
    for later, status in ((11 * 3600, 200), (12 * 3600 + 5, 303)):
        monkeypatch.setattr(time, "time", lambda later=later: now + later)
        tab.client.cookies.clear()
        cookie = {"cookie": f"{COOKIE}={held}"}
        assert tab.client.get("/", headers={**PAGE, **cookie}).status_code == status


def test_secrets_rotate(provider: Provider) -> None:
    before = browser(provider, secrets=(OLD,))
    before.sign_in("sam")
    held = before.client.cookies[COOKIE]
    assert put(browser(provider, secrets=(OLD, NEW)), held)[0] == "sam@example.com"
    assert put(browser(provider, secrets=(NEW,)), held) == 303


def test_a_sign_in_that_one_replica_began_another_ends(provider: Provider) -> None:
    first, second = browser(provider), browser(provider)
    asking = first.begin()
    second.client.cookies = first.client.cookies
    assert second.client.get(second.enter(asking, "sam")).status_code == 303
    first.client.cookies = second.client.cookies
    assert first.seen()[0] == "sam@example.com"


# the provider


def test_a_provider_that_is_down_is_told_so(provider: Provider) -> None:
    provider.down = True
    tab = browser(provider)
    cold = tab.client.get("/sign-in")
    assert (cold.status_code, cold.text[:42]) == (503, "The sign-in service does not answer. Try a")
    provider.down = False
    assert tab.sign_in("sam").status_code == 303
    provider.down = True
    assert tab.seen()[0] == "sam@example.com"  # who is in stays in
    asking = tab.client.get("/sign-in")
    assert asking.status_code == 302
    state = parse_qs(urlsplit(asking.headers["location"]).query)["state"][0]
    assert tab.client.get(f"/sign-in/back?code=x&state={state}").status_code == 400


def test_a_provider_s_keys_may_change(provider: Provider) -> None:
    tab = browser(provider)
    assert tab.sign_in("sam").status_code == 303
    provider.key, provider.key_id = KEYS[1], "second"
    tab.client.cookies.clear()
    assert tab.sign_in("lea").status_code == 303


@pytest.mark.parametrize("content", [[], "x", {}, {"issuer": 1}])
def test_a_provider_that_talks_nonsense_is_told_so(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, content: Any
) -> None:
    monkeypatch.setattr(provider, "metadata", lambda: content)
    assert browser(provider).client.get("/sign-in").status_code == 503


# going out


def test_who_signs_out_is_out_here_and_there(provider: Provider) -> None:
    tab = browser(provider)
    tab.sign_in("sam")
    answer = tab.client.get("/auth/logout", headers={"sec-fetch-site": "same-origin"})
    location = urlsplit(answer.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == f"{provider.issuer}/end"
    assert parse_qs(location.query) == {
        "client_id": [CLIENT],
        "post_logout_redirect_uri": [f"{PUBLIC}/"],
    }
    assert tab.seen() == 303


def test_the_audit_tells_who_signed_out(
    provider: Provider, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.access.audit.AGAIN_S", 0.0)
    tab = browser(provider)
    tab.sign_in("sam")
    capsys.readouterr()
    tab.client.get("/auth/logout")
    tab.client.get("/auth/logout")  # of nobody
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["event"], each["who"]) for each in told] == [("sign-out", "sam@example.com")]


def test_another_site_signs_nobody_out(provider: Provider) -> None:
    tab = browser(provider)
    tab.sign_in("sam")
    for site in ("cross-site", "same-site"):
        answer = tab.client.get("/auth/logout", headers={"sec-fetch-site": site})
        assert (answer.status_code, cookies(answer)) == (403, {})
    assert tab.seen()[0] == "sam@example.com"


def test_who_signs_out_is_out_though_the_provider_is_down(provider: Provider) -> None:
    tab = browser(provider)
    provider.down = True
    answer = tab.client.get("/auth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PUBLIC}/")


def test_below_a_path(provider: Provider) -> None:
    tab = browser(provider, public_url=f"{PUBLIC}/tools/deploy")
    sent = tab.client.get("/tools/deploy/lookup?id=1", headers=PAGE)
    assert sent.headers["location"].startswith("/tools/deploy/sign-in?next=")
    asking = tab.client.get(sent.headers["location"]).headers["location"]
    answer = tab.client.get(tab.enter(asking, "sam"))
    assert answer.headers["location"] == "/tools/deploy/lookup?id=1"
    for elsewhere in ("/lookup", "/tools/deployed"):
        sent = tab.client.get(f"/tools/deploy/sign-in?next={elsewhere}")
        answer = tab.client.get(tab.enter(sent.headers["location"], "sam"))
        assert answer.headers["location"] == "/tools/deploy/"


def test_programs_are_not_sent_to_sign_in(provider: Provider) -> None:
    answer = browser(provider).client.get("/api/v1/lookup", headers={"accept": "application/json"})
    assert (answer.status_code, answer.headers["cache-control"]) == (401, "no-store")
    assert browser(provider).client.request("POST", "/", PAGE).status_code == 401

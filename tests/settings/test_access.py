"""How people come in, read from the file and from variables; a mistake is one sentence."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from dashboard.settings import Settings, SettingsError, load
from dashboard.settings.access import Access, IdentityHeaders, IdentityToken, Mode, TokenKind
from dashboard.settings.grants import Grant, Level

GRANT = "[[access.grant]]\nwho = ['*@Example.com', 'group:Leads']\nlevel = 'support'\n"
PROXY = f"[access]\nmode = 'proxy'\n{GRANT}[access.proxy]\n"
PEERS = f"{PROXY}peers = ['10.0.0.7', '10.1.0.0/24', 'fd00::/8']\n"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1"
LISTED = 'must be a list of texts, such as ["staging", "preview-*"].'
HEADER = 'must be the name of a header, such as "x-forwarded-email".'
WHO = 'must name addresses, "*@example.com" or "group:support".'
NUMBER_1 = "[[access.grant]] number 1"

OIDC = f"[access]\nmode = 'oidc'\n{GRANT}[access.oidc]\n"
REGISTERED = (
    f"{OIDC}metadata_url = 'https://idp/.well-known/openid-configuration'\nclient_id = 'x'\n"
    f"client_secret = 'geheim'\nsecrets = ['{'geheim' * 6}']\n"
)
HTTPS = "must begin with https://; only on localhost nobody can listen in."

WRONG = {
    f"{REGISTERED}public_url = 'http://dash.example.com'": f"[access.oidc] public_url {HTTPS}",
    f"{REGISTERED}public_url = 'http://localhost.evil.test'": f"[access.oidc] public_url {HTTPS}",
    REGISTERED: (
        "[access.oidc] needs public_url; give the address that people reach the dashboard by."
    ),
    f"{REGISTERED}public_url = 'https://d'\nverified = 'no'": (
        "[access.oidc] verified must be one of claim, issuer; correct it."
    ),
    f"{REGISTERED}public_url = 'https://d'\ndomain = ['x']": (
        "[access.oidc] domain is not known; did you mean domains?"
    ),
    REGISTERED.replace("geheim" * 6, "geheim") + "public_url = 'https://d'": (
        "[access.oidc] secrets must have at least 32 characters; `openssl rand -hex 32` makes one."
    ),
    "access = 3": "[access] must be a table of keys and values.",
    "[access]\nmode = 'oauth'": "[access] mode must be one of off, oidc, proxy; correct it.",
    "[access]\nmod = 'off'": "[access] mod is not known; did you mean mode?",
    "[access]\ninsecure = 'yes'": "[access] insecure must be true or false.",
    "[access]\nsecret = 'geheim'": (
        "[access] secret must have at least 32 characters; `openssl rand -hex 32` makes one."
    ),
    "[access]\nmode = 'proxy'\n[access.proxy]\npeers = ['10.0.0.7']": (
        '[access] mode is "proxy" and nobody may see anything; '
        "add an [[access.grant]] that says who may."
    ),
    PROXY: "[access.proxy] needs peers; name the addresses of the proxy, or the token it signs.",
    f"{PROXY}peers = ['proxy.internal']": (
        '[access.proxy] peers must be addresses or networks, such as ["10.0.0.7", "10.0.1.0/24"].'
    ),
    f"{PROXY}peers = ['10.0.0.7/8']": (
        '[access.proxy] peers must be addresses or networks, such as ["10.0.0.7", "10.0.1.0/24"].'
    ),
    f"{PROXY}peers = 7": f"[access.proxy] peers {LISTED}",
    f"{PEERS}user = 'x_forwarded_email'": f"[access.proxy] user {HEADER}",
    f"{PEERS}groups = 'x forwarded'": f"[access.proxy] groups {HEADER}",
    f"{PROXY}token = 'okta'\naudience = 'x'\nissuer = 'https://i'": (
        "[access.proxy] token must be one of cloudflare, iap, alb; correct it."
    ),
    f"{PROXY}token = 'iap'": (
        "[access.proxy] needs audience; say whom the tokens are for: the same keys sign others'."
    ),
    f"{PROXY}token = 'cloudflare'\naudience = 'x'": (
        "[access.proxy] needs issuer; say who signs in: the iss of the tokens."
    ),
    f"{PROXY}token = 'alb'\naudience = 'x'\nissuer = 'https://i'": (
        "[access.proxy] audience must be the ARN of the load balancer: "
        "arn:aws:elasticloadbalancing:REGION:…"
    ),
    f"{PROXY}token = 'iap'\naudience = 'x'\npeers = ['10.0.0.7']": (
        "[access.proxy] peers is not known; known are token, audience, issuer, keys."
    ),
    "[access]\ngrant = 3": "[access.grant] must be written [[access.grant]], once for every grant.",
    "[[access.grant]]\nlevel = 'admin'": (
        f'{NUMBER_1} needs who; name addresses, "*@example.com" or "group:support".'
    ),
    "[[access.grant]]\nwho = ['*']": f"{NUMBER_1} needs level; one of viewer, support, admin.",
    "[[access.grant]]\nwho = ['*']\nlevel = 'adm'": (
        f"{NUMBER_1} level must be one of viewer, support, admin; did you mean admin?"
    ),
    "[[access.grant]]\nwho = []\nlevel = 'admin'": (
        f"{NUMBER_1} who is empty; give a value or remove it."
    ),
    "[[access.grant]]\nwho = ['support']\nlevel = 'admin'": f"{NUMBER_1} who {WHO}",
    "[[access.grant]]\nwho = ['group:']\nlevel = 'admin'": f"{NUMBER_1} who {WHO}",
    "[[access.grant]]\nwho = ['*']\nlevel = 'admin'\nenvironment = ['x']": (
        f"{NUMBER_1} environment is not known; did you mean environments?"
    ),
    "[[access.grant]]\nwho = ['*']\nlevel = 'admin'\nenvironments = 'staging'\nnames = 'x'": (
        f"{NUMBER_1} names must be true or false."
    ),
}


def load_text(folder: Path, content: str, **variables: str) -> Settings:
    file = folder / "settings.toml"
    file.write_text(content)
    return load(file, environ=variables)


def read(folder: Path, content: str, **variables: str) -> Access:
    return load_text(folder, content, **variables).access


@pytest.mark.parametrize(("content", "sentence"), WRONG.items())
def test_a_mistake_gets_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, content)
    assert refused.value.problems == (sentence,)
    assert "geheim" not in sentence


def test_without_a_word_there_is_no_sign_in(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Access()
    assert (Access().mode, Access().insecure, Access().guarded) == (Mode.OFF, False, False)


def test_the_headers_of_a_proxy(tmp_path: Path) -> None:
    access = read(tmp_path, f"{PEERS}user = 'Tailscale-User-Login'\n")
    networks = tuple(map(ip_network, ("10.0.0.7/32", "10.1.0.0/24", "fd00::/8")))
    assert access.proxy == IdentityHeaders(networks, "tailscale-user-login", "x-forwarded-groups")
    assert access.grants == (Grant(("*@example.com", "group:Leads"), Level.SUPPORT),)
    assert access.guarded


@pytest.mark.parametrize(
    ("written", "token"),
    [
        (
            "token = 'cloudflare'\naudience = ['a', 'b']\nissuer = 'https://t.cloudflareaccess.com/'",
            IdentityToken(
                TokenKind.CLOUDFLARE,
                ("a", "b"),
                "https://t.cloudflareaccess.com",
                "https://t.cloudflareaccess.com/cdn-cgi/access/certs",
            ),
        ),
        (
            "token = 'iap'\naudience = '/projects/1/global/backendServices/2'",
            IdentityToken(
                TokenKind.IAP,
                ("/projects/1/global/backendServices/2",),
                "https://cloud.google.com/iap",
                "https://www.gstatic.com/iap/verify/public_key-jwk",
            ),
        ),
        (
            f"token = 'alb'\naudience = '{ARN}'\nissuer = 'https://idp.example.com/'",
            IdentityToken(
                TokenKind.ALB,
                (ARN,),
                "https://idp.example.com",
                "https://public-keys.auth.elb.eu-west-1.amazonaws.com",
            ),
        ),
    ],
)
def test_the_token_of_a_proxy(tmp_path: Path, written: str, token: IdentityToken) -> None:
    assert read(tmp_path, PROXY + written).proxy == token


def test_a_provider(tmp_path: Path) -> None:
    more = "public_url = 'https://dash.example.com/'\ndomains = ['Example.com']\n"
    settings = load_text(tmp_path, f"{REGISTERED}{more}groups_claim = 'roles'\n")
    oidc = settings.access.oidc
    assert oidc
    assert (oidc.public_url, oidc.domains, oidc.groups_claim, oidc.verified) == (
        "https://dash.example.com",
        ("example.com",),
        "roles",
        "claim",
    )
    assert "geheim" not in repr(settings)
    assert settings.redact(f"a {'geheim' * 6} b") == "a *** b"
    assert settings.access.key == "geheim" * 6


def test_a_provider_by_variables(tmp_path: Path) -> None:
    more = f"{OIDC}public_url = 'https://d'\nmetadata_url = 'https://i'\nclient_id = 'x'\n"
    variables = {
        "ACCESS__OIDC__CLIENT_SECRET": "s",
        "ACCESS__OIDC__SECRETS": f"{'a' * 32},{'b' * 32}",
    }
    oidc = read(tmp_path, more, **variables).oidc
    assert oidc
    assert oidc.secrets == ("a" * 32, "b" * 32)


def test_variables_set_keys_of_both_tables(tmp_path: Path) -> None:
    variables = {
        "ACCESS__MODE": "proxy",
        "ACCESS__INSECURE": "true",
        "ACCESS__PROXY__PEERS": "10.0.0.7, 10.0.0.8",
        "ACCESS__PROXY__USER": "remote-user",
        "FORWARDED_ALLOW_IPS": "",
    }
    access = read(tmp_path, GRANT, **variables)
    assert (access.mode, access.insecure, access.forwarded_allow_ips) == (Mode.PROXY, True, "")
    assert isinstance(access.proxy, IdentityHeaders)
    assert (len(access.proxy.peers), access.proxy.user) == (2, "remote-user")


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    written = "geheim" * 8
    file = tmp_path / "settings.toml"
    file.write_text(f"[access]\nsecret = '{written}'\n")
    settings = load(file, environ={})
    assert settings.access.secret == written
    assert "geheim" not in repr(settings)
    assert settings.redact(f"x {written} y") == "x *** y"

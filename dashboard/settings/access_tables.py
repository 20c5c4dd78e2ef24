"""Reads [access] and the tables below it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

from dashboard.settings import conversions
from dashboard.settings.access import (
    Access,
    IdentityHeaders,
    IdentityToken,
    Mode,
    Network,
    Oidc,
    TokenKind,
)
from dashboard.settings.grants import GROUP, Grant, Level, lowered
from dashboard.settings.problems import SettingsError
from dashboard.settings.tables import Table
from queries.records import dataclass

FORWARDED = "FORWARDED_ALLOW_IPS"
SHORTEST_SECRET = 32
_HEADER_KEYS = ("peers", "user", "groups")
_TOKEN_KEYS = ("token", "audience", "issuer", "keys")
_IAP = ("https://cloud.google.com/iap", "https://www.gstatic.com/iap/verify/public_key-jwk")


@dataclass(frozen=True, slots=True)
class AccessTables:
    access: Table
    proxy: Table
    oidc: Table
    grants: list[Table]
    tokens: list[Table]


def read_access(tables: AccessTables, environ: Mapping[str, str]) -> Access:
    access = tables.access
    access.refuse_unknown(("mode", "insecure", "secret", "proxy", "oidc", "grant", "token"))
    mode = Mode(access.read("mode", conversions.one_of(Mode)) or Mode.OFF)
    grants = tuple(grant for table in tables.grants for grant in _grant(table))
    if mode is not Mode.OFF and not tables.grants:
        access.problems.append(
            f'{access.title} mode is "{mode}" and nobody may see anything; '
            "add an [[access.grant]] that says who may."
        )
    return Access(
        mode=mode,
        insecure=access.read("insecure", conversions.switch) or False,
        proxy=_proxy(tables.proxy) if mode is Mode.PROXY else None,
        oidc=_oidc(tables.oidc) if mode is Mode.OIDC else None,
        grants=grants,
        secret=access.read("secret", secret),
        forwarded_allow_ips=environ.get(FORWARDED),
    )


def insecure_anyway(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a variable says so, for as long as the rest cannot be read."""
    said = (value for name, value in environ.items() if name.upper() == "ACCESS__INSECURE")
    return any(each.strip().lower() == "true" for each in said)


def secret(value: object) -> str:
    written = conversions.text(value)
    if len(written) < SHORTEST_SECRET:
        raise SettingsError(
            f"must have at least {SHORTEST_SECRET} characters; `openssl rand -hex 32` makes one."
        )
    return written


def _oidc(table: Table) -> Oidc | None:
    needed = {
        "public_url": "give the address that people reach the dashboard by.",
        "metadata_url": "give the provider's /.well-known/openid-configuration.",
        "client_id": "register the dashboard at the provider.",
        "client_secret": "register the dashboard at the provider.",
        "secrets": "`openssl rand -hex 32` makes one; give every replica the same.",
    }
    texts = ("groups_claim", "scope", "prompt")
    table.refuse_unknown((*needed, "domains", *texts, "verified"))
    for key, why in needed.items():
        table.require(key, why)
    read = {
        "public_url": table.read("public_url", _over_tls),
        "metadata_url": table.read("metadata_url", _over_tls),
        "client_id": table.read("client_id", conversions.text),
        "client_secret": table.read("client_secret", conversions.text),
        "secrets": table.read("secrets", _secrets),
    }
    more = {
        "domains": table.read("domains", conversions.words),
        "verified": table.read("verified", conversions.one_of(("claim", "issuer"))),
        **{key: table.read(key, conversions.text) for key in texts},
    }
    if not all(read.values()):
        return None
    return Oidc(**read, **{key: value for key, value in more.items() if value})  # type: ignore[arg-type]  # each is read by its own conversion


def _over_tls(value: object) -> str:
    """Take plain HTTP only where a sign-in is tried out on this machine."""
    url = conversions.app_url(value)
    if url.startswith("https://") or urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1"):
        return url
    raise SettingsError("must begin with https://; only on localhost nobody can listen in.")


def _secrets(value: object) -> tuple[str, ...]:
    return tuple(secret(each) for each in conversions.listed(value))


def _proxy(table: Table) -> IdentityHeaders | IdentityToken | None:
    if "token" in table.entries:
        return _token(table)
    table.refuse_unknown((*_HEADER_KEYS, *_TOKEN_KEYS[:1]))
    table.require("peers", "name the addresses of the proxy, or the token it signs.")
    peers = table.read("peers", _networks)
    usual = IdentityHeaders(())
    user = table.read("user", conversions.header) or usual.user
    groups = table.read("groups", conversions.header) or usual.groups
    return IdentityHeaders(peers, user, groups) if peers else None


def _token(table: Table) -> IdentityToken | None:
    """Read who signs the tokens, for whom, and where its keys are published."""
    table.refuse_unknown(_TOKEN_KEYS)
    table.require("audience", "say whom the tokens are for: the same keys sign others'.")
    kind = table.read("token", conversions.one_of(TokenKind))
    audience = table.read("audience", conversions.listed)
    if kind != TokenKind.IAP:
        table.require("issuer", "say who signs in: the iss of the tokens.")
    issuer = table.read("issuer", conversions.app_url)
    keys = table.read("keys", conversions.app_url)
    if not kind or not audience:
        return None
    if kind == TokenKind.ALB and (wrong := _not_an_arn(audience)):
        table.problems.append(f"{table.title} audience {wrong}")
        return None
    published = {
        TokenKind.CLOUDFLARE: f"{issuer}/cdn-cgi/access/certs",
        TokenKind.IAP: _IAP[1],
        TokenKind.ALB: _keys_of_region(audience[0]),
    }[TokenKind(kind)]
    issued = issuer or _IAP[0]
    return IdentityToken(TokenKind(kind), audience, issued, keys or published)


def _not_an_arn(audience: Sequence[str]) -> str | None:
    parts = audience[0].split(":")
    if len(audience) == 1 and len(parts) == 6 and parts[2] == "elasticloadbalancing" and parts[3]:
        return None
    return "must be the ARN of the load balancer: arn:aws:elasticloadbalancing:REGION:…"


def _keys_of_region(arn: str) -> str:
    region = arn.split(":")[3] if arn.count(":") == 5 else ""
    return f"https://public-keys.auth.elb.{region}.amazonaws.com"


def _networks(value: object) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each) for each in conversions.listed(value))
    except ValueError:
        pass
    raise SettingsError('must be addresses or networks, such as ["10.0.0.7", "10.0.1.0/24"].')


def _grant(table: Table) -> Iterator[Grant]:
    table.refuse_unknown(("who", "level", "environments", "names"))
    table.require("who", 'name addresses, "*@example.com" or "group:support".')
    table.require("level", f"one of {', '.join(each.name.lower() for each in Level)}.")
    who = table.read("who", _people)
    level = table.read("level", conversions.one_of(each.name.lower() for each in Level))
    environments = table.read("environments", conversions.listed) or ("*",)
    names = table.read("names", conversions.switch) or False
    if who and level:
        yield Grant(who, Level[level.upper()], environments, names)


def _people(value: object) -> tuple[str, ...]:
    """Addresses are compared without regard to case, the names of groups as they are."""
    named = conversions.listed(value)
    if not all(
        each == "*" or "@" in each or each.removeprefix(GROUP) not in ("", each) for each in named
    ):
        raise SettingsError('must name addresses, "*@example.com" or "group:support".')
    return tuple(each if each.startswith(GROUP) else lowered(each) for each in named)

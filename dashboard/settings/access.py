"""How people come in, and what each of them may see."""

from collections.abc import Iterable
from dataclasses import field, replace
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from dashboard.settings.grants import Grant
from queries.records import dataclass

Network = IPv4Network | IPv6Network


class Mode(StrEnum):
    OFF = "off"
    OIDC = "oidc"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class IdentityHeaders:
    """What a proxy that signs people in says of them; believed only from its own address."""

    peers: tuple[Network, ...]
    user: str = "x-forwarded-email"
    groups: str = "x-forwarded-groups"


class TokenKind(StrEnum):
    CLOUDFLARE = "cloudflare"
    IAP = "iap"
    ALB = "alb"


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A token that a proxy signs for each request; an ALB's audience is its own ARN."""

    kind: TokenKind
    audience: tuple[str, ...]
    issuer: str
    keys: str  # where they are published


@dataclass(frozen=True, slots=True)
class Oidc:
    """`secrets` sign the cookies: the newest last, older ones are still read.

    `verified`: an e-mail address must be said to be ("claim"), or the provider issues no other.
    """

    public_url: str
    metadata_url: str
    client_id: str
    client_secret: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    domains: tuple[str, ...] = ()
    groups_claim: str = "groups"
    scope: str = "openid email profile"
    prompt: str = "select_account"
    verified: str = "claim"


@dataclass(frozen=True, slots=True)
class Access:
    """`secret` makes the pseudonyms of owners, the same on every replica."""

    mode: Mode = Mode.OFF
    insecure: bool = False
    proxy: IdentityHeaders | IdentityToken | None = None
    oidc: Oidc | None = None
    grants: tuple[Grant, ...] = ()
    secret: str | None = field(default=None, repr=False)
    forwarded_allow_ips: str | None = None  # whose X-Forwarded-For uvicorn believes

    @property
    def guarded(self) -> bool:
        """Whether anybody is asked who they are."""
        return self.mode is not Mode.OFF

    @property
    def entrance(self) -> "Access":
        """What holds from the start on; grants may change."""
        return replace(self, grants=())

    def relevant(self, groups: Iterable[str]) -> frozenset[str]:
        """Leave out the groups that no grant names."""
        return frozenset(
            group for group in groups if any(grant.names_group(group) for grant in self.grants)
        )

    @property
    def secrets(self) -> frozenset[str]:
        own = (self.secret, self.oidc.client_secret) if self.oidc else (self.secret,)
        signing = self.oidc.secrets if self.oidc else ()
        return frozenset(each for each in (*own, *signing) if each)

    @property
    def key(self) -> str | None:
        """What all replicas have, and nobody else."""
        return self.secret or (self.oidc.secrets[-1] if self.oidc else None)

"""Whether a dashboard may listen where it was told to."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from dashboard.settings.access import Access, IdentityHeaders, Mode

EXPOSED = (
    "There is no sign-in, and other machines can reach this address. Configure one in [access] "
    '(mode = "oidc" or "proxy"), or listen on 127.0.0.1. Where something else keeps strangers '
    "away, as docker run -p 127.0.0.1:8501:8501 does, say so with ACCESS__INSECURE=true."
)
FORWARDED = (
    'The addresses of peers can be forged: in [access] mode = "proxy" with peers, start the '
    "dashboard with FORWARDED_ALLOW_IPS= (set, and empty), as ./run serve does."
)


def problem(access: Access, address: str) -> str | None:
    """Say why nobody may be let in where this address is listened on."""
    if access.mode is Mode.OFF and not access.insecure and not _stays_here(address):
        return EXPOSED
    headers = isinstance(access.proxy, IdentityHeaders)
    return FORWARDED if headers and access.forwarded_allow_ips != "" else None


def _stays_here(address: str) -> bool:
    """Whether only this machine reaches it: any other name, or none, may be anything."""
    return address == "localhost" or (numeric(address) is not None and not is_exposed(address))


def is_exposed(address: str) -> bool:
    """Whether other machines reach what listens there; a socket's path is none of theirs."""
    listening = numeric(address)
    return listening is not None and not listening.is_loopback


def numeric(address: str) -> IPv4Address | IPv6Address | None:
    """Read an address of a network; None for a name or a path."""
    try:
        read = ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(read, "ipv4_mapped", None) or read

"""What Prisma's, node's and libpq's TLS parameters mean to libpq."""

from collections.abc import Iterator, Mapping

_SSLMODE = {
    "disable": "disable",
    "allow": "allow",
    "prefer": "prefer",
    "require": "require",
    "no-verify": "require",
    "verify-ca": "verify-ca",
    "verify-full": "verify-full",
}
# what MySQL calls them: written in its way, and taken by Prisma
_OTHER_WORDS = {
    "disabled": "disable",
    "preferred": "prefer",
    "required": "require",
    "verify_ca": "verify-ca",
    "verify_identity": "verify-full",
}
_SSL = {
    "true": "require",
    "1": "require",
    "no-verify": "require",
    "false": "disable",
    "0": "disable",
}
_SSLACCEPT = {"strict": "verify-full", "accept_invalid_certs": "require"}
_REQUIRESSL = {"1": "require", "0": "prefer"}
_CHOICES = {"sslmode": _SSLMODE, "ssl": _SSL, "sslaccept": _SSLACCEPT, "requiressl": _REQUIRESSL}
_FILES = frozenset({"sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword"})

TLS_NAMES = _FILES | _CHOICES.keys() | {"sslidentity", "sslinline"}


def in_our_words(name: str, value: str) -> str:
    """Return the value of a parameter in libpq's words."""
    return _OTHER_WORDS.get(value.lower(), value) if name == "sslmode" else value


def tls_mistakes(given: Mapping[str, str]) -> Iterator[str]:
    for name, choices in _CHOICES.items():
        if name in given and given[name] not in choices:
            yield f"has {name} set to none of {', '.join(choices)}."
    yield from _file_mistakes(given)


def _file_mistakes(given: Mapping[str, str]) -> Iterator[str]:
    if given.keys() & {"sslidentity", "sslinline"}:
        yield (
            "has sslidentity or sslinline; save the client certificate as PEM files "
            "and give sslcert, sslkey and sslrootcert."
        )
    elif "sslkey" not in given and "sslpassword" in given:
        yield "has sslpassword without sslkey; give sslcert and sslkey as PEM files, or remove it."
    if "sslkey" in given and "sslcert" not in given:
        yield "has sslkey without sslcert; give both."
    if "sslkey" not in given and {"sslcert", "sslrootcert"} <= given.keys():
        yield "has sslcert and sslrootcert without sslkey; give the server's CA once."


def tls_keywords(given: Mapping[str, str]) -> dict[str, str]:
    files = {name: value for name, value in given.items() if name in _FILES}
    if "sslcert" in files and "sslkey" not in files:
        files["sslrootcert"] = files.pop("sslcert")  # Prisma's sslcert is the server's CA
    mode = _mode(given)
    return {"sslmode": mode, **files} if mode else files


def _mode(given: Mapping[str, str]) -> str | None:
    asked = _asked(given)
    accept = _SSLACCEPT.get(given.get("sslaccept", ""))
    if accept == "verify-full" and asked != "disable":
        return accept
    return asked or accept


def _asked(given: Mapping[str, str]) -> str | None:
    for name in ("sslmode", "ssl", "requiressl"):
        if name in given:
            return _CHOICES[name].get(given[name])
    return None

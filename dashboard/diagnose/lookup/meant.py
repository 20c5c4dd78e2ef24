"""Which environment a text is about, where nobody chose one: by the addresses in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from dashboard.environments import Environment


def meant(
    text: str, environments: Iterable[Environment], addresses: Mapping[str, str]
) -> Environment | None:
    """Return the one environment whose address is in the text; None where it is not just one.

    `addresses` are those of the databases, by the environment's name. An address that is a part of
    another one there does not count: environments may live under paths of one host.

    | in the text                               | meant                       |
    | ----------------------------------------- | --------------------------- |
    | the app_url of one environment            | that                        |
    | else the host of one environment's app_url| that                        |
    | else one environment's database host      | that                        |
    | any of these of several                   | none                        |
    | none of these                             | the only one, if it is that |
    """
    known, folded = tuple(environments), text.lower()
    for named in (_page, _host, lambda each: _database(addresses[each.name])):
        found = [
            (each, address) for each in known for address in named(each) if _stands(address, folded)
        ]
        if found:
            return _only(found)
    return known[0] if len(known) == 1 else None


def _only(found: Sequence[tuple[Environment, str]]) -> Environment | None:
    others = {address for _, address in found}
    whole = {
        each for each, address in found if not any(address in one for one in others - {address})
    }
    return whole.pop() if len(whole) == 1 else None


def _stands(address: str, text: str) -> bool:
    """Whether it stands there as a whole: staging.example.com is not in prestaging.example.com."""
    return re.search(rf"(?<![\w.-]){re.escape(address)}(?![\w-]|\.\w)", text) is not None


def _page(environment: Environment) -> Iterable[str]:
    split = urlsplit(environment.app_url or "")
    page = f"{split.netloc}{split.path}".rstrip("/").lower()
    return (page,) if page else ()


def _host(environment: Environment) -> Iterable[str]:
    host = urlsplit(environment.app_url or "").netloc.lower()
    return (host,) if host else ()


def _database(address: str) -> Iterable[str]:
    """Take the hosts of host:port,host:port/database; a folder of a socket is none."""
    hosts = address.rpartition("/")[0].lower().split(",")
    return [name for each in hosts if (name := each.rpartition(":")[0]) and "/" not in name]

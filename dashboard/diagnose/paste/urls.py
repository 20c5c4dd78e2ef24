"""Finds URLs, the host in them, and the id in them."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from dashboard.diagnose.paste.cleaning import cleaned
from dashboard.diagnose.paste.labels import Role, role
from dashboard.diagnose.paste.shapes import never, stands_out
from dashboard.diagnose.paste.sought import Sought
from dashboard.diagnose.paste.values import PastedId, Source
from queries import patterns
from queries.records import dataclass

_URL = patterns.lazy(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s\"'`<>|\\^]{1,4000}")
_WITHOUT_SCHEME = patterns.lazy(
    r"(?:localhost|[\w-]{1,63}(?:\.[\w-]{1,63}){1,9})?(?::[0-9]{1,5})?/[^\s\"'`<>|\\^]{1,4000}"
)
_UNREACHED = patterns.lazy(
    r"(?:Can't reach database|connection to) server at [`\"]?("
    r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}|\[[0-9A-Fa-f:]{2,45}\])"
)
_WEB = ("http://", "https://", "/")
_DATABASE = ("postgres://", "postgresql://", "prisma://", "prisma+postgres://")
_DOCUMENTATION = ("pris.ly", "prisma.io", "github.com", "postgresql.org", "sqlalche.me")
_SUBPAGES = {"new", "create", "edit", "settings", "all", "import"}


@dataclass(frozen=True, slots=True)
class Url:
    host: str | None
    id: PastedId | None


def whole(text: str, sought: Sought) -> Url | None:
    """Read a paste that is one address, with or without its scheme."""
    bare = text.strip().strip("\"'`<>()[],;")
    if _URL.fullmatch(bare):
        return _read(bare, sought)
    if not _WITHOUT_SCHEME.fullmatch(bare):
        return None
    found = _read(f"//{bare}" if bare[0] != "/" else bare, sought)
    return found if found.id else None


def find(text: str, sought: Sought) -> Iterator[Url]:
    for found in _URL.finditer(text):
        url = _read(found[0].rstrip(".,;:)]}"), sought)
        if url.host and not url.host.endswith(_DOCUMENTATION):
            yield url


def blanked(text: str) -> str:
    """Take the URLs out, so that no part of a password or a path is taken for an id."""
    return _URL.sub(" ", text)


def unreached_host(text: str) -> str | None:
    found = _UNREACHED.search(text)
    return found[1] if found else None


def _read(url: str, sought: Sought) -> Url:
    if url.startswith(_DATABASE):
        return Url(_host_behind_password(url), None)
    if not url.startswith(_WEB):
        return Url(None, None)
    try:
        split = urlsplit(url)
        return Url(split.hostname, _id(split, sought))
    except ValueError:
        return Url(None, None)


def _host_behind_password(url: str) -> str | None:
    """Take the host of a database URL, also where the password is not percent-encoded."""
    address = url.partition("://")[2].rpartition("@")[2]
    return re.split(r"[/:?#]", address)[0] or None


def _id(split: SplitResult, sought: Sought) -> PastedId | None:
    path, _, more = split.fragment.partition("?")
    segments = [each for each in f"{split.path}/{path}".split("/") if each]
    parameters = parse_qsl(f"{split.query}&{more}")
    for raw in (*_named(segments, parameters, sought), *_shaped(segments, parameters, sought)):
        text = unquote(raw)
        said = ("decoded the URL's escapes",) if text != raw else ()
        found = cleaned(text, Source.URL, "took the ID from the URL", *said)
        if found and not never(found.text):
            return found
    return None


def _named(segments: list[str], parameters: list[tuple[str, str]], sought: Sought) -> Iterator[str]:
    roles = [role(segment, sought) for segment in segments]
    initials = {noun[0] for noun in sought.nouns}
    for place, following in enumerate(segments[1:]):
        about_parent = roles[place] is Role.PARENT or segments[place] in initials
        if about_parent and following not in _SUBPAGES:
            yield following
    for wanted in (Role.PARENT_KEY, Role.PARENT):
        yield from (value for name, value in parameters if role(name, sought) is wanted)
    if Role.OTHER not in roles:
        yield from (value for name, value in parameters if role(name, sought) is Role.ID)


def _shaped(
    segments: list[str], parameters: list[tuple[str, str]], sought: Sought
) -> Iterator[str]:
    labelled = [*zip(["", *segments], segments, strict=False), *parameters]
    for label, value in reversed(labelled):
        if stands_out(value) and role(label, sought) not in (Role.OTHER, Role.ID):
            yield value

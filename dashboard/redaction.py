"""Takes secrets out of a text before it is logged."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from queries import patterns

_MASK = "***"
_SHORTEST_LITERAL = 4  # masking "pg" wherever it occurs would spell it out
_WORD = patterns.lazy(r"\S+")
_KEY_VALUE = patterns.lazy(
    r"""(?:passw(?:or)?[dt]|pwd|passphrase|(?:api|access|private)[_-]?key|token|secret|cookie"""
    r"""|authorization)[\w-]{0,40}\\{0,8}["']?\s{0,9}[=:]\s{0,9}(?:(?:Bearer|Basic|Digest)\s{1,9})?"""
    r"""(b?'(?:\\.|[^'\\])*(?:'|\Z)|b?"(?:\\.|[^"\\])*(?:"|\Z)|[^\s&]+)""",
    re.IGNORECASE,
)
# without a name before them: tokens of a header or of JWT, and what a URL holds before its host
_BARE = patterns.lazy(
    r"(?i:Bearer|Basic)\s{1,9}([A-Za-z0-9+/=._~-]{8,})|(eyJ[\w-]{6,}\.[\w-]{3,}(?:\.[\w-]*)?)"
    r"|://([^\s/@:]{1,200}:[^@/\n]{1,2000})@"
)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Mask user names and passwords of URLs, key=value secrets, and every secret given."""
    spans = sorted([*_structured(text), *_literal(text, secrets)])
    parts: list[str] = []
    position = 0
    for start, end in spans:
        if start > position or not parts:
            parts += [text[position:start], _MASK]
        position = max(position, end)
    return "".join([*parts, text[position:]])


def _structured(text: str) -> Iterator[tuple[int, int]]:
    for word in _WORD.finditer(text):
        # from the first :// to the last @, since both may stand in a password
        start, end = word[0].find("://"), word[0].rfind("@")
        if 0 <= start < end:
            yield word.start() + start + 3, word.start() + end
    for found in _KEY_VALUE.finditer(text):
        yield found.span(1)
    for found in _BARE.finditer(text):
        yield found.span(found.lastindex or 0)


def _literal(text: str, secrets: Iterable[str]) -> Iterator[tuple[int, int]]:
    for written in {form for secret in secrets for form in _forms(secret)}:
        # a look-ahead, so that occurrences which overlap are all found
        for found in re.finditer(f"(?=({re.escape(written)}))", text, re.IGNORECASE):
            yield found.span(1)


def _forms(secret: str) -> Iterator[str]:
    """Return the ways a secret is written: as it is, in a URL, in a repr."""
    if len(secret) >= _SHORTEST_LITERAL:
        yield from (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
        yield from (repr(secret)[1:-1], repr(secret.encode())[2:-1])

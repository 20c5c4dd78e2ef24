"""Turns what was typed into the id that was meant, and tells what was cleaned."""

import re
import unicodedata
from urllib.parse import unquote
from uuid import UUID

from dashboard.diagnose.paste.shapes import MOST_ID
from dashboard.diagnose.paste.values import PastedId, Source
from queries import patterns

MOST_VARIANTS = 10
QUOTES = "\"'`´“”„‟‘’‚‛«»‹›"
BRACKETS = "()[]{}<>"
_POINTS = {",": "comma", ";": "semicolon", ".": "full stop", "…": "ellipsis"}
_ENDS = QUOTES + BRACKETS
_ANSI = patterns.lazy(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_CLEAN = patterns.lazy(r"[A-Za-z0-9_-]+")  # most are, and there may be many
_UUID_DIGITS = patterns.lazy(r"[0-9a-f]{32}")
_ZERO_WIDTH_SPACE = "\u200b"

# One character for another, so that regular expressions written for PostgreSQL's and Prisma's
# own texts also read what a chat or a word processor made of them.
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007", " "),
        **dict.fromkeys("\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\x00"),
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
    }
)


def plain(text: str) -> str:
    """Drop what terminals and editors add around the text."""
    return _ANSI.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n"))


def folded(text: str) -> str:
    """Spell quotes and spaces plainly and drop what cannot be seen."""
    return text.translate(_FOLDED)


def sendable(text: str) -> str:
    """Drop what PostgreSQL cannot hold: NUL and lone surrogates."""
    return re.sub("[\x00\ud800-\udfff]", "", text)


def cleaned(raw: str, source: Source, *said: str) -> PastedId | None:
    """Read an id out of its dirt; None where nothing is left, or too much."""
    typed = raw.strip("\r\n")
    if _CLEAN.fullmatch(typed) and len(typed) <= MOST_ID:
        return PastedId(typed, _other_cases(typed), source, said)
    visible, invisible = _without_invisible(typed)
    text, edges = _without_edges(visible)
    if not text or len(text) > MOST_ID:
        return None
    return PastedId(text, _variants(text, typed), source, (*said, *invisible, *edges))


def verbatim(value: str, source: Source) -> PastedId | None:
    """Keep a value as it is, with its clean spelling among the variants."""
    text = sendable(value)
    if not text or len(text) > MOST_ID:
        return None
    clean, _ = _without_edges(_without_invisible(text)[0])
    dropped = () if text == value else _without_invisible(value)[1]
    return PastedId(text, _variants(text, value, clean), source, dropped)


def _other_cases(text: str) -> tuple[str, ...]:
    cases = dict.fromkeys((text.lower(), text.upper(), *_uuid_spellings(text)))
    return tuple(each for each in cases if each != text)


def _uuid_spellings(text: str) -> tuple[str, ...]:
    """Spell a UUID with its dashes and without, wherever they were put."""
    digits = text.replace("-", "").lower()
    if not _UUID_DIGITS.fullmatch(digits):
        return ()
    return str(UUID(digits)), digits


def _variants(text: str, *spellings: str) -> tuple[str, ...]:
    raw = tuple(sendable(each) for each in spellings if len(each) <= 2 * MOST_ID)
    candidates = (
        *raw,
        *(each.strip() for each in raw),
        *(unicodedata.normalize(form, text) for form in ("NFKC", "NFC", "NFD")),
        text.lower(),
        text.upper(),
        unquote(text),
        *_uuid_spellings(text),
    )
    others = dict.fromkeys(each for each in candidates if each and each != text)
    return tuple(others)[:MOST_VARIANTS]


def _without_invisible(text: str) -> tuple[str, tuple[str, ...]]:
    if text.isascii() and text.isprintable():
        return text, ()
    said = {each: _invisible(each) for each in dict.fromkeys(text)}
    kept = "".join(each for each in text if said[each] is None)
    return kept, tuple(dict.fromkeys(filter(None, said.values())))


def _invisible(character: str) -> str | None:
    if " " <= character <= "~" or character.isspace():
        return None
    if character == _ZERO_WIDTH_SPACE:
        return "removed a zero-width space"
    if character == "\x00":
        return "removed a NUL character"
    match unicodedata.category(character):
        case "Cs":
            return "removed a broken character"
        case "Cc" | "Cf":
            return "removed an invisible character"
        case _:
            return None


def _without_edges(text: str) -> tuple[str, tuple[str, ...]]:
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and (_is_edge(text[end - 1]) or text[end - 1] in _POINTS):
        end -= 1
    return text[start:end], _edge_words(text[:start], text[end:])


def _is_edge(character: str) -> bool:
    return character in _ENDS or character.isspace()


def _edge_words(before: str, after: str) -> tuple[str, ...]:
    both = before + after
    said = (
        (any(each.isspace() for each in before), "removed a leading space"),
        (any(each.isspace() for each in after), "removed a trailing space"),
        (any(each in QUOTES for each in both), "removed surrounding quotes"),
        (any(each in BRACKETS for each in both), "removed surrounding brackets"),
        *((point in after, f"removed a trailing {name}") for point, name in _POINTS.items()),
    )
    return tuple(words for was_there, words in said if was_there)

"""Reads PostgreSQL's messages in other languages as the English ones that all else is read in."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from dashboard.diagnose.paste.postgres_messages import LABELS, MESSAGES
from queries import patterns
from queries.records import dataclass

_SHORTEST = 6  # of a text that may be a message
_QUOTE = '[»«›‹"“”„‟]'
_PLACE = patterns.lazy(
    rf"(?P<open>{_QUOTE}\s?)?%(?:(?P<number>[0-9])\$)?[sd](?P<close>\s?{_QUOTE})?"
)
_WORD = patterns.lazy(r"[^\W\d_]{3,}")
_WITHOUT_SPACES = patterns.lazy(r"[\u3040-\u9fff\uac00-\ud7af]")  # Japanese, Chinese, Korean
_EMPTY = patterns.lazy(r"%[sd]")
_PARTS = patterns.lazy(rf"{_QUOTE}|\s+|(?:(?!{_QUOTE})\S)+")
_NAME = r"[^»«›‹\"“”„‟\n]{1,130}?"
_BARE_NAME = r"[\w.$-]{1,130}"
_COLUMNS = r"[^()\n]{1,200}?"
_ANYTHING = r"[^\0]{0,1000}?"  # a value
_VALUES = {
    "Key %s": r"\([^\0]{1,1200}?\)",
    "Failing row": r"\([^\0]{0,20000}?\)",
    "no pg_hba.conf": _NAME,
    "cannot execute": r"[A-Z][A-Z ]{1,60}",
}
_VALUES_OF_A_KEY = patterns.lazy(
    r"\)=\(([^\0]{0,1000}?)\)"
    r"(?= is not present in| is still referenced from| is referenced from| already exists)"
)
_ENGLISH = {word: label for label, words in LABELS.items() for word in words}
# French puts a space before the colon; two behind it tell a label from a sentence's word
_LABEL = patterns.lazy(
    rf"(?<!\w)(?P<word>{'|'.join(sorted(map(re.escape, _ENGLISH), key=len, reverse=True))})"
    r"[ \u00a0\u202f]?:(?=[ \u00a0\u3000]{2}|(?P<one>\s))"
)
_MAY_HAVE_ONE_SPACE = ("ERROR", "FATAL", "PANIC", "DETAIL")


@dataclass(frozen=True, slots=True)
class _Message:
    english: str
    form: str

    def into_english(self, found: re.Match[str]) -> str:
        """Fill the English form; groups are numbered as its places are."""
        values = iter(sorted(found.groupdict().items()))
        return _EMPTY.sub(lambda _: next(values)[1], self.english)


def in_english(text: str) -> str:
    """Put PostgreSQL's own sentences and labels into English, and leave all else as it is."""
    if len(text) < _SHORTEST:
        return text
    for message in sorted(_candidates(text), key=_longest_first):
        text = _around_values(_pattern(message), message.into_english, text)
    return _around_values(_LABEL, _label, text)


def _around_values(pattern: re.Pattern[str], put: Callable[[re.Match[str]], str], text: str) -> str:
    """Replace what a pattern finds, but never in the values of a key, which are somebody's own."""
    if "=(" not in text:
        return pattern.sub(put, text)
    done, end = [], 0
    for value in _VALUES_OF_A_KEY.finditer(text):
        done += [pattern.sub(put, text[end : value.start(1)]), value[1]]
        end = value.end(1)
    return "".join((*done, pattern.sub(put, text[end:])))


def severity_in_english(text: str) -> str:
    """Put a severity that stands alone, as a field, into English."""
    return _ENGLISH.get(text, text)


def _longest_first(message: _Message) -> int:
    """Put a message before those that it begins with."""
    return -len(message.form)


def _label(found: re.Match[str]) -> str:
    english = _ENGLISH[found["word"]]
    sure = found["one"] is None or english in _MAY_HAVE_ONE_SPACE
    return f"{english}:" if sure else found[0]


def _candidates(text: str) -> Iterator[_Message]:
    """Choose the messages whose longest word the text has: others need not be looked for."""
    index = _by_word()
    for word in index.keys() & set(_WORD.findall(text)):
        yield from index[word]
    if _WITHOUT_SPACES.search(text):
        yield from index[""]


@cache
def _by_word() -> Mapping[str, tuple[_Message, ...]]:
    """Sort the messages by their longest word, those of languages without spaces under none."""
    index: defaultdict[str, list[_Message]] = defaultdict(list)
    for english, forms in MESSAGES.items():
        for form in dict.fromkeys(forms.values()):
            words = _WORD.findall(_PLACE.sub(" ", form))
            longest = "" if _WITHOUT_SPACES.search(form) else max(words, key=len)
            index[longest].append(_Message(english, form))
    return {word: tuple(messages) for word, messages in index.items()}


@cache
def _pattern(message: _Message) -> re.Pattern[str]:
    """Make a pattern of a format string, whatever quotes, spaces and lines it was copied with."""
    parts: list[str] = []
    end = 0
    for number, place in enumerate(_PLACE.finditer(message.form), start=1):
        parts.append(_literal(message.form[end : place.start()]))
        value = f"(?P<v{place['number'] or number}>{_value(message, place)})"
        # French has a space between the quotes and what they quote
        parts.append(rf"{_QUOTE}\s?" if place["open"] else "")
        parts.append(value)
        parts.append(rf"\s?{_QUOTE}" if place["close"] else "")
        end = place.end()
    return patterns.lazy("".join((*parts, _literal(message.form[end:]))))


def _literal(text: str) -> str:
    return "".join(map(_part, _PARTS.findall(text)))


def _part(part: str) -> str:
    if re.fullmatch(_QUOTE, part):
        return _QUOTE
    return r"\s{1,4}" if part.isspace() else re.escape(part)


def _value(message: _Message, place: re.Match[str]) -> str:
    before, after = message.form[: place.start()], message.form[place.end() :]
    if not after and message.english.startswith("Failing row"):
        return r"\([^\n]{0,20000}\)"
    for start, pattern in _VALUES.items():
        if message.english.startswith(start):
            return pattern
    if before.endswith("("):
        return _ANYTHING if before.endswith("=(") else _COLUMNS
    return _NAME if place["open"] or place["close"] else _BARE_NAME

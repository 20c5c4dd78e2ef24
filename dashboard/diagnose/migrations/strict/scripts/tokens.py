"""The words of an SQL script, statement by statement: without comments, names and texts whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

_SCANNER = re.compile(
    r"""
    (?P<blank>\s+ | --[^\n\r]*)
    | (?P<comment>/\*)
    | (?P<text>
        [eE]'(?:[^'\\] | '' | \\.)*'
        | [bBxXnN]?'(?:[^'] | '')*'
        | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    )
    | "(?P<name>(?:[^"] | "")+)"
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>[0-9][\w.]*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BRACKET = re.compile(r"/\*|\*/")
# what is left of a text that does not end, of psql's own commands, and of names in U&"…"
_STRAY = frozenset("'\"$\\&")


class UnreadableError(Exception):
    """The script does something that is not understood for certain."""


class TokenKind(Enum):
    WORD = auto()  # a keyword or a bare name, in lower case as PostgreSQL takes it
    NAME = auto()  # a name in double quotes
    TEXT = auto()
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`value` is what it means, `source` how it is written, `apart`: a blank stands before it."""

    kind: TokenKind
    value: str
    source: str
    apart: bool


def statements(script: str) -> Iterator[tuple[Token, ...]]:
    """Split at the semicolons; one inside parentheses ends nothing."""
    depth = 0
    statement: list[Token] = []
    for token in tokens(script):
        depth += {"(": 1, ")": -1}.get(token.value, 0) if token.kind is TokenKind.SIGN else 0
        if token.kind is TokenKind.SIGN and token.value == ";" and depth == 0:
            yield from [tuple(statement)] if statement else []
            statement = []
        else:
            statement.append(token)
    yield from [tuple(statement)] if statement else []


def tokens(script: str) -> Iterator[Token]:
    place, apart = 0, False
    while found := _SCANNER.match(script, place):
        place = found.end()
        if found["comment"]:
            place = _after_comment(script, place)
        if found["comment"] or found["blank"]:
            apart = True
            continue
        yield _token(found, apart)
        apart = False


def _token(found: re.Match[str], apart: bool) -> Token:
    source = found[0]
    if found["name"]:
        return Token(TokenKind.NAME, found["name"].replace('""', '"'), source, apart)
    if found["word"]:
        return Token(TokenKind.WORD, source.lower(), source, apart)
    if found["text"]:
        return Token(TokenKind.TEXT, source, source, apart)
    if source in _STRAY:
        raise UnreadableError(source)
    return Token(TokenKind.SIGN, source, source, apart)


def _after_comment(script: str, place: int) -> int:
    """Find the end of a comment that may have others inside."""
    depth = 1
    for bracket in _BRACKET.finditer(script, place):
        depth += 1 if bracket[0] == "/*" else -1
        if depth == 0:
            return bracket.end()
    raise UnreadableError("/*")

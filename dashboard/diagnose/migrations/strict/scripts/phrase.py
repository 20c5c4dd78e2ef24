"""One statement of a script, read from left to right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.diagnose.migrations.strict.scripts.tokens import Token, TokenKind, UnreadableError

_OPENING = {"(": 1, "[": 1, ")": -1, "]": -1}


@dataclass(slots=True)
class Phrase:
    """What is left to read; whatever is not as expected makes the script unreadable."""

    rest: tuple[Token, ...]

    def starts(self, *words: str) -> bool:
        start = self.rest[: len(words)]
        return len(start) == len(words) and all(map(_is, start, words))

    def took(self, *words: str) -> bool:
        """Take these words or signs, if they are next."""
        if not self.starts(*words):
            return False
        self.rest = self.rest[len(words) :]
        return True

    def name(self) -> str:
        if not self.rest or self.rest[0].kind not in (TokenKind.WORD, TokenKind.NAME):
            raise UnreadableError("a name was expected")
        token, *others = self.rest
        self.rest = tuple(others)
        return token.value

    def table(self) -> str:
        """Take a name with or without its schema; public is left out, as Prisma does."""
        first = self.name()
        if not self.took("."):
            return first
        second = self.name()
        return second if first == "public" else f"{first}.{second}"

    def group(self) -> tuple["Phrase", ...]:
        """Take what stands in parentheses, part by part."""
        if not self.starts("("):
            raise UnreadableError("a parenthesis was expected")
        depth = 0
        for place, token in enumerate(self.rest):
            depth += _OPENING.get(token.value, 0) if token.kind is TokenKind.SIGN else 0
            if depth == 0:
                inside, self.rest = self.rest[1:place], self.rest[place + 1 :]
                return tuple(Phrase(inside).parts())
        raise UnreadableError("a parenthesis is not closed")

    def names(self) -> tuple[str, ...]:
        """Take a list of columns in parentheses: bare names, nothing else."""
        columns = self.group()
        names = tuple(each.name() for each in columns)
        if any(each.rest for each in columns):
            raise UnreadableError("more than a column's name")
        return names

    def parts(self) -> Iterator["Phrase"]:
        """Split at the commas that stand in no parentheses."""
        part: list[Token] = []
        depth = 0
        for token in self.rest:
            depth += _OPENING.get(token.value, 0) if token.kind is TokenKind.SIGN else 0
            if depth == 0 and token.kind is TokenKind.SIGN and token.value == ",":
                yield Phrase(tuple(part))
                part = []
            else:
                part.append(token)
        yield Phrase(tuple(part))

    def has(self, *words: str) -> bool:
        """Whether these words stand next to each other anywhere in what is left."""
        places = range(len(self.rest) - len(words) + 1)
        return any(Phrase(self.rest[place:]).starts(*words) for place in places)

    def mentions(self, names: Sequence[str]) -> bool:
        """Whether one of the names stands anywhere, be it inside a text."""
        bare = {each.rpartition(".")[2] for each in names} - {""}
        return any(
            token.value in bare
            or (token.kind is TokenKind.TEXT and any(name in token.value for name in bare))
            for token in self.rest
        )

    @property
    def source(self) -> str:
        """Write it as the script has it, with one blank for many and without comments."""
        return "".join(f"{' ' * each.apart}{each.source}" for each in self.rest).strip()


def _is(token: Token, word: str) -> bool:
    return token.kind in (TokenKind.WORD, TokenKind.SIGN) and token.value == word

"""What is wrong with a configuration: one sentence per mistake, never a value."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class SettingsError(Exception):
    """The configuration cannot be used as it is."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return the end of a sentence: the nearest known word, or what else to do."""
    meant = nearest(word, known)
    return f"did you mean {meant}?" if meant else otherwise


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like it, where one is as like as that."""
    spelt = {each.lower(): each for each in sorted(known)}
    found = get_close_matches(word.lower(), spelt, n=1, cutoff=cutoff)
    return spelt[found[0]] if found else None


def is_identifier(text: str) -> bool:
    """Say whether PostgreSQL can have a table, column, schema or constraint of this name."""
    return text.isprintable() and 1 <= len(text.encode()) <= 63


def printable(key: str) -> str:
    """Return a name for messages: even a key can be a secret, pasted into the wrong place."""
    return key if re.fullmatch(r"[\w. -]{1,63}", key) else "(hidden)"

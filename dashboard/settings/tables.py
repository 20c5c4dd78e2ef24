"""One table of the configuration, and every mistake found in it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import TypeVar

from dashboard.settings.problems import SettingsError, did_you_mean, printable
from queries.records import dataclass

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value and where it was set, in the words of a message."""

    value: object = field(repr=False)
    label: str


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    problems: list[str]
    entries: dict[str, Entry] = field(default_factory=dict)

    def fill(self, content: object) -> None:
        """Take over a table of the file."""
        if not isinstance(content, Mapping):
            self.problems.append(f"{self.title} must be a table of keys and values.")
            return
        for key, value in content.items():
            self.entries[key] = Entry(value, f"{self.title} {printable(key)}")

    def read(self, key: str, convert: Callable[[object], Value]) -> Value | None:
        """Return what the key means; None also stands for a mistake, which is then noted."""
        if key not in self.entries:
            return None
        entry = self.entries[key]
        return self.attempt(entry.label, lambda: convert(entry.value))

    def attempt(self, label: str, answer: Callable[[], Value]) -> Value | None:
        try:
            return answer()
        except SettingsError as mistakes:
            self.problems.extend(f"{label} {sentence}" for sentence in mistakes.problems)
        return None

    def require(self, key: str, why: str) -> None:
        if key not in self.entries:
            self.problems.append(f"{self.title} needs {key}; {why}")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        names = tuple(known)
        for key, entry in self.entries.items():
            if key not in names:
                advice = did_you_mean(key, names, otherwise=f"known are {', '.join(names)}.")
                self.problems.append(f"{entry.label} is not known; {advice}")

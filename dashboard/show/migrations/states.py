"""How migrations look: each state is a word and a sign, and a ledger is so many of so many."""

from collections import Counter
from dataclasses import dataclass

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.states import Flag, Standing, State
from dashboard.show import frames

GOOD = (State.APPLIED, State.EDITED)


@dataclass(frozen=True, slots=True)
class Look:
    """`sign` stands before the word where only text can be shown; `colour` is Streamlit's."""

    word: str
    sign: str
    icon: str
    colour: str

    @property
    def text(self) -> str:
        return f"{self.sign} {self.word}"

    @property
    def badge(self) -> str:
        return f":{self.colour}-badge[:material/{self.icon}: {self.word}]"


# worst first
LOOKS = {
    State.FAILED: Look("failed", "✕", "error", "red"),
    State.BROKEN_FOLDER: Look("broken folder", "✕", "folder_off", "red"),
    State.ROLLED_BACK: Look("rolled back", "↩", "undo", "red"),
    State.PENDING: Look("pending", "…", "pending", "red"),
    State.RUNNING: Look("running", "▸", "sync", "gray"),
    State.EXTRA: Look("not in the checkout", "+", "add_circle", "orange"),
    State.EDITED: Look("edited", "≠", "edit", "orange"),
    State.APPLIED: Look("applied", "✓", "check", "green"),
}
UNKNOWN = Look("not known", "?", "help", "gray")
IN_NAME_ONLY = Look("in name only", "✕", "report", "red")
NOT_THERE = Look("not there", "–", "remove", "gray")
CELLS = {
    **{state.value: look for state, look in LOOKS.items()},
    frames.FAKE: IN_NAME_ONLY,
    frames.NOT_KNOWN: UNKNOWN,
    frames.NOT_THERE: NOT_THERE,
}
FLAGS = {Flag.BY_HAND: "marked by hand", Flag.OUT_OF_ORDER: "out of order"}


# the findings that a state leads to; those of one migration name it
CODES = {
    State.FAILED: "failed",
    State.BROKEN_FOLDER: "broken-folder",
    State.ROLLED_BACK: "rolled-back-only",
    State.PENDING: "pending",
    State.RUNNING: "migration-running",
    State.EXTRA: "db-ahead",
    State.EDITED: "edited",
}
OF_ONE = ("failed", "rolled-back-only", "fake-applied")


def about(standing: Standing, health: EnvironmentHealth) -> tuple[Finding, ...]:
    """Pick the findings that tell what to do about one migration."""
    codes = {CODES.get(standing.state), frames.FAKE}
    return tuple(
        each
        for each in health.findings
        if each.code in codes
        and (each.code not in OF_ONE or words.short(standing.name) in each.summary)
    )


def cell_label(cell: str) -> str:
    """Word a cell of the matrix; what is only remembered stands in brackets."""
    text = CELLS[cell.removeprefix(frames.EARLIER)].text
    return f"({text})" if cell.startswith(frames.EARLIER) else text


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the expected migrations are applied; `expected` is None where nobody knows."""

    applied: int | None
    expected: int | None

    @property
    def words(self) -> str:
        if self.applied is None:
            return "not known"
        return f"{self.applied}" if self.expected is None else f"{self.applied}/{self.expected}"

    @property
    def badge(self) -> str:
        """Give a badge that is green only where all that is expected is there."""
        if self.applied is None or self.expected is None:
            return f":gray-badge[{self.words}]"
        return f":{'green' if self.applied == self.expected else 'red'}-badge[{self.words}]"


def progress(health: EnvironmentHealth) -> Progress:
    """Count; what the checkout does not have is neither applied of it nor expected."""
    view = health.ledger
    if view is None or view.unseen:
        return Progress(None, None)
    states = Counter(each.state for each in health.standings)
    expected = len(view.reference.scripts) if view.reference else None
    return Progress(sum(states[each] for each in GOOD), expected)

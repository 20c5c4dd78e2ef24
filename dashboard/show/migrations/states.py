"""How migrations look: each state is a word and a sign, and a ledger is so many of so many."""

from collections import Counter

from dashboard.diagnose import words
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.states import (
    TO_COME,
    Flag,
    MigrationState,
    MigrationStatus,
)
from dashboard.show import frames
from dashboard.show.shared.escaping import escaped
from queries.records import dataclass

GOOD = (MigrationState.APPLIED, MigrationState.EDITED)


@dataclass(frozen=True, slots=True)
class Badge:
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
BADGES = {
    MigrationState.FAILED: Badge("failed", "✕", "error", "red"),
    MigrationState.BROKEN_FOLDER: Badge("broken folder", "✕", "folder_off", "red"),
    MigrationState.ROLLED_BACK: Badge("rolled back", "↩", "undo", "red"),
    MigrationState.PENDING: Badge("pending", "…", "pending", "red"),
    MigrationState.RUNNING: Badge("running", "▸", "sync", "gray"),
    MigrationState.TYPESCRIPT: Badge("in TypeScript", "~", "code", "orange"),
    MigrationState.EXTRA: Badge("not in the folder", "+", "add_circle", "orange"),
    MigrationState.EDITED: Badge("edited", "≠", "edit", "orange"),
    MigrationState.OFF_PATH: Badge("not in force", "–", "alt_route", "gray"),
    MigrationState.SQUASHED: Badge("squashed", "✓", "compress", "green"),
    MigrationState.APPLIED: Badge("applied", "✓", "check", "green"),
}
UNKNOWN = Badge("unknown", "?", "help", "gray")
IN_NAME_ONLY = Badge("only in the ledger", "✕", "report", "red")
NOT_THERE = Badge("not applied", "–", "remove", "gray")
CELLS = {
    **{state.value: look for state, look in BADGES.items()},
    frames.FAKE: IN_NAME_ONLY,
    frames.NOT_KNOWN: UNKNOWN,
    frames.NOT_THERE: NOT_THERE,
}
FLAGS = {Flag.BY_HAND: "marked by hand", Flag.OUT_OF_ORDER: "out of order"}


# the findings that a state leads to; those of one migration name it
CODES = {
    MigrationState.FAILED: "failed",
    MigrationState.BROKEN_FOLDER: "broken-folder",
    MigrationState.ROLLED_BACK: "rolled-back-only",
    MigrationState.PENDING: "pending",
    MigrationState.RUNNING: "migration-running",
    MigrationState.EXTRA: "db-ahead",
    MigrationState.EDITED: "edited",
    MigrationState.TYPESCRIPT: "data-migration",
}
OF_ONE = ("failed", "rolled-back-only", "fake-applied")


def about(standing: MigrationStatus, health: EnvironmentHealth) -> tuple[Finding, ...]:
    """Pick the findings that tell what to do about one migration."""
    codes = {CODES.get(standing.state), frames.FAKE}
    if health.ledger and health.ledger.by_contract and standing.state in TO_COME:
        codes.add("pending")
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
    """How many of the expected migrations are applied; `expected` is None where nobody knows.

    `extra` are applied and not expected; of those `edited` the script is another one now.
    """

    applied: int | None
    expected: int | None
    extra: int = 0
    edited: int = 0

    @property
    def words(self) -> str:
        if self.applied is None:
            return "unknown"
        expected = "" if self.expected is None else f"/{self.expected}"
        return f"{self.applied}{expected}{f' +{self.extra}' if self.extra else ''}"

    @property
    def badge(self) -> str:
        """Give a badge that is green only where what is there is what is expected."""
        if self.applied is None or self.expected is None:
            return f":gray-badge[{self.words}]"
        well = "orange" if self.extra or self.edited else "green"
        return f":{well if self.applied == self.expected else 'red'}-badge[{escaped(self.words)}]"


def progress(health: EnvironmentHealth) -> Progress:
    """Count; what the folder does not have is extra: neither applied of it nor expected."""
    view = health.ledger
    if view is None or view.unknown:
        return Progress(None, None)
    states = Counter(each.state for each in health.migration_statuses)
    applied = sum(states[each] for each in GOOD)
    more = states[MigrationState.EXTRA], states[MigrationState.EDITED]
    if view.by_contract:
        to_come = sum(states[each] for each in TO_COME)
        return Progress(applied, applied + to_come if view.compared else None, *more)
    return Progress(applied, len(view.reference.scripts) if view.reference else None, *more)

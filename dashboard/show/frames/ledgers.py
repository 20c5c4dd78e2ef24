"""The state of every migration in every environment."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard.diagnose import words
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.states import WORST_FIRST, MigrationState, MigrationStatus

MANY = 8  # bars: of more the worst come first
NOT_THERE = "not-there"
NOT_KNOWN = "not-known"
EARLIER = "earlier "
FAKE = "fake-applied"
_WELL = tuple(
    each.value
    for each in (MigrationState.APPLIED, MigrationState.SQUASHED, MigrationState.OFF_PATH)
)
_NOT_WRONG = (*_WELL, *(f"{EARLIER}{each}" for each in _WELL), NOT_KNOWN)
_RANKS = {FAKE: 0, **{state.value: place for place, state in enumerate(WORST_FIRST)}}


def ledger(
    healths: Iterable[EnvironmentHealth], *, wrong_only: bool, worst_first: bool
) -> pd.DataFrame:
    """State of each migration (rows) in each environment (columns), the newest or worst first.

    A cell is the value of a State, FAKE, NOT_THERE or NOT_KNOWN; EARLIER stands before what an
    environment only said before it stopped answering.
    """
    columns = {each.environment.name: _states(each) for each in healths}
    names = sorted({name for states, _ in columns.values() for name in states}, reverse=True)
    frame = pd.DataFrame(
        {
            place: [states.get(name, otherwise) for name in names]
            for place, (states, otherwise) in columns.items()
        },
        index=pd.Index(names, name="migration", dtype="object"),
    )
    if wrong_only:
        frame = frame[~frame.isin(_NOT_WRONG).all(axis=1)]
    return (
        frame.loc[sorted(frame.index, key=lambda name: _rank(frame, name))]
        if worst_first
        else frame
    )


def shown(health: EnvironmentHealth) -> tuple[object, ...]:
    """Give what a column of it would show, to find those that are alike."""
    states, otherwise = _states(health)
    return frozenset(states.items()), otherwise


def _states(health: EnvironmentHealth) -> tuple[dict[str, str], str]:
    """Give an environment's states by name, and what it says of all other names."""
    earlier = health.earlier if health.facts is None else None
    mark, known = (EARLIER, earlier) if earlier else ("", health)
    readable = known.ledger is not None and not known.ledger.unknown
    unfounded = [each.summary for each in known.findings if each.code == FAKE]
    states = {each.name: f"{mark}{_state(each, unfounded)}" for each in known.migration_statuses}
    return states, f"{mark}{NOT_THERE}" if readable else NOT_KNOWN


def _state(standing: MigrationStatus, unfounded: Sequence[str]) -> str:
    """Tell what is applied by the ledger alone, as some findings say, from what is there."""
    named = any(words.short(standing.name) in summary for summary in unfounded)
    return FAKE if named else standing.state.value


def _rank(frame: pd.DataFrame, name: str) -> int:
    ranks = [_RANKS.get(str(cell).removeprefix(EARLIER), len(_RANKS)) for cell in frame.loc[name]]
    return min(ranks, default=len(_RANKS))


def _badness(health: EnvironmentHealth) -> tuple[int, int]:
    """Rank by the worst of its migrations, then by its role."""
    states = [WORST_FIRST.index(each.state) for each in health.migration_statuses]
    return min(states, default=len(WORST_FIRST)), health.environment.role.rank


def migrations_by_state(healths: Iterable[EnvironmentHealth]) -> pd.DataFrame:
    """Count migrations by state (columns, worst first) for each environment that answered.

    Those of many stand in the order of how grave it is, then of how important they are.
    """
    answered = [each for each in healths if each.ledger and not each.ledger.unknown]
    if len(answered) > MANY:
        answered.sort(key=_badness)
    counted = {
        each.environment.name: Counter(standing.state for standing in each.migration_statuses)
        for each in answered
    }
    columns = [state for state in WORST_FIRST if any(counts[state] for counts in counted.values())]
    return pd.DataFrame(
        [[counts[state] for state in columns] for counts in counted.values()],
        index=list(counted),
        columns=[state.value for state in columns],
    )

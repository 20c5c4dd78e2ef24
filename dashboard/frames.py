"""From readings and verdicts to data frames: what pages chart, list and download."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from dashboard.diagnosis.checkup import WORST_FIRST as WORST_SEVERITIES
from dashboard.diagnosis.checkup import Health
from dashboard.diagnosis.digest import Judged, Tally
from dashboard.diagnosis.evidence import Unavailable
from dashboard.diagnosis.finding import Severity
from dashboard.diagnosis.ledger.states import WORST_FIRST, State
from dashboard.diagnosis.orphans import KINDS, Kind, Orphans
from dashboard.diagnosis.report import SEVERITY_WORDS, STATE_WORDS
from dashboard.history import FindingCount, MeasuredValue, Window
from dashboard.snapshots import DAYS, Census, Reading, Snapshot

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def verdicts(judged: Sequence[Judged]) -> pd.DataFrame:
    """List the ids, the worst first: verdict, and where each was found."""
    worst_first = sorted(judged, key=lambda each: WORST_SEVERITIES.index(each[1].severity))
    return pd.DataFrame(
        {
            "ID": [evidence.id for evidence, _ in worst_first],
            "Severity": [SEVERITY_WORDS[verdict.severity] for _, verdict in worst_first],
            "Verdict": [verdict.code for _, verdict in worst_first],
            **{
                f"in {each.name}": [
                    STATE_WORDS[evidence.presence(each).state] for evidence, _ in worst_first
                ]
                for each in judged[0][0].answers
            },
            "Summary": [verdict.summary for _, verdict in worst_first],
        }
    )


def tallies(counted: Iterable[Tally]) -> pd.DataFrame:
    """Count ids per verdict, worst first."""
    columns = ["verdict", "severity", "ids"]
    records = [(each.code, SEVERITY_WORDS[each.severity], each.number) for each in counted]
    return pd.DataFrame(records, columns=columns)


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write it for a spreadsheet, in which no text of others may become a formula."""
    texts = frame.map(lambda cell: f"'{cell}" if _is_formula(cell) else cell)
    return texts.to_csv(index=False).encode("utf-8-sig")


def _is_formula(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA)


def per_day(
    snapshots: Iterable[Snapshot], census: Callable[[Reading], Census], today: date
) -> pd.DataFrame:
    """Count rows per day, one column per environment that said; its later days are not known."""
    days = pd.date_range(today - timedelta(days=DAYS - 1), today, freq="D", name="day")
    columns = {
        each.environment.name: _filled(census(each.reading), days, each.reading.at.date())
        for each in snapshots
        if each.reading and not isinstance(census(each.reading).per_day, Unavailable)
    }
    return pd.DataFrame(columns, index=days)


def per_week(census: Census, until: date) -> list[float]:
    """Count rows of each full week up to a day, oldest first; empty where that is not known."""
    if isinstance(census.per_day, Unavailable):
        return []
    weeks = DAYS // 7
    days = pd.date_range(until - timedelta(days=weeks * 7 - 1), until, freq="D")
    counted = _filled(census, days, until)
    return [float(counted.iloc[7 * week : 7 * week + 7].sum()) for week in range(weeks)]


NOT_THERE = "not-there"
NOT_KNOWN = "not-known"
EARLIER = "earlier "


def ledger(healths: Iterable[Health], *, wrong_only: bool, worst_first: bool) -> pd.DataFrame:
    """State of each migration (rows) in each environment (columns), the newest or worst first.

    A cell is the value of a State, NOT_THERE or NOT_KNOWN; EARLIER stands before what an
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


def _states(health: Health) -> tuple[dict[str, str], str]:
    """Give an environment's states by name, and what it says of all other names."""
    earlier = health.earlier if health.survey is None else None
    mark, known = (EARLIER, earlier) if earlier else ("", health)
    readable = known.ledger is not None and not known.ledger.forbidden
    states = {each.name: f"{mark}{each.state.value}" for each in known.standings}
    return states, f"{mark}{NOT_THERE}" if readable else NOT_KNOWN


def _rank(frame: pd.DataFrame, name: str) -> int:
    ranks = [_RANKS.get(str(cell).removeprefix(EARLIER), len(_RANKS)) for cell in frame.loc[name]]
    return min(ranks, default=len(_RANKS))


_NOT_WRONG = (State.APPLIED.value, f"{EARLIER}{State.APPLIED.value}", NOT_KNOWN)
_RANKS = {state.value: place for place, state in enumerate(WORST_FIRST)}


def migrations_by_state(healths: Iterable[Health]) -> pd.DataFrame:
    """Count migrations by state (columns, worst first) for each environment that answered."""
    answered = [each for each in healths if each.ledger and not each.ledger.forbidden]
    counted = {
        each.environment.name: Counter(standing.state for standing in each.standings)
        for each in answered
    }
    columns = [state for state in WORST_FIRST if any(counts[state] for counts in counted.values())]
    return pd.DataFrame(
        [[counts[state] for state in columns] for counts in counted.values()],
        index=list(counted),
        columns=[state.value for state in columns],
    )


UNANSWERED = "did not answer"


def findings_over_time(counts: Iterable[FindingCount]) -> pd.DataFrame:
    """Sum findings of all environments by severity (columns, worst first) for each moment.

    Environments that gave no answer are counted apart; a moment at which nobody looked has no row.
    """
    sums: dict[datetime, Counter[str]] = {}
    for each in counts:
        counted = sums.setdefault(each.at, Counter())
        if each.unavailable:
            counted[UNANSWERED] += 1
        elif each.severity and each.number:
            counted[each.severity] += each.number
    columns = [Severity.ERROR, Severity.UNKNOWN, Severity.WARNING]
    names = [*(each.value for each in columns), UNANSWERED]
    rows = [[sums[moment][name] for name in names] for moment in sorted(sums)]
    return pd.DataFrame(rows, index=pd.DatetimeIndex(sorted(sums), name="at"), columns=names)


AGES = ("today", "this week", "this month", "this quarter", "older", "not known")


def orphans_per_kind(orphans: Iterable[Orphans]) -> pd.DataFrame:
    """Count candidates: one row per kind that has any, one column per environment that said."""
    columns = {
        each.environment.name: {
            kind.title: each.of(kind).count.number for kind in KINDS if each.of(kind).applies
        }
        for each in orphans
    }
    frame = pd.DataFrame(columns, index=[kind.title for kind in KINDS], dtype="float")
    return frame[frame.gt(0).any(axis=1)]


def orphan_ages(orphans: Iterable[Orphans], kinds: Iterable[Kind]) -> pd.DataFrame:
    """Count candidates by age, one column per environment: those that were counted one by one."""
    wanted = tuple(kinds)
    columns = {each.environment.name: _ages(each, wanted) for each in orphans}
    return pd.DataFrame(columns, index=list(AGES))


def _ages(orphans: Orphans, kinds: Iterable[Kind]) -> list[int]:
    counted = [ages for kind in kinds if (ages := orphans.of(kind).count.ages)]
    return [
        sum(each.within_day for each in counted),
        sum(each.within_week for each in counted),
        sum(each.within_month for each in counted),
        sum(each.within_quarter for each in counted),
        sum(each.older for each in counted),
        sum(each.undated for each in counted),
    ]


def measured(values: Iterable[MeasuredValue], window: Window) -> pd.DataFrame:
    """Line up a measure by environment (columns); a bucket without a value is a gap."""
    width = pd.Timedelta(seconds=window.bucket_s)
    buckets = pd.date_range(window.since, window.until, freq=width).floor(width)
    columns: dict[str, dict[datetime, int]] = {}
    for each in values:
        columns.setdefault(each.environment, {})[each.at] = each.value
    series = {name: pd.Series(found, dtype="float64") for name, found in columns.items()}
    return pd.DataFrame({name: each.reindex(buckets) for name, each in series.items()}, buckets)


def _filled(census: Census, days: pd.DatetimeIndex, known_until: date) -> "pd.Series[float]":
    """Put a zero on every day without rows, as far as the days are known."""
    counts = () if isinstance(census.per_day, Unavailable) else census.per_day
    told = {pd.Timestamp(each.day.date()): float(each.rows) for each in counts}
    known = [day for day in days if day.date() <= known_until]
    return pd.Series([told.get(day, 0.0) for day in known], index=known).reindex(days)

"""What the history answers, row by row and against a model in plain Python."""

import contextlib
import dataclasses
import re
import sqlite3
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.state import (
    AnswerTime,
    Entry,
    FindingCount,
    FirstSeen,
    History,
    LastStatus,
    Measure,
    MeasuredValue,
    Noted,
    Reach,
    RecordedEnvironment,
    Store,
    Window,
    question,
)
from dashboard.state.question import HistoryQuestion
from dashboard.state.window import POINTS
from tests.state.conftest import MakeStore
from tests.state.entries import DAY, HOUR, LOCAL, MINUTE, NOW, STAGING, entry, filled

START = NOW.replace(minute=0, second=0) - 6 * HOUR
PENDING = Noted("pending", "warning")
MISSING = Noted("fk-missing", "error")
KNOWN = Noted("db-ahead", "warning", muted=True)
QUESTIONS = [each for each in vars(question).values() if isinstance(each, HistoryQuestion)]
FOLDER = Path(question.__file__).parent


def at(minutes: int) -> datetime:
    return START + minutes * MINUTE


def window(minutes: int = 40, bucket_s: int = 600) -> Window:
    return Window(START, at(minutes), bucket_s)


def test_findings_are_those_of_the_last_entry_of_a_bucket(store: Store) -> None:
    history = filled(
        store,
        [
            entry(at(1), MISSING, status="error"),
            entry(at(9), PENDING, PENDING, KNOWN, MISSING, status="error"),
            entry(at(12), KNOWN),
            entry(at(31), MISSING, status="error"),
            entry(at(32), MISSING, status="unknown", unavailable="timeout"),
        ],
    )
    assert history.findings(window(), [STAGING]) == (
        FindingCount(at(0), False, "error", 1),
        FindingCount(at(0), False, "warning", 2),
        FindingCount(at(10), False, None, 0),
        # from 20 to 30 nobody looked: no row
        FindingCount(at(30), True, None, 1),
    )


def test_findings_of_several_environments_are_counted_together(store: Store) -> None:
    history = filled(
        store,
        [
            entry(at(1), PENDING, MISSING, status="error"),
            entry(at(2), MISSING, place=LOCAL, status="error"),
            entry(at(11), unavailable="timeout"),
            entry(at(12), PENDING, place=LOCAL),
            entry(at(21)),
        ],
    )
    assert history.findings(window(), [STAGING, LOCAL]) == (
        FindingCount(at(0), False, "error", 2),
        FindingCount(at(0), False, "warning", 1),
        FindingCount(at(10), False, "warning", 1),
        FindingCount(at(10), True, None, 1),
        FindingCount(at(20), False, None, 0),
    )


def test_a_measure_is_the_last_that_was_taken_in_a_bucket(store: Store) -> None:
    def measured(minutes: int, value: int | None, precision: str = "exact") -> Entry:
        taken = () if value is None else (Measure("projects", value, precision),)
        return entry(at(minutes), measures=(*taken, Measure("deployments", 99, "exact")))

    history = filled(
        store,
        [
            measured(0, 1),
            measured(3, 2, "estimate"),
            measured(7, None),
            measured(10, 3),
            measured(25, None),
        ],
    )
    assert history.measured("projects", window(), [STAGING]) == (
        MeasuredValue("staging", at(0), 2, "estimate"),
        MeasuredValue("staging", at(10), 3, "exact"),
    )
    assert history.measured("nothing", window(), [STAGING]) == ()


def test_answer_times_are_of_answers_only(store: Store) -> None:
    history = filled(
        store,
        [
            *(entry(at(1), ms=ms) for ms in (9.0, 1.0, 4.0, 2.0)),
            *(entry(at(11), ms=ms) for ms in (7.0, 3.0, 900.0)),
            entry(at(12), ms=2000.0, unavailable="timeout"),
            entry(at(21), ms=None),
        ],
    )
    assert history.answer_times(window(), [STAGING]) == (
        AnswerTime("staging", at(0), 3.0, 9.0, 4),
        AnswerTime("staging", at(10), 7.0, 900.0, 3),
    )


def test_a_window_ends_before_its_end(store: Store) -> None:
    history = filled(store, [entry(at(minutes)) for minutes in (-1, 0, 5, 6)])
    (only,) = history.answer_times(window(6), [STAGING])
    assert only.answers == 2


def test_the_first_bucket_is_a_whole_one(store: Store) -> None:
    history = filled(store, [entry(at(1)), entry(at(9))])
    (only,) = history.answer_times(Window(at(5), at(40), 600), [STAGING])
    assert (only.at, only.answers) == (at(0), 2)


def test_the_history_of_a_name_is_that_of_its_address(store: Store) -> None:
    moved = RecordedEnvironment("staging", "new.internal:5432/app")
    history = filled(
        store, [entry(at(1), PENDING), entry(at(2), place=moved), entry(at(3), place=LOCAL)]
    )
    assert history.reach([moved]) == (Reach("staging", at(2), at(2)),)
    assert [row.number for row in history.findings(window(), [moved])] == [0]
    assert history.first_seen([moved]) == ()
    assert history.reach([STAGING, LOCAL, RecordedEnvironment("preview", "x")]) == (
        Reach("staging", at(1), at(1)),
        Reach("local", at(3), at(3)),
    )


@pytest.mark.parametrize(
    ("seen", "since", "or_earlier"),
    [
        ("x", 0, True),
        ("xx", 0, True),
        ("-x", 1, False),
        ("-xx", 1, False),
        ("x-xx", 2, False),
        ("?x", 1, True),
        ("x?x", 0, True),
        ("-x??x?", 1, False),
        ("-?xx", 2, False),
        ("x-", None, None),
        ("x-??", None, None),
        ("-X", 1, False),
    ],
)
def test_a_finding_is_there_since_it_was_last_not_there(
    store: Store, seen: str, since: int | None, or_earlier: bool | None
) -> None:
    """x: there, X: there, though it could not look, -: not there, ?: could not look."""
    history = filled(
        store,
        [
            entry(
                at(number),
                *([PENDING] if found in "xX" else []),
                MISSING,
                unavailable="timeout" if found in "?X" else None,
            )
            for number, found in enumerate(seen)
        ],
    )
    expected = (
        [] if since is None else [FirstSeen("staging", "pending", at(since), bool(or_earlier))]
    )
    assert [row for row in history.first_seen([STAGING]) if row.code == "pending"] == expected


def test_what_was_found_until_a_moment(store: Store) -> None:
    history = filled(
        store,
        [
            entry(at(1), PENDING),
            entry(at(2), MISSING, KNOWN),
            entry(at(3), MISSING, unavailable="timeout"),
            entry(at(5)),
            entry(at(6), PENDING),
        ],
    )

    def then(minutes: int) -> list[tuple[bool, str | None, bool]]:
        found = history.found_then(at(minutes), [STAGING, LOCAL])
        return [(each.looked, each.code, each.muted) for each in found]

    looked = [(True, "db-ahead", True), (True, "fk-missing", False)]
    assert then(0) == []
    assert then(1) == [(True, "pending", False)]
    assert then(2) == looked
    assert then(4) == [(False, "fk-missing", False), *looked]
    assert then(5) == [(True, None, False)]
    assert then(9) == [(True, "pending", False)]
    (kept,) = history.found_then(at(1), [STAGING])
    assert (kept.environment, kept.severity, kept.looked) == ("staging", "warning", True)


def test_the_last_time_of_each_status(store: Store) -> None:
    statuses = ("ok", "error", "ok", "error", "error", "unknown")
    history = filled(store, [entry(at(n), status=status) for n, status in enumerate(statuses)])
    assert history.last_statuses([STAGING]) == (
        LastStatus("staging", "unknown", at(5)),
        LastStatus("staging", "error", at(4)),
        LastStatus("staging", "ok", at(2)),
    )


# the same answers, worked out in Python from the list of entries

places = st.sampled_from([STAGING, LOCAL])
noted = st.builds(
    Noted,
    st.sampled_from(["pending", "fk-missing"]),
    st.sampled_from(["warning", "error"]),
    st.booleans(),
)
measure = st.builds(
    Measure, st.just("projects"), st.integers(0, 9), st.sampled_from(["exact", "estimate"])
)
entries = st.builds(
    lambda minutes, found, place, status, unavailable, measured: entry(
        at(minutes),
        *found,
        place=place,
        status=status,
        unavailable=unavailable,
        measures=measured,
        ms=minutes % 7,
    ),
    st.integers(0, 300),
    st.lists(noted, max_size=3),
    places,
    st.sampled_from(["ok", "error"]),
    st.sampled_from([None, None, "timeout"]),
    st.one_of(st.just(()), st.tuples(measure)),
)
histories = st.lists(entries, max_size=25, unique_by=lambda each: (each.at, each.environment)).map(
    lambda drawn: sorted(drawn, key=lambda each: each.at)
)
windows = st.builds(
    lambda first, length, bucket: Window(at(first), at(first + length), bucket),
    st.integers(-10, 200),
    st.integers(1, 200),
    st.sampled_from([60, 300, 3600]),
)


def buckets(
    kept: Sequence[Entry], shown: Window, wanted: Callable[[Entry], bool]
) -> Iterator[tuple[datetime, list[Entry]]]:
    width = timedelta(seconds=shown.bucket_s)
    start = shown.since - (shown.since - datetime(1970, 1, 1, tzinfo=shown.since.tzinfo)) % width
    while start < shown.until:
        end = min(start + width, shown.until)
        if found := [each for each in kept if start <= each.at < end and wanted(each)]:
            yield start, found
        start += width


def counted(start: datetime, last: Iterable[Entry]) -> list[FindingCount]:
    """Count those of the last entry of each environment."""
    rows: Counter[tuple[bool, str | None]] = Counter()
    for each in last:
        if each.unavailable:
            rows[True, None] += 1
            continue
        shown = [found.severity for found in each.findings if not found.muted]
        rows.update((False, severity) for severity in shown)
        if not shown:
            rows[False, None] += 0
    ordered = sorted(rows.items(), key=lambda row: (row[0][0], row[0][1] or ""))
    return [FindingCount(start, *of, number) for of, number in ordered]


def first_seen(kept: Sequence[Entry]) -> Iterator[FirstSeen]:
    for code in sorted({each.code for one in kept for each in one.findings}):
        there = {one: code in {each.code for each in one.findings} for one in kept}
        told = [one for one in kept if there[one] or not one.unavailable]
        without = [number for number, one in enumerate(told) if not there[one]]
        since = without[-1] + 1 if without else 0
        if since < len(told):
            yield FirstSeen(told[since].environment, code, told[since].at, not without)


ANEW = [HealthCheck.function_scoped_fixture]  # every example begins with an empty store


@settings(deadline=None, max_examples=60, suppress_health_check=ANEW)  # the machine may be busy
@given(kept=histories, shown=windows)
def test_every_answer_is_that_of_the_model(
    make_store: MakeStore, kept: list[Entry], shown: Window
) -> None:
    here = [each for each in kept if each.environment == STAGING.environment]
    history = filled(make_store(), kept)
    assert list(history.findings(shown, [STAGING, LOCAL])) == [
        row
        for start, found in buckets(kept, shown, bool)
        for row in counted(start, {each.environment: each for each in found}.values())
    ]
    assert list(history.measured("projects", shown, [STAGING])) == [
        MeasuredValue("staging", start, taken.value, taken.precision)
        for start, found in buckets(here, shown, lambda each: bool(each.measures))
        for taken in found[-1].measures
    ]
    assert list(history.answer_times(shown, [STAGING])) == [
        AnswerTime("staging", start, statistics.median(times), max(times), len(times))
        for start, found in buckets(here, shown, lambda each: not each.unavailable)
        for times in [[each.ms or 0.0 for each in found]]
    ]
    assert list(history.first_seen([STAGING])) == list(first_seen(here))
    assert {row.status: row.at for row in history.last_statuses([STAGING])} == {
        each.status: each.at for each in here
    }
    assert [(row.since, row.until) for row in history.reach([STAGING])] == (
        [(here[0].at, here[-1].at)] if here else []
    )


@pytest.mark.parametrize("days", [0.01, 0.5, 1, 2, 7, 30, 90, 3650])
@pytest.mark.parametrize("bucket_s", [1, 60, 600, 3600, 86400])
def test_buckets_are_a_few_hundred_at_most(days: float, bucket_s: int) -> None:
    shown = Window(NOW - days * DAY, NOW, bucket_s).fitted(NOW)
    values = shown.values
    assert POINTS <= 500
    assert (values["until"] - values["since"]) / values["width"] <= POINTS + 1
    assert shown.bucket_s % bucket_s == 0
    assert shown.bucket_s >= (3600 if days > 2 else 1)
    assert shown.fitted(NOW) == shown


def test_buckets_that_fit_are_left_as_they_are() -> None:
    for shown in (Window(NOW - DAY, NOW, 600), Window(NOW - 90 * DAY, NOW, 86400)):
        assert shown.fitted(NOW) == shown


def test_thinned_entries_leave_no_gaps(store: Store) -> None:
    """What remains of two old hours fills both, however narrow the buckets that were asked for."""
    old = NOW.replace(minute=0, second=0) - 5 * DAY
    history = filled(store, [entry(old + minutes * MINUTE) for minutes in range(0, 120, 5)])
    assert history.append(entry())
    shown = history.findings(Window(old, old + 2 * HOUR, 300), [STAGING])
    assert [row.at for row in shown] == [old, old + HOUR]


def test_a_long_window_has_few_points(store: Store) -> None:
    history = filled(store, [entry(NOW - number * HOUR) for number in range(90 * 24)])
    ninety = Window(NOW - 90 * DAY, NOW, 60)
    for rows in (history.findings(ninety, [STAGING]), history.answer_times(ninety, [STAGING])):
        assert POINTS / 2 < len(rows) <= POINTS + 1


def test_a_bucket_lasts() -> None:
    with pytest.raises(ValueError, match="a second or more"):
        window(bucket_s=0)


def header(text: str) -> list[str]:
    return re.findall(r"^-- (Params|Returns|Cost):", text, re.MULTILINE)


def test_every_file_is_a_question() -> None:
    others = {"schema", "spent"}
    assert {each.name for each in QUESTIONS} | others == {
        each.stem for each in FOLDER.glob("*.sql")
    }


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda each: each.name)
def test_a_question_states_and_keeps_its_contract(
    tmp_path: Path, asked: HistoryQuestion[object]
) -> None:
    assert header(asked.text) == ["Params", "Returns", "Cost"]
    assert f"rows.{asked.row.__name__}" in asked.text
    named = set(re.findall(r":(\w+)", asked.text))
    path = tmp_path / "history.sqlite"
    History.open(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        bound = dict.fromkeys(named, 1)
        columns = [name for name, *_ in connection.execute(asked.text, bound).description]
        plan = [row[3] for row in connection.execute(f"explain query plan {asked.text}", bound)]
    fields = [each.name for each in dataclasses.fields(asked.row)]  # type: ignore[arg-type]
    assert columns == fields
    assert any(re.match("SEARCH (TABLE )?entry ", step) for step in plan)
    assert not [step for step in plan if re.match("SCAN (TABLE )?(entry|measure)", step)]

"""Snapshots as data frames: every day is there, and unknown days are not zeros."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from dashboard.background.row_counts import DAYS, Precision, RowCount
from dashboard.background.snapshots import Snapshot
from dashboard.collect.result import LastResult
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.health.report import EnvironmentHealth
from dashboard.diagnose.migrations.states import MigrationState
from dashboard.environments import Environment, Role
from dashboard.show import charts, frames
from dashboard.state import AnswerTime, FindingCount, Window
from queries.rows import DayCount
from tests.diagnose.builders import DOWN
from tests.diagnose.migrations.ledgers import A, B, C, folder, row, view
from tests.diagnose.reports import health, inspected, silent

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SLOW = Unavailable(Kind.SLOW, "a query timed out")


def counted(*days: tuple[int, int]) -> RowCount:
    """Count (days ago, rows)."""
    midnight = NOON.replace(hour=0)
    per_day = tuple(DayCount(midnight - timedelta(days=ago), rows) for ago, rows in days)
    return RowCount(sum(each.rows for each in per_day), Precision.EXACT, per_day)


def snapshot(name: str, projects: RowCount, at: datetime = NOON) -> LastResult[Snapshot]:
    environment = Environment(name, Role.STAGING)
    return LastResult(environment, Snapshot(at, inspected(environment), (), projects, counted()))


def per_day(*results: LastResult[Snapshot]) -> dict[str, list[float]]:
    frame = frames.per_day(results, lambda each: each.projects, TODAY)
    assert len(frame) == DAYS
    return {name: frame[name].tolist() for name in frame.columns}


def test_days_without_rows_are_zero() -> None:
    rows = per_day(snapshot("staging", counted((0, 3), (2, 5))))["staging"]
    assert rows[-3:] == [5.0, 0.0, 3.0]
    assert sum(rows) == 8.0


def test_days_older_than_the_chart_are_left_out() -> None:
    assert sum(per_day(snapshot("staging", counted((DAYS, 7), (0, 1))))["staging"]) == 1.0


def test_a_row_made_at_infinity_is_of_no_day() -> None:
    endless = RowCount(2, Precision.EXACT, (DayCount(None, 1), *counted((0, 1)).per_day))
    assert sum(per_day(snapshot("staging", endless))["staging"]) == 1.0
    assert sum(frames.per_week(endless, TODAY)) == 1.0


def test_days_after_the_last_snapshot_are_not_known() -> None:
    stale = snapshot("staging", counted((2, 5)), NOON - timedelta(days=2))
    frame = frames.per_day([stale], lambda each: each.projects, TODAY)
    assert frame["staging"].isna().tolist()[-3:] == [False, True, True]


def test_an_environment_that_could_not_say_has_no_column() -> None:
    slow = snapshot("staging", RowCount(10, Precision.ESTIMATE, SLOW, SLOW))
    never: LastResult[Snapshot] = LastResult(Environment("preview", Role.PREVIEW))
    assert list(per_day(slow, never, snapshot("local", counted()))) == ["local"]


def test_a_bucket_without_an_answer_is_a_gap() -> None:
    window = Window(NOON, NOON + timedelta(minutes=30), 600)
    times = [AnswerTime("staging", NOON + timedelta(minutes=10), 4.5, 9.0, 2)]
    frame = frames.answer_times(times, window)
    assert frame["staging"].isna().tolist() == [True, False, True, True]
    assert frame["staging"].iloc[1] == 4.5


def test_weeks_end_on_the_given_day() -> None:
    weeks = frames.per_week(counted((0, 1), (6, 2), (7, 4)), TODAY)
    assert len(weeks) == DAYS // 7
    assert weeks[-2:] == (4.0, 3.0)


def test_weeks_of_an_unknown_count_are_none() -> None:
    assert frames.per_week(RowCount(None, Precision.UNKNOWN, SLOW, SLOW), TODAY) == ()


def test_a_chart_is_drawn_once_for_the_same_and_anew_for_another() -> None:
    def drawn(rows: int, colour: str) -> object:
        frame = frames.per_day(
            [snapshot("a", counted((0, rows)))], lambda each: each.projects, TODAY
        )
        return charts.rows_per_day(frame, {"a": colour})

    assert drawn(1, "#123456") is drawn(1, "#123456")
    assert len({id(drawn(*each)) for each in ((1, "#123456"), (2, "#123456"), (1, "#654321"))}) == 3


def test_a_chart_has_one_bar_trace_per_environment_in_its_own_colour() -> None:
    frame = frames.per_day(
        [snapshot("local", counted((0, 1))), snapshot("staging", counted((1, 2)))],
        lambda each: each.projects,
        TODAY,
    )
    colour_of = charts.colours(["local", "staging"], ["production", "staging", "local"])
    figure = charts.rows_per_day(frame, colour_of)
    assert [(each.type, each.name) for each in figure.data] == [
        ("bar", "local"),
        ("bar", "staging"),
    ]
    assert [each.marker.color for each in figure.data] == [colour_of["local"], colour_of["staging"]]


def test_an_environment_keeps_its_colour_when_another_one_is_missing() -> None:
    colour_of = charts.colours(["staging"], ["staging", "local"])
    alone = frames.per_day([snapshot("staging", counted())], lambda each: each.projects, TODAY)
    assert charts.rows_per_day(alone, colour_of).data[0].marker.color == colour_of["staging"]


def test_a_chart_of_nothing_can_be_drawn() -> None:
    assert not charts.rows_per_day(frames.per_day([], lambda each: each.projects, TODAY), {}).data


def counts(number: int) -> pd.DataFrame:
    return pd.DataFrame({f"e{place}": [place, None] for place in range(number)}, dtype="float")


def test_few_environments_are_all_drawn_the_important_ones_first() -> None:
    names = [f"e{place}" for place in reversed(range(6))]
    assert list(frames.few(counts(6), names).columns) == names


def test_of_many_the_first_five_are_drawn_and_the_others_together() -> None:
    names = [f"e{place}" for place in range(40)]
    frame = frames.few(counts(40), names)
    assert list(frames.few(counts(40), tuple(names)).columns) == list(frame.columns)
    assert list(frame.columns) == [*names[:5], "others (35)"]
    assert frame["others (35)"].iloc[0] == sum(range(5, 40))
    assert frame["others (35)"].isna().iloc[1], "where none of them said anything there is a gap"
    assert list(frames.few(counts(40)[names[1:]], names).columns) == [*names[1:5], "others (35)"]
    assert frames.few(counts(40), names, "max")["slowest of others (35)"].iloc[0] == 39


def test_production_is_the_first_of_a_chart() -> None:
    places = [
        Environment(role.value, role)
        for role in (Role.PREVIEW, Role.DEVELOPMENT, Role.STAGING, Role.PRODUCTION)
    ]
    assert frames.ranked(places) == ["production", "staging", "development", "preview"]


def states(
    *healths: EnvironmentHealth, wrong: bool = False, worst: bool = False
) -> dict[str, list[str]]:
    """Read the matrix as its rows: the migration, then a cell for each environment."""
    frame = frames.ledger(healths, wrong_only=wrong, worst_first=worst)
    return {str(name): [str(cell) for cell in cells] for name, *cells in frame.itertuples()}


HERE = health("staging", view(row(A), row(B), reference=folder(A, B, C)))
AHEAD = health("local", view(row(A), row("20261001000000_feature"), reference=folder(A)))


def test_a_matrix_has_a_cell_for_each_migration_and_environment_the_newest_first() -> None:
    assert states(HERE, AHEAD) == {
        "20261001000000_feature": ["not-there", "extra"],
        C: ["pending", "not-there"],
        B: ["applied", "not-there"],
        A: ["applied", "applied"],
    }


def test_the_worst_can_come_first_and_the_good_be_left_out() -> None:
    assert list(states(HERE, AHEAD, worst=True)) == [C, "20261001000000_feature", B, A]
    assert A not in states(HERE, AHEAD, wrong=True)


def test_what_was_not_read_is_not_known_and_is_nothing_wrong_by_itself() -> None:
    forbidden = health("closed", view(readable=False, rows=None))
    assert states(HERE, forbidden, silent("down", DOWN))[A] == ["applied", "not-known", "not-known"]
    assert A not in states(HERE, silent("down", DOWN), wrong=True)


def test_what_an_environment_said_earlier_is_marked() -> None:
    before = health("staging", HERE.ledger)
    cells = states(silent("staging", DOWN, earlier=before))
    assert cells == {C: ["earlier pending"], B: ["earlier applied"], A: ["earlier applied"]}


def test_what_is_applied_in_name_only_is_wrong() -> None:
    summary = f"{A} is applied in staging by its ledger, but the database has nothing of it."
    fake = Finding("fake-applied", Severity.ERROR, summary, environment="staging")
    cells = states(replace(HERE, findings=(fake,)), wrong=True, worst=True)
    assert cells == {A: ["fake-applied"], C: ["pending"]}


def test_migrations_are_counted_by_state_where_the_ledger_was_read() -> None:
    frame = frames.migrations_by_state([HERE, AHEAD, silent("down", DOWN)])
    assert list(frame.index) == ["staging", "local"]
    assert list(frame.columns) == ["pending", "extra", "applied"]
    assert frame.to_numpy().tolist() == [[1, 0, 2], [0, 1, 1]]
    figure = charts.migrations_by_state(frame)
    assert [each.name for each in figure.data] == ["pending", "extra", "applied"]


def test_every_state_has_a_colour() -> None:
    assert set(charts.STATE_COLOURS) == {state.value for state in MigrationState}


def noted(
    minutes: int, severity: str | None, number: int, *, unavailable: bool = False
) -> FindingCount:
    return FindingCount(NOON + timedelta(minutes=minutes), unavailable, severity, number)


def test_findings_are_summed_by_moment_and_severity() -> None:
    frame = frames.findings_over_time(
        [
            noted(0, None, 0),
            noted(15, None, 0), noted(15, "error", 3), noted(15, "warning", 1),
            noted(15, None, 1, unavailable=True),
        ]
    )  # fmt: skip
    assert frame.loc[pd.Timestamp(NOON)].tolist() == [0, 0, 0, 0]
    later = frame.loc[pd.Timestamp(NOON + timedelta(minutes=15))]
    assert later.to_dict() == {"error": 3, "unknown": 0, "warning": 1, "did not answer": 1}


def test_a_moment_at_which_nobody_looked_is_left_out_and_a_quiet_one_is_marked() -> None:
    window = Window(NOON, NOON + timedelta(hours=1), 900)
    frame = frames.findings_over_time([noted(0, None, 0), noted(45, "error", 1)])
    figure = charts.findings_over_time(frame, window)
    assert len(frame) == 2
    (quiet,) = (each for each in figure.data if each.name == "Nothing found")
    assert len(quiet.x) == 1
    assert charts.findings_over_time(frames.findings_over_time([]), window).data

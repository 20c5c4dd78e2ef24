"""Statement by statement: which locks are taken, what is rewritten, and what that foretells."""

from collections.abc import Sequence

import pytest

from dashboard.diagnose.migrations.schema.forecast import Lock, forecast
from dashboard.diagnose.migrations.schema.image import SchemaImage
from dashboard.diagnose.migrations.schema.presence import Presence, lasting, present, traces
from dashboard.diagnose.migrations.schema.rehearsed import CannotRehearse
from dashboard.rehearsal import steps
from dashboard.rehearsal.client import Rehearsals, Tried

BASE = """
create table team (id int primary key, name text, size int);
create table job (id int primary key, team int, done boolean);
create index job_team on job (team);
"""
EXCLUSIVE = "AccessExclusiveLock"
# a script → what is foretold: table, mode, what stops, work
FORETOLD: dict[str, list[tuple[str, str, tuple[str, ...]]]] = {
    "alter table team add column x int": [("team", EXCLUSIVE, ())],
    "alter table team alter size type bigint": [
        ("team", EXCLUSIVE, ("rewrites the table", "rebuilds index team_pkey")),
    ],
    "alter table team alter name type varchar": [("team", EXCLUSIVE, ())],
    "alter table team alter name set not null": [
        ("team", EXCLUSIVE, ("checks every row for NULL in name",)),
    ],
    "create index team_name on team (name)": [
        ("team", "ShareLock", ("builds index team_name",)),
    ],
    "create index concurrently team_name on team (name)": [
        ("team", "ShareUpdateExclusiveLock", ("builds index team_name",)),
    ],
    "alter table job add constraint job_fk foreign key (team) references team": [
        ("job", "ShareRowExclusiveLock", ("checks every row for job_fk",)),
        ("team", "ShareRowExclusiveLock", ()),
    ],
    "alter table job add constraint job_fk foreign key (team) references team not valid": [
        ("job", "ShareRowExclusiveLock", ()),
        ("team", "ShareRowExclusiveLock", ()),
    ],
    "create table more (id int)": [],
    "update team set name = 'x'": [],
    "drop table job": [("job", EXCLUSIVE, ())],
    "vacuum team": [],
}


@pytest.fixture(scope="module")
def image(rehearsals: Rehearsals) -> SchemaImage:
    told = rehearsals.replay("public", (("1_base", BASE),))
    assert not isinstance(told, CannotRehearse)
    return told.image


def tried(rehearsals: Rehearsals, image: SchemaImage, *scripts: str) -> tuple[Tried, ...]:
    numbered = tuple((f"{place}_script", each) for place, each in enumerate(scripts, start=2))
    told = rehearsals.rehearse("public", image, numbered)
    assert not isinstance(told, CannotRehearse), told
    return told


def summary(locks: Sequence[Lock]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.table[1], each.mode, each.work) for each in locks]


@pytest.mark.parametrize("script", FORETOLD)
def test_locks_and_work(rehearsals: Rehearsals, image: SchemaImage, script: str) -> None:
    (told,) = tried(rehearsals, image, script)
    assert told.outcome.failure is None
    assert summary(forecast(told.steps, image)) == FORETOLD[script]


def test_the_strongest_counts_from_where_it_is_taken(
    rehearsals: Rehearsals, image: SchemaImage
) -> None:
    script = "create index i on job (done); select 1; alter table job add y int;"
    (told,) = tried(rehearsals, image, script)
    (lock,) = forecast(told.steps, image)
    assert (lock.mode, lock.since, lock.statements) == (EXCLUSIVE, 3, 3)
    assert "ACCESS EXCLUSIVE on job" in lock.sentence
    assert "stops reads and writes; builds index i" in lock.sentence


def test_a_script_behind_another_one(rehearsals: Rehearsals, image: SchemaImage) -> None:
    first, second = tried(
        rehearsals, image, "create table more (id int); ", "alter table more add x int"
    )
    assert ("relation", "public", "more") in first.steps[-1].after.objects
    assert summary(forecast(second.steps, image)) == [("more", EXCLUSIVE, ())]


def test_what_collides_is_said_by_postgresql(rehearsals: Rehearsals, image: SchemaImage) -> None:
    (told,) = tried(rehearsals, image, "alter table team add name text", "create table x ()")
    assert told.outcome.failure
    assert told.outcome.failure[0] == "42701"


def test_transactions_of_its_own(rehearsals: Rehearsals, image: SchemaImage) -> None:
    script = "begin; set transaction isolation level serializable; create table a (); commit;"
    (told,) = tried(rehearsals, image, script)
    assert told.outcome.failure is None
    assert [each.commits for each in told.steps] == [False, False, False, True]


def test_statements_are_cut_by_bytes() -> None:
    script = "comment on table a is 'ä€😀'; select 2 -- ü\n; select 3"
    assert [each.text for each in steps.statements(script)] == [
        "comment on table a is 'ä€😀'", "select 2 -- ü", "select 3",
    ]  # fmt: skip
    assert [each.kind for each in steps.statements("create tabel x")] == [steps.UNPARSED]
    assert steps.statements("-- nothing") == []


@pytest.fixture(scope="module")
def made(rehearsals: Rehearsals) -> Tried:
    script = "alter table team add x int not null default 0; create index team_x on team (x);"
    told = rehearsals.trace("public", (("1_base", BASE),), (("2_x", script),))
    assert not isinstance(told, CannotRehearse)
    return told[0]


class TestPresence:
    def live(self, rehearsals: Rehearsals, more: str) -> SchemaImage:
        told = rehearsals.replay("public", (("1_base", BASE), ("2_live", more)))
        assert not isinstance(told, CannotRehearse)
        return told.image

    @pytest.mark.parametrize(
        ("there", "presence"),
        [
            ("", Presence.NONE),
            ("alter table team add x int not null default 0;", Presence.PART),
            ("alter table team add x bigint; create index team_x on team (x);", Presence.PART),
            (
                "alter table team add x int not null default 0; create index team_x on team (x);",
                Presence.WHOLE,
            ),
        ],
    )
    def test_how_much_is_there(
        self, rehearsals: Rehearsals, made: Tried, there: str, presence: Presence
    ) -> None:
        found = present(tuple(traces(made.before, made.after)), self.live(rehearsals, there))
        assert found.presence is presence, found

    def test_what_a_later_one_changed_is_no_trace(self, made: Tried) -> None:
        assert lasting(tuple(traces(made.before, made.after)), made.before) == ()

    def test_rows_leave_no_trace(self, rehearsals: Rehearsals) -> None:
        told = rehearsals.trace("public", (("1_base", BASE),), (("2_x", "delete from team"),))
        assert not isinstance(told, CannotRehearse)
        found = present(tuple(traces(told[0].before, told[0].after)), told[0].after)
        assert found.presence is Presence.NO_TRACE

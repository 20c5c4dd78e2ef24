"""What is measured is the real thing: filled databases, every exchange, the rivals' rows."""

import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from dashboard.collect.collector import Collector
from dashboard.diagnose.paste import read
from tests.asking import configured
from tests.benchmarks import filling, rivals
from tests.benchmarks.asking import asking, look_up_with
from tests.benchmarks.bulk import identifiers
from tests.benchmarks.recording import recorded
from tests.benchmarks.stage import TARGET
from tests.benchmarks.viewers import Plan, Viewers, Visit
from tests.conftest import MakeDatabase
from tests.faults.server import until

ROWS = 1_000
PIPE = 2**16  # bytes that it holds while nobody reads


def test_filled_databases_are_looked_up_in(make_database: MakeDatabase, tmp_path: Path) -> None:
    database = make_database()
    filling.fill(database.connection, ROWS)
    assert database.execute('select count(*) from "Project"') == [(ROWS,)]
    assert database.execute("select count(*) from deployments") == [(ROWS * 7 // 10,)]
    found = filling.project(345)
    with asking(configured(tmp_path, {TARGET: database.reader_url})) as look_up:
        assert found in look_up(found).verdict.summary
        assert found in look_up(filling.slipped(found)).verdict.suggestions
        assert look_up(filling.ABSENT).verdict.suggestions == ()
    there = database.execute(
        'select count(*) from "Project" where id = any(%s)', identifiers(ROWS, 100)
    )
    assert there == [(50,)]


def test_every_exchange_is_noted(make_database: MakeDatabase, tmp_path: Path) -> None:
    settings = configured(tmp_path, {TARGET: make_database().reader_url})
    with contextlib.closing(Collector(settings)) as collector, recorded() as seen:
        look_up_with(collector)(filling.ABSENT)
        before = len(seen)
        list(collector.look_up(read(filling.ABSENT)))
    assert before
    assert len(seen) > before
    assert {each.environment for each in seen} == {TARGET}
    assert all(each.statements for each in seen)


def test_rivals_ask_for_the_same_row(make_database: MakeDatabase) -> None:
    database = make_database()
    filling.fill(database.connection, ROWS)
    urls = {TARGET: database.reader_url}
    with rivals.bare(urls) as bare, rivals.naive_streamlit(urls) as naive:
        for ask in (bare.all, naive, rivals.manual(urls)[1]):
            ask(filling.project(1))  # raises where it cannot
        bare.all_of(identifiers(ROWS, 10))


def test_viewers_go_however_much_they_have_to_tell() -> None:
    """Nobody reads what they say before they are gone."""
    viewers = Viewers(Plan("http://127.0.0.1:1", (Visit(),), sessions=4_000, seconds=0))
    until(lambda: not viewers.looking)
    failed = viewers.seen().failed
    assert len(failed) == 4_000
    assert len(json.dumps(failed)) > PIPE


def test_viewers_are_told_what_to_do_in_one_argument() -> None:
    plan = Plan("http://localhost:1", (Visit(), Visit("lookup", "id=a")), 3, 1.5)
    assert Plan.parse(json.dumps(asdict(plan))) == plan

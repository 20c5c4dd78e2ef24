"""Several processes with one state database; here each is what one process serves."""

import io
import itertools
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard import serving
from dashboard.access import chain
from dashboard.access.audit import Audit
from dashboard.access.masking import HiddenName
from dashboard.access.viewer import OPERATOR, Viewer
from dashboard.background import periodic_task, sharing
from dashboard.background import snapshots as snapshotting
from dashboard.background.codec import CodecError, decode, encode
from dashboard.background.kept_lists import KeptLists
from dashboard.background.snapshots import Snapshot
from dashboard.collect.health.inspection import Inspector, context_of
from dashboard.collect.health.sampled import within_reach
from dashboard.demo.databases import drop_database
from dashboard.demo.seed import connect_urls
from dashboard.diagnose.facts import EnvironmentFacts, Kind, Sample, Shared, Unavailable
from dashboard.diagnose.health.kinship import Kinship
from dashboard.environments import Environment, Role
from dashboard.postgres.cluster import Cluster
from dashboard.serving import Serving
from dashboard.settings import load
from dashboard.settings.grants import Grant, Level
from dashboard.state import database, leases
from tests.asking import collecting, configured
from tests.conftest import MakeDatabase
from tests.diagnose.builders import project
from tests.faults.server import until
from tests.servers import per_worker

PATIENCE_S = 60
NAMES = ("one", "two", "three", "four", "five", "six")


@pytest.fixture
def state(cluster: Cluster) -> Iterator[str]:
    name = per_worker("shared_state")
    with psycopg.connect(cluster.url(cluster.superuser), autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)".encode())
        connection.execute(f"create database {name}".encode())
    yield cluster.url(name)
    drop_database(cluster, name)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "EVERY_S", 0.1)
    monkeypatch.setattr(sharing, "RENEW_S", 0.2)
    monkeypatch.setattr(sharing, "REST_S", 0.3)
    monkeypatch.setattr(database, "PAUSE_S", 0.2)
    monkeypatch.setattr(leases, "HELD_S", 2.0)
    monkeypatch.setattr(snapshotting, "EVERY_S", 2.0)
    monkeypatch.setattr(snapshotting, "FIRST_PAUSE_S", 2.0)
    monkeypatch.setattr(snapshotting, "APART_S", 0.0)


@dataclass
class Process:
    """What one process serves, and when it asked whom."""

    served: Serving
    asked: list[tuple[str, float]] = field(default_factory=list)

    def start(self) -> None:
        inspect = self.served.snapshots._inspector.inspect

        def counted(environments: list[Environment], *more: Any) -> Any:
            self.asked += [(each.name, time.monotonic()) for each in environments]
            return inspect(environments, *more)

        self.served.snapshots._inspector.inspect = counted  # type: ignore[method-assign,assignment]
        assert self.served.sharing
        self.served.sharing.start()
        self.served.clock.start()

    @property
    def mine(self) -> set[str]:
        assert self.served.sharing
        every = self.served.settings.environments
        return {each.name for each in every if self.served.sharing.is_mine(each)}

    def connected(self) -> set[str]:
        pools = self.served.collector.fleet._connections._pools
        return {name for name, pool in pools.items() if pool.idle or pool.in_use}

    def seen(self) -> set[str]:
        return {each.environment.name for each in self.served.snapshots if each.value}

    def die(self) -> None:
        """End without a word, as after kill -9."""
        assert self.served.sharing
        self.served.sharing._save = lambda: None  # type: ignore[method-assign]
        self.served.sharing._leases.give_up = lambda _places: None  # type: ignore[method-assign]
        self.served.sharing.close()
        self.served.clock.close()


MakeProcess = Callable[[], Process]


@pytest.fixture
def process(tmp_path: Path, state: str, make_database: MakeDatabase) -> Iterator[MakeProcess]:
    urls = {name: make_database().url for name in NAMES}
    tables = [f"[connections.{name}]\nurl = {json.dumps(url)}\n" for name, url in urls.items()]
    path = tmp_path / "dashboard.toml"
    more = f"[rehearsal]\nenabled = false\n[state]\nurl = {json.dumps(state)}\n"
    path.write_text("".join(tables) + more)
    made: list[Process] = []

    def make() -> Process:
        made.append(Process(serving._served(load(path, environ={}), KeptLists())))
        return made[-1]

    yield make
    for each in made:
        serving._close(each.served)


def test_two_share_the_asking_and_show_the_same(
    process: MakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "HELD_S", 30.0)  # a busy machine stops nobody for so long
    one, two = process(), process()
    one.start()
    until(lambda: one.seen() == {*NAMES})
    two.start()
    until(lambda: two.seen() == {*NAMES})
    until(lambda: len(one.mine) == len(two.mine) == 3)
    assert one.mine | two.mine == {*NAMES}
    # whoever does not ask any more ends its connection
    until(lambda: one.connected() == one.mine and two.connected() == two.mine)
    time.sleep(5)
    assert not one.mine & two.mine
    for name in NAMES:
        times = sorted(at for each in (one, two) for who, at in each.asked if who == name)
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert min(gaps) > 2.0 * 0.9 - 0.05, (name, gaps)
    said = [
        {each.environment.name: each.status for each in who.served.snapshots.checkup.environments}
        for who in (one, two)
        if who.served.snapshots.checkup
    ]
    assert said[0] == said[1]
    assert said[0].keys() == {*NAMES}


def test_three_that_start_at_once_ask_nobody_twice(process: MakeProcess) -> None:
    three = [process() for _ in range(3)]
    threads = [threading.Thread(target=each.start) for each in three]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    until(lambda: all(each.seen() == {*NAMES} for each in three))
    first = Counter(name for each in three for name, _ in each.asked)
    assert first.keys() == {*NAMES}
    until(lambda: {len(each.mine) for each in three} == {2})


def test_one_that_dies_is_replaced(process: MakeProcess) -> None:
    one, two = process(), process()
    one.start()
    two.start()
    until(lambda: len(one.mine) == len(two.mine) == 3)
    one.die()
    died = time.monotonic()
    until(lambda: two.mine == {*NAMES})
    assert time.monotonic() - died < 2 + 1.5  # a lease, and a look


def test_one_that_was_stopped_for_long_asks_nobody_before_it_knows_who_is_its_own(
    process: MakeProcess,
) -> None:
    one, two = process(), process()
    one.start()
    until(lambda: one.mine == {*NAMES})
    sharing, goes_on = one.served.sharing, threading.Event()
    assert sharing
    turn = sharing._turn
    sharing._turn = lambda: turn() if goes_on.wait() else None  # type: ignore[method-assign]
    until(lambda: one.mine == set())
    two.start()
    until(lambda: two.mine == {*NAMES})
    asked = len(one.asked)
    time.sleep(2.5)  # an interval
    assert len(one.asked) == asked
    goes_on.set()
    until(lambda: len(one.mine) == len(two.mine) == 3)
    assert not one.mine & two.mine


def test_one_that_ends_hands_over_at_once(process: MakeProcess) -> None:
    one, two = process(), process()
    one.start()
    two.start()
    until(lambda: len(one.mine) == len(two.mine) == 3)
    assert one.served.sharing
    one.served.sharing.close()
    ended = time.monotonic()
    until(lambda: two.mine == {*NAMES})
    assert time.monotonic() - ended < 1.5


def test_without_what_is_shared_each_asks_all(
    process: MakeProcess, cluster: Cluster, state: str
) -> None:
    one, two = process(), process()
    one.start()
    two.start()
    until(lambda: len(one.mine) == len(two.mine) == 3)
    name = state.rpartition("/")[2]
    with psycopg.connect(cluster.url(cluster.superuser), autocommit=True) as connection:
        connection.execute(f"alter database {name} with allow_connections false".encode())
        ending = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
        connection.execute(ending, [name])
        until(lambda: one.mine == two.mine == {*NAMES})
        assert one.served.state_problem
        assert two.served.state_problem
        before = len(two.asked)
        until(lambda: {each for each, _ in two.asked[before:]} == {*NAMES})
        connection.execute(f"alter database {name} with allow_connections true".encode())
        until(lambda: len(one.mine) == len(two.mine) == 3)
        until(lambda: not one.served.state_problem)


def test_whoever_wants_to_know_now_is_answered_here(process: MakeProcess) -> None:
    one, two = process(), process()
    one.start()
    two.start()
    until(lambda: len(one.mine) == len(two.mine) == 3)
    (other, *_) = two.mine
    place = next(each for each in one.served.settings.environments if each.name == other)
    time.sleep(0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
        before = len(one.asked)
        one.served.snapshots.refresh_now(place)
        until(lambda: other in {name for name, _ in one.asked[before:]})


def test_a_list_that_one_keeps_the_other_has(process: MakeProcess) -> None:
    one, two = process().served, process().served
    for each in (one, two):
        serving._share(each)
    vera = Viewer("vera", (Grant(("vera",), Level.VIEWER),))
    name = one.lists.keep("a\nb", "one", OPERATOR)
    assert two.lists.get(name, OPERATOR) == "a\nb"
    assert two.lists.get(name, vera) is None
    assert two.lists.keep("a\nb", "one", vera) == name
    assert one.store
    assert KeptLists().get(name, OPERATOR) is None
    assert two.lists.get(name, vera) == "a\nb"
    assert two.lists.get("another", OPERATOR) is None


def test_the_audit_is_appended_to(process: MakeProcess, state: str) -> None:
    served = process().served
    assert served.sharing
    audit = Audit(io.StringIO())
    audit.also = served.sharing.trail.append
    for number in range(3):
        audit.happened("scan", "vera", "page", what=str(number))
    served.sharing.trail.save()
    served.sharing.trail.save()
    with psycopg.connect(state, autocommit=True) as connection:
        connection.execute("set search_path = deployment_dashboard")
        lines = connection.execute("select line from audit order by run, serial").fetchall()
        found = chain.verify(line for (line,) in lines)
        assert isinstance(found, chain.Chains)
        assert found.lines == 3
        for statement in ("delete from audit", "update audit set line = ''", "truncate audit"):
            with pytest.raises(psycopg.errors.RaiseException, match="only ever appended"):
                connection.execute(statement)


def test_facts_are_the_same_for_all(demo: Cluster, tmp_path: Path) -> None:
    """What is written is read as it was, and holds no name, owner or error's text."""
    urls = connect_urls(demo)
    tables = "".join(f"[connections.{n}]\nurl = {json.dumps(u)}\n" for n, u in urls.items())
    path = tmp_path / "dashboard.toml"
    path.write_text(f'{tables}[state]\nurl = "postgresql://u:pw@127.0.0.1:1/nowhere"\n')
    served = serving._served(load(path, environ={"REHEARSAL__ENABLED": "false"}), KeptLists())
    try:
        served.clock.start()
        tasks: list[Any] = [served.snapshots, served.orphans, served.failures]
        assert all(each.wait_until_idle(PATIENCE_S) for each in tasks)
        until(lambda: any(isinstance(each.shared, Shared) for each in answered(served)))
        for task in tasks:
            for last in task:
                written = encode((last.value, last.failure))
                assert decode(written) == (last.value, last.failure)
        (snapshot,) = [e.value for e in served.snapshots if e.environment.name == "staging"]
        assert isinstance(snapshot, Snapshot)
        written = zlib.decompress(encode(snapshot)).decode()
        with psycopg.connect(urls["staging"]) as connection:
            people = connection.execute('select distinct name from "Project"').fetchall()
        assert not [name for (name,) in people if name and name in written and len(name) > 6]
    finally:
        serving._close(served)


def answered(served: Serving) -> list[EnvironmentFacts]:
    facts = served.snapshots.facts.values()
    return [each for each in facts if isinstance(each, EnvironmentFacts)]


def test_what_is_shared_of_asked_ids_is_all_that_matters(demo: Cluster, tmp_path: Path) -> None:
    """Of ids that another has in no way, it is not said that they were asked for."""
    settings = configured(tmp_path, connect_urls(demo))
    with collecting(settings) as collector:
        seen = Inspector(collector).inspect(settings.environments, {}, context_of(settings))
    whole = [each for each in seen.values() if isinstance(each, EnvironmentFacts)]
    near = [within_reach(each, whole) for each in whole]
    assert any(isinstance(each.shared, Shared) and each.shared.asked for each in near)
    for (one, other), pair in zip(permutations(whole, 2), permutations(near, 2), strict=True):
        told, kept = Kinship.of(one, other), Kinship.of(*pair)
        assert (told.same, told.collided) == (kept.same, kept.collided)
        assert (told.there.whole, told.back.whole) == (kept.there.whole, kept.back.whole)
        if told.there.copied:
            assert told.there == kept.there
    stranger = replace(whole[0], sample=Sample(False, (project("stranger"),)))
    asked = Shared(frozenset({"stranger"}), ())
    assert within_reach(replace(whole[0], shared=asked), [stranger]).shared == Shared(
        frozenset(), ()
    )


def test_the_codec_reads_records_alone() -> None:
    here = Environment("staging", Role.STAGING)
    why = Unavailable(Kind.SLOW, "late")
    for value in (here, why, (1, "x", None, True, 2.5), {here: (why,)}, frozenset({"a"})):
        assert decode(encode(value)) == value
    hidden = decode(encode(HiddenName("abc")))
    assert hidden == HiddenName("abc")
    assert hidden != HiddenName("abd")
    for wrong in (
        '{"record": "subprocess:Popen", "of": {"args": "id"}}',
        '{"record": "dashboard.diagnose.facts:get_close_matches", "of": {}}',
        '{"record": "dashboard.diagnose.facts:Unavailable", "of": {"kind": 1, "more": 2}}',
        '{"one of": "dashboard.diagnose.facts:Unavailable", "value": 1}',
        '{"tuple": "dashboard.diagnose.facts:Unavailable", "of": []}',
        '{"nothing": 1}',
        "{}",
        "[",
    ):
        with pytest.raises(CodecError):
            decode(zlib.compress(wrong.encode()))
    with pytest.raises(CodecError):
        decode(b"nothing")

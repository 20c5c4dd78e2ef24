"""Whatever the role may do, nothing is written, and every place that shows it says what it may."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import cli, serving
from dashboard.background import scans
from dashboard.collect.collector import Collector
from dashboard.collect.failures.sources import Failures, of_all, of_health
from dashboard.demo import state
from dashboard.demo.databases import connect
from dashboard.demo.scenarios import LOCAL, PREVIEW, SCENARIOS, SHOP, STAGING
from dashboard.demo.seed import SEEDED, connect_urls
from dashboard.diagnose.facts import Unavailable
from dashboard.diagnose.orphans import Orphans
from dashboard.postgres.cluster import Cluster
from dashboard.settings import Settings, load
from tests.collect.orphans.counting import counted
from tests.hostile import witness
from tests.repetitions import repetition
from tests.show.opening import open_page, press, said

PATIENCE_S = 60
WRITER = "writer"
PASSWORD = "pw"
WRITING = f"""
grant all on all tables in schema public to {WRITER};
grant all on all sequences in schema public to {WRITER};
grant all on schema public to {WRITER};
"""
WORDS = {"postgres": "it is a superuser", WRITER: "write rows"}
PAGES = ("health", "lookup", "failures", "orphans", "migrations")


@pytest.fixture(scope="module")
def writer(quiet: Cluster) -> Iterator[str]:
    with connect(quiet, quiet.superuser) as connection:
        connection.execute(f"create role {WRITER} login password '{PASSWORD}'".encode())
    for name in SEEDED:
        with connect(quiet, name) as connection:
            connection.execute(WRITING.encode())
            connection.execute(f"grant connect on database {name} to {WRITER}".encode())
    witness.settle(quiet)
    yield WRITER
    witness.drop_role(quiet, WRITER)
    witness.settle(quiet)


@pytest.fixture(params=[WRITER, repetition("postgres")])
def role(request: pytest.FixtureRequest, writer: str) -> str:
    return str(request.param)


@pytest.fixture
def config(role: str, quiet: Cluster, tmp_path: Path) -> Path:
    """The demo's environments, asked as a role that may write."""
    password = PASSWORD if role == WRITER else quiet.password
    urls = {name: quiet.url(name, user=role, password=password) for name in SEEDED}
    path = tmp_path / "dashboard.toml"
    path.write_text(state.configuration({**connect_urls(quiet), **urls}))
    return path


def test_every_command(quiet: Cluster, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = "\n".join(f"c{number:024d}" for number in range(100))
    with witness.nothing_written(quiet):
        for scenario in SCENARIOS:
            arguments = ["lookup", scenario.paste, "--target", scenario.environment]
            assert cli.main([*arguments, "--config", str(config)]) < cli.INTERNAL
        assert cli.main(["lookup", many, "--target", STAGING, "--config", str(config)]) == 1
        assert cli.main(["check", "--config", str(config), "--json"]) == 1
    assert capsys.readouterr().err == ""


def test_every_question_that_takes_long(quiet: Cluster, config: Path) -> None:
    with (
        witness.nothing_written(quiet),
        contextlib.closing(Collector(_seeded(load(config)))) as made,
    ):
        orphans = {name: each for name, each in counted(made).items() if isinstance(each, Orphans)}
        assert orphans.keys() == set(SEEDED)
        _scan_everything(made, orphans)
        for _, failures in of_all(made, of_health()):
            assert isinstance(failures, Failures)
        for by, value in (("name", "Shop"), ("owner", "u1")):
            assert not any(isinstance(found, Unavailable) for _, found in made.find(by, value))


def _seeded(settings: Settings) -> Settings:
    """Leave out the environment where nothing answers."""
    answering = {name: each for name, each in settings.databases.items() if name != PREVIEW}
    return replace(settings, databases=answering)


def _scan_everything(collector: Collector, orphans: Mapping[str, Orphans]) -> None:
    scanning = scans.FullScans(collector)
    for environment in collector.settings.environments:
        for kind in orphans[environment.name].kinds.values():
            for each in kind.columns:
                scanning.start(environment, each.column)
                if scanning.of(environment):
                    assert scanning.wait_until_idle(environment, PATIENCE_S)
                    assert scanning.of(environment).state is scans.ScanState.DONE


def test_every_page_and_what_it_asks_in_the_background(
    role: str, quiet: Cluster, config: Path, served: pytest.MonkeyPatch
) -> None:
    with witness.nothing_written(quiet):
        served.setenv("DASHBOARD_CONFIG", str(config))
        running = serving.current()
        for background in (running.snapshots, running.orphans, running.failures):
            assert background.wait_until_idle(PATIENCE_S)
        for name in PAGES:
            assert not open_page(name, env=STAGING).exception
        assert not open_page("lookup", id=SHOP.id, env=STAGING).exception
        said_of = said(press(open_page("health"), "Refresh"))
        serving.stop()
    sentences = [line for line in said_of.splitlines() if "can do more than read" in line]
    assert len(sentences) == len(SEEDED)
    for each in sentences:
        assert role in each
        assert WORDS[role] in each


def test_the_witness_sees_whatever_is_written(quiet: Cluster) -> None:
    for statement in (
        "create table public.mine ()",
        "drop table public.mine",
        "insert into users (id, email, \"updatedAt\") values ('w', 'w@example.com', now())",
        "delete from users where id = 'w'",
        "select pg_logical_emit_message(false, 'a', 'b')",
    ):
        with (
            pytest.raises(AssertionError),
            witness.nothing_written(quiet),
            connect(quiet, LOCAL) as connection,
        ):
            connection.execute(statement.encode())
    witness.settle(quiet)

"""Many ids asked at once are judged as each is alone, whatever stands beside it."""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.lookup.questions import MOST_NEAR
from dashboard.demo.databases import drop_database
from dashboard.demo.scenarios import (
    DELETED,
    DRAFT,
    ENVIRONMENTS,
    NEVER_HERE,
    ONLY_LOCAL,
    PRODUCTION,
    SCENARIOS,
    SHOP,
    STAGING,
    TYPO,
    Scenario,
)
from dashboard.demo.seed import connect_urls
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Finding, Severity
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts import diagnose, headline
from dashboard.diagnose.paste import Paste, read
from dashboard.postgres.cluster import Cluster
from tests.asking import ask, configured
from tests.conftest import MakeDatabase
from tests.diagnose.health.test_repairs import add_project

# what is said of an id that only looks like another, where similar ones were not searched
NEAR_MISSES = {"id-typo", "id-truncated"}
WITHOUT_NEAR_MISSES = {"stale-project-id", "foreign-shape"}
COMPANY = [f"c{number:024d}" for number in range(MOST_NEAR)]
NAMES = [each.name for each in ENVIRONMENTS]


@pytest.fixture(scope="module")
def collector(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    settings = configured(tmp_path_factory.mktemp("many"), connect_urls(demo))
    with contextlib.closing(Collector(settings)) as made:
        yield made


def together(collector: Collector, pastes: list[Paste], target: str) -> list[Evidence]:
    return collector.evidence_of_all(pastes, collector.settings.databases[target].environment)


def pasted(text: str) -> Paste:
    return read(text).split()[0]


def agree(alone: Finding, among_many: Finding) -> bool:
    """Whether the verdicts are one, or differ only because near misses were not searched."""
    same = (alone.code, alone.severity) == (among_many.code, among_many.severity)
    near = alone.code in NEAR_MISSES and among_many.code in WITHOUT_NEAR_MISSES
    said = any("typo search is skipped" in each for each in among_many.caveats)
    return same or (near and said)


@pytest.mark.parametrize("target", NAMES)
def test_every_situation_is_judged_as_if_it_were_alone(target: str, collector: Collector) -> None:
    pastes = [pasted(each.paste) for each in SCENARIOS]
    for scenario, evidence in zip(SCENARIOS, together(collector, pastes, target), strict=True):
        alone, _ = ask(collector, scenario.paste, target)
        single, many = diagnose(alone).verdict, diagnose(evidence).verdict
        assert agree(single, many), (scenario.name, single.code, many.code)
        assert evidence.owner_in_target == alone.owner_in_target
        states = {each: alone.presence(each).state for each in alone.answers}
        assert {each: evidence.presence(each).state for each in evidence.answers} == states


def test_the_target_of_each_situation_says_what_it_shows(collector: Collector) -> None:
    for target in NAMES:
        there = [each for each in SCENARIOS if each.environment == target]
        pastes = [pasted(each.paste) for each in there]
        for scenario, evidence in zip(there, together(collector, pastes, target), strict=True):
            verdict = diagnose(evidence)
            said = {verdict.verdict.code, *(each.code for each in verdict.findings)}
            near = scenario.code in NEAR_MISSES and said & WITHOUT_NEAR_MISSES
            assert scenario.code in said or near, scenario.name


@pytest.mark.parametrize("seed", range(6))
def test_company_changes_no_verdict(seed: int, collector: Collector) -> None:
    """A random part of the situations, shuffled, some pasted twice, among ids of nothing."""
    mixing = random.Random(seed)
    chosen: list[Scenario] = mixing.sample(SCENARIOS, 9)
    texts = [each.paste for each in chosen] + mixing.sample(COMPANY, mixing.choice([0, 1, 9]))
    texts += mixing.choices(texts, k=3)
    mixing.shuffle(texts)
    evidences = together(collector, [pasted(each) for each in texts], STAGING)
    for text, evidence in zip(texts, evidences, strict=True):
        alone, _ = ask(collector, text, STAGING)
        assert agree(diagnose(alone).verdict, headline(evidence)), text


def test_the_headline_is_that_of_the_diagnosis(collector: Collector) -> None:
    pastes = [pasted(each.paste) for each in SCENARIOS]
    for evidence in together(collector, pastes, STAGING):
        assert headline(evidence) == diagnose(evidence).verdict


def test_near_misses_are_searched_for_few_ids(collector: Collector) -> None:
    few = [read(TYPO), read(SHOP.id)]
    assert headline(together(collector, few, STAGING)[0]).code == "id-typo"
    many = [*few, *(read(each) for each in COMPANY)]
    verdict = headline(together(collector, many, STAGING)[0])
    assert verdict.code == "stale-project-id"
    assert any("look up an ID alone" in each for each in verdict.caveats)


def test_an_environment_that_is_down_has_nothing_missing(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    staging = make_database()
    add_project(staging)
    urls = {"staging": "postgresql://x@127.0.0.1:1/x", "local": staging.reader_url}
    with contextlib.closing(Collector(configured(tmp_path, urls))) as collector:
        for evidence in together(collector, [read(SHOP.id), read(NEVER_HERE)], "staging"):
            assert evidence.here.state is PresenceState.UNKNOWN
            assert headline(evidence).severity is Severity.UNKNOWN
        for evidence in together(collector, [read(SHOP.id), read(NEVER_HERE)], "local"):
            assert headline(evidence).code == "stale-project-id"
            assert headline(evidence).confidence.value == "possible"


def test_more_ids_than_one_statement_takes(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = make_database()
    add_project(database)
    monkeypatch.setattr("dashboard.collect.lookup.ids.MOST_IN_A_STATEMENT", 3)
    ids = [f"c{number:024x}" for number in range(20)]
    for each in ids[::2]:
        database.execute(
            'insert into "Project" (id, name, "userId", "updatedAt")'
            ' select %s, \'x\', "userId", now() from "Project" limit 1',
            each,
        )
    settings = configured(tmp_path, {"staging": database.reader_url})
    with contextlib.closing(Collector(settings)) as collector:
        seen = together(collector, [read(each) for each in ids], "staging")
    states = [each.here.state for each in seen]
    assert states == [PresenceState.FOUND, PresenceState.ABSENT] * 10


@pytest.fixture
def latin1(cluster: Cluster) -> Iterator[str]:
    """A database that cannot hold every character, with one project."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(
            "create database latin1 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'"
            " template template0"
        )
    with psycopg.connect(cluster.url("latin1"), autocommit=True) as connection:
        connection.execute('create table "Project" (id text primary key, name text)')
        connection.execute(
            'create table deployments ("projectId" text unique constraint'
            ' "deployments_projectId_fkey" references "Project" (id))'
        )
        connection.execute('insert into "Project" values (%s, %s)', [DRAFT.id, "x"])
    yield cluster.url("latin1")
    drop_database(cluster, "latin1")


class TestOneIdThatCannotBeAsked:
    def test_a_character_the_database_cannot_hold(self, latin1: str, tmp_path: Path) -> None:
        """The others are judged all the same."""
        settings = configured(tmp_path, {"staging": latin1})
        with contextlib.closing(Collector(settings)) as collector:
            texts = [DRAFT.id, "project-\N{SNOWMAN}", NEVER_HERE]
            found, refused, absent = together(collector, [read(each) for each in texts], "staging")
        assert found.here.state is PresenceState.FOUND
        assert absent.here.state is PresenceState.ABSENT
        assert isinstance(refused.answer, Unavailable)
        assert refused.answer.kind is Kind.UNSUITABLE_ID
        assert headline(refused).severity is Severity.UNKNOWN

    def test_text_among_numbers(self, make_database: MakeDatabase, tmp_path: Path) -> None:
        database = make_database()
        database.execute(
            'drop table deployments; drop table "Project" cascade;'
            'create table "Project" (id bigint primary key, name text);'
            'create table deployments (id text primary key, "projectId" bigint,'
            ' constraint "deployments_projectId_fkey" foreign key ("projectId")'
            ' references "Project" (id)); create unique index on deployments ("projectId");'
            "insert into \"Project\" values (7, 'x');"
            'grant select on "Project", deployments to dashboard_reader'
        )
        settings = configured(tmp_path, {"staging": database.reader_url})
        with contextlib.closing(Collector(settings)) as collector:
            texts = ["7", "007", "x7", "8", "99999999999999999999"]
            seen = together(collector, [read(each) for each in texts], "staging")
        assert [each.here.state.value for each in seen] == [
            "found", "found", "absent", "absent", "absent",
        ]  # fmt: skip


def test_rows_that_several_spellings_find_are_counted_once(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    """A uuid is found under its capitals too."""
    database = make_database()
    identifier = "3f2b8c1e-9d47-4a60-8b15-7c0e2f6a9d31"
    database.execute(
        'drop table deployments; drop table "Project" cascade; drop table uploads;'
        'create table "Project" (id uuid primary key, name text);'
        'create table deployments (id text primary key, "projectId" uuid,'
        ' constraint "deployments_projectId_fkey" foreign key ("projectId")'
        ' references "Project" (id)); create index on deployments ("projectId");'
        'create table uploads (id text primary key, "projectId" uuid);'
        'create index on uploads ("projectId");'
        f"insert into \"Project\" values ('{identifier}', 'x');"
        f"insert into deployments values ('d1', '{identifier}'), ('d2', '{identifier}');"
        f"insert into uploads select n, '{identifier}' from generate_series(1, 3) as n;"
        'grant select on "Project", deployments, uploads to dashboard_reader'
    )
    settings = configured(tmp_path, {"staging": database.reader_url})
    with contextlib.closing(Collector(settings)) as collector:
        for texts in ([identifier], [identifier, *COMPANY], [identifier.upper(), *COMPANY]):
            found = together(collector, [read(each) for each in texts], "staging")[0].found
            assert found is not None
            assert [each.exact for each in found.projects or ()] == [True]
            assert [each.id for each in found.deployments or ()] == ["d1", "d2"]
            assert [each.rows for each in found.traces] == [3]


def test_traces_and_owners_are_those_of_each_id(collector: Collector) -> None:
    deleted, shop, local = together(
        collector, [read(DELETED), read(SHOP.id), read(ONLY_LOCAL.id)], STAGING
    )
    assert headline(deleted).code == "deleted-project"
    assert deleted.found is not None
    assert shop.found is not None
    assert deleted.found.traces
    assert not shop.found.traces
    alone, _ = ask(collector, ONLY_LOCAL.id, STAGING)
    assert local.owner_in_target == alone.owner_in_target


def test_the_rightful_table_is_looked_into_for_all(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    staging, local, production = make_database(), make_database(), make_database()
    for each in (staging, local, production):
        add_project(each)
    staging.execute(
        'create schema legacy; create table legacy."Project" (id text primary key);'
        'alter table deployments drop constraint "deployments_projectId_fkey";'
        'alter table deployments add constraint "deployments_projectId_fkey" foreign key'
        ' ("projectId") references legacy."Project" (id);'
        "grant usage on schema legacy to dashboard_reader;"
        'grant select on legacy."Project" to dashboard_reader'
    )
    (identifier,) = staging.execute('select id from "Project"')[0]
    urls = {
        "staging": staging.reader_url,
        "local": local.reader_url,
        PRODUCTION: production.reader_url,
    }
    texts = [identifier, *COMPANY, NEVER_HERE]
    with contextlib.closing(Collector(configured(tmp_path, urls))) as collector:
        verdicts = [headline(each) for each in together(collector, [*map(read, texts)], "staging")]
        alone = [headline(ask(collector, each, "staging")[0]) for each in (identifier, NEVER_HERE)]
    assert verdicts[0].code == alone[0].code == "wrong-target"
    assert agree(alone[1], verdicts[-1])

"""Behind PgBouncer in transaction mode all is as it is without, for others of its clients too."""

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme

from dashboard.background.periodic_task import Clock
from dashboard.background.snapshots import SnapshotStore
from dashboard.collect import collector as collecting
from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.demo.scenarios import SCENARIOS, SHOP, STAGING
from dashboard.demo.seed import SEEDED, connect_urls
from dashboard.diagnose.facts import Kind, Unavailable
from dashboard.diagnose.finding import Finding
from dashboard.diagnose.health.report import HealthReport
from dashboard.diagnose.lookup.evidence import Evidence, PresenceState
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import read
from dashboard.postgres import Limits, pool
from dashboard.postgres.cluster import Cluster
from dashboard.settings import Settings
from queries.query import Statement
from queries.rows import SampleId
from tests.asking import ask as look_up
from tests.asking import configured
from tests.conftest import MakeDatabase
from tests.faults.server import PATIENCE_S, until
from tests.pooler import VERSIONS, Pooler
from tests.postgres.test_asking import (
    LIMITS,
    WRITING,
    answered,
    ask,
    connections,
    given_up_on,
    owner,
)
from tests.repetitions import every_nth

IDS = sorted({scenario.project_id for scenario in SCENARIOS if scenario.project_id.isalnum()})
MANY = [read(text) for text in (*IDS, *(f"c{number:024d}" for number in range(1000 - len(IDS))))]
WRITTEN = {
    "plain": "",
    "as for Prisma": "?pgbouncer=true&connection_limit=1&statement_cache_size=0",
    "with options": "?options=-c%20statement_timeout%3D60000",
}
LEFT_BEHIND = """
select
    (select count(*) from pg_prepared_statements),
    (select count(*) from pg_cursors),
    (select count(*) from pg_locks where locktype = 'advisory'),
    (select count(*) from pg_class where relpersistence = 't')
"""
# PgBouncer 1.18 calls a client without a name like the one that its server was connected for
DEFAULTS = "select name, setting from pg_settings where name not in ('port', 'application_name')"
PATIENT = Limits(deadline_s=60.0, statement_timeout_ms=30_000)


@pytest.fixture(scope="module", params=VERSIONS)
def pooler(request: pytest.FixtureRequest, demo: Cluster) -> Iterator[Pooler]:
    with Pooler(request.param, demo) as running:
        yield running


@pytest.fixture(scope="module")
def direct(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    settings = configured(tmp_path_factory.mktemp("direct"), connect_urls(demo))
    with contextlib.closing(Collector(settings)) as made:
        yield made


def behind(pooler: Pooler, demo: Cluster, folder: Path, written: str = "") -> Settings:
    pooled = {name: pooler.url(name) + written for name in SEEDED}
    return configured(folder, {**connect_urls(demo), **pooled})


@pytest.fixture
def pooled(pooler: Pooler, demo: Cluster, tmp_path: Path) -> Iterator[Collector]:
    with contextlib.closing(Collector(behind(pooler, demo, tmp_path))) as made:
        yield made


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the time that a look-up takes to the machine, which may be busy."""
    monkeypatch.setattr(collecting, "_limits", lambda *_: PATIENT)
    monkeypatch.setattr(pool, "CONNECT_TIMEOUT_S", int(PATIENT.deadline_s))


def told(findings: tuple[Finding, ...]) -> list[tuple[object, ...]]:
    """Leave out of findings what is another each time: when, how long, and the port."""
    return [
        (each.code, each.severity, each.confidence, each.environment, each.summary, each.fix)
        for each in findings
        if each.code != "env-unreachable"
    ]


def said(diagnosis: Diagnosis) -> list[tuple[object, ...]]:
    return told((diagnosis.verdict, *diagnosis.findings))


def states(evidence: Evidence) -> list[PresenceState]:
    return [evidence.presence(each).state for each in evidence.answers]


@pytest.mark.parametrize("written", every_nth(WRITTEN.values(), 3), ids=WRITTEN)
def test_every_scenario_is_judged_as_it_is_directly(
    written: str,
    pooler: Pooler,
    demo: Cluster,
    direct: Collector,
    patient: None,
    tmp_path: Path,
) -> None:
    with contextlib.closing(Collector(behind(pooler, demo, tmp_path, written))) as pooled:
        for scenario in SCENARIOS:
            seen, diagnosis = look_up(pooled, scenario.paste, scenario.environment)
            seen_directly, expected = look_up(direct, scenario.paste, scenario.environment)
            assert said(diagnosis) == said(expected), scenario.name
            assert states(seen) == states(seen_directly), scenario.name


def test_a_thousand_ids_are_judged_as_they_are_directly(
    pooled: Collector, direct: Collector, patient: None
) -> None:
    target = pooled.settings.databases[STAGING].environment
    judged = [said(diagnose(each)) for each in pooled.evidence_of_all(MANY, target)]
    assert judged == [said(diagnose(each)) for each in direct.evidence_of_all(MANY, target)]
    assert len({tuple(codes[0][0] for codes in each) for each in judged}) > 1


def test_the_environments_are_checked_as_they_are_directly(
    pooled: Collector, direct: Collector
) -> None:
    checked, expected = check(pooled), check(direct)
    assert statuses(checked) == statuses(expected)
    assert told(checked.findings) == told(expected.findings)
    assert [told(each.findings) for each in checked.environments] == [
        told(each.findings) for each in expected.environments
    ]


def statuses(checkup: HealthReport) -> dict[str, object]:
    return {each.environment.name: each.status for each in checkup.environments}


def test_snapshots_count_what_they_count_directly(
    pooler: Pooler, demo: Cluster, tmp_path: Path
) -> None:
    pooled = configured(tmp_path, {name: pooler.url(name) for name in SEEDED})
    counts = counted(pooled)
    assert set(counts) == set(SEEDED)
    direct = configured(tmp_path, {name: connect_urls(demo)[name] for name in SEEDED})
    assert counts == counted(direct)


def counted(settings: Settings) -> dict[str, object]:
    collector = Collector(settings)
    with contextlib.closing(collector), contextlib.closing(Clock()) as clock:
        snapshots = SnapshotStore(clock, collector)
        clock.start()
        assert snapshots.wait_until_idle(PATIENCE_S)
        return {
            each.environment.name: (each.value.projects, each.value.deployments)
            for each in snapshots
            if each.value and not each.failure
        }


@pytest.mark.parametrize(("setting", "value"), LIMITS)
def test_every_ask_is_limited_and_marked(
    setting: str, value: str, pooler: Pooler, tmp_path: Path
) -> None:
    with connections(tmp_path, pooler.url(STAGING)) as made:
        assert answered(made, owner(f"select current_setting('{setting}')")) == value


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("writing", WRITING)
def test_nothing_can_be_written_even_by_a_superuser(
    writing: str, version: str, make_database: MakeDatabase, cluster: Cluster, tmp_path: Path
) -> None:
    database = make_database()
    database.execute("create sequence numbers")
    with (
        Pooler(version, cluster) as pooler,
        connections(tmp_path, pooler.url(database.name, superuser=True)) as made,
    ):
        answer = ask(made, Statement("test", writing, {}, SampleId))
    assert isinstance(answer, Unavailable)
    assert database.execute("select count(*) from users") == [(0,)]
    assert database.execute("select last_value, is_called from numbers") == [(1, False)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("select pg_sleep(60)", Kind.SLOW),
        ("select nothing from public.users", Kind.SCHEMA_CHANGED),
        ("select email from public.users", Kind.FORBIDDEN),
    ],
)
def test_what_the_server_refuses_has_its_kind(
    text: str, kind: Kind, pooler: Pooler, tmp_path: Path
) -> None:
    with connections(tmp_path, pooler.url(STAGING)) as made:
        answer = ask(made, owner(text), limits=Limits(20.0, statement_timeout_ms=100))
    assert isinstance(answer, Unavailable)
    assert answer.kind is kind


@contextlib.contextmanager
def another_client(pooler: Pooler) -> Iterator[psycopg.Connection[Any]]:
    """Connect past the dashboard, as the application does."""
    with psycopg.connect(pooler.url(STAGING), autocommit=True, prepare_threshold=None) as client:
        yield client


def test_nothing_leaks_to_another_client(demo: Cluster, pooler: Pooler, tmp_path: Path) -> None:
    """What ended well, what failed, and what was cut off leave a server as it was."""
    with psycopg.connect(connect_urls(demo)[STAGING]) as fresh:
        defaults = fresh.execute(DEFAULTS).fetchall()
    with Pooler(pooler.version, demo, default_pool_size="1") as single:
        with connections(tmp_path, single.url(STAGING)) as made:
            assert answered(made, owner("select 1")) == "1"
            assert isinstance(ask(made, owner("select nothing from public.users")), Unavailable)
            assert isinstance(given_up_on(made, owner("select pg_sleep(60)")), Unavailable)
            # it connects anew to cancel, and may keep that connection as a server for a moment
            until(lambda: single.servers(STAGING) == 1)
            served = answered(made, owner("select pg_backend_pid()"))
        with another_client(single) as client:
            assert client.execute("select pg_backend_pid()").fetchone() == (int(served),)
            assert client.execute(DEFAULTS).fetchall() == defaults
            assert client.execute(LEFT_BEHIND).fetchone() == (0, 0, 0, 0)


def test_twenty_at_once_share_what_another_client_leaves(
    pooler: Pooler, demo: Cluster, patient: None, tmp_path: Path
) -> None:
    """Each is a dashboard of its own; the application holds one of the two servers."""
    settings = behind(pooler, demo, tmp_path)
    codes: list[str] = []

    def one() -> None:
        with contextlib.closing(Collector(settings)) as collector:
            codes.append(look_up(collector, SHOP.id, STAGING)[1].verdict.code)

    threads = [threading.Thread(target=one) for _ in range(20)]
    with another_client(pooler) as client, client.transaction():
        client.execute("select 1")
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert pooler.servers(STAGING) == 2
    assert codes == ["project-present"] * 20


@pytest.mark.parametrize(
    ("options", "query", "kind", "words"),
    [
        (
            {"auth_type": "hba", "auth_hba_file": os.devnull}, "",
            Kind.NOT_ALLOWED, "the pooler does not allow this role from this address",
        ),
        (
            {}, "?options=endpoint%3Dapp",
            Kind.NOT_ALLOWED, "the pooler does not accept the options in the URL",
        ),
        (
            {"client_tls_sslmode": "require"}, "?sslmode=disable",
            Kind.TLS, "the pooler requires encryption (sslmode)",
        ),
        (
            {"client_tls_sslmode": "disable"}, "?sslmode=require",
            Kind.TLS, "the server offers no encryption, but the URL requires it (sslmode)",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", VERSIONS)
def test_a_pooler_that_lets_nobody_in_says_why(
    version: str, options: dict[str, str], query: str, kind: Kind, words: str,
    demo: Cluster, certificate: dict[str, str], tmp_path: Path,
) -> None:  # fmt: skip
    with (
        Pooler(version, demo, **certificate, **options) as pooler,
        connections(tmp_path, pooler.url(STAGING) + query) as made,
    ):
        answer = ask(made, owner("select 1"), limits=PATIENT)
    assert answer == Unavailable(kind, f"127.0.0.1:{pooler.port}/{STAGING}: {words}")


@pytest.fixture(scope="module")
def certificate() -> Iterator[dict[str, str]]:
    """Give PgBouncer's options for a certificate, in files that its account may read."""
    with tempfile.TemporaryDirectory(prefix="dashboard-certificate-") as name:
        Path(name).chmod(0o755)
        path = Path(name) / "certificate.pem"
        path.write_bytes(
            trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.bytes()
        )
        yield {"client_tls_key_file": str(path), "client_tls_cert_file": str(path)}


def test_a_database_that_the_pooler_has_disabled_is_told(pooler: Pooler, tmp_path: Path) -> None:
    with pooler.disabled(STAGING), connections(tmp_path, pooler.url(STAGING)) as made:
        answer = ask(made, owner("select 1"))
    assert isinstance(answer, Unavailable)
    assert answer.kind is Kind.STARTING
    assert answer.message.endswith(": the database is disabled in the pooler")

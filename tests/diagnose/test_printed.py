"""Everything that the demo prints is run, and what would not work is told."""

import contextlib
from collections.abc import Iterator

import pytest

from dashboard.collect.collector import Collector
from dashboard.collect.health.inspection import check
from dashboard.collect.orphans.scan import count_all
from dashboard.demo.databases import connect
from dashboard.demo.scenarios import SCENARIOS, Scenario
from dashboard.demo.seed import SEEDED, connect_urls
from dashboard.diagnose.finding import Command, Finding, Fix, Severity
from dashboard.diagnose.orphans import Orphans
from dashboard.postgres.cluster import Cluster
from tests import printed
from tests.asking import ask, configured
from tests.collect.orphans.counting import fixes
from tests.conftest import Database, MakeDatabase


@pytest.fixture(scope="module")
def collector(
    changeable_demo: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Collector]:
    """The demo's environments, with their owners at hand."""
    with contextlib.ExitStack() as stack:
        for name in SEEDED:
            owner = stack.enter_context(connect(changeable_demo, name))
            address = printed.address(changeable_demo.url(name))
            printed.OWNERS[address] = owner
            stack.callback(printed.OWNERS.pop, address)
        settings = configured(tmp_path_factory.mktemp("demo"), connect_urls(changeable_demo))
        yield stack.enter_context(contextlib.closing(Collector(settings)))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_what_a_look_up_prints(scenario: Scenario, collector: Collector) -> None:
    ask(collector, scenario.paste, scenario.environment)  # which tries out all of it


def test_what_a_check_prints(collector: Collector) -> None:
    report = check(collector)
    found = [finding for each in report.environments for finding in each.findings]
    connections = printed.connections(collector.settings)
    assert set(connections) == set(SEEDED)
    assert sum(len(fix.commands) for _, fix in printed.fixes(found)) > 5
    assert printed.shortfalls([*found, *report.findings], connections, "") == []


def test_what_orphan_candidates_print(collector: Collector) -> None:
    connections, kinds = printed.connections(collector.settings), set()
    for environment, orphans in count_all(collector):
        for code, fix in fixes(orphans) if isinstance(orphans, Orphans) else ():
            kinds.add(code)
            assert printed.Run(fix, environment.name, connections).shortfalls() == []
    assert len(kinds) > 5


WORKS = {
    'select * from "Project"': True,
    'select * from "Projects"': False,
    "begin;\ncreate table x ();\ncommit;": True,
    "create index concurrently on deployments (id);": True,
    "insert into deployments (id) values (null)": False,
    "\\copy (select id from \"Project\") to 'f.csv' with (format csv)": True,
    "\\copy (select id from \"Projects\") to 'f.csv' with (format csv)": False,
}
SAYS_WHERE = {
    'DATABASE_URL="<staging: a role that may migrate>" npx prisma migrate deploy': True,
    'cd packages/x\nDATABASE_URL="<staging: a role>" npx prisma migrate deploy': True,
    'DATABASE_URL="<local: a role that may migrate>" npx prisma migrate deploy': False,
    "npx prisma migrate deploy": False,
    "psql -f x.sql": False,
    'psql "<staging: the owner of its tables>" -f x.sql': True,
    "./run check --environment staging": True,
    "./run check --environment local": False,
}


@pytest.mark.parametrize("text", [*WORKS, *SAYS_WHERE])
def test_what_does_not_work_is_told(text: str, make_database: MakeDatabase) -> None:
    database: Database = make_database()
    command = Command(text, "bash" if text in SAYS_WHERE else "sql")
    fix = Fix("Mend it", ("Do it.",), commands=(command,))
    finding = Finding("x", Severity.ERROR, "x", environment="staging", fix=fix)
    short = printed.shortfalls([finding], {"staging": database.connection}, "")
    assert (short == []) is {**WORKS, **SAYS_WHERE}[text]
    assert database.execute("select to_regclass('x')") == [(None,)], "nothing is left behind"

"""An environment whose deployments all fail is a finding on Health, until they no longer do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import serving
from dashboard.background import periodic_task
from tests.asking import configured as written_to
from tests.cli.test_check import peopled
from tests.conftest import Database, MakeDatabase
from tests.show.opening import open_page, said, unfold

SETTLE_S = 60
TABLE = """
    create table deployment_failures (
        failed_at timestamptz, project_id text, code text, constraint_name text, message text
    );
    grant select on deployment_failures to dashboard_reader
"""
FAILED = """
    insert into deployment_failures
    select now() - interval '5 minutes', 'p' || n, '23503', 'deployments_projectId_fkey', 'x'
    from generate_series(1, 4) as n
"""


@pytest.fixture
def staging(
    make_database: MakeDatabase, configured: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Database]:
    configured.setattr(periodic_task, "AT_MOST_EVERY_S", 0.0)
    database = peopled(make_database())
    database.execute(TABLE)
    settings = written_to(
        tmp_path, {"staging": database.reader_url}, '[failures]\nrelation = "deployment_failures"\n'
    )
    configured.setenv("DASHBOARD_CONFIG", str(settings.source))
    yield database
    serving.stop()


def health() -> str:
    """Read Health once failures, and then the environment, were asked anew."""
    served = serving.current()
    assert served.failures.wait_until_idle(SETTLE_S)
    served.failures.refresh_now()
    assert served.failures.wait_until_idle(SETTLE_S)
    assert served.snapshots.wait_until_idle(SETTLE_S)
    served.snapshots.refresh_now()
    assert served.snapshots.wait_until_idle(SETTLE_S)
    return said(unfold(open_page("health"))).replace("\\", "")


def test_it_is_there_with_the_failures_and_gone_without_them(staging: Database) -> None:
    assert "different projects failed" not in health()
    staging.execute(FAILED)
    words = health()
    assert "4 different projects failed in staging with the same error" in words
    assert "1 of 1 environment needs attention" in words
    staging.execute("delete from deployment_failures")
    assert "different projects failed" not in health()

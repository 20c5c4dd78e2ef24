"""The migrations page where Prisma 8 owns them: edges of a graph, in the words of the matrix."""

from pathlib import Path

import pytest

from tests.asking import configured as configuration
from tests.cli.test_check_prisma8 import checked_out, restored
from tests.conftest import MakeDatabase
from tests.show.opening import open_page, said
from tests.show.test_health_page import refreshed
from tests.show.test_migrations_page import cells, column


def test_a_rollback_is_told_from_what_is_applied(
    make_database: MakeDatabase, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "10-rolled-back"
    database = restored(make_database(), name)
    root = checked_out(tmp_path / "app", name, emitted=True)
    folders = f'[diagnosis]\nmigrations = ["{root}/migrations"]\n'
    settings = configuration(tmp_path, {"staging": database.url}, folders)
    configured.setenv("DASHBOARD_CONFIG", str(settings.source))
    refreshed()
    page = open_page("migrations")
    assert {name: row["staging"] for name, row in cells(page).items()} == {
        "20261129T1229_init": "applied",
        "20261129T1231_add_archived": "rolled-back",
        "20261129T1233_rollback": "applied",
    }
    assert "Compared with the 3 packages of Prisma 8 in the configured folder" in said(page)
    assert "What Prisma 8 reports" in said(page)
    assert "What Prisma reports" not in said(page)
    (status,) = column(page, 0, "migration status")
    (show,) = column(page, 0, "db migrate --show")
    (verify,) = column(page, 0, "db verify")
    assert "Up to date" in status
    assert "will run" in show
    assert "exit 4" in verify

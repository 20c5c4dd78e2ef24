"""The migrations folder: what is on the disk is what is known, and read once."""

import os
import shutil
from pathlib import Path

import pytest

from dashboard.collect.migrations import OnDisk, names, read

UNREADABLE = Path("/proc/self/mem")  # a file that fails whoever reads it, even root
CONSTRAINT = "deployments_projectId_fkey"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations, and a folder without a script; what is no folder is no migration."""
    for name in ("0002_strict", "0001_init", "0003_broken"):
        (tmp_path / name).mkdir()
    (tmp_path / "0001_init" / "migration.sql").write_text("select 1;")
    (tmp_path / "0002_strict" / "migration.sql").write_text("")
    (tmp_path / "migration_lock.toml").write_text('provider = "postgresql"\n')
    return tmp_path


def seen(folder: Path) -> OnDisk:
    found = read([folder])
    assert found is not None
    return found


def written_later(path: Path, text: str) -> None:
    """Write as somebody does who takes longer than the clock of a file system."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 1, before + 1))


def test_everything_is_read(folder: Path) -> None:
    found = seen(folder)
    assert found.scripts == {"0001_init": "select 1;"}
    assert found.folder is not None
    assert [(each.name, each.broken) for each in found.folder.scripts] == [
        ("0001_init", False),
        ("0002_strict", False),
        ("0003_broken", True),
    ]
    assert found.folder.provider == "postgresql"
    assert found.unread is None


def test_several_folders_are_one(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "0000_before").mkdir()
    (other / "0000_before" / "migration.sql").write_text("select 0;")
    found = read([folder, other])
    assert found is not None
    assert found.folder is not None
    assert names([folder, other]) == ("0000_before", "0001_init", "0002_strict")
    assert found.folder.scripts[0].name == "0000_before"
    assert found.folder.provider == "postgresql"


def test_a_migration_in_typescript_is_one(folder: Path) -> None:
    for name in ("0001_init", "0003_broken"):
        (folder / name / "migration.ts").write_text("export default async () => {};")
    found = seen(folder).folder
    assert found is not None
    assert [(each.broken, each.typescript) for each in found.scripts] == [
        (False, False),
        (False, False),
        (True, True),
    ]


def test_names_are_those_that_have_a_script(folder: Path) -> None:
    assert names([folder]) == ("0001_init", "0002_strict")


def test_names_are_known_without_reading_a_script(folder: Path) -> None:
    (folder / "0003_broken" / "migration.sql").symlink_to(UNREADABLE)
    assert names([folder]) == ("0001_init", "0002_strict", "0003_broken")
    assert (
        seen(folder).unread == f"the migrations folder {folder} is not readable: Input/output error"
    )
    assert (seen(folder).folder, seen(folder).scripts) == (None, {})


def test_what_has_not_changed_is_not_read_again(folder: Path) -> None:
    assert seen(folder) is seen(folder)


def test_every_change_is_seen(folder: Path) -> None:
    script, lock_file = folder / "0001_init" / "migration.sql", folder / "migration_lock.toml"
    before = seen(folder)
    written_later(script, "select 2;")  # as long as it was
    assert seen(folder).scripts == {"0001_init": "select 2;"}
    written_later(folder / "0003_broken" / "migration.sql", "select 3;")
    assert list(seen(folder).scripts) == ["0001_init", "0003_broken"]
    assert names([folder]) == ("0001_init", "0002_strict", "0003_broken")
    script.unlink()
    assert names([folder]) == ("0002_strict", "0003_broken")
    assert list(seen(folder).scripts) == ["0003_broken"]
    written_later(lock_file, 'provider = "sqlite"\n')
    assert getattr(seen(folder).folder, "provider", None) == "sqlite"
    lock_file.unlink()
    assert getattr(seen(folder).folder, "provider", "") is None
    shutil.rmtree(folder / "0003_broken")
    assert names([folder]) == ("0002_strict",)
    assert before.scripts == {"0001_init": "select 1;"}


@pytest.mark.parametrize("missing", ["gone", "0001_init/migration.sql"])
def test_a_folder_that_is_none_says_why(folder: Path, missing: str) -> None:
    assert names([folder / missing]) is None
    assert (seen(folder / missing).unread or "").startswith(
        f"the migrations folder {folder / missing} is not readable: N"
    )


def test_nothing_configured_is_nothing() -> None:
    assert names([]) is read([]) is None

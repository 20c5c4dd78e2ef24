"""What is served follows the configuration file, and survives a wrong one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import serving
from dashboard.settings import SettingsError

NOWHERE = "postgresql://reader:hunter2secret@127.0.0.1:1/nowhere"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "dashboard.toml"
    monkeypatch.setenv("DASHBOARD_CONFIG", str(path))
    monkeypatch.setattr(serving, "LOOK_EVERY_S", 0.0)
    serving.stop()
    write(path, "staging")
    yield path
    serving.stop()


def write(path: Path, *names: str) -> None:
    path.write_text("".join(f'[connections.{name}]\nurl = "{NOWHERE}"\n' for name in names))
    later = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(later, later))


def test_the_same_is_served_to_everyone(file: Path) -> None:
    assert serving.current() is serving.current()


def test_a_changed_file_is_read_again(file: Path) -> None:
    before = serving.current()
    write(file, "staging", "local")
    after = serving.current()
    assert list(after.settings.databases) == ["staging", "local"]
    assert after.collector is not before.collector


def test_a_file_that_became_wrong_leaves_what_was_served(file: Path) -> None:
    before = serving.current()
    file.write_text("[connections.staging]\n")
    wrong = serving.current()
    assert wrong.collector is before.collector
    assert wrong.problems
    assert serving.current().problems == wrong.problems
    write(file, "staging", "production")
    mended = serving.current()
    assert list(mended.settings.databases) == ["staging", "production"]
    assert not mended.problems


def test_a_file_that_was_never_right_is_refused(file: Path) -> None:
    file.write_text("[connections.staging]\n")
    with pytest.raises(SettingsError):
        serving.current()
    write(file, "staging")
    assert list(serving.current().settings.databases) == ["staging"]


def test_secrets_are_taken_out_of_texts(file: Path) -> None:
    assert serving.redact("as hunter2secret is") == "as hunter2secret is"
    serving.current()
    assert serving.redact("as hunter2secret is") == "as *** is"

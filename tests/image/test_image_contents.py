"""What is in the image, file by file."""

import json
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.image.containers import (
    HISTORY,
    IMAGE,
    ROOT,
    USER,
    WITH_EXTRA,
    WITHOUT_ENGINE,
    inspected,
    said,
)

COPIED = (
    "requirements.txt",
    "requirements-extra.txt",
    ".streamlit/config.toml",
    "queries",
    "dashboard",
    "docs/verdicts.md",
)
LEFT_OUT = {"pydeck"}
DECOYS = (
    ".env",
    ".env.production",
    ".git/config",
    ".streamlit/secrets.toml",
    ".venv/bin/python",
    "dashboard/.env.local",
    "dashboard/demo/secrets.toml",
    "history.sqlite",
    "tests/conftest.py",
    "queries/__pycache__/query.cpython-311.pyc",
)
INSTALLED = """
import json, platform
from importlib.metadata import distributions
found = {each.name.lower().replace("_", "-"): each.version for each in distributions()}
print(json.dumps([platform.python_version(), found]))
"""


@pytest.fixture(scope="module")
def files() -> Iterator[Path]:
    place = Path(said("image", "mount", IMAGE).strip())
    yield place
    said("image", "unmount", IMAGE)


def everything(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_symlink())


def test_the_project_is_in_it_and_nothing_beside(files: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *COPIED],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    held = (path.relative_to(files / "app") for path in everything(files / "app") if path.is_file())
    assert {str(path) for path in held if path.suffix != ".pyc"} == set(listed.stdout.splitlines())


def test_it_has_the_server_that_rehearses_and_neither_tests_nor_an_installer(files: Path) -> None:
    places = (files / "app", files / "opt", files / "usr" / "local", files / "var" / "lib")
    held = [path for place in places for path in place.rglob("*")]
    names = {path.name for path in held}
    assert "streamlit" in names
    assert names & {"tests", "pip", ".git"} == set()
    programs = {path.name for path in held if not path.is_dir()}
    assert {"initdb", "postgres"} <= programs


def test_only_the_history_belongs_to_its_user(files: Path) -> None:
    places = ("app", "etc", "home", "opt", "root", "srv", "usr", "var")
    owned = [path for name in places for path in (files / name).rglob("*") if _own(path)]
    assert [f"/{path.relative_to(files)}" for path in owned] == [HISTORY]
    assert list((files / HISTORY[1:]).iterdir()) == []


def _own(path: Path) -> bool:
    """Say whether the image's user may write it; where all may, like /tmp, is covered."""
    seen = path.lstat()
    if stat.S_ISLNK(seen.st_mode) or seen.st_mode & stat.S_ISVTX:
        return False
    return seen.st_uid == USER or seen.st_gid == USER or bool(seen.st_mode & stat.S_IWOTH)


def test_it_is_configured_as_written() -> None:
    config = inspected()["Config"]
    assert config["User"] == f"{USER}:{USER}"
    assert {line.partition("=")[0] for line in config["Env"]} == {
        "PATH", "HOME", "XDG_STATE_HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED",
        "STREAMLIT_BROWSER_SERVER_ADDRESS",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("image", "lock"), [(IMAGE, "requirements.txt"), (WITH_EXTRA, "requirements-extra.txt")]
)
def test_what_is_installed_is_what_is_locked(image: str, lock: str) -> None:
    python, installed = json.loads(
        said("run", "--rm", *WITHOUT_ENGINE, image, "python", "-c", INSTALLED)
    )
    assert installed == locked(python, lock)


def locked(python: str, lock: str) -> dict[str, str]:
    lines = re.findall(r"^(\S+==.*?) \\$", (ROOT / lock).read_text(), re.MULTILINE)
    needed = map(Requirement, lines)
    environment = {"python_full_version": python, "implementation_name": "cpython"}
    return {
        each.name: str(each.specifier).removeprefix("==")
        for each in needed
        if each.name not in LEFT_OUT and (each.marker is None or each.marker.evaluate(environment))
    }


def test_secrets_and_leftovers_of_a_working_folder_stay_out(tmp_path: Path) -> None:
    """Build from a folder full of them, with the project's own list of what goes in."""
    context = tmp_path / "context"
    for name in (*DECOYS, "dashboard/cli.py"):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text("decoy")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (context / ".dockerignore").write_bytes((ROOT / ".dockerignore").read_bytes())
    built = said("build", "--quiet", "--isolation=chroot", str(context)).strip()
    place = Path(said("image", "mount", built).strip())
    held = [str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()]
    said("image", "unmount", built)
    said("rmi", built)
    assert held == ["dashboard/cli.py"]

"""What goes into the image, and how it starts."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.settings import load, project_folder
from tests.docs.readme import code

ROOT = project_folder()
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
IGNORE = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
PATTERNS = [line for line in IGNORE if line and not line.startswith("#")]
KEPT_OUT = (
    ".streamlit/secrets.toml",
    ".streamlit/secrets.example.toml",
    "dashboard/secrets.toml",
    ".env",
    "dashboard/.env.local",
    ".git/config",
    ".venv/bin/python",
    "tests/conftest.py",
    "history.sqlite",
    "dashboard/__pycache__/cli.cpython-311.pyc",
)


def instructions(name: str) -> list[str]:
    return [
        line.removeprefix(name).strip() for line in map(str.strip, LINES) if line.startswith(name)
    ]


def sources() -> list[str]:
    """Name what is copied from the folder, not from another stage."""
    copied = (each.split() for each in instructions("COPY ") if not each.startswith("--from"))
    return [source for words in copied for source in words[:-1]]


def goes_in(path: str) -> bool:
    """Say whether Docker sends a file: the last pattern that matches it decides."""
    parts = path.split("/")
    places = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    sent = True
    for pattern in PATTERNS:
        wanted = re.escape(pattern.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?")
        if any(re.fullmatch(wanted.replace(r"\*", "[^/]*"), place) for place in places):
            sent = pattern.startswith("!")
    return sent


def test_what_is_copied_is_there() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    sent = {name for name in listed.stdout.splitlines() if goes_in(name)}
    assert sources()
    for source in sources():
        assert any(name == source or name.startswith(f"{source}/") for name in sent), source
    assert all(name.startswith(tuple(sources())) for name in sent)


@pytest.mark.parametrize("path", KEPT_OUT)
def test_what_is_secret_or_stale_stays_out(path: str) -> None:
    assert not goes_in(path)


def test_packages_are_installed_with_hashes() -> None:
    (install,) = [each for each in instructions("RUN ") if " install " in each]
    assert '--require-hashes --only-binary :all: -r "$REQUIREMENTS"' in install
    assert instructions("ARG ") == ["REQUIREMENTS=requirements.txt"]


def test_runs_as_nobody_in_particular() -> None:
    assert instructions("USER ") == ["10001:10001"]
    assert any("HOME=/tmp" in each for each in instructions("ENV "))


def test_a_volume_for_the_history_can_be_written() -> None:
    (environ,) = [each for each in instructions("ENV ") if "XDG_STATE_HOME=" in each]
    variables = dict(each.split("=", 1) for each in environ.split() if "=" in each)
    history = load(environ=variables, folder=ROOT / "nowhere").history
    assert history
    (made,) = [each for each in instructions("RUN ") if "mkdir " in each]
    assert f"mkdir --mode=0700 {history.parent} " in made
    assert made.endswith(f"chown {instructions('USER ')[0]} {history.parent}")
    assert f"-v deployment-dashboard:{history.parent}" in code()


def test_starts_the_server_that_its_health_check_asks() -> None:
    (check,) = [text.partition("CMD ")[2] for text in instructions("HEALTHCHECK ")]
    start = json.loads(instructions("CMD ")[-1])
    assert start[:5] == ["python", "-m", "streamlit", "run", "dashboard/asgi.py"]
    assert "--server.port=8501" in start
    assert "http://127.0.0.1:8501/readyz" in " ".join(json.loads(check))
    server = (ROOT / "dashboard" / "asgi.py").read_text(encoding="utf-8")
    assert '"/readyz": readiness' in server


def test_a_linter_of_dockerfiles_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is missing: it comes with requirements-dev.txt")
    command = [hadolint, "--no-color", "--failure-threshold", "style", str(ROOT / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    bad = subprocess.run(
        [hadolint, "-"], input="FROM debian\n", capture_output=True, text=True, check=False
    )
    assert "DL3006" in bad.stdout

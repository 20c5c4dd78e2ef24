"""The state of a running demo: found by its user, by nobody else, and only while it runs."""

import os
import stat
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.cli import main
from dashboard.demo import MIGRATIONS, DemoError, state
from dashboard.demo.command import SHOWN
from dashboard.demo.scenarios import ENVIRONMENTS, SCENARIOS
from dashboard.processes import Process
from dashboard.settings import Example, load, loading, running

MOST_BUTTONS = 10  # that fit into a row or two
ROOT = Path(__file__).parents[2]
TEXT = "[connections.local]\n"
WRITING = "from dashboard.demo import state; print(state.write('')); input()"
OURS = f"demo-{Process.current()}.toml"


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return folder / "deployment-dashboard"


def test_only_the_user_can_read_it(runtime: Path) -> None:
    path = state.write(TEXT)
    assert path == runtime / OURS
    assert path.read_text() == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    assert list(runtime.iterdir()) == [path]


def test_is_found_while_its_process_lives() -> None:
    assert running.newest() is None
    path = state.write(TEXT)
    assert running.newest() == path


def test_written_twice_is_the_last_text() -> None:
    state.write(TEXT)
    path = state.write("# other\n")
    assert path.read_text() == "# other\n"
    assert running.newest() == path


def test_is_removed_when_its_process_ends(runtime: Path) -> None:
    with writer() as other:
        path = Path(first_line(other))
        assert running.newest() == path
        other.communicate("\n")
    assert list(runtime.iterdir()) == []


def test_newest_of_two_wins() -> None:
    mine = state.write(TEXT)
    with writer() as other:
        theirs = Path(first_line(other))
        os.utime(mine, ns=(1, 1))
        assert running.newest() == theirs
        os.utime(theirs, ns=(0, 0))
        assert running.newest() == mine
        other.communicate("\n")


def test_stale_state_is_removed(runtime: Path) -> None:
    with writer() as killed:
        dead = Path(first_line(killed))
        killed.kill()
    assert dead.exists()
    reused_pid = runtime / f"demo-{os.getpid()}-1.toml"
    nameless = runtime / "demo-x.toml"
    foreign = runtime / "notes.txt"
    for path in (reused_pid, nameless, foreign):
        path.write_text(TEXT)
    assert running.newest() is None
    assert list(runtime.iterdir()) == [foreign]


def test_without_a_runtime_folder_it_is_among_the_temporary_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for value in (None, str(tmp_path / "missing")):
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        if value:
            monkeypatch.setenv("XDG_RUNTIME_DIR", value)
        path = state.write(TEXT)
        assert path.parent == tmp_path / f"deployment-dashboard-{os.geteuid()}"
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert running.newest() == path


def test_runtime_folder_open_to_others_is_not_used(runtime: Path, tmp_path: Path) -> None:
    runtime.parent.chmod(0o755)
    assert state.write(TEXT).parent == tmp_path / f"deployment-dashboard-{os.geteuid()}"


def test_folder_open_to_others_is_refused(runtime: Path) -> None:
    runtime.mkdir()
    (runtime / OURS).write_text(TEXT)
    runtime.chmod(0o755)
    assert_refused(runtime)


def test_link_instead_of_a_folder_is_refused(runtime: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / OURS).write_text(TEXT)
    runtime.symlink_to(elsewhere)
    assert_refused(runtime)


def test_file_instead_of_a_folder_is_refused(runtime: Path) -> None:
    runtime.touch(mode=0o700)
    assert_refused(runtime)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_folder_of_somebody_else_is_refused(runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / OURS).write_text(TEXT)
    os.chown(runtime, 65534, 65534)
    assert_refused(runtime)


def test_commands_take_it_up_where_nothing_else_is_configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loading, "project_folder", lambda: tmp_path)
    state.write("[connections.seeded]\nurl = 'postgresql://reader@127.0.0.1:1/app'\n")
    assert known_environments(capsys) == "seeded"
    monkeypatch.setenv("CONNECTIONS__OWN__URL", "postgresql://reader@127.0.0.1:1/app")
    assert known_environments(capsys) == "own"


def test_configuration_is_complete() -> None:
    urls = {
        environment.name: f"postgresql://x@y/{environment.name}" for environment in ENVIRONMENTS
    }
    settings = tomllib.loads(state.configuration(urls))
    assert list(settings["connections"]) == [environment.name for environment in ENVIRONMENTS]
    for environment in ENVIRONMENTS:
        assert settings["connections"][environment.name] == {
            "url": urls[environment.name],
            "role": environment.role,
            "app_url": environment.app_url,
        }
    assert settings["diagnosis"]["constraint"] == "deployments_projectId_fkey"
    assert settings["diagnosis"]["migrations"] == [str(MIGRATIONS)]
    assert settings["history"] == {"enabled": False}, "a demo leaves nothing behind"


def test_every_scenario_is_an_example_to_look_up(tmp_path: Path) -> None:
    examples = written_examples(tmp_path)
    asked = [(each.title, each.text, each.environment) for each in examples]
    assert asked == [(each.shows, each.paste, each.environment) for each in SCENARIOS]
    assert any(each.text.endswith(" ") for each in examples)
    assert any("\n" in each.text and '"' in each.text for each in examples)
    assert any("\u200b" in each.text for each in examples)


def test_buttons_are_in_words_and_each_of_another_verdict(tmp_path: Path) -> None:
    titles = {each.title: each.button for each in written_examples(tmp_path) if each.button}
    pressed = [each for each in SCENARIOS if each.shows in titles]
    assert len({each.code for each in pressed}) == len(set(titles.values())) == len(pressed)
    assert 5 <= len(pressed) <= MOST_BUTTONS
    assert all(button[0].isupper() and "-" not in button for button in titles.values())
    assert pressed[0].name == SHOWN[0]


@given(st.text(st.characters(exclude_categories=("Cs",))))
@example("\x00\t\n\r\x1b\x7f\x85\u2028\ufeff\U0001f600 \\ \"\"\" ''' # [[example]]")
def test_any_text_comes_back_as_it_is_from_what_is_written(text: str) -> None:
    assert tomllib.loads(f"text = {state._quoted(text)}\n") == {"text": text}


def written_examples(folder: Path) -> tuple[Example, ...]:
    urls = {each.name: f"postgresql://x@y/{each.name}" for each in ENVIRONMENTS}
    path = folder / "demo.toml"
    path.write_text(state.configuration(urls), encoding="utf-8")
    return load(path, environ={}).examples


def known_environments(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["lookup", "x", "--target", "nowhere"]) == 2
    return capsys.readouterr().err.strip().partition("Configured: ")[2].rstrip(".")


def assert_refused(folder: Path) -> None:
    with pytest.raises(DemoError, match=f"{folder} is not a private folder of yours"):
        state.write(TEXT)
    assert running.newest() is None


def writer() -> subprocess.Popen[str]:
    """Start another process that keeps a state until it reads a line."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITING],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()

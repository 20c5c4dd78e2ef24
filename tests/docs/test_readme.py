"""What the README and the pages of its users show is what the program does."""

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dashboard import cli
from dashboard.demo import state
from dashboard.demo.scenarios import ONLY_LOCAL, PREVIEW, STAGING
from dashboard.demo.seed import connect_urls
from dashboard.postgres.cluster import Cluster
from dashboard.settings import load
from dashboard.state import file, keeping, pruning, window
from tests.docs.readme import (
    COMMAND_LINE,
    CONFIGURATION,
    PAGES,
    README,
    ROOT,
    block,
    blocks,
    code,
    links,
    table,
    text,
)

RUN = (ROOT / "run").read_text(encoding="utf-8")
HELP = dict(re.findall(r"^  ([a-z]+) +(\S.+)$", RUN.partition("\nEND\n")[0], re.MULTILINE))
LOOK_UP = ("lookup", ONLY_LOCAL.id, "--target", STAGING)
OWN = ("demo", "serve", "lookup", "check", "doctor", "mcp", "alert", "audit")
MADE_LATER = {".streamlit/secrets.toml", ".venv"}
CHANGING = re.compile(r"[0-9.]+ ms|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
PREFIX = re.compile(r"(?:\w+=\S+ )*(?:\./run|python -m dashboard) ")


def commands() -> Iterator[list[str]]:
    """Yield every command that starts this program, without redirections and comments."""
    shell = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    for line in [*shell, *code()]:
        if PREFIX.match(line):
            command = re.split(r"\s[<>|]", PREFIX.sub("", line, count=1))[0]
            yield shlex.split(command, comments=True)


COMMANDS = [each for each in commands() if each[0] != "COMMAND"]  # which stands for any


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command_is_understood(command: list[str]) -> None:
    name, *arguments = command
    assert re.search(rf"\b{name}\b", RUN)
    if name in OWN:
        cli._parser().parse_args([name, *arguments])
    else:
        assert arguments in ([], ["--quick"], ["--all"], ["tests/diagnose", "-q"])


def test_commands_are_all_shown() -> None:
    assert {command[0] for command in COMMANDS} == {*HELP, "help"}


def test_each_command_is_explained_and_installs_what_it_needs() -> None:
    assert tuple(cli.COMMANDS.split(" | ")) == OWN == tuple(each for each in HELP if each in OWN)
    installing = re.findall(r"^    ([a-z |-]+)\) lock=", RUN, re.MULTILINE)
    assert {name for line in installing for name in line.split(" | ")} - {"--version"} == {*HELP}
    assert all(len(explained) > 20 for explained in HELP.values())


@pytest.mark.parametrize("asked", [[], ["help"], ["--help"], ["chek"]])
def test_help_needs_nothing_installed(asked: list[str], tmp_path: Path) -> None:
    shutil.copy(ROOT / "run", tmp_path)
    command = ["sh", str(tmp_path / "run"), *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (2 if asked == ["chek"] else 0)
    said = done.stderr if asked == ["chek"] else done.stdout
    assert all(f"  {name} " in said for name in HELP)
    assert ("unknown command 'chek'" in said) == (asked == ["chek"])
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


def test_the_readme_is_read_in_three_minutes() -> None:
    assert len(text(README).split()) <= 800
    page = {link.partition("#")[0] for link in links(README)}
    for one in ("configuration.md", "cli.md", "operating/", "verdicts.md", "how-it-works.md"):
        assert f"docs/{one}" in page
    assert len([each for each in page if each.endswith((".png", ".webp"))]) == 3


def test_the_readme_s_own_databases_are_a_configuration(tmp_path: Path) -> None:
    config = tmp_path / "secrets.toml"
    config.write_text(block("toml", README), encoding="utf-8")
    assert list(load(config, environ={}).databases) == ["local", STAGING]


def configuration() -> str:
    """Join the examples: together they are one configuration file."""
    return "\n".join(blocks("toml", CONFIGURATION))


def uncommented(text: str) -> str:
    return re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("change", [str, uncommented])
def test_configuration_is_accepted_as_it_stands(change: Any, tmp_path: Path) -> None:
    config = tmp_path / "secrets.toml"
    config.write_text(change(configuration()), encoding="utf-8")
    settings = load(config, environ={})
    assert list(settings.databases) == ["local", STAGING]
    assert settings.databases[STAGING].schema == "public"


def test_configuration_sets_what_it_shows(tmp_path: Path) -> None:
    """A key that the example gives no effect would be one that nobody reads."""
    shown = tomllib.loads(uncommented(configuration()))
    config = tmp_path / "secrets.toml"
    config.write_text(uncommented(configuration()), encoding="utf-8")
    settings = load(config, environ={})
    assert settings.constraint == shown["diagnosis"]["constraint"]
    assert str(settings.migrations_folder).endswith("prisma/migrations")
    assert settings.columns == shown["diagnosis"]["columns"]
    assert shown["rehearsal"] == {"enabled": True}
    assert shown["history"].keys() == {"path", "enabled"}
    assert settings.history is None
    assert settings.state
    assert shown["state"].keys() == {"url"}
    assert shown["thresholds"].keys() == {
        "all_fail_ids",
        "all_fail_window",
        "race",
        "replica_lag",
        "stuck",
        "undeployed",
    }
    assert settings.failures.statuses == tuple(map(str.lower, shown["failures"]["statuses"]))
    assert settings.failures.relation == shown["failures"]["relation"]
    assert settings.mutes[0].code == shown["mute"][0]["code"]
    assert [asdict(each) for each in settings.examples] == shown["example"]
    assert settings.environments[1].app_url == shown["connections"][STAGING]["app_url"]


def test_the_history_is_kept_where_and_for_as_long_as_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = tmp_path / "secrets.toml"
    config.write_text(configuration(), encoding="utf-8")
    assert load(config, environ={}).history == load(environ={}, folder=tmp_path).history
    assert (window.WHOLE.days, pruning.KEPT.days) == (2, 90)
    assert keeping.LIMIT_BYTES + file.LOG_LIMIT_BYTES == 64 * 1024 * 1024
    said = " ".join(text(CONFIGURATION).split())
    assert "every look for two days, then one an hour for 90 days, 64 MiB at most" in said


def test_variables_set_what_the_readme_says(tmp_path: Path) -> None:
    named = [name for name in code() if re.fullmatch(r"[A-Z]+__[A-Z0-9_]+", name)]
    assert named == ["CONNECTIONS__PREVIEW_412__URL", "DIAGNOSIS__CONSTRAINT"]
    url = "postgresql://reader@db.internal/app"
    settings = load(environ={named[0]: url, named[1]: "posts_userId_fkey"}, folder=tmp_path)
    assert list(settings.databases) == [PREVIEW]
    assert settings.constraint == "posts_userId_fkey"


def test_every_file_named_is_there() -> None:
    looks_like_a_file = re.compile(r"\.?[\w-]+(?:/[\w.-]+)+|[\w.-]+\.(?:py|md|txt|toml|sql)|\.\w+")
    named = {text.removeprefix("./") for text in code() if looks_like_a_file.fullmatch(text)}
    places = {name.partition("NAME")[0] for name in named - MADE_LATER}
    assert [place for place in sorted(places) if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        if name.startswith("http"):
            continue
        target = page.parent / name if name else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text(target), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, link


def test_exit_statuses_are_those_of_the_program() -> None:
    assert [int(status) for status, _ in table("exit status")] == [
        cli.OK, cli.FOUND, cli.USAGE, cli.UNKNOWN, cli.INTERNAL,
    ]  # fmt: skip
    listed = {word: int(status) for status, means in table("exit status") for word in means.split()}
    words = {re.sub(r"\W", "", word): status for word, status in listed.items()}
    for severity, status in cli.EXIT_STATUS.items():
        assert words[severity.value] == status


def test_what_you_may_see_is_what_the_program_says() -> None:
    files = [ROOT / "run", *(ROOT / "dashboard").rglob("*.py")]
    said = " ".join(path.read_text(encoding="utf-8") for path in files)
    of_others = {"No matching distribution found"}
    seen = [each for cell, _ in table("what you see") for each in re.findall("`([^`]+)`", cell)]
    assert of_others <= set(seen)
    for each in seen:
        assert each in said or each in of_others, each


@pytest.fixture(scope="module")
def config(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readme") / "demo.toml"
    path.write_text(state.configuration(connect_urls(demo)), encoding="utf-8")
    return path


def printed(config: Path, *options: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert cli.main([*LOOK_UP, "--config", str(config), *options]) == cli.FOUND
    return output.getvalue()


def test_text_is_what_a_look_up_prints(config: Path) -> None:
    printed_lines = iter(CHANGING.sub("", printed(config)).splitlines())
    for line in CHANGING.sub("", block("text", COMMAND_LINE)).splitlines():
        if line.strip() != "…":
            assert line in printed_lines, f"not printed, or not in this place: {line}"


def keys(value: Any) -> Any:
    """Reduce an object to its keys, and those of what is in it."""
    if isinstance(value, dict):
        return {key: keys(item) for key, item in value.items()}
    return [keys(item) for item in value[:1]] if isinstance(value, list) else None


def test_json_has_the_keys_that_a_look_up_prints(config: Path) -> None:
    shown, real = json.loads(block("json", COMMAND_LINE)), json.loads(printed(config, "--json"))
    for example in (shown, real):
        example["verdict"]["alternatives"] = []
        example["environments"].pop("production", None)
    assert keys(shown) == keys(real)


def test_json_values_are_those_of_a_look_up(config: Path) -> None:
    shown, real = json.loads(block("json", COMMAND_LINE)), json.loads(printed(config, "--json"))
    for place in ("project_id", "target", "input", "findings"):
        assert shown[place] == real[place]
    for place in ("code", "severity", "confidence", "cause", "summary", "caveats", "docs"):
        assert shown["verdict"][place] == real["verdict"][place]
    for name, environment in shown["environments"].items():
        assert environment == real["environments"][name]

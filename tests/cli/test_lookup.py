"""`lookup` as scripts and CI use it: JSON, exit status, one sentence for what is wrong."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from dashboard.demo import state
from dashboard.demo.scenarios import (
    NEVER_HERE,
    ONLY_LOCAL,
    PREVIEW,
    PRODUCTION,
    REFUSED,
    SCENARIOS,
    SHOP,
    STAGING,
)
from dashboard.demo.seed import connect_urls
from dashboard.postgres.cluster import Cluster
from dashboard.settings import project_folder

NAMED = {scenario.name: scenario for scenario in SCENARIOS}
PROJECT = {"id", "name", "owner_id", "created_at", "updated_at", "deleted_at", "deleted"}
FINDING = {
    "code", "severity", "summary", "explanation", "confidence", "cause", "environment", "evidence",
    "caveats", "fix", "alternatives", "resolves_when", "docs", "suggestions",
    "relationship", "relationships", "reply", "subject", "others", "since",
}  # fmt: skip


@pytest.fixture(scope="module")
def config(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "dashboard.toml"
    path.write_text(state.configuration(connect_urls(demo)))
    return path


def lookup(
    text: str, target: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, Any, str]:
    status = main(["lookup", text, "--target", target, "--config", str(config), "--json"])
    output = capsys.readouterr()
    return status, json.loads(output.out) if output.out else None, output.err


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("project-present", 0),
        ("several-envs", 0),
        ("environment-mismatch", 1),
        ("soft-deleted", 1),
        ("id-typo", 1),
        ("env-unreachable", 3),
        ("no-id", 3),
        ("not-explained", 1),
    ],
)
def test_the_exit_status_follows_the_verdict(
    name: str, status: int, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = NAMED[name]
    got, answer, _ = lookup(scenario.paste, scenario.environment, config, capsys)
    assert got == status
    assert answer["verdict"]["code"] in (scenario.code, "project-present")


OTHER_ERRORS = (
    "ERROR:  permission denied for table deployments",
    'ERROR:  new row for relation "deployments" violates check constraint "d_check"',
    'ERROR:  could not extend file "base/1/2": No space left on device',
    "ERROR:  deadlock detected",
    "ERROR:  cannot execute INSERT in a read-only transaction",
    "ERROR:  value too long for type character varying(20)",
    "ERROR:  canceling statement due to statement timeout",
    "Can't reach database server at `db.internal:5432`",
    "Server has closed the connection.",
    "The provided value for the column is too long for the column's type. Column: name",
)


@pytest.mark.parametrize("error", OTHER_ERRORS)
def test_an_error_about_something_else_does_not_disappear_behind_a_project(
    error: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        f"Invalid `prisma.deployment.create()` invocation:\n\n\n{error}\n\nprojectId: '{SHOP.id}'"
    )
    status, answer, people = lookup(text, STAGING, config, capsys)
    assert status == 1
    assert (answer["verdict"]["code"], answer["verdict"]["severity"]) == (
        "not-explained",
        "warning",
    )
    assert error.removeprefix("ERROR:  ").rstrip(".") in answer["verdict"]["summary"]
    assert answer["findings"][0]["code"] == "project-present"
    assert "Healthy" not in people.partition("Also found")[0]


def test_json_has_the_documented_shape(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = NAMED["environment-mismatch"]
    _, answer, people = lookup(scenario.paste, STAGING, config, capsys)
    assert set(answer) == {
        "project_id", "target", "input", "verdict", "findings", "environments",
        "relationship", "key", "proof", "failures",
    }  # fmt: skip
    assert answer["project_id"] == scenario.project_id
    assert answer["target"] == STAGING
    assert set(answer["input"]) == {"kind", "normalised"}
    assert set(answer["verdict"]) == FINDING
    assert set(answer["verdict"]["fix"]) >= {
        "option", "title", "steps", "commands", "risk", "needs_role",
    }  # fmt: skip
    assert set(answer["verdict"]["evidence"][0]) == {"environment", "fact", "query", "as_of", "ms"}
    assert answer["verdict"]["docs"] == "docs/verdicts.md#environment-mismatch"
    states = {name: each["state"] for name, each in answer["environments"].items()}
    assert states == {
        "local": "found", "staging": "absent", "production": "absent", "preview-412": "unknown",
    }  # fmt: skip
    assert set(answer["environments"]["local"]["project"]) == PROJECT
    assert answer["environments"]["local"]["reason"] is None
    assert answer["environments"]["staging"]["project"] is None
    assert answer["relationship"] == {
        "constraint": "deployments_projectId_fkey",
        "child": "public.deployments(projectId)",
        "parent": "public.Project(id)",
    }
    assert answer["key"] == {"id": scenario.project_id}
    assert answer["proof"] is None
    assert answer["verdict"]["reply"] == (
        "Your project exists in local, not in staging. Please create it in staging and deploy "
        "that one."
    )
    assert set(answer["environments"]["preview-412"]["reason"]) == {"kind", "message"}
    assert answer["verdict"]["summary"] in people, "people read standard error"


def test_several_ids_give_several_results(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = f"{SHOP.id}\n{NAMED['environment-mismatch'].project_id}"
    status, answer, _ = lookup(both, STAGING, config, capsys)
    assert status == 1
    assert [each["verdict"]["code"] for each in answer["results"]] == [
        "project-present",
        "environment-mismatch",
    ]


MANY = (SHOP.id, NAMED["environment-mismatch"].project_id, *(f"c{n:024d}" for n in range(6)))


def test_ids_may_be_arguments_of_their_own(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--target", STAGING, "--config", str(config), "--json"]
    assert main(["lookup", *MANY[:2], *arguments]) == 1
    apart = json.loads(capsys.readouterr().out)
    _, together, _ = lookup("\n".join(MANY[:2]), STAGING, config, capsys)
    ids = [each["project_id"] for each in apart["results"]]
    assert ids == [each["project_id"] for each in together["results"]] == list(MANY[:2])


def test_each_of_many_ids_is_an_object_in_a_line_of_its_own(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["lookup", "\n".join(MANY), "--target", STAGING, "--config", str(config), "--json"])
    output = capsys.readouterr()
    results = json.loads(output.out)["results"]
    assert [each["project_id"] for each in results] == list(MANY)
    lines = output.out.splitlines()[1:-1]
    assert [json.loads(line.rstrip(",")) for line in lines] == results
    assert "8 IDs looked up in staging: 1 found and 7 missing." in output.err
    assert all(set(each["verdict"]) == FINDING for each in results)


def test_many_ids_are_a_line_each_and_counts(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["lookup", "\n".join(MANY), "--target", STAGING, "--config", str(config)])
    lines = capsys.readouterr().out.splitlines()
    assert status == 1
    for line, identifier in zip(lines, MANY, strict=False):
        assert identifier in line
    assert "  6  stale-project-id (Problem)" in lines
    assert "  1  project-present (Fine)" in lines
    assert any(line.startswith("  preview-412 could not be checked") for line in lines)


@pytest.mark.parametrize(("target", "status"), [(PREVIEW, 3), (STAGING, 1)])
def test_the_gravest_of_many_decides(
    target: str, status: int, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lookup("\n".join(MANY), target, config, capsys)[0] == status


def test_every_id_of_a_log_has_its_own_error(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    race = NAMED["present-race"]
    other = NAMED["environment-mismatch"].project_id
    log = f"{race.paste}\n{race.paste.replace(race.project_id, other)}"
    _, answer, _ = lookup(log, STAGING, config, capsys)
    assert [each["verdict"]["code"] for each in answer["results"]] == [
        "present-race",
        "environment-mismatch",
    ]


def test_too_many_ids_are_one_sentence(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(f"c{number:024d}" for number in range(20_001))
    assert main(["lookup", text, "--target", STAGING, "--config", str(config)]) == 2
    assert capsys.readouterr().err == ("There are more than 20,000 IDs: look them up in parts.\n")


def test_text_is_for_people(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = NAMED["environment-mismatch"]
    main(["lookup", scenario.paste, "--target", STAGING, "--config", str(config)])
    text = capsys.readouterr().out
    headings = [
        *("Tell the customer", "Recent failures", "Where the ID exists", "Evidence"),
        *("What could make this wrong", "Do this:"),
    ]
    positions = [text.index(heading) for heading in ["Project missing (certain): ", *headings]]
    assert positions == sorted(positions)
    assert f"where id = '{scenario.project_id}';" in text


def placed(
    text: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any], str]:
    status = main(["lookup", text, "--config", str(config), "--json"])
    output = capsys.readouterr()
    return status, json.loads(output.out), output.err


@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        (SHOP.id, 0, "exists in staging."),
        (NEVER_HERE, 3, "was not found; preview-412 could not be checked."),
        ("nothing to look up", 3, "names no environment"),
        (f"{SHOP.id}\n{NEVER_HERE}", 3, "was not found"),
    ],
)
def test_without_an_environment_it_says_where_the_id_is(
    text: str, status: int, sentence: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got, answer, people = placed(text, config, capsys)
    assert got == status
    assert sentence in people
    for each in answer.get("results", [answer]):
        assert (each["target"], each["verdict"], each["findings"]) == (None, None, [])
        assert list(each["environments"]) == ["local", "staging", "production", "preview-412"]


def reachable(demo: Cluster, folder: Path, *names: str) -> Path:
    """Configure some of the demo's environments."""
    urls = connect_urls(demo)
    path = folder / "dashboard.toml"
    path.write_text("".join(f'[connections.{each}]\nurl = "{urls[each]}"\n' for each in names))
    return path


def test_it_is_nowhere_only_where_all_say_so(
    demo: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = reachable(demo, tmp_path, STAGING, PRODUCTION)
    status, _, people = placed(NEVER_HERE, config, capsys)
    assert status == 1
    assert people.endswith("exists in no environment.\n")
    assert main(["lookup", NEVER_HERE, "--config", str(config)]) == 1
    assert "--target" in capsys.readouterr().out


def test_the_address_in_the_text_chooses_the_environment(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, answer, _ = placed(f"https://staging.example.com/projects/{SHOP.id}", config, capsys)
    assert answer["target"] == STAGING
    assert answer["verdict"]["code"] == "project-present"


def test_the_only_environment_is_meant(
    demo: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = reachable(demo, tmp_path, STAGING)
    _, answer, _ = placed(SHOP.id, config, capsys)
    assert answer["target"] == STAGING


def test_an_error_without_an_id_offers_those_that_failed(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, answer, _ = lookup(NAMED["no-id"].paste, STAGING, config, capsys)
    verdict = answer["verdict"]
    assert (status, verdict["code"], verdict["severity"]) == (3, "no-id", "unknown")
    assert "named a project that did not exist in staging" in verdict["summary"]
    assert set(verdict["suggestions"]) >= {NEVER_HERE, ONLY_LOCAL.id}
    assert REFUSED.id not in verdict["suggestions"]
    (fact,) = [each for each in verdict["evidence"] if NEVER_HERE in each["fact"]]
    assert "14 failures, the last on " in fact["fact"]
    assert NEVER_HERE in verdict["fix"]["steps"][0]
    assert "Include Error Detail" in verdict["fix"]["steps"][-1]


def test_what_failed_before_stands_under_every_verdict(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also under one that has another cause; where nothing failed, it says who was asked."""
    _, missing, _ = lookup(ONLY_LOCAL.id, STAGING, config, capsys)
    assert missing["verdict"]["code"] == "environment-mismatch"
    (recent,) = missing["failures"]["recent"]
    assert (recent["cause"], recent["failures"]) == ("project missing (23503)", 9)
    _, fine, _ = lookup(SHOP.id, STAGING, config, capsys)
    assert fine["failures"]["recent"] == []
    assert "the server's log" in fine["failures"]["asked"]
    assert fine["verdict"]["summary"].endswith("it already has its deployment.")


def test_a_project_that_fails_is_not_well(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, status in (("already-deployed-by-the-log", 1), ("recent-failures", 1)):
        scenario = NAMED[name]
        got, answer, _ = lookup(scenario.paste, scenario.environment, config, capsys)
        assert (got, answer["verdict"]["code"]) == (status, scenario.code)
        codes = {each["code"] for each in answer["findings"]}
        assert "project-present" not in codes


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lookup", "x", "--target", "stagin"], "Did you mean staging?"),
        (["lookup", "x", "--target", "nowhere"], "Configured: local, staging, production"),
    ],
)
def test_a_wrong_target_is_one_sentence(
    arguments: list[str], sentence: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--config", str(config)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_wrong_configuration_is_one_sentence_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('[connections.a]\nurl = "mysql://u:Secr3tPw@h/d"\nroll = "x"\n')
    assert main(["lookup", "x", "--target", "a", "--config", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert not any("Secr3tPw" in line for line in lines)


def test_no_environment_names_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.toml"
    path.touch()
    assert main(["lookup", "x", "--target", "a", "--config", str(path)]) == 2
    assert "./run demo" in capsys.readouterr().err
    assert main(["serve", "--config", str(path)]) == 2
    assert "./run demo" in capsys.readouterr().err


def run(*arguments: str, text: str | None = None, folder: Path | None = None) -> Any:
    environment = {**os.environ, "PYTHONPATH": str(project_folder())}
    return subprocess.run(
        [sys.executable, "-m", "dashboard", *arguments],
        input=text, capture_output=True, text=True, check=False, cwd=folder, env=environment,
    )  # fmt: skip


def test_a_whole_process_from_another_folder_and_standard_input(
    config: Path, tmp_path: Path
) -> None:
    config_here = tmp_path / "here.toml"
    config_here.write_bytes(config.read_bytes())
    arguments = ("lookup", "-", "--target", STAGING, "--config", "here.toml", "--json")
    done = run(*arguments, text=f"projectId: {SHOP.id}\n", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["project_id"] == SHOP.id


def test_a_reader_that_stops_early_is_no_bug(config: Path) -> None:
    command = f"{sys.executable} -m dashboard lookup {SHOP.id} --target {STAGING} --config {config}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"],
        capture_output=True, text=True, check=False, cwd=project_folder(),
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_locale_makes_a_bug_of_a_letter(encoding: str, config: Path) -> None:
    """Neither the quotation marks around a name nor a byte that is no text ends a look-up."""
    project = NAMED["environment-mismatch"].project_id
    done = subprocess.run(
        [sys.executable, "-m", "dashboard", "lookup", "-", "--target", STAGING,
         "--config", str(config)],
        input=f"{project}\n".encode() + b"a1\xff\n", capture_output=True, check=False,
        cwd=project_folder(), env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"")
    assert project.encode() in done.stdout


def test_hostile_ids_are_only_ids(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ('\'; drop table "Project"; --', "%s %(x)s {key} :ids", "\\", "a\x00b", "\ud800x"):
        status, answer, _ = lookup(text, STAGING, config, capsys)
        assert status in (1, 3)
        assert answer["environments"]["staging"]["state"] in ("absent", "unknown")


def test_a_port_in_use_is_one_sentence(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port), "--config", str(config)]) == 2
    assert capsys.readouterr().err == f"Port {port} is in use: choose another with --port.\n"


def test_a_bug_is_loud_and_tells_no_secret(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("postgresql://reader:Secr3tPw@db.internal/app broke")

    monkeypatch.setattr("dashboard.diagnose.lookup.verdicts.diagnose", broken)
    assert main(["lookup", SHOP.id, "--target", STAGING, "--config", str(config)]) == 4
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert "bug in the dashboard" in error
    assert "Secr3tPw" not in error


@pytest.mark.parametrize("port", ["99999", "-1", "http", ""])
def test_what_is_no_port_is_one_sentence(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"--port={port}"])
    assert ended.value.code == 2
    assert "is no port" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_masked_answer_is_the_same_without_names(
    more: list[str], config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["lookup", SHOP.id, "--target", STAGING, "--config", str(config), *more]
    plain, masked = main(command), main([*command, "--mask"])
    output = capsys.readouterr()
    assert plain == masked
    assert output.out.count(SHOP.name) >= 1
    assert main([*command, "--mask"]) == plain
    alone = capsys.readouterr()
    assert SHOP.name not in alone.out + alone.err
    assert SHOP.owner_id not in alone.out + alone.err
    assert "(hidden)" in alone.out
    assert ("owner-" in alone.out) is bool(more)

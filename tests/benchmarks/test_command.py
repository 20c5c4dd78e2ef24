"""./run bench: its groups, its mistakes, and what it keeps."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks import groups
from tests.benchmarks.__main__ import ROWS, Run, main
from tests.benchmarks.groups import GROUPS, Group, chosen
from tests.benchmarks.report import Section
from tests.benchmarks.stage import Options, Stage
from tests.benchmarks.timing import Timing


def test_a_whole_run_is_every_group_but_the_longest() -> None:
    assert [each.name for each in GROUPS if each not in chosen([])] == [
        "differential",
        "scale",
        "soak",
    ]


def test_named_groups_are_taken_once_in_the_order_named() -> None:
    assert [each.name for each in chosen(["soak", "lookup", "soak"])] == ["soak", "lookup"]


def test_names_are_unique() -> None:
    assert len(groups.BY_NAME) == len(GROUPS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["speed"], "there is no 'speed', only lookup, bulk"),
        (["--rows", "7"], "invalid choice: '7'"),
        (["soak", "--minutes", "0"], "it is more than 0 and at most a day"),
        (["soak", "--minutes", "nan"], "it is more than 0 and at most a day"),
        (["soak", "--minutes", "soon"], "invalid minutes value: 'soon'"),
        (["--fast"], "unrecognized arguments: --fast"),
        (["--profile"], "--profile needs --out"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert said.startswith("./run bench: ")
    assert words in said
    assert said.count("\n") == 1


def test_a_group_is_told_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def measure(stage: Stage) -> Iterator[Section]:
        yield Section(f"of {stage.options.rows}", (Timing("a", (1.0,)),), "a")

    group = Group("sample", "What is it like?", measure)
    with Stage(Options(rows=ROWS["100k"])) as stage:
        run = Run(group, stage, {"cores": "2"}, tmp_path)
        (section,) = run.take(profiled=True)
    assert section.title == "of 100000"
    said = capsys.readouterr().out
    assert "# sample: What is it like?" in said
    assert "| a | 1 | 1 | 1 | 1 |" in said
    assert said.strip() == (tmp_path / "sample.md").read_text(encoding="utf-8").strip()
    kept = json.loads((tmp_path / "sample.json").read_text(encoding="utf-8"))
    assert kept["about"] == {"cores": "2"}
    assert kept["sections"][0]["timings"][0]["p50_ms"] == 1.0
    assert (tmp_path / "sample.profile").stat().st_size

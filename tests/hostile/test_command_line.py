"""Ten thousand hostile pastes through the command line: judged, or refused in one sentence."""

import contextlib
import io
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from dashboard import cli
from dashboard.collect import collector as collecting
from dashboard.collect.collector import Collector
from dashboard.collect.lookup import given
from dashboard.demo.scenarios import LOCAL, STAGING
from dashboard.postgres.cluster import Cluster
from dashboard.settings import load
from tests.hostile.pastes import CLASSES, NUMBER, Hostile, hostile, patterns
from tests.hostile.witness import nothing_written
from tests.repetitions import every_nth

CONTRACT = (cli.OK, cli.FOUND, cli.USAGE, cli.UNKNOWN)
PARTS = 80
LOT = 10  # for so many, all is asked that is asked for one
ALONE = 100  # every so-many-th also goes through the whole command
RESULT = {
    *("project_id", "key", "relationship", "target", "input", "verdict", "findings"),
    *("environments", "failures", "proof"),
}


class Shared(Collector):
    """One collector for all: its connections and what it knows of the catalogs are kept."""

    def close(self) -> None:
        """Stay open: the next look-up goes on with it."""

    def really_close(self) -> None:
        super().close()


@pytest.fixture(scope="module")
def config(quiet: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ask as the superuser: nothing but the dashboard itself keeps it from writing."""
    path = tmp_path_factory.mktemp("hostile") / "dashboard.toml"
    tables = (f'[connections.{name}]\nurl = "{quiet.url(name)}"\n' for name in (STAGING, LOCAL))
    path.write_text("".join(tables))
    return path


def look_up(text: str, config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Ask as a script does, every other time for JSON."""
    more = ["--json"] if len(text) % 2 else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(text))
        status = cli.main(["lookup", "-", "--target", STAGING, "--config", str(config), *more])
    output = capsys.readouterr()
    return status, output.out, output.err


def harmless(text: str) -> bool:
    """Whether a terminal shows the text and does nothing else: no escape, nothing turned around."""
    plain = text.replace("\n", "").replace("\u200c", "").replace("\u200d", "")
    return plain.isprintable() or not any(
        unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for each in plain
    )


def check(paste: Hostile, status: int, out: str, err: str) -> None:
    """JSON goes to standard output, and what is for people is harmless wherever it goes."""
    assert status in CONTRACT
    assert harmless(err)
    if status == cli.USAGE:
        assert (out, err.count("\n")) == ("", 1)
    elif out.startswith("{"):
        answers = json.loads(out)
        for each in answers.get("results", [answers]):
            assert each.keys() == RESULT
            assert each["environments"].keys() == {STAGING, LOCAL}
    else:
        assert harmless(out)
        assert out.strip()
        assert err == ""


def together(
    pastes: Sequence[Hostile], collector: Collector, capsys: pytest.CaptureFixture[str]
) -> Iterator[tuple[Hostile, tuple[int, str, str]]]:
    """Do what the command does, but ask for a few pastes in one set of statements."""
    target = collector.settings.databases[STAGING].environment
    read = [given.read_text(each.text, collector.settings) for each in pastes]
    seen = iter(collector.evidence_of_all([part for parts in read for part in parts], target))
    for number, (paste, parts) in enumerate(zip(pastes, read, strict=True)):
        status = cli.answer([next(seen) for _ in parts], as_json=bool(number % 2))
        output = capsys.readouterr()
        yield paste, (status, output.out, output.err)


def check_all(answered: Iterable[tuple[Hostile, tuple[int, str, str]]]) -> int:
    """Check each, and count them."""
    number = 0
    for paste, answer in answered:
        number += 1
        try:
            check(paste, *answer)
        except (AssertionError, ValueError):
            pytest.fail(f"{paste.kind} {paste.text[:300]!a}: {answer!a:.3000}")
    return number


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", every_nth(range(0, ALONE, 10), 10))
def test_some_go_through_the_whole_command(
    first: int, quiet: Cluster, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pastes = hostile()[first::ALONE]
    assert {each.kind for each in pastes} == CLASSES.keys()
    with nothing_written(quiet), pytest.MonkeyPatch.context() as patch:
        shared = Shared(load(config))
        patch.setattr(collecting, "Collector", lambda _settings: shared)
        answered = ((each, look_up(each.text, config, capsys)) for each in pastes)
        try:
            assert check_all(answered) == NUMBER // ALONE
        finally:
            shared.really_close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", every_nth(range(PARTS), PARTS))
def test_all_of_them_in_lots(
    part: int, quiet: Cluster, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pastes = hostile()[part::PARTS]
    with nothing_written(quiet), contextlib.closing(Collector(load(config))) as collector:
        lots = (pastes[place : place + LOT] for place in range(0, len(pastes), LOT))
        answered = (each for lot in lots for each in together(lot, collector, capsys))
        assert check_all(answered) == NUMBER // PARTS


def test_they_are_ten_thousand_and_the_same_every_time() -> None:
    pastes = hostile()
    assert len(pastes) == NUMBER
    assert {each.kind for each in pastes} == CLASSES.keys()
    assert pastes == hostile()
    assert len(patterns()) > 80, "the regular expressions are found where they are"

"""docs/reliability.md says of every fault what its test proves."""

import importlib
import re
from pathlib import Path

import pytest

from tests.docs.readme import ROOT
from tests.faults.stage import Fault

DOC = ROOT / "docs" / "reliability.md"
FOLDER = ROOT / "tests" / "faults"
LINE = re.compile(r"\| `(?P<row>[\w-]+)` \|(?P<cells>.*)\|")
UNNOTICED = "nothing: it answers as before"
NUMBERS = {str(number) for number in range(1, 45)}


def lines() -> dict[str, list[str]]:
    found = LINE.finditer(DOC.read_text(encoding="utf-8"))
    return {each["row"]: [cell.strip() for cell in each["cells"].split("|")] for each in found}


def faults() -> list[tuple[Fault, str]]:
    """List every fault that a module of tests/faults proves, with the module's path."""
    modules = [
        importlib.import_module(f"tests.faults.{path.stem}") for path in FOLDER.glob("test_*.py")
    ]
    return [
        (fault, f"tests/faults/{Path(str(module.__file__)).name}")
        for module in modules
        for fault in getattr(module, "FAULTS", ())
    ]


@pytest.mark.parametrize(("fault", "path"), faults(), ids=lambda each: getattr(each, "row", ""))
def test_a_fault_is_described_as_it_is_tested(fault: Fault, path: str) -> None:
    what, _how, words, ends, test = lines()[fault.row]
    assert what == fault.what
    assert words == (UNNOTICED if fault.words is None else f"`{fault.words}`")
    assert ends == "yes"
    assert test == f"`{path}`"


def test_every_row_has_a_line_and_every_test_is_there() -> None:
    assert {row.split("-")[0] for row in lines()} == NUMBERS
    for *_, test in lines().values():
        path, _, name = test.strip("`").partition("::")
        assert (ROOT / path).is_file()
        assert not name or f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_no_line_is_without_a_test() -> None:
    tested = {fault.row for fault, _ in faults()}
    elsewhere = {row for row, cells in lines().items() if "::" in cells[-1]}
    assert set(lines()) == tested | elsewhere

"""The audit: a line a question, no pasted text in clear, and whatever was changed in it shows."""

import io
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dashboard.access import audit as audits
from dashboard.access.audit import MOST_IDS, Audit
from dashboard.access.chain import Broken, Chains, verify
from dashboard.cli import main

ID = "cmuh3zi8j00cocfpecxvm11hu"


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def audit(output: io.StringIO) -> Audit:
    return Audit(output)


def lines(output: io.StringIO) -> list[str]:
    return output.getvalue().splitlines(keepends=True)


def entries(output: io.StringIO) -> list[Any]:
    return [json.loads(each) for each in lines(output)]


def filled(audit: Audit, *ids: str) -> None:
    for each in ids:
        audit.looked_up("sam@example.com", "page", "staging", [each], ["project-present"])


def test_a_look_up_is_a_line(audit: Audit, output: io.StringIO) -> None:
    audit.looked_up("sam@example.com", "page", "staging", [ID], ["project-present"])
    (entry,) = entries(output)
    assert entry.pop("at").endswith("+00:00")
    assert len(entry.pop("run")) == 8
    assert entry == {
        "audit": 1,
        "serial": 1,
        "event": "lookup",
        "who": "sam@example.com",
        "via": "page",
        "environment": "staging",
        "ids": [ID],
        "number": 1,
        "codes": ["project-present"],
        "before": "0" * 16,
    }


def test_of_many_ids_the_rest_is_counted(audit: Audit, output: io.StringIO) -> None:
    audit.looked_up("sam", "api", "staging", [ID] * 5_000, ["b", "a", "a"])
    (entry,) = entries(output)
    assert (len(entry["ids"]), entry["number"], entry["codes"]) == (MOST_IDS, 5_000, ["a", "b"])


@pytest.mark.parametrize(
    "pasted",
    ["hunter2secret", "mail@example.com", "Shop demo", "sk_live_4eC39HqLyjWDarjtT1zdp", "\ud800"],
)
def test_what_is_no_id_for_sure_is_not_told(pasted: str, audit: Audit, output: io.StringIO) -> None:
    filled(audit, pasted)
    assert pasted not in output.getvalue()
    (told,) = entries(output)[0]["ids"]
    assert told.startswith("sha256:")


def test_a_page_drawn_again_is_not_another_look_up(
    audit: Audit, output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(audit, ID, ID)
    assert len(lines(output)) == 1
    monkeypatch.setattr(audits, "AGAIN_S", 0.0)
    filled(audit, ID)
    assert len(lines(output)) == 2


def test_nothing_begins_a_line_of_its_own(audit: Audit, output: io.StringIO) -> None:
    audit.happened("refused", 'x\n{"audit": 1}\r\u2028', "page")
    assert len(lines(output)) == 1
    assert output.getvalue().isascii()


class Closed(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_who_looks_up_is_answered_though_nobody_reads_the_audit(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("dashboard"), "propagate", True)
    filled(Audit(Closed()), ID)
    assert "could not be written" in caplog.text
    assert ID in caplog.text


def test_an_audit_follows_from_line_to_line(audit: Audit, output: io.StringIO) -> None:
    filled(audit, *"abc")
    other = Audit(output)
    filled(other, *"de")
    filled(audit, "f")
    mixed = ["  You can now view your Streamlit app in your browser.\n", *lines(output)]
    found = verify(mixed)
    assert isinstance(found, Chains)
    assert (found.lines, len(found.runs), found.cut) == (6, 2, ())


Change = Callable[[list[str]], Sequence[str]]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda told: [told[0], *told[2:]], 2),
        (lambda told: [told[0], told[1].replace("staging", "local"), *told[2:]], 3),
        (lambda told: [told[1], told[0], *told[2:]], 2),
        (lambda told: [*told[:2], told[1], *told[2:]], 3),
        (lambda told: [*told[:3], '{"audit": 1, "x": 2}\n', *told[3:]], 4),
        (lambda told: [*told[:3], '{"audit": \n', *told[3:]], 4),
        (lambda told: [*told, told[0]], 5),
        (lambda told: [told[0].replace('"before": "0', '"before": "1'), *told[1:]], 1),
    ],
)
def test_a_change_shows(change: Change, line: int, audit: Audit, output: io.StringIO) -> None:
    filled(audit, *"abcd")
    found = verify(change(lines(output)))
    assert isinstance(found, Broken)
    assert found.line == line


def test_a_beginning_that_is_elsewhere_is_said(audit: Audit, output: io.StringIO) -> None:
    """An older file has it, after a rotation; a cut end shows nowhere, and docs say so."""
    filled(audit, *"abcd")
    found = verify(lines(output)[2:])
    assert isinstance(found, Chains)
    assert found.cut == found.runs
    assert isinstance(verify(lines(output)[:2]), Chains)


def test_the_command_verifies_a_file(
    audit: Audit, output: io.StringIO, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older, newer = tmp_path / "older.log", tmp_path / "newer.log"
    filled(audit, *"abcd")
    older.write_text("".join(lines(output)[:2]))
    newer.write_text("".join(lines(output)[2:]))
    assert main(["audit", "verify", str(older), str(newer)]) == 0
    assert "4 lines of 1 run of the server: none was changed" in capsys.readouterr().out
    assert main(["audit", "verify", str(newer), str(older)]) == 1
    assert "Line 3 was changed, or one before it removed" in capsys.readouterr().out


def test_a_file_without_an_audit_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.log"
    empty.write_bytes(b"\xff\n")
    assert main(["audit", "verify", str(empty)]) == 3
    assert main(["audit", "verify", str(tmp_path / "none.log")]) == 2
    assert "none.log cannot be read" in capsys.readouterr().err

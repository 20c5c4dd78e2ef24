"""What others send makes no line of its own in a log."""

import io
import logging
from collections.abc import Iterator

import pytest

from dashboard.access.log_lines import OneLine

FORGED = "x\n2026-11-29 00:00:00 FAKED: admin signed in\x1b[31m\r\u2028z\u202e\x85\x00"


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    usual = logging.getLogRecordFactory()
    logging.setLogRecordFactory(OneLine)
    output = io.StringIO()
    logger = logging.Logger("somebody else's")
    logger.addHandler(logging.StreamHandler(output))
    yield logger, output
    logging.setLogRecordFactory(usual)


@pytest.mark.parametrize("how", ["%s", FORGED.replace("%", "%%")])
def test_a_message_is_one_line(log: tuple[logging.Logger, io.StringIO], how: str) -> None:
    logger, output = log
    logger.warning(how, *([FORGED] if how == "%s" else []))
    (line,) = output.getvalue().splitlines()
    assert line.isprintable()
    assert "\\n2026-11-29" in line


def test_the_lines_of_a_traceback_are_all_indented(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, output = log
    try:
        int(f"x{FORGED}")
    except ValueError:
        logger.exception("failed")
    first, *others = output.getvalue().split("\n")[:-1]
    assert first == "failed"
    assert all(each.startswith("  ") and each.isprintable() for each in others), others
    assert any("ValueError: invalid literal" in each for each in others)


def test_what_is_written_in_any_language_stays(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, output = log
    logger.warning("Bücher für 東京 100 %%")
    assert output.getvalue() == "Bücher für 東京 100 %%\n"

"""docs/verdicts.md says of every code what the source says, and what to do."""

import ast
import re
from collections import defaultdict
from functools import cache

import pytest

from dashboard.demo.scenarios import SCENARIOS
from dashboard.postgres import LOOKUP
from dashboard.settings import Thresholds, project_folder
from tests.docs.emissions import SOURCE, Emission, Module, emissions, keyword

PAGE = project_folder() / "docs" / "verdicts.md"
ASPECTS = ("Severity", "Detected by", "Do", "Confidence")
FOR_PROGRAMS = "JSON"  # numbers, which no sentence for people mentions


@cache
def sections() -> dict[str, dict[str, str]]:
    """Read each code's aspects, and under "" the sentence that says what it means."""
    found = {}
    for section in re.split(r"^(?=#+ )", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        heading, _, text = section.partition("\n")
        if not re.fullmatch(r"## [a-z0-9-]+", heading):
            continue
        meaning, *bullets = re.split(r"^- \*\*", text, flags=re.MULTILINE)
        aspects = dict(re.split(r":\*\* ", bullet, maxsplit=1) for bullet in bullets)
        found[heading.removeprefix("## ")] = {"": meaning.strip(), **aspects}
    return found


@cache
def emitted() -> dict[str, list[Emission]]:
    by_code = defaultdict(list)
    for emission in emissions():
        by_code[emission.code].append(emission)
    return dict(by_code)


CODES = sorted(emitted())


def numbers(word: str, code: str) -> set[int]:
    """Find the numbers of `option` 1, 4 and the like."""
    listed = re.search(rf"`{word}` (\d(?:, \d)*)", sections()[code].get(FOR_PROGRAMS, ""))
    return {int(number) for number in listed[1].split(", ")} if listed else set()


def words(text: str, known: set[str]) -> set[str]:
    return set(re.findall(r"[a-z]+", text)) & known


def test_every_code_has_its_section_and_no_other() -> None:
    headings = re.findall(r"^## ([a-z0-9-]+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == CODES


def test_no_finding_escapes_the_reading_of_the_source() -> None:
    assert {each.code for each in SCENARIOS} <= set(CODES)
    assert {code for each in SCENARIOS for code in each.beside} <= set(CODES)
    for path in SOURCE.rglob("*.py"):
        module = Module(path)
        if not module.makes_findings:
            continue
        makers = {"Finding", *module.speakers}
        coded = [
            call
            for call in ast.walk(module.tree)
            if isinstance(call, ast.Call) and keyword(call, "code")
        ]
        assert {ast.unparse(call.func) for call in coded} <= makers, path.name


@pytest.mark.parametrize("code", CODES)
def test_section_says_everything(code: str) -> None:
    section = sections()[code]
    assert tuple(section) in (("", *ASPECTS), ("", *ASPECTS, FOR_PROGRAMS))
    assert all(text.strip() for text in section.values())


@pytest.mark.parametrize("code", CODES)
def test_severity_is_the_source_s(code: str) -> None:
    said = words(sections()[code]["Severity"], {"ok", "info", "warning", "error", "unknown"})
    assert said == {severity for each in emitted()[code] for severity in each.severities}


@pytest.mark.parametrize("code", CODES)
def test_cause_is_the_source_s(code: str) -> None:
    said = numbers("cause", code)
    assert said == {cause for each in emitted()[code] for cause in each.causes}


@pytest.mark.parametrize("code", CODES)
def test_options_are_those_of_its_fixes(code: str) -> None:
    said = numbers("option", code)
    assert said == {option for each in emitted()[code] for option in each.options}


@pytest.mark.parametrize("code", CODES)
def test_confidence_is_the_source_s(code: str) -> None:
    text = sections()[code]["Confidence"]
    said = words(text, {"certain", "likely", "possible"})
    literal = {confidence for each in emitted()[code] for confidence in each.confidences}
    assert literal <= said
    assert re.match(r"(certain|likely|possible)\b", text), "its usual confidence comes first"


def test_no_sentence_names_a_number_that_only_programs_need() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert not re.search(r"(runbook|cause|option) \d|runbook", page)


def test_links_inside_the_page_lead_somewhere() -> None:
    targets = re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE.read_text(encoding="utf-8"))
    assert targets
    assert set(targets) <= sections().keys()


def test_limits_named_on_the_page_are_the_real_ones() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    server_s = LOOKUP.statement_timeout_ms / 1000
    assert f"limit of {server_s:g} s on the server and of {LOOKUP.deadline_s:g} s" in page
    assert f"{Thresholds().race.seconds} s unless set" in page
    assert f"{Thresholds().replica_lag.seconds} s unless set" in page
    assert f"`all_fail_ids` distinct IDs ({Thresholds().all_fail_ids} unless set)" in page
    assert f"{Thresholds().all_fail_window.seconds // 3600} h unless set" in page

"""Every verdict has a sentence for the customer, and no such sentence tells anything internal."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from dashboard.collect.collector import Collector
from dashboard.demo.scenarios import SCENARIOS, Scenario
from dashboard.demo.seed import connect_urls
from dashboard.diagnose.lookup import verdicts
from dashboard.diagnose.lookup.additional import additional
from dashboard.diagnose.lookup.evidence import Evidence
from dashboard.diagnose.lookup.report import to_markdown, to_ticket
from dashboard.diagnose.lookup.verdicts import Diagnosis, diagnose
from dashboard.diagnose.paste import Problem
from dashboard.postgres.cluster import Cluster
from tests.asking import ask, configured
from tests.diagnose.builders import (
    CATALOG,
    DOWN,
    ID,
    LOCAL,
    PARENT,
    answer,
    error,
    evidence,
    key,
    paste,
    project,
)
from tests.diagnose.test_invariants import seen
from tests.docs.emissions import Module, findings
from tests.hostile.pastes import DIRECTIVES, HTML, MARKDOWN
from tests.replies import internal

FILES = sorted(Path(verdicts.__file__).parent.glob("*.py"))
NUMBER = ("pg_catalog", "int8")
LINK = "https://dashboard.example.com/lookup?id=x&env=staging"
RENDER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.fixture(scope="module")
def collector(demo: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    settings = configured(tmp_path_factory.mktemp("demo"), connect_urls(demo))
    with contextlib.closing(Collector(settings)) as made:
        yield made


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_verdict_is_written_with_a_reply(path: Path) -> None:
    for values in findings(Module(path)):
        assert "reply" in values, values["code"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_reply_is_short_and_tells_nothing_internal(
    scenario: Scenario, collector: Collector
) -> None:
    asked, diagnosis = ask(collector, scenario.paste, scenario.environment)
    told = diagnosis.verdict.reply
    assert told
    assert internal(told, asked) == []
    assert len(told.split()) <= 35
    assert told.count(". ") <= 2


@given(seen())
def test_whatever_was_seen_there_is_a_reply(case: Evidence) -> None:
    environments = tuple(additional(case))
    diagnosis = diagnose(case)
    for each in (diagnosis.verdict, *diagnosis.findings):
        if each in environments:
            assert each.reply is None
        else:
            assert each.reply
            assert each.reply[0].isupper()
            assert internal(each.reply, case) == []


def test_a_place_that_says_nothing_says_nothing_about_itself_to_the_customer() -> None:
    verdict = diagnose(evidence(DOWN)).verdict
    assert verdict.reply == (
        "We could not check your project in staging yet. We are looking into it and will get back "
        "to you."
    )


def test_a_number_may_be_the_id_of_somebody_elses() -> None:
    counted = replace(CATALOG, parent=replace(PARENT, key=key("id", key_type=NUMBER)))
    there = {LOCAL: answer(LOCAL, catalog=counted, projects=(project(),))}
    verdict = diagnose(evidence(answer(projects=()), there)).verdict
    assert verdict.code == "environment-mismatch"
    assert verdict.reply == (
        "A project with this ID exists in local, not in staging. If it is yours, please create it "
        "in staging, and deploy that one."
    )


def hostile_case(text: str) -> tuple[Evidence, Diagnosis]:
    there = {LOCAL: answer(LOCAL, projects=(project(name=text),))}
    asked = error(Problem.DATABASE, constraint=None, sentence=text)
    case = evidence(answer(projects=()), there, paste(ID, asked))
    return case, diagnose(case)


@pytest.mark.parametrize("text", [*HTML, *MARKDOWN, *DIRECTIVES, "1. a", "- a", "# a", "a\\*b"])
def test_hostile_text_is_no_markup_in_a_ticket(text: str) -> None:
    case, diagnosis = hostile_case(text)
    written = to_markdown(case, diagnosis, LINK)
    tokens = RENDER.parse(written)
    inline = [inner for each in tokens for inner in each.children or ()]
    kinds = {each.type for each in (*tokens, *inline)}
    assert not kinds & {"html_inline", "html_block", "image", "code_inline", "s_open", "table_open"}
    assert [each.attrGet("href") for each in inline if each.type == "link_open"] == [LINK]
    shown = "".join(each.content for each in inline if each.type == "text")
    assert " ".join(text.split()) in " ".join(shown.split())


def test_nothing_in_a_ticket_is_escaped_that_would_do_nothing() -> None:
    case, diagnosis = hostile_case("deployments_projectId_fkey: 2 of 3 (50 %) at 09:14:07, a|b]")
    for write in (to_ticket, to_markdown):
        written = write(case, diagnosis, LINK)
        assert written.lstrip("<").startswith(LINK)
        assert "\\" not in written

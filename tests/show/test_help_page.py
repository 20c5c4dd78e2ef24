"""Help serves docs/verdicts.md by code."""

import re

import pytest

from dashboard.show.help.manual import manual, parsed
from tests.show.opening import address, open_page, said

CODES = manual().all_codes


def test_every_code_of_the_document_has_its_section() -> None:
    assert len(CODES) == len(set(CODES)) > 90
    assert all(manual().section(code) for code in CODES)


@pytest.mark.usefixtures("served")
def test_a_code_is_explained() -> None:
    page = open_page("help", code="failed")
    assert not page.exception
    assert [each.value for each in page.header] == ["failed"]
    assert "**Severity:** error" in said(page)


@pytest.mark.usefixtures("served")
def test_all_codes_lead_to_their_sections() -> None:
    page = open_page("help")
    linked = re.findall(r"\(help\?code=([a-z0-9-]+)\)", said(page))
    assert set(linked) == set(CODES)
    page.selectbox[0].set_value("pending").run()
    assert address(page) == {"code": "pending"}


@pytest.mark.usefixtures("served")
def test_an_unknown_code_is_refused() -> None:
    page = open_page("help", code="nonsense")
    assert "Unknown code nonsense" in said(page)
    assert [each.proto.title for each in page.error] == ["Unknown value in this link"]


def test_links_between_sections_are_links_of_help() -> None:
    text = "# One\n\nSee [b](#b-b).\n\n## b-b\n\nSaid.\n\n## How it is\n\nSo.\n"
    read = parsed(text)
    assert read.chapters == {"One": "See [b](help?code=b-b).\n\n### How it is\n\nSo."}
    assert read.codes == {"One": {"b-b": "Said."}}

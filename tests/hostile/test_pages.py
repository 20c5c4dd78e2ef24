"""Hostile pastes, and databases as hostile, on the pages: shown as text, and nothing else."""

import csv
import io
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.demo.databases import connect
from dashboard.demo.scenarios import DRAFT, SHOP, STAGING
from dashboard.postgres.cluster import Cluster
from dashboard.show.downloads import to_csv
from tests.hostile.pastes import CLASSES, DIRECTIVES, FORMULAS, HTML, Hostile, one_of_each
from tests.repetitions import every_nth
from tests.show.opening import choose, data, open_page, press, said, unfold

TIMES = 8  # of each class
PARTS = 4
TYPED, LINKED = one_of_each(TIMES), one_of_each(TIMES)[::3]
# markup that no page of ours ever writes, so that it can only have come from outside
FOREIGN = re.compile(
    r"(?<!\\)<(?:script|img|svg|iframe|style|link|meta|a )|\]\(javascript|evil\.example"
)
UNSEEN = set("\x1b\u202e\u2066\x00")
NAMES = (
    *HTML,
    *DIRECTIVES,
    *FORMULAS[:5],
    '"; drop table x; --',
    "%s {id} :id",
    "a\x1b[31m\u202eb\nc",
)


@pytest.fixture
def pages(quiet: Cluster, served: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.toml"
    path.write_text(
        f'[connections.{STAGING}]\nurl = "{quiet.url(STAGING)}"\n[history]\nenabled = false'
    )
    served.setenv("DASHBOARD_CONFIG", str(path))


def harmless(page: AppTest) -> bool:
    """Whether nothing failed, and no Markdown holds markup that is not escaped, however deep."""
    page = unfold(page)
    shown = said(page) + "".join(each.label for each in page.button)
    assert not page.exception
    assert not FOREIGN.search(shown), FOREIGN.findall(shown)
    for label, text in copied(page).items():
        assert not set(text) & UNSEEN, label
        assert label != "Reply to customer" or not FOREIGN.search(text)
    return not set(shown) & UNSEEN


def copied(page: AppTest) -> dict[str, str]:
    """Read what the buttons of a look-up put into the clipboard."""
    return {each["label"]: each["text"] for texts in data(page, "clipboard") for each in texts}


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("part", every_nth(range(PARTS), PARTS))
def test_whatever_is_typed_is_shown_as_text(part: int) -> None:
    page = open_page("lookup")
    typed = TYPED[part::PARTS]
    assert {each.kind for each in typed} == CLASSES.keys()
    for each in typed:
        page.text_area[0].set_value(sendable(each))
        choose(page, STAGING)
        assert harmless(press(page, "Look up")), each


def sendable(paste: Hostile) -> str:
    """Leave out what a browser cannot send: half a character is no UTF-8."""
    return paste.text.encode(errors="ignore").decode()


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("part", every_nth(range(PARTS), PARTS))
def test_whatever_stands_in_the_address_is_shown_as_text(part: int) -> None:
    for each in LINKED[part::PARTS]:
        text = sendable(each)[:2_000] or "x"
        assert harmless(open_page("lookup", id=text, env=STAGING)), each
        assert harmless(open_page("lookup", id=SHOP.id, env=text[:200])), each


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("part", every_nth(range(PARTS), PARTS))
def test_whatever_a_database_holds_is_shown_as_text(part: int, quiet: Cluster) -> None:
    with connect(quiet, STAGING) as staging:
        for name in NAMES[part::PARTS]:
            staging.execute('update "Project" set name = %s where id = %s', (name, DRAFT.id))
            page = open_page("lookup", id=DRAFT.id, env=STAGING)
            assert harmless(page), name
            assert page.table, "the project's facts are shown"
        staging.execute('update "Project" set name = %s where id = %s', (DRAFT.name, DRAFT.id))


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_download_is_a_formula(formula: str) -> None:
    (cells,) = [
        row
        for row in csv.reader(
            io.StringIO(to_csv(["a"], [[formula]]).decode("utf-8-sig"), newline="")
        )
        if row != ["a"]
    ]
    assert not cells[0].startswith(tuple("=+-@\t\r\n＝＋－＠"))

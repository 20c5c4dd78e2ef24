"""Many ids on the look-up page: the sentence, the table, the file, and the way to each."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.demo.databases import connect
from dashboard.demo.scenarios import (
    DRAFT,
    NEVER_HERE,
    ONLY_LOCAL,
    PREVIEW,
    SCENARIOS,
    SHOP,
    STAGING,
)
from dashboard.postgres.cluster import Cluster
from tests.show.opening import address, choose, open_page, press, said
from tests.show.test_lookup_page import HOSTILE, look_up, verdict

pytestmark = pytest.mark.usefixtures("nothing_behind", "served")

THREE = (SHOP.id, ONLY_LOCAL.id, NEVER_HERE)
MANY = (*THREE, *(f"c{number:024d}" for number in range(7)))


def table(page: AppTest) -> dict[str, dict[str, object]]:
    """Read the table's lines, by id."""
    return {line["ID"]: line for line in page.dataframe[0].value.to_dict("records")}


def test_a_line_for_each_id_and_one_sentence_for_all() -> None:
    page = look_up(open_page("lookup"), "\n".join(THREE), STAGING)
    assert "1 found and 2 missing" in verdict(page)
    assert "Of the missing, 1 exists in local." in verdict(page)
    lines = table(page)
    assert {each: lines[each]["Verdict"] for each in lines} == {
        SHOP.id: "project-present",
        ONLY_LOCAL.id: "environment-mismatch",
        NEVER_HERE: "stale-project-id",
    }
    assert lines[ONLY_LOCAL.id]["in local"] == "found"
    assert lines[ONLY_LOCAL.id]["in staging"] == "not found"
    assert lines[ONLY_LOCAL.id]["in preview-412"] == "unknown"
    assert str(lines[SHOP.id]["Link"]).endswith(f"/lookup?id={SHOP.id}&env=staging")


def test_a_few_ids_go_into_the_address() -> None:
    page = look_up(open_page("lookup"), "\n".join(MANY), STAGING)
    assert address(page) == {"ids": ",".join(MANY), "env": STAGING}
    assert page.text_area[0].value == "\n".join(MANY)
    assert list(table(open_page("lookup", **address(page)))) == list(table(page))


def test_many_ids_are_kept_for_their_address() -> None:
    """Under a name that says nothing; the lines with the rarest verdicts stand first."""
    lines = [*(f"c{number:024d}" for number in range(100)), SHOP.id, ONLY_LOCAL.id]
    page = look_up(open_page("lookup"), "\n".join(lines), STAGING)
    shared = address(page)
    assert set(shared) == {"list", "env"}
    elsewhere = open_page("lookup", **shared)
    assert set(list(table(elsewhere))[:2]) == {SHOP.id, ONLY_LOCAL.id}
    assert elsewhere.text_area[0].value == "\n".join(lines)
    assert address(look_up(elsewhere, "\n".join(lines), STAGING)) == shared


def test_a_list_that_is_kept_no_more_has_expired() -> None:
    page = open_page("lookup", list="nobody-knows", env=STAGING)
    assert "This link has expired" in verdict(page)


def test_what_is_down_has_nothing_missing() -> None:
    page = look_up(open_page("lookup"), "\n".join(THREE), PREVIEW)
    assert not page.error
    assert "3 unknown" in verdict(page)
    assert {str(each["Result"]) for each in table(page).values()} == {"['Unknown']"}


def test_filters_leave_what_was_chosen() -> None:
    page = look_up(open_page("lookup"), "\n".join(MANY), STAGING)
    assert len(table(page)) == len(MANY)
    filters = {each.label: each for each in page.button_group}
    filters["Result"].set_value(["Fine"]).run()
    assert list(table(page)) == [SHOP.id]
    assert f"1 of {len(MANY)} IDs" in said(page)


def test_an_id_with_its_error_and_back_to_all() -> None:
    """Each id of a log keeps its own error on the way to it, and Back leads to all again."""
    race = next(each for each in SCENARIOS if each.name == "present-race")
    log = f"{race.paste}\n{race.paste.replace(DRAFT.id, ONLY_LOCAL.id)}"
    page = look_up(open_page("lookup"), log, STAGING)
    assert table(page)[DRAFT.id]["Verdict"] == "present-race"
    page.query_params["id"] = DRAFT.id
    page.run()
    assert "within 10 s" in verdict(page)
    page = press(page, "All 2 IDs that were pasted")
    assert address(page) == {"ids": f"{DRAFT.id},{ONLY_LOCAL.id}", "env": STAGING}
    assert len(table(page)) == 2


CSV = "\ufeffname,projectId\r\n" + "".join(f'"a, b",{each}\r\n' for each in THREE)
TABS = "projectId\tname\n" + "".join(f"{each}\tx\n" for each in THREE)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ids.txt", "\n".join(THREE).encode()),
        ("ids.csv", CSV.encode()),
        ("ids.tsv", TABS.encode("utf-16")),
    ],
)
def test_a_file_is_read_in_place_of_the_text(name: str, content: bytes) -> None:
    page = open_page("lookup")
    page.text_area[0].set_value("something else")
    choose(page, STAGING)
    page.file_uploader[0].upload(name, content, "text/plain")
    page = press(page, "Look up")
    assert set(table(page)) == set(THREE)
    page = look_up(page, SHOP.id, STAGING)
    assert address(page) == {"id": SHOP.id, "env": STAGING}, "the file is not read again"


def test_a_client_that_sends_more_than_it_may_is_not_read_to_the_end() -> None:
    page = open_page("lookup")
    page.text_area[0].set_value(f"{THREE[0]}\n{THREE[1]}{chr(10) * 250_000}{THREE[2]}")
    choose(page, STAGING)
    assert set(table(press(page, "Look up"))) == set(THREE[:2])
    page = open_page("lookup")
    choose(page, STAGING)
    content = "\n".join((*THREE[:2], " " * 2 * 1024**2, THREE[2])).encode()
    page.file_uploader[0].upload("ids.txt", content, "text/plain")
    assert set(table(press(page, "Look up"))) == set(THREE[:2])


def test_too_many_ids_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.show.lookup.many.MOST_IDS", 2)
    page = look_up(open_page("lookup"), "\n".join(THREE), STAGING)
    assert "at most 2 at a time" in said(page)
    assert not page.dataframe


def test_nothing_of_a_hostile_project_is_markup(demo: Cluster) -> None:
    with connect(demo, STAGING) as staging:
        update = 'update "Project" set name = %s where id = %s'
        staging.execute(update, (HOSTILE, DRAFT.id))
        try:
            page = look_up(open_page("lookup"), f"{DRAFT.id}\n<b>x1</b>\n{SHOP.id}", STAGING)
        finally:
            staging.execute(update, (DRAFT.name, DRAFT.id))
    assert not page.exception
    assert "<script>" not in said(page)

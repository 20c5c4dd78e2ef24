"""The look-up page: the form, the address, the result."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serving
from dashboard.demo.databases import connect
from dashboard.demo.scenarios import (
    DRAFT,
    NEVER_HERE,
    ONLY_LOCAL,
    PREVIEW,
    PRODUCTION,
    REFUSED,
    SAM,
    SCENARIOS,
    SHOP,
    STAGING,
    TYPO,
    Scenario,
)
from dashboard.postgres.cluster import Cluster
from dashboard.show.shared.escaping import escaped
from tests.repetitions import every_nth
from tests.show.opening import address, choose, chosen, data, open_page, press, said, unfold

pytestmark = pytest.mark.usefixtures("nothing_behind", "served")

HOSTILE = "**x** <script>alert(1)</script> [a](javascript:1) :red[x] $x$ https://evil.example :+1:"


def look_up(page: AppTest, text: str, environment: str | None) -> AppTest:
    page.text_area[0].set_value(text)
    choose(page, environment)
    return press(page, "Look up")


def verdict(page: AppTest) -> str:
    box = next(each for each in (*page.error, *page.warning, *page.success, *page.info))
    return f"{box.proto.title}\n{box.value}"


def test_a_deep_link_shows_the_verdict() -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    assert ONLY_LOCAL.id in verdict(page)
    assert "is not in staging" in verdict(page)
    assert page.text_area[0].value == ONLY_LOCAL.id
    assert chosen(page) == STAGING
    assert "Project in local" in said(page)


def test_what_to_do_comes_first_and_what_few_need_waits_until_it_is_opened() -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    headings = [each.value for each in page.header]
    assert headings[0] == "Do this: Create the project in staging and deploy that one"
    assert not page.code
    evidence = next(each for each in page.expander if each.label.startswith("**Evidence:**"))
    assert "found in local; not found in staging and production" in plain(evidence.label)
    assert "no rows are hidden" not in said(page)
    opened = unfold(page)
    assert "no rows are hidden" in plain(said(opened))
    assert any(ONLY_LOCAL.id in each.value for each in opened.code)


def plain(text: str) -> str:
    return text.replace("\\", "")


def test_what_is_copied_begins_with_the_link() -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    (buttons,) = data(page, "clipboard")
    texts = {each["label"]: each["text"] for each in buttons}
    assert list(texts) == [
        *("Reply to customer", "Ticket (plain)", "Ticket (Markdown)", "JSON", "Link")
    ]  # fmt: skip
    assert texts["Reply to customer"] in said(page).replace("\\", "")
    assert texts["Ticket (plain)"].startswith(texts["Link"])
    assert texts["Ticket (Markdown)"].startswith(f"<{texts['Link']}>")


def test_the_form_puts_only_the_clean_id_into_the_address() -> None:
    page = look_up(open_page("lookup"), f"  secret words {ONLY_LOCAL.id} more ", STAGING)
    assert address(page) == {"id": ONLY_LOCAL.id, "env": STAGING}
    assert "is not in staging" in verdict(page)
    assert "secret words" in page.text_area[0].value


def test_a_pasted_error_is_taken_into_account() -> None:
    scenario = next(each for each in SCENARIOS if each.name == "present-race")
    page = look_up(open_page("lookup"), scenario.paste, scenario.environment)
    assert address(page) == {"id": DRAFT.id, "env": STAGING}
    pasted = verdict(page)
    assert pasted != verdict(open_page("lookup", id=DRAFT.id, env=STAGING))


def test_an_unreachable_environment_is_shown_while_the_others_answer() -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    assert "Unknown]" in said(page)
    assert "refused" in said(page)
    assert "Found" in said(page)
    assert "4 environments checked" in said(page)


def test_an_unreachable_target_is_never_green() -> None:
    page = open_page("lookup", id=SHOP.id, env=PREVIEW)
    assert not page.success
    assert not page.error
    assert "Unreachable" in verdict(page)


def test_a_link_without_an_environment_asks_for_it() -> None:
    page = open_page("lookup", id=SHOP.id)
    assert "Which environment failed?" in said(page)
    assert page.text_area[0].value == SHOP.id
    assert address(look_up(page, SHOP.id, STAGING))["env"] == STAGING


def test_where_the_id_is_needs_no_environment() -> None:
    """It is shown at once, and each environment is one click from its verdict."""
    page = look_up(open_page("lookup"), f"secret words {ONLY_LOCAL.id} more", None)
    assert address(page) == {"id": ONLY_LOCAL.id}
    words = said(page)
    assert words.count(":green-badge[:material/check: Found]") == 1
    assert "deployed to" not in words
    page = press(page, STAGING)
    assert address(page) == {"id": ONLY_LOCAL.id, "env": STAGING}
    assert "secret words" in page.text_area[0].value
    assert "is not in staging" in verdict(page)


def test_an_empty_form_asks_for_nothing() -> None:
    page = look_up(open_page("lookup"), " ", None)
    assert "Which environment failed?" not in said(page)
    assert "Nothing looked up yet" in said(page)


def test_a_pasted_address_chooses_its_environment() -> None:
    """Not where somebody has just chosen another one; what was chosen before gives way."""
    url = f"https://staging.example.com/projects/{SHOP.id}"
    page = look_up(open_page("lookup"), url, None)
    assert address(page) == {"id": SHOP.id, "env": STAGING}
    page = look_up(page, url.replace("staging", "app"), STAGING)
    assert address(page)["env"] == PRODUCTION
    assert chosen(page) == PRODUCTION
    page = look_up(page, url, PREVIEW)
    assert address(page)["env"] == PREVIEW


def test_an_error_without_an_id_leads_to_those_that_failed() -> None:
    scenario = next(each for each in SCENARIOS if each.name == "no-id")
    page = look_up(open_page("lookup"), scenario.paste, STAGING)
    assert "named a project that did not exist in staging" in verdict(page)
    words = said(page)
    assert "Where the ID exists" not in words
    assert "Why we say so" not in words
    assert escaped("14 failures, the last on") in words
    page = press(page, f"Look up {NEVER_HERE}")
    assert address(page) == {"id": NEVER_HERE, "env": STAGING}
    assert NEVER_HERE in verdict(page)


def test_what_failed_before_stands_under_the_verdict() -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    assert escaped("Project missing (23503): 9 failures") in said(page)
    assert "Project missing" in verdict(page)
    page = open_page("lookup", id=REFUSED.id, env=STAGING)
    assert "creating a second one fails" in verdict(page)
    assert "Project found" in verdict(page)


def test_the_form_without_an_environment_keeps_the_text() -> None:
    page = look_up(open_page("lookup"), "an error without an id", None)
    assert "Which environment failed?" in said(page)
    assert page.text_area[0].value == "an error without an id"


def test_an_unknown_environment_is_named() -> None:
    page = open_page("lookup", id=SHOP.id, env="stagin")
    assert "Unknown environment stagin" in said(page)
    assert "staging" in page.error[0].value


def test_tells_what_was_cleaned() -> None:
    page = look_up(open_page("lookup"), f"{SHOP.id} ", STAGING)
    assert "Read from your text: removed a trailing space" in said(page)


def test_suggests_the_id_that_was_meant() -> None:
    page = open_page("lookup", id=TYPO, env=STAGING)
    assert address(press(page, f"Look up {SHOP.id}")) == {"id": SHOP.id, "env": STAGING}
    assert page.text_area[0].value == SHOP.id
    assert page.success


@pytest.mark.parametrize("scenario", every_nth(SCENARIOS, 6), ids=lambda each: each.name)
def test_every_situation_of_the_demo_can_be_chosen(scenario: Scenario) -> None:
    page = open_page("lookup")
    page.selectbox(key="lookup-example").set_value(scenario.shows).run()
    assert not page.exception
    assert "Nothing looked up yet" not in said(page)
    assert chosen(page) == scenario.environment


def test_each_button_of_the_demo_leads_to_another_verdict() -> None:
    buttons = [each for each in open_page("lookup").button if each.key.startswith("example ")]
    codes = [each.code for each in SCENARIOS if f"example {each.shows}" in {b.key for b in buttons}]
    labels = [escaped(each.button) for each in SCENARIOS if each.button]
    assert [each.label for each in buttons] == labels
    assert len(set(codes)) == len(buttons)
    page = press(open_page("lookup"), "Wrong environment")
    assert address(page) == {"id": ONLY_LOCAL.id, "env": STAGING}
    assert "is not in staging" in verdict(page)


def test_any_configuration_can_have_examples(
    demo_file: Path, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tables = demo_file.read_text(encoding="utf-8").partition("[[example]]")[0]
    config = tmp_path / "dashboard.toml"
    configured.setenv("DASHBOARD_CONFIG", str(config))
    config.write_text(tables, encoding="utf-8")
    assert "example" not in said(open_page("lookup"))

    serving.stop()
    title, text = json.dumps(HOSTILE), json.dumps(f"an error that names {ONLY_LOCAL.id}")
    example = f"[[example]]\ntitle = {title}\ntext = {text}\nenvironment = 'staging'\n"
    config.write_text(f"{tables}{example}button = {title}\n", encoding="utf-8")
    page = open_page("lookup")
    assert "Try an example" in said(page)
    assert "demo" not in said(page)
    button = next(each for each in page.button if each.key == f"example {HOSTILE}")
    assert button.label == button.help == escaped(HOSTILE)
    assert page.selectbox(key="lookup-example").options == [HOSTILE]
    button.click().run()
    assert address(page) == {"id": ONLY_LOCAL.id, "env": STAGING}
    assert "an error that names" in page.text_area[0].value


def test_finds_projects_by_name_and_by_owner() -> None:
    page = open_page("lookup")
    page.text_input[0].set_value("Shop demo")
    press(page, "Search")
    assert f"Look up {SHOP.id}" in [each.label for each in page.button]
    by = next(each for each in page.selectbox if each.label == "Search by")
    by.set_value("owner")
    page.text_input[0].set_value(SAM.id)
    press(page, "Search")
    assert address(press(page, f"Look up {DRAFT.id}")) == {"id": DRAFT.id, "env": STAGING}


def test_says_why_an_environment_was_not_searched() -> None:
    page = open_page("lookup")
    page.text_input[0].set_value("Shop")
    assert "Not searched: 127" in said(press(page, "Search"))


def test_a_hostile_name_is_shown_as_text(demo: Cluster) -> None:
    with connect(demo, STAGING) as staging:
        update = 'update "Project" set name = %s where id = %s'
        staging.execute(update, (HOSTILE, DRAFT.id))
        try:
            page = open_page("lookup", id=DRAFT.id, env=STAGING)
        finally:
            staging.execute(update, (DRAFT.name, DRAFT.id))
    assert not page.exception
    shown = said(page) + str([each.value for each in page.table])
    assert r"\*\*x\*\*" in shown
    for markup in ("**x**", "<script>", "](javascript", ":red[x]", "$x$", "https://evil", ":+1:"):
        assert markup not in shown


def test_the_form_can_be_emptied_and_the_menu_leads_back_to_the_last_look_up() -> None:
    page = open_page("lookup", id=ONLY_LOCAL.id, env=STAGING)
    page.session_state["lookup-left"] = True
    page.query_params.clear()
    page = page.run()
    assert address(page) == {"id": ONLY_LOCAL.id, "env": STAGING}
    assert "is not in staging" in verdict(page)
    page = press(page, "New look-up")
    assert address(page) == {}
    assert "Nothing looked up yet" in said(page)
    assert page.text_area[0].value == ""


def test_what_is_looked_up_is_noted_for_the_browser_to_keep() -> None:
    (noted,) = data(open_page("lookup", id=SHOP.id, env=STAGING), "recent")
    assert noted["now"] == {"ids": [SHOP.id], "env": STAGING}
    assert not noted["listed"]
    (listing,) = data(open_page("lookup"), "recent")
    assert listing["now"] is None
    assert listing["listed"]
    (wrong,) = data(open_page("lookup", id=SHOP.id, env="stagin"), "recent")
    assert wrong["now"] is None

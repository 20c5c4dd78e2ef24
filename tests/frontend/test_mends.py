"""Streamlit's files still say what is changed in them, once each."""

from pathlib import Path

import pytest
import streamlit as st

from dashboard.frontend import mends, page
from dashboard.frontend.mends import MENDS, Mend

FRONTEND = Path(st.__file__).parent / "static"
INDEX = (FRONTEND / "index.html").read_text(encoding="utf-8")


def concerned(mend: Mend) -> Path:
    (found,) = (each for each in FRONTEND.rglob("*.*") if mend.concerns(each.name))
    return found


@pytest.mark.parametrize("mend", MENDS, ids=lambda mend: mend.old[:40])
def test_what_is_changed_is_there_once(mend: Mend) -> None:
    file = concerned(mend)
    script = file.read_text(encoding="utf-8")
    assert mend.places(script) == 1, f"Streamlit has changed {file.name}: read it, and mend {mend}"
    assert mend.places(mends.applied(file.name, script)) == 0


def test_what_is_no_longer_there_is_left_alone() -> None:
    assert mends.applied("index.abc.js", "let x = 1") == "let x = 1"
    twice = "`Connecting to Streamlit server`" * 2
    assert mends.applied("index.abc.js", twice) == twice
    assert mends.applied("other.abc.js", twice[: len(twice) // 2]) == twice[: len(twice) // 2]


def test_no_word_of_streamlits_is_left_in_the_reconnect_dialog() -> None:
    script = concerned(next(each for each in MENDS if "Connection error" in each.old))
    served = mends.applied(script.name, script.read_text(encoding="utf-8"))
    assert "`Connection error`" not in served
    assert served.count(mends.RESTARTING) == served.count(mends.SIGNED_OUT) == 1


@pytest.mark.parametrize("place", page.PLACES, ids=lambda place: place.pattern[:30])
def test_streamlits_page_has_each_place_once(place: page.Place) -> None:
    assert len(place.findall(INDEX)) == 1


def test_our_page_names_no_file_that_streamlit_alone_changes() -> None:
    served = page.ours(INDEX)
    assert "<title>Deployment dashboard</title>" in served
    assert "SourceSans" not in served
    assert "Streamlit app" not in served
    assert served.count("./static/") == served.count(f"./static/{page.FOLDER}/") > 50
    assert 'role="status">Loading' in served.partition('<div id="root">')[2]


def test_what_the_page_preloads_is_there() -> None:
    for each in (page.ICONS, page.TEXT):
        assert f"./app/static/{each.name}" in page.ours(INDEX)
        assert each.exists()

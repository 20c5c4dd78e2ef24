"""Every icon that a page may draw is in the font: one that is not is drawn as its name."""

from fontTools.ttLib import TTFont

from dashboard.frontend.page import ICONS
from tests.frontend.icons import held, needed, original

MAKE = ".venv/bin/python -m tests.frontend.icons makes the font anew"


def test_every_icon_in_use_is_in_the_font() -> None:
    known = held(TTFont(ICONS)).keys()
    assert needed() - known == set(), MAKE


def test_every_icon_in_use_is_one_of_streamlits() -> None:
    assert needed() - held(TTFont(original())).keys() == set()


def test_the_font_is_small() -> None:
    assert ICONS.stat().st_size < 30_000

"""The icons in use, cut out of Streamlit's font of four thousand.

`.venv/bin/python -m tests.frontend.icons` makes the file anew: after a page has a new icon, or
Streamlit another font.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from fontTools import subset
from fontTools.ttLib import TTFont

from dashboard.frontend.page import ICONS
from dashboard.settings import project_folder

STATIC = Path(st.__file__).parent / "static" / "static"
NAMED = re.compile(r":material/(\w+):")
NOWHERE = {"star_filled", "translate"}  # named in Streamlit's scripts, and in no font of its


def needed() -> set[str]:
    """Return the names in our pages, and those that Streamlit's own scripts may draw."""
    pages = (project_folder() / "dashboard").rglob("*.py")
    return {
        name
        for file in (*pages, *(STATIC / "js").glob("*.js"))
        for name in NAMED.findall(file.read_text(encoding="utf-8"))
    } - NOWHERE


def original() -> Path:
    (found,) = (STATIC / "media").glob("MaterialSymbols-Rounded.*.woff2")
    return found


def held(font: TTFont) -> Mapping[str, str]:
    """Return the glyph of each name that the font knows."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found: dict[str, str] = {}
    for table in _ligature_tables(font):
        for first, ligatures in table.ligatures.items():
            for each in ligatures:
                name = "".join(letters[part] for part in (first, *each.Component))
                found[name] = each.LigGlyph
    return found


def _ligature_tables(font: TTFont) -> list[object]:
    lookups = font["GSUB"].table.LookupList.Lookup
    tables = (getattr(each, "ExtSubTable", each) for lookup in lookups for each in lookup.SubTable)
    return [each for each in tables if hasattr(each, "ligatures")]


def cut(names: set[str]) -> None:
    font = TTFont(original())
    glyphs = held(font)
    options = subset.Options(flavor="woff2", layout_features=["*"], layout_closure=False)
    cutter = subset.Subsetter(options)
    letters = set("".join(names))
    cutter.populate(glyphs=[glyphs[each] for each in names], unicodes=map(ord, letters))
    cutter.subset(font)
    subset.save_font(font, str(ICONS), options)


if __name__ == "__main__":
    cut(needed())

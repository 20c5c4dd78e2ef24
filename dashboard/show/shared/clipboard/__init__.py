"""Buttons that each put a text into the clipboard, and say that they did."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

NAME = "dashboard.clipboard"
FOLDER = Path(__file__).parent


def draw(texts: Mapping[str, str], key: str) -> None:
    """Offer each text under its label."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(NAME) is None:
        # from a folder it is served as a file: the security policy lets no script in a text run
        package, name = NAME.split(".")
        manifest = ComponentManifest(package, "1", [ComponentConfig(name, FOLDER.name)])
        manager.register_from_manifest(manifest, FOLDER.parent)
    _buttons()(key=key, data=[{"label": label, "text": text} for label, text in texts.items()])


@cache
def _buttons() -> ComponentRenderer:
    style = (FOLDER / "clipboard.css").read_text(encoding="utf-8")
    return st.components.v2.component(
        NAME, html="<div role='group' aria-label='Copy'></div>", css=style, js="clipboard.js"
    )

"""Components of our own: scripts that are served as files, for no script in a text may run."""

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

PACKAGE = "dashboard"


def of(folder: Path, html: str) -> ComponentRenderer:
    """Give what mounts the component of a folder: its .js and .css are named as the folder is."""
    name = f"{PACKAGE}.{folder.name}"
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(name) is None:
        manifest = ComponentManifest(PACKAGE, "1", [ComponentConfig(folder.name, folder.name)])
        manager.register_from_manifest(manifest, folder.parent)
    return _renderer(name, folder, html)


@cache
def _renderer(name: str, folder: Path, html: str) -> ComponentRenderer:
    style = (folder / f"{folder.name}.css").read_text(encoding="utf-8")
    return st.components.v2.component(name, html=html, css=style, js=f"{folder.name}.js")

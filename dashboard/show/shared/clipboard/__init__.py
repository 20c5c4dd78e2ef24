"""Buttons that each put a text into the clipboard, and say that they did."""

from collections.abc import Mapping
from pathlib import Path

from dashboard.show.shared import component

FOLDER = Path(__file__).parent
HTML = "<div role='group' aria-label='Copy'></div>"


def draw(texts: Mapping[str, str], key: str) -> None:
    """Offer each text under its label."""
    buttons = component.of(FOLDER, HTML)
    buttons(key=key, data=[{"label": label, "text": text} for label, text in texts.items()])

"""Opening a page without a browser, and reading what it says."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.settings import project_folder
from dashboard.show.shared.address import TARGET

# every page would look through all installed packages again, which takes longer than to draw it
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

PAGES = project_folder() / "dashboard" / "show"
Open = Callable[..., AppTest]
LINK = re.compile(r"(?<!\\)\[((?:[^\[\]]|\\[\[\]]|\[[^\[\]]*\])*)(?<!\\)\]\([a-z]+(?:\?[^)]*)?\)")


def open_page(name: str, **params: str) -> AppTest:
    page = AppTest.from_file(str(project_folder() / "dashboard" / "app.py"), default_timeout=30)
    # before its first run, switch_page() takes the name of the file for that in the address
    page._page_hash = calc_hash(name)
    for key, value in params.items():
        page.query_params[key] = value
    return page.run()


def said(page: AppTest) -> str:
    """Join everything that the page says, as the Markdown it was written in."""
    alerts = [*page.error, *page.warning, *page.info, *page.success]
    return "\n".join(
        [
            *(each.value for each in (*page.title, *page.header, *page.markdown, *page.caption)),
            *(f"{each.proto.title}\n{each.value}" for each in alerts),
        ]
    )


def press(page: AppTest, label: str) -> AppTest:
    return next(each for each in page.button if each.label == label).click().run()


def choose(page: AppTest, environment: str | None) -> None:
    """Choose where it failed, in the form of Lookup."""
    page.button_group(key=TARGET).set_value(environment)


def chosen(page: AppTest) -> object:
    return page.button_group(key=TARGET).value


def data(page: AppTest, component: str) -> list[Any]:
    """Read what each component of a name of ours was given."""
    return [
        json.loads(each.proto.json)
        for each in page.get("bidi_component")
        if each.proto.component_name == f"dashboard.{component}"
    ]


def unlinked(markdown: str) -> str:
    """Read Markdown without where it leads."""
    return LINK.sub(r"\1", markdown)


def table(page: AppTest, place: int = 0) -> pd.DataFrame:
    """Read a table without where its cells lead."""
    return page.table[place].value.rename(columns=unlinked).map(unlinked)


def unfold(page: AppTest) -> AppTest:
    """Open whatever is drawn only once it is open."""
    closed = [each for each in page.expander if each.proto.id and not each.children]
    for each in closed:
        page.session_state[user_key_from_element_id(each.proto.id) or ""] = True
    return page.run() if closed else page


def address(page: AppTest) -> dict[str, str]:
    """Read the query of the address bar."""
    params = dict(page.query_params)
    return {name: value if isinstance(value, str) else value[0] for name, value in params.items()}

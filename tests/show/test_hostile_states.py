"""Any client may send a widget what no browser would: the page is drawn, and nothing is chosen."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from dashboard.demo.scenarios import STAGING
from tests.show.opening import open_page, said

ROWS = [-1_000, 10**9, "x", None, [1], 1.5, True]
POINTS = [
    {},
    5,
    {"x": "nope", "curve_number": 0},
    {"x": None, "curve_number": 0},
    {"x": "9999-12-31", "curve_number": 0},
    {"x": "2026-11-22", "curve_number": -99},
    {"x": "2026-11-22", "curve_number": 99},
    {"x": "2026-11-22", "curve_number": "a"},
]


def nodes(block: Block) -> Iterator[Node]:
    for each in block.children.values():
        yield each
        if isinstance(each, Block):
            yield from nodes(each)


def widget(page: AppTest, kind: str) -> str:
    """Find the first widget of a kind that sends something."""
    protos = (getattr(each, "proto", None) for each in nodes(page.main) if each.type == kind)
    return next(str(each.id) for each in protos if each is not None and each.id)


def sent(page: AppTest, *sending: WidgetState) -> AppTest:
    states = page._tree.get_widget_states()  # its API sends only what exists
    kept = [each for each in states.widgets if each.id not in {new.id for new in sending}]
    del states.widgets[:]
    states.widgets.extend([*kept, *sending])
    return page._run(states)


@pytest.mark.parametrize("name", ["failures", "migrations"])
@pytest.mark.usefixtures("served")
def test_a_row_that_is_not_in_the_table(name: str) -> None:
    page = open_page(name, env=STAGING)
    identifier = next(each.proto.id for each in page.dataframe if each.proto.id)
    for row in ROWS:
        selection = json.dumps({"selection": {"rows": [row], "columns": [], "cells": []}})
        assert not sent(page, WidgetState(id=identifier, string_value=selection)).exception, row


@pytest.mark.usefixtures("served")
def test_a_bar_that_is_not_in_the_chart() -> None:
    page = open_page("failures", env=STAGING)
    identifier = widget(page, "plotly_chart")
    for point in POINTS:
        selection = json.dumps({"selection": {"points": [point]}})
        assert not sent(page, WidgetState(id=identifier, string_value=selection)).exception, point
        assert "Click outside the bars" not in said(page)


def test_no_span_where_one_is_required(
    demo_file: Path, configured: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    history = f'enabled = true\npath = "{tmp_path / "history.sqlite"}"'
    kept = tmp_path / "kept.toml"
    kept.write_text(demo_file.read_text().replace("enabled = false", history))
    configured.setenv("DASHBOARD_CONFIG", str(kept))
    page = open_page("health")
    span = next(each.proto.id for each in page.button_group if each.label == "Span")
    assert not sent(page, WidgetState(id=span, string_array_value=StringArray())).exception

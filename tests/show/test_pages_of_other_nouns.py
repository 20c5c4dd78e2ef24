"""The pages of an application whose tables are called otherwise."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from dashboard import serving
from dashboard.diagnose.orphans import KINDS
from tests.asking import configured as written
from tests.conftest import MakeDatabase
from tests.other_nouns import CONFIGURED, KEYS, add, foreign_nouns, rebuild
from tests.show.opening import open_page, said, unfold

SETTLE_S = 60
TITLES = ("Deployment failures", "Deployment dashboard")
PRESENT, ELSEWHERE, NOWHERE = (KEYS["uuid"].format(number) for number in (1, 2, 3))


@pytest.fixture
def collections(
    make_database: MakeDatabase, tmp_path: Path, configured: pytest.MonkeyPatch
) -> None:
    staging, local = make_database(), make_database()
    for each in (staging, local):
        rebuild(each, "uuid")
        add(each, PRESENT, tasks=2)
    add(local, ELSEWHERE)
    staging.execute(
        "alter table worker_tasks disable trigger all;"
        f"insert into worker_tasks (collection_id) values ('{ELSEWHERE}')"
    )
    urls = {"staging": staging.reader_url, "local": local.reader_url}
    serve(urls, CONFIGURED, tmp_path, configured)


def serve(urls: Mapping[str, str], more: str, folder: Path, configured: pytest.MonkeyPatch) -> None:
    """Serve these environments, and wait until all have been asked."""
    written(folder, urls, more)
    configured.setenv("DASHBOARD_CONFIG", str(folder / "dashboard.toml"))
    served = serving.current()
    for each in (served.snapshots, served.orphans, served.failures):
        assert each.wait_until_idle(SETTLE_S)


def texts(block: Block) -> Iterator[str]:
    """Yield what the elements of a page hold, as it is sent to the browser."""
    for each in block.children.values():
        yield from _sent(each)
        if isinstance(each, Block):
            yield from texts(each)


def _sent(node: Node) -> Iterator[str]:
    proto = getattr(node, "proto", None)
    if node.type == "bidi_component" and proto is not None:
        if proto.component_name != "dashboard.clipboard":
            return
        # the keys of JSON keep their names
        copied = json.loads(proto.json)
        yield from (each["text"] for each in copied if each["label"] != "JSON")
    elif proto is not None:
        yield str(proto)
    if node.type in ("table", "arrow_data_frame", "dataframe"):
        yield node.value.to_string()


def shown(name: str, **params: str) -> AppTest:
    page = unfold(open_page(name, **params))
    assert not page.exception
    everything = "\n".join(texts(page.main)).replace("\\", "")
    for title in TITLES:
        everything = everything.replace(title, "")
    assert foreign_nouns(everything.split("\n")) == []
    return page


@pytest.mark.usefixtures("collections")
def test_no_page_says_project_or_deployment() -> None:
    health = shown("health")
    assert [each.label for each in health.metric] == ["Collections", "Worker tasks"] * 2
    assert "New collections per day" in said(health)
    lookup = shown("lookup")
    assert lookup.text_area[0].label == "Collection ID, URL or the whole error"
    deleted = said(shown("lookup", id=ELSEWHERE, env="staging")).replace("\\", "")
    assert f"Collection {ELSEWHERE} was deleted from staging" in deleted
    assert "Collection in staging" in said(shown("lookup", id=PRESENT, env="staging"))
    shown("lookup", id=NOWHERE, env="staging")
    for name in ("failures", "migrations", "orphans"):
        shown(name)
        shown(name, env="staging")
    for kind in KINDS:
        shown("orphans", kind=kind.code, env="staging")
    assert "Worker tasks whose collection is missing" in said(shown("orphans"))


def test_folders_in_folders_are_counted_once(
    make_database: MakeDatabase, tmp_path: Path, configured: pytest.MonkeyPatch
) -> None:
    staging = make_database()
    staging.execute(
        "drop schema public cascade; create schema public;"
        "grant usage on schema public to dashboard_reader;"
        "create table folders (id uuid primary key, name text, parent_id uuid"
        ' constraint "folders_parent_id_fkey" references folders (id) on delete set null);'
        "create index on folders (parent_id);"
        "grant select on folders to dashboard_reader"
    )
    staging.execute("insert into folders (id, name) values (%s, 'top')", PRESENT)
    configuration = '\n[diagnosis]\nconstraint = "folders_parent_id_fkey"\n'
    serve({"staging": staging.reader_url}, configuration, tmp_path, configured)
    assert [each.label for each in shown("health").metric] == ["Folders"]
    found = said(shown("lookup", id=PRESENT, env="staging"))
    assert "It has no child folder yet" in found
    assert "Child folders whose folder is missing" in "\n".join(texts(shown("orphans").main))

"""What a chat shows of a link, and what a browser gets of Streamlit's page."""

import gzip
import re
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard import asgi
from dashboard.api.previews import Previews, named
from dashboard.show.pages import PAGES
from dashboard.show.shared.address import PAGE

INDEX = Path(st.__file__).with_name("static").joinpath("index.html").read_text(encoding="utf-8")


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route("/lookup", lambda _request: HTMLResponse(INDEX, headers={"etag": "x"})),
        Route("/help", lambda _request: PlainTextResponse("<title>Streamlit</title>")),
        Route("/", lambda _request: RedirectResponse("/sign-in", 303)),
        Route("/other", lambda _request: HTMLResponse(INDEX)),
    ]
    titles = {"/lookup": "Lookup & more", "/help": "Help", "/": "Health"}
    return TestClient(Previews(Starlette(routes=routes), titles, "Product"))


def test_names_the_page_and_nothing_of_what_is_asked(client: TestClient) -> None:
    page = client.get("/lookup?id=cmsecret&env=staging")
    assert "<title>Lookup &amp; more</title>" in page.text
    assert 'property="og:title" content="Lookup &amp; more"' in page.text
    assert 'property="og:site_name" content="Product"' in page.text
    assert "cmsecret" not in page.text
    assert "etag" not in page.headers
    assert page.headers["content-encoding"] == "gzip"


def test_is_compressed_only_for_who_takes_it(client: TestClient) -> None:
    plain = client.get("/lookup", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(gzip.compress(plain.content)) < len(plain.content)
    assert plain.text == client.get("/lookup").text


def test_leaves_everything_else_as_it_is(client: TestClient) -> None:
    assert client.get("/help").text == "<title>Streamlit</title>"
    assert client.get("/", follow_redirects=False).status_code == 303
    assert client.get("/other").text == INDEX
    assert client.post("/lookup").status_code == 405


def test_streamlits_page_has_the_one_title_that_is_replaced() -> None:
    assert len(re.findall("<title>", INDEX)) == 1
    page = named(INDEX, "Lookup", "Product")
    assert asgi.content_security_policy(page) == asgi.content_security_policy(INDEX)
    assert "<title>Streamlit" not in page


def test_every_page_has_its_name() -> None:
    assert {f"/{each.path}" for each in PAGES} == asgi.TITLES.keys()
    assert asgi.TITLES[f"/{PAGE}"] == "Lookup · Deployment dashboard"

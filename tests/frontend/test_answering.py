"""Streamlit's files and page, as they leave the server, behind its own routes."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_static_routes import (
    create_streamlit_static_assets_routes,
)

from dashboard import asgi
from dashboard.frontend import mends, page
from dashboard.frontend.answering import FOR_GOOD, OTHER, Frontend
from dashboard.frontend.files import Files
from dashboard.show.pages import PAGES, PRODUCT
from dashboard.show.shared.address import PAGE as LOOKUP

FRONTEND = Path(st.__file__).parent / "static"
ORIGINAL = (FRONTEND / "index.html").read_text(encoding="utf-8")
PAGE = page.ours(ORIGINAL)
SCRIPT = next(each for each in FRONTEND.rglob("index.*.js") if any(mends.of(each.name)))
STYLE = next((FRONTEND / "static" / "css").glob("index.*.css"))
PLAIN = {"Accept-Encoding": "identity"}
BROWSER = {"Accept": "text/html"}


def told(request: Request) -> JSONResponse:
    return JSONResponse({"encodings": request.headers["accept-encoding"], "more": "x" * 900})


def own(_request: Request) -> HTMLResponse:
    return HTMLResponse("<p>signed out</p>", headers={"X-Own": "1"})


@pytest.fixture(params=["", "/a/base"])
def base(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(base: str) -> Iterator[TestClient]:
    """Answer with Streamlit's own handler, and compress as Streamlit does, further within."""
    routes = [
        Route(f"{base}/api", told),
        Route(f"{base}/own", own),
        *create_streamlit_static_assets_routes(base_url=base),
    ]
    ours = Middleware(
        Frontend,
        base=base,
        files=Files(FRONTEND / "static"),
        original=ORIGINAL,
        pages={OTHER: PAGE, f"{base}/named": page.named(PAGE, "Lookup & more")},
    )
    app = Starlette(routes=routes, middleware=[ours, Middleware(GZipMiddleware)])
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def address(base: str, file: Path, folder: str = page.FOLDER) -> str:
    return f"{base}/static/{folder}/{file.parent.name}/{file.name}"


@pytest.mark.parametrize("file", [SCRIPT, STYLE], ids=["script", "style"])
def test_a_file_is_compressed_and_kept_for_good(client: TestClient, base: str, file: Path) -> None:
    answer = client.get(address(base, file))
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == FOR_GOOD
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))
    assert int(answer.headers["content-length"]) < file.stat().st_size / 3


def test_who_cannot_unpack_gets_the_same_plain(client: TestClient, base: str) -> None:
    plain = client.get(address(base, SCRIPT), headers=PLAIN)
    assert "content-encoding" not in plain.headers
    assert plain.text == client.get(address(base, SCRIPT)).text
    assert "It may be restarting." in plain.text


def test_a_page_from_before_an_upgrade_still_gets_its_files(client: TestClient, base: str) -> None:
    answer = client.get(address(base, SCRIPT, "dashboard-00000000"))
    assert answer.headers["content-encoding"] == "gzip"
    assert "It may be restarting." in answer.text


def test_streamlits_own_addresses_stay_as_they_are(client: TestClient, base: str) -> None:
    answer = client.get(f"{base}/static/js/{SCRIPT.name}", headers=PLAIN)
    assert answer.content == SCRIPT.read_bytes()


def test_a_picture_is_passed_on_from_where_streamlit_has_it(client: TestClient, base: str) -> None:
    picture = next((FRONTEND / "static" / "media").glob("*.png"))
    answer = client.get(address(base, picture))
    assert answer.content == picture.read_bytes()
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/../../index.html", "/%2e%2e/%2e%2e/%2e%2e/config.py", "//x"])
def test_nothing_outside_is_reached(client: TestClient, base: str, path: str) -> None:
    answer = client.get(f"{base}/static/{page.FOLDER}{path}")
    assert "import" not in answer.text.partition("<script")[0]
    assert answer.status_code in (200, 400, 404)


@pytest.mark.parametrize("path", ["/lookup?id=x", "/nowhere"])
def test_every_page_is_ours(client: TestClient, base: str, path: str) -> None:
    answer = client.get(f"{base}{path}", headers=BROWSER)
    assert answer.text == PAGE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-cache"
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers
    plain = client.get(f"{base}{path}", headers={**PLAIN, **BROWSER})
    assert plain.text == PAGE
    assert int(plain.headers["content-length"]) == len(PAGE.encode())


def test_a_link_tells_the_page_and_nothing_of_what_is_asked(client: TestClient, base: str) -> None:
    answer = client.get(f"{base}/named?id=cmsecret&env=staging", headers=BROWSER)
    assert "<title>Lookup &amp; more</title>" in answer.text
    assert 'property="og:title" content="Lookup &amp; more"' in answer.text
    assert f'property="og:site_name" content="{PRODUCT}"' in answer.text
    assert "cmsecret" not in answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert client.get(f"{base}/named", headers={**PLAIN, **BROWSER}).text == answer.text


def test_every_page_has_its_name() -> None:
    assert {f"/{each.path}" for each in PAGES} == asgi.TITLES.keys()
    assert asgi.TITLES[f"/{LOOKUP}"] == f"Lookup · {PRODUCT}"
    named = page.named(PAGE, "Lookup")
    assert asgi.content_security_policy(named) == asgi.content_security_policy(PAGE)


def test_the_first_page_is_ours(client: TestClient, base: str) -> None:
    assert client.get(f"{base}/", headers=BROWSER).text == PAGE


def test_a_page_that_was_kept_before_is_not_taken_for_ours(client: TestClient, base: str) -> None:
    kept = client.head(f"{base}/", headers=BROWSER).headers
    for name, mark in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
        answer = client.get(f"{base}/", headers={**BROWSER, name: kept[mark]})
        assert answer.status_code == 200
        assert answer.text == PAGE


def test_other_answers_are_untouched(client: TestClient, base: str) -> None:
    assert client.get(f"{base}/own", headers=BROWSER).text == "<p>signed out</p>"
    assert client.get(f"{base}/own").headers["x-own"] == "1"
    assert "gzip" in client.get(f"{base}/api").json()["encodings"]
    assert client.post(f"{base}/api").status_code == 405
    assert client.get(f"{base}/favicon.png").content == (FRONTEND / "favicon.png").read_bytes()


def test_compressed_once_and_kept() -> None:
    files = Files(FRONTEND / "static")
    name = f"js/{SCRIPT.name}"
    assert files.zipped(name) is files.zipped(name)
    assert gzip.decompress(files.zipped(name)) == files.plain(name)
